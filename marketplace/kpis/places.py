"""Which posts a link, an influencer and a campaign speak of, and which share of them is
known.

A link speaks of the posts that share it; one that no post has, of its influencer's posts
on its platform (of all of theirs, if it has none); what has no link, of all the
influencer's posts; what is a campaign's, of all of that.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from marketplace.accounts.rules import Platform
from marketplace.kpis import matching_queries as queries
from marketplace.kpis.asked import Asked

# The id of a campaign, an application or a link; or an application on a platform.
Whose = str | tuple[str, Platform]
NOTHING, ALL = Fraction(0), Fraction(1)


class Unit(NamedTuple):
    """Where a post or a link is; a post may have no link, a link no platform."""

    campaign_id: str
    application_id: str
    link_id: str | None
    platform: Platform | None

    def around(self) -> Whose:
        """Its influencer there on its platform, or at all if it has none."""
        if self.platform is None:
            return self.application_id
        return self.application_id, self.platform

    def whose(self) -> Iterator[Whose]:
        """All that may speak of it."""
        yield from (self.campaign_id, self.application_id, self.around())
        if self.link_id is not None:
            yield self.link_id


# How many posts of a place there are of which the same columns are known.
Seen = Mapping[tuple[Unit, frozenset[str]], int]


class Places:
    """The links and posts of a scope, of all time; read when somebody first asks."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    @cached_property
    def _rows(self) -> list[tuple[Unit, int | None]]:
        statement = queries.links_and_posts(self._asked.scope)
        rows = self._asked.session.execute(statement)
        return [(Unit(*where), number) for *where, number in rows]

    @cached_property
    def contracts(self) -> list[str]:
        """Every contract there ever was."""
        told = (unit for unit, number in self._rows if number is None)
        return list(dict.fromkeys(unit.application_id for unit in told))

    @cached_property
    def links(self) -> dict[str, Unit]:
        """Every link, by id, and where it is."""
        return {
            unit.link_id: unit
            for unit, number in self._rows
            if number is None and unit.link_id is not None
        }

    @cached_property
    def posts(self) -> Counter[Whose]:
        """How many posts each may speak of."""
        found: Counter[Whose] = Counter()
        for unit, number in self._rows:
            for whose in unit.whose() if number else ():
                found[whose] += number or 0
        return found

    @cached_property
    def _nobodys(self) -> set[Whose]:
        """Where there are links that no post has."""
        links = (
            unit for link_id, unit in self.links.items() if not self.posts[link_id]
        )
        return {unit.around() for unit in links}

    def has_link(self, post: Unit) -> bool:
        """Whether a link speaks of a post."""
        if post.link_id is not None:
            return True
        found = self._nobodys
        return post.around() in found or post.application_id in found


class LeftOut:
    """Which share of what belongs to each is of posts of which none of `figures` is known.

    All of it where there are no posts it could be of.
    """

    def __init__(self, places: Places, seen: Seen, figures: frozenset[str]) -> None:
        self.figures = figures
        self._places = places
        self._known: Counter[Whose] = Counter()
        for (unit, known), number in seen.items():
            if not known.isdisjoint(figures):
                for whose in unit.whose():
                    self._known[whose] += number

    def of(self, whose: Whose) -> Fraction:
        """Of a campaign, or of an application in all or on one platform."""
        posts, known = self._places.posts[whose], self._known[whose]
        if known == posts:
            return NOTHING if posts else ALL
        return 1 - Fraction(known, posts)

    def of_link(self, link_id: str) -> Fraction:
        """Of the clicks and commissions of a link."""
        is_shared = self._places.posts[link_id] > 0
        return self.of(link_id if is_shared else self._places.links[link_id].around())

"""Posts that know the same, added up: what measures, reach and worth are told from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from marketplace.accounts.rules import Platform
from marketplace.content.emv_rules import VIEWED_FORMATS, VIEWED_PLATFORMS
from marketplace.content.rules import PostFormat
from marketplace.kpis import content_queries as queries
from marketplace.kpis.content_queries import (
    DOUBTS,
    FOLLOWERS,
    PRICED,
    REACHED_BY,
    STAND_INS,
)
from marketplace.kpis.groups import Groups
from marketplace.kpis.places import Places, Unit
from marketplace.kpis.rules import Breakdown, Provenance
from marketplace.kpis.stretches import Stretches
from marketplace.kpis.tally import Key, Note

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader


Grown = defaultdict[str, int]  # by column
_SAID_BY = [Provenance(each.value) for each in DOUBTS]


class Kind(NamedTuple):
    """What posts have in common that are added up.

    `known`: the columns that are known of them. `viewed`: whether what is seen of them
    is counted in views rather than impressions. `has_link`: whether their clicks are
    tracked, asked only where somebody needs that.
    """

    campaign_id: str
    platform: Platform
    viewed: bool
    known: frozenset[str]
    has_link: bool = False

    @property
    def is_told(self) -> bool:
        """Whether their reach is known."""
        return "reach" in self.known

    @property
    def hundredths(self) -> tuple[str, int] | None:
        """Their reach as so many hundredths of a column; None where there is no saying."""
        if self.is_told:
            return "reach", 100
        for platforms, name, hundredths in STAND_INS:
            if self.platform in platforms and name in self.known:
                return name, hundredths
        return None


class Reached(NamedTuple):
    """Whom posts of one channel reached, each that reached somebody."""

    channel: str | None
    followers: int | None
    number: int
    people: Sequence[int]


@dataclass(slots=True)
class Line:
    """Posts of one kind in one row. `stretches`: sums of each stretch, by its number.

    `posts`: how many, `reached`: whom. `figures`, `followers`: what is to be noted.
    """

    kind: Kind
    key: Key | None
    posts: int = 0
    amounts: Grown = field(default_factory=lambda: defaultdict(int))
    stretches: dict[int, Grown] = field(default_factory=dict)
    reached: list[Reached] = field(default_factory=list)
    figures: Note | None = None
    followers: Note | None = None

    def add(self, stretch: int, grown: Mapping[str, int]) -> None:
        """What was grown in a stretch."""
        part = self.stretches.setdefault(stretch, defaultdict(int))
        for name, amount in grown.items():
            self.amounts[name] += amount
            if name in PRICED:
                part[name] += amount

    def noted(self, looked_at: datetime | None, *doubts: int | None) -> None:
        """The word for its figures, and that for followers."""
        figures, followers = (
            None if each is None else Note(_SAID_BY[each], looked_at) for each in doubts
        )
        self.figures = _both(self.figures, figures)
        self.followers = _both(self.followers, _both(figures, followers))


def _both(one: Note | None, other: Note | None) -> Note | None:
    if one is None or other is None:
        return other if one is None else one
    return one.beside(other)


class Published(NamedTuple):
    """A row of `published_around`."""

    post_id: str
    campaign_id: str
    application_id: str
    link_id: str | None
    channel_id: str | None
    platform: Platform
    format: PostFormat
    names_brand: bool | None
    published_at: datetime

    def raw(self, by: Breakdown, day: date) -> Any:
        """What a breakdown knows it by, with the day it was published on."""
        return _raw(self, by, day)


class Growth(NamedTuple):
    """A row of `growth_of_posts`, without its sums."""

    post_id: str
    campaign_id: str
    application_id: str
    link_id: str | None
    channel_id: str | None
    platform: Platform
    format: PostFormat
    day: date
    stretch: int
    looked_at: datetime | None
    doubt: int | None
    followers_doubt: int | None

    def raw(self, by: Breakdown) -> Any:
        """What a breakdown knows it by."""
        return _raw(self, by, self.day)


def _raw(post: Published | Growth, by: Breakdown, day: date) -> Any:
    if by.is_time:
        return day
    return {
        Breakdown.CAMPAIGN: post.campaign_id,
        Breakdown.INFLUENCER: post.application_id,
        Breakdown.LINK: post.link_id,
        Breakdown.PLATFORM: post.platform.value,
        Breakdown.CHANNEL: post.channel_id,
        Breakdown.POST: post.post_id,
    }.get(by)


_WIDTH = len(Growth._fields)


@dataclass(slots=True)
class PostLines:
    """Reads the lines of one scope. `kinds`, `units`: of each post, once the totals are
    read. `places`: where posts belong; None where nobody asks.
    """

    reader: "Reader"
    stretches: Stretches
    columns: Sequence[str]
    places: Places | None = None
    kinds: dict[str, Kind] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)

    def of_posts(self, groups: Groups | None) -> list[Line]:
        """A line per kind and row, in total or by anything but the day."""
        by = groups.by if groups else None
        statement = queries.growth_of_posts(
            self.reader.scope, self.stretches, self.columns, by
        )
        grown = [
            (Growth(*row[:_WIDTH]), self._sums(row[_WIDTH:]))
            for row in self.reader.session.execute(statement)
        ]
        self._learn(grown)
        lines: dict[tuple[Kind, Key | None], Line] = {}
        wholes: dict[tuple[str, Key | None], tuple[list[Growth], Line, Grown]] = {}
        for growth, sums in grown:
            kind = self.kinds[growth.post_id]
            key = groups.of(growth.raw(groups.by)) if groups else None
            line = lines.get((kind, key))
            if line is None:
                line = lines[kind, key] = Line(kind, key)
            line.add(growth.stretch, sums)
            start: tuple[list[Growth], Line, Grown] = [], line, defaultdict(int)
            looks, _, whole = wholes.setdefault((growth.post_id, key), start)
            looks.append(growth)
            for name in REACHED_BY:
                if name in sums:
                    whole[name] += sums[name]
        for looks, line, whole in wholes.values():
            line.posts += 1
            # However many stretches it is told in: a post's last look is one.
            line.noted(
                _highest(each.looked_at for each in looks),
                _highest(each.doubt for each in looks),
                _highest(each.followers_doubt for each in looks),
            )
            line.reached.append(_reached(looks[0], line.kind, whole))
        return list(lines.values())

    def _sums(self, amounts: Sequence[int | None]) -> dict[str, int]:
        sums = zip(self.columns, amounts, strict=True)
        return {name: each for name, each in sums if each is not None}

    def of_days(self, groups: Groups) -> list[Line]:
        """A line per kind and day, of the posts that the totals are of."""
        ids: dict[Kind, list[str]] = defaultdict(list)
        for post_id, kind in self.kinds.items():
            ids[kind].append(post_id)
        if not ids:
            return []
        kinds, posts = list(ids), list(ids.values())
        asked = self.reader.scope, self.stretches.span
        lines = []
        for number, day, count, reached, *said in self.reader.session.execute(
            queries.growth_by_day(*asked, self.columns, posts)
        ):
            line = Line(kinds[number], groups.of(day), count)
            line.noted(*said[:3])
            sums = self._sums(said[3:])
            # Followers stand on one day, and are known of the post on all of them.
            known = {name: sums.get(name, 0) for name in line.kind.known}
            line.add(self.stretches.of(day), known)
            people = [*map(int, reached.split(","))] if reached else []
            line.reached.append(Reached(None, None, count, people))
            lines.append(line)
        return lines

    def _learn(self, grown: Sequence[tuple[Growth, Mapping[str, int]]]) -> None:
        """Of what kind each post is: alike in all rows, so that rows add up. Followers
        stand on the day of publication alone; what is told of one stretch is known.
        """
        if self.kinds:
            return
        known: dict[str, set[str]] = defaultdict(set)
        for growth, sums in grown:
            known[growth.post_id].update(sums)
        for growth, _ in grown:
            unit = Unit(*growth[1:4], growth.platform)
            self.units[growth.post_id] = unit
            self.kinds[growth.post_id] = Kind(
                growth.campaign_id,
                growth.platform,
                growth.platform in VIEWED_PLATFORMS or growth.format in VIEWED_FORMATS,
                frozenset(known[growth.post_id]),
                self.places is not None and self.places.has_link(unit),
            )


def _highest(values: Iterable[Any]) -> Any:
    return max((each for each in values if each is not None), default=None)


def _reached(growth: Growth, kind: Kind, whole: Mapping[str, int]) -> Reached:
    name, hundredths = kind.hundredths or ("reach", 0)
    people = _people(whole.get(name, 0) * hundredths)
    channel = growth.channel_id or growth.application_id
    followers = whole.get(FOLLOWERS) or None
    return Reached(channel, followers, 1, [people] if people else [])


def _people(hundredths: int) -> int:
    return (hundredths + 50) // 100

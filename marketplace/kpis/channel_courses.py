"""What channels did over a window: looks at them, added up. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from marketplace.content.rules import ContentSource
from marketplace.kpis.measures.channels import Counted, Whose
from marketplace.kpis.rules import Provenance
from marketplace.kpis.tally import Key, Note

COUNTERS = {
    Counted.GAINED: "followers_gained",
    Counted.PROFILE_VISITS: "profile_visits",
    Counted.BIO_LINK_CLICKS: "bio_link_clicks",
    Counted.MENTIONS: "mentions",
}


class Look(NamedTuple):
    """A channel as it was seen on a day."""

    channel_id: str
    day_on: date
    followers: int | None
    followers_gained: int | None
    profile_visits: int | None
    bio_link_clicks: int | None
    mentions: int | None
    source: ContentSource
    observed_at: datetime

    @property
    def note(self) -> Note:
        """Whose word that is, and of when."""
        return Note(Provenance(self.source.value), self.observed_at)


@dataclass(slots=True)
class Own:
    """One channel: whose, and the rows of a breakdown it is in, if not those by time.

    `first`: the very first look, where a later one of that day told another level.
    """

    whose: Whose
    keys: set[Key] = field(default_factory=set)
    looks: list[Look] = field(default_factory=list)
    first: Look | None = None


@dataclass(slots=True)
class Course:
    """What the channels of one owner did in one row, added up.

    `ended`: how many had a level seen in it, `both`: and one to start from. `note`: of
    levels, `growth_note`: of what platforms count.
    """

    net: int = 0
    start: int = 0
    level: int = 0
    both: int = 0
    ended: int = 0
    levelled: int = 0
    counters: dict[Counted, int] = field(default_factory=dict)
    note: Note | None = None
    growth_note: Note | None = None

    def add(
        self, before: Look | None, inside: Sequence[Look], first: Look | None
    ) -> None:
        """One more channel: the last level before the row, and the looks in it; `first`
        as in `Own`.
        """
        levels = [each for each in inside if each.followers is not None]
        start, end = (before or (first or levels[0] if levels else None)), None
        if levels:
            end = levels[-1]
            self.ended += 1
        if start is not None and end is not None and start is not end:
            self.both += 1
            self.start += start.followers or 0
            self.net += (end.followers or 0) - (start.followers or 0)
        last = end or before
        if last is not None:
            self.levelled += 1
            self.level += last.followers or 0
            self.note = _both(self.note, last.note)
        last = None
        for look in inside:
            for counted, name in COUNTERS.items():
                if (grown := getattr(look, name)) is not None:
                    self.counters[counted] = self.counters.get(counted, 0) + grown
                    last = look
        if last is not None:
            self.growth_note = _both(self.growth_note, last.note)

    def amounts(self) -> Iterator[tuple[Counted, int]]:
        """What is known of it."""
        yield Counted.BOTH, self.both
        yield Counted.LEVELLED, self.levelled
        if self.both:
            yield Counted.NET, self.net
            yield Counted.START, self.start
        if self.levelled:
            yield Counted.LEVEL, self.level
        yield from self.counters.items()


def _both(one: Note | None, other: Note) -> Note:
    return other if one is None else one.beside(other)

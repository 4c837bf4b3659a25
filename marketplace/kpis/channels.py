"""Channels into tallies: followers at the edges of a window, and those who came.

A level is aligned to the looks nearest the edges: the last before the window begins,
else the first in it; and the last in it. What lies between is the growth, which so adds
up over adjoining windows: each look but the very first tells the growth since the one
before. `as_of` is the moment of the last look.

Whose followers: those of the brand's own channels if any of them was ever looked at,
else those of the influencers'; the basis says which. An influencer's report knows the
own channels only.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from marketplace.content.rules import ContentSource
from marketplace.kpis import channel_queries as queries
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import Measure
from marketplace.kpis.measures import channels as m
from marketplace.kpis.measures.channels import ChannelMeasure, Counted, Whose
from marketplace.kpis.measures.posts import BIO_LINK_CLICKS, PROFILE_VISITS
from marketplace.kpis.outcome import Unknown
from marketplace.kpis.posting import POSTING, read_posting
from marketplace.kpis.rules import Basis, Breakdown, Provenance
from marketplace.kpis.tally import Facts, Key, Note, Tally
from marketplace.kpis.traffic_queries import Span

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader

NO_CHANNELS = "no_channels"
NO_START = "no_start_snapshot"
BASES = {Whose.BRAND: Basis.BRAND_CHANNELS, Whose.INFLUENCER: Basis.INFLUENCER_CHANNELS}
COUNTERS = {
    Counted.GAINED: "followers_gained",
    Counted.PROFILE_VISITS: "profile_visits",
    Counted.BIO_LINK_CLICKS: "bio_link_clicks",
    Counted.MENTIONS: "mentions",
}
# What posts say themselves is not asked of the channels they stand on.
TOLD_BY_POSTS = {
    m.CHANNEL_PROFILE_VISITS.name: PROFILE_VISITS.total.name,
    m.CHANNEL_BIO_LINK_CLICKS.name: BIO_LINK_CLICKS.total.name,
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
    """One channel: whose, and the rows of a breakdown it is in, if not those by time."""

    whose: Whose
    keys: set[Key] = field(default_factory=set)
    looks: list[Look] = field(default_factory=list)


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

    def add(self, before: Look | None, inside: Sequence[Look]) -> None:
        """One more channel: the last level before the row, and the looks in it."""
        levels = [each for each in inside if each.followers is not None]
        start, end = (before or (levels[0] if levels else None)), None
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


def read_channels(
    reader: "Reader",
    facts: Facts,
    measures: list[Measure],
    span: Span,
    groups: Groups | None,
) -> None:
    """What is known of channels, into the totals and the rows of `facts`."""
    wanted = [each for each in measures if isinstance(each, ChannelMeasure)]
    if any(each in POSTING for each in wanted):
        read_posting(reader, facts, span, groups)
    looked = [each for each in wanted if each not in POSTING]
    if not looked:
        return
    channels, chosen = _channels(reader, groups)
    for row in reader.session.execute(queries.looks_in(reader.scope, span)):
        look = Look(*row)
        channels[look.channel_id].looks.append(look)
    courses = _courses(channels.values(), span, groups)
    by_time = groups is not None and groups.by.is_time
    _write(facts, looked, chosen, courses, channels.values(), by_time=by_time)


def _channels(reader: "Reader", groups: Groups | None) -> tuple[dict[str, Own], Whose]:
    """All channels of the report, and whose a campaign is measured by."""
    channels: dict[str, Own] = {}
    chosen = Whose.INFLUENCER
    rows = reader.session.execute(queries.influencer_channels(reader.scope))
    for channel_id, platform, _, application_id, campaign_id in rows:
        own = channels.setdefault(channel_id, Own(Whose.INFLUENCER))
        raw = {
            Breakdown.INFLUENCER: application_id,
            Breakdown.CAMPAIGN: campaign_id,
            Breakdown.CHANNEL: channel_id,
            Breakdown.PLATFORM: platform.value,
        }
        if groups is not None and not groups.by.is_time:
            own.keys.add(groups.of(raw.get(groups.by)))
    if reader.scope.influencer_id is not None:
        return channels, chosen
    rows = reader.session.execute(queries.brand_channels(reader.scope))
    for channel_id, platform, was_seen in rows:
        channels[channel_id] = own = Own(Whose.BRAND)
        if groups is not None and not groups.by.is_time:
            by_platform = groups.by is Breakdown.PLATFORM
            own.keys.add(groups.of(platform.value) if by_platform else groups.nowhere)
        chosen = Whose.BRAND if was_seen else chosen
    return channels, chosen


Courses = dict[tuple[Whose, Key | None], Course]


def _courses(channels: Iterable[Own], span: Span, groups: Groups | None) -> Courses:
    """By whose and row (None: the total); rows of channels nobody looked at are none."""
    courses: Courses = defaultdict(Course)
    for whose in BASES:
        courses[whose, None] = Course()
    for own in channels:
        if not own.looks:
            continue
        inside = [each for each in own.looks if each.day_on >= span[0]]
        before = own.looks[0] if own.looks[0].day_on < span[0] else None
        courses[own.whose, None].add(before, inside)
        if groups is not None and groups.by.is_time:
            _add_by_time(courses, own.whose, before, inside, groups)
        elif groups is not None:
            for key in own.keys:
                courses[own.whose, key].add(before, inside)
    return courses


def _add_by_time(
    courses: Courses,
    whose: Whose,
    before: Look | None,
    inside: Iterable[Look],
    groups: Groups,
) -> None:
    for key, looks in _by_time(inside, groups):
        if before is not None or looks:
            courses[whose, key].add(before, looks)
        levels = [each for each in looks if each.followers is not None]
        before = levels[-1] if levels else before


def _by_time(looks: Iterable[Look], groups: Groups) -> Iterator[tuple[Key, list[Look]]]:
    """The looks in each stretch of time, in order, empty ones included."""
    found: dict[Key, list[Look]] = {key: [] for key in groups.keys.values()}
    for look in looks:
        found[groups.of(look.day_on)].append(look)
    yield from found.items()


def _write(
    facts: Facts,
    measures: Iterable[ChannelMeasure],
    chosen: Whose,
    courses: Courses,
    channels: Iterable[Own],
    *,
    by_time: bool,
) -> None:
    there = Counter[tuple[Whose, Key | None]]()
    for own in channels:
        there.update((own.whose, key) for key in (None, *own.keys))
    told = {
        name for name, of_posts in TOLD_BY_POSTS.items() if of_posts in facts.total.sums
    }
    wanted = [each for each in measures if each.name not in told]
    for (whose, key), course in courses.items():
        number = there[whose, None if by_time else key]
        amounts = {**dict(course.amounts()), Counted.CHANNELS: number}
        why = Unknown(_why(course, number))
        for tally in _tallies(facts, key):
            for measure in wanted:
                if whose is (
                    chosen if measure.whose is Whose.CHOSEN else measure.whose
                ):
                    counted = Counted(measure.column) in COUNTERS
                    note = course.growth_note if counted else course.note
                    _tell(tally, measure, amounts, why, note)
                    if measure.name in tally.sums:
                        tally.bases[measure.name] = BASES[whose]


def _tell(
    tally: Tally,
    measure: ChannelMeasure,
    amounts: Mapping[Counted, int],
    why: Unknown,
    note: Note | None,
) -> None:
    amount = amounts.get(Counted(measure.column))
    if amount is not None:
        tally.add(measure.name, amount, note)
    elif measure.column in (Counted.NET, Counted.START):
        tally.unknown[measure.name] = why


def _why(course: Course, channels: int) -> str:
    """Why there is no growth to tell, where there is none."""
    if not channels:
        return NO_CHANNELS
    return NO_START if course.ended else m.NO_SNAPSHOT


def _tallies(facts: Facts, key: Key | None) -> list[Tally]:
    """Followers are of no campaign: they count beside money of any currency."""
    if key is None:
        return [facts.total, facts.own_total] if facts.mixed else [facts.total]
    if facts.mixed:
        return [facts.every[key], facts.own[key]]
    return [facts.every[key]]

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
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from marketplace.content.growth import TRUST
from marketplace.kpis import channel_queries as queries
from marketplace.kpis.channel_courses import COUNTERS, Course, Look, Own
from marketplace.kpis.deleted_figures import tell_deleted_of_channels
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import Measure
from marketplace.kpis.measures import channels as m
from marketplace.kpis.measures.channels import ChannelMeasure, Counted, Whose
from marketplace.kpis.measures.posts import BIO_LINK_CLICKS, PROFILE_VISITS
from marketplace.kpis.outcome import Unknown
from marketplace.kpis.posting import POSTING, read_posting
from marketplace.kpis.rules import Basis, Breakdown
from marketplace.kpis.tally import Facts, Key, Note, Tally
from marketplace.kpis.traffic_queries import Span

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader

NO_CHANNELS = "no_channels"
NO_START = "no_start_snapshot"
BASES = {Whose.BRAND: Basis.BRAND_CHANNELS, Whose.INFLUENCER: Basis.INFLUENCER_CHANNELS}
# What posts say themselves is not asked of the channels they stand on.
TOLD_BY_POSTS = {
    m.CHANNEL_PROFILE_VISITS.name: PROFILE_VISITS.total.name,
    m.CHANNEL_BIO_LINK_CLICKS.name: BIO_LINK_CLICKS.total.name,
}


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
    _begin(reader, channels, span)
    courses = _courses(channels.values(), span, groups)
    by_time = groups is not None and groups.by.is_time
    _write(facts, looked, chosen, courses, channels.values(), by_time=by_time)
    tell_deleted_of_channels(
        reader, facts, looked, channels, chosen, span, groups, _tallies
    )


def _begin(reader: "Reader", channels: Mapping[str, Own], span: Span) -> None:
    """What channels first seen in the window grew by on that day: it keeps the last."""
    first_seen = {
        channel_id: levels[0]
        for channel_id, own in channels.items()
        if own.looks and own.looks[0].day_on >= span[0]
        if (levels := [each for each in own.looks if each.followers is not None])
    }
    if not first_seen:
        return
    rows = reader.session.execute(queries.first_levels(first_seen.keys()))
    best = sorted(rows, key=lambda row: TRUST[row.source], reverse=True)
    for channel_id, metrics, source, at in best:
        kept, followers = first_seen[channel_id], metrics["followers"]
        first = kept._replace(followers=followers, source=source, observed_at=at)
        channels[channel_id].first = first if followers != kept.followers else None


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
        courses[own.whose, None].add(before, inside, own.first)
        if groups is not None and groups.by.is_time:
            _add_by_time(courses, own, before, inside, groups)
        elif groups is not None:
            for key in own.keys:
                courses[own.whose, key].add(before, inside, own.first)
    return courses


def _add_by_time(
    courses: Courses,
    own: Own,
    before: Look | None,
    inside: Iterable[Look],
    groups: Groups,
) -> None:
    for key, looks in _by_time(inside, groups):
        if before is not None or looks:
            courses[own.whose, key].add(before, looks, own.first)
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

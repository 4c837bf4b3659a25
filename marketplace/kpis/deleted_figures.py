"""Why figures that were there are not any more: their platform's terms ask for it.

What was deleted is written down with the days it was of. A measure that nothing is left
of says so on these days; beside figures of others its coverage does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from marketplace.clock import day_start, days_between, local_day
from marketplace.content.grant_models import FigureDeletion
from marketplace.content.models import Post
from marketplace.kpis.channel_courses import COUNTERS, Own
from marketplace.kpis.channel_queries import deleted_in
from marketplace.kpis.content_queries import AS_PUBLISHED, PRICED, REACHED_BY
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import Measure
from marketplace.kpis.measures import posts as m
from marketplace.kpis.measures.channels import ChannelMeasure, Counted, Whose
from marketplace.kpis.measures.figures import PostMeasure
from marketplace.kpis.outcome import DELETED, Unknown
from marketplace.kpis.post_lines import Published
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.tally import Facts, Key, Tally
from marketplace.kpis.traffic_queries import Span

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader

GONE = Unknown(DELETED)
# In whose place it stands: what another reader says of what was simply not told.
_NOT_TOLD = (None, Unknown("not_reported"))
_DAY = timedelta(days=1)
Tallies = Callable[[Facts, Key | None], Iterable[Tally]]


def tell_deleted_of_posts(
    reader: "Reader",
    facts: Facts,
    measures: Iterable[Measure],
    span: Span,
    groups: Groups | None,
) -> None:
    """Say it of posts, in the totals and the rows of `facts`."""
    needed = [(each, _needed(each)) for each in measures if each.absent]
    for *of_post, columns, last_at in reader.session.execute(
        _deleted_posts(reader.scope, span)
    ):
        post = Published(*of_post)
        campaign = reader.campaigns[post.campaign_id]
        first = local_day(post.published_at, campaign.timezone)
        days = _days(first, local_day(last_at, campaign.timezone), span)
        if not days:
            continue
        gone = [each.name for each, needs in needed if needs & {*columns}]
        for tally in facts.totals(None, campaign):
            _tell(tally, gone)
        for key in _keys(groups, days, post.raw):
            for tally in facts.rows(key, campaign):
                _tell(tally, gone)


def tell_deleted_of_channels(
    reader: "Reader",
    facts: Facts,
    measures: Sequence[ChannelMeasure],
    channels: Mapping[str, Own],
    chosen: Whose,
    span: Span,
    groups: Groups | None,
    tallies: Tallies,
) -> None:
    """Say it of channels; `tallies`: where what is of channels is told."""
    for row in reader.session.scalars(deleted_in(reader.scope)):
        own = channels[row.of_id]
        days = _days(row.first_at.date(), row.last_at.date(), span)
        if not days:
            continue
        gone = [
            each.name
            for each in measures
            if each.absent
            and own.whose is (chosen if each.whose is Whose.CHOSEN else each.whose)
            and COUNTERS.get(Counted(each.column), "followers") in row.columns
        ]
        by_time = groups is not None and groups.by.is_time
        keys = _keys(groups, days, lambda _, day: day) if by_time else own.keys
        for key in (None, *keys):
            for tally in tallies(facts, key):
                _tell(tally, gone, instead=None)


def _tell(
    tally: Tally,
    names: Iterable[str],
    instead: Sequence[Unknown | None] | None = _NOT_TOLD,
) -> None:
    for name in names:
        if name in tally.sums:
            continue
        if instead is None or tally.unknown.get(name) in instead:
            tally.unknown[name] = GONE


def _needed(measure: Measure) -> set[str]:
    """The columns of cells it is made of."""
    if isinstance(measure, PostMeasure):
        return {*measure.needs}
    if measure in (m.REACH, m.REACH_WITH_LINK):
        return {"reach"}
    return {*REACHED_BY} if measure == m.REACH_WITH_STAND_INS else {*PRICED}


def _keys(
    groups: Groups | None, days: Iterable[date], raw: Callable[[Any, date], Any]
) -> set[Key]:
    """The rows it is told in, those of every day it is of."""
    if groups is None:
        return set()
    return {groups.of(raw(groups.by, day)) for day in days}


def _days(first: date, last: date, span: Span) -> list[date]:
    return days_between(max(first, span[0]), min(last + _DAY, span[1]))


def _deleted_posts(scope: ReportScope, span: Span) -> Rows:
    """What a post is, as in `Published`, the columns and the last moment of what was
    deleted; of `span` and the days beside it.
    """
    statement = (
        select(*AS_PUBLISHED, FigureDeletion.columns, FigureDeletion.last_at)
        .select_from(Post)
        .join(FigureDeletion, FigureDeletion.of_id == Post.id)
    )
    return scope.narrow(statement, Post.campaign_id, Post.application_id).where(
        Post.published_at < _start(span[1] + _DAY),
        FigureDeletion.last_at >= _start(span[0] - _DAY),
    )


def _start(day: date) -> datetime:
    return day_start(day, "UTC")

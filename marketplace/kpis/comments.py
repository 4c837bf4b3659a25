"""Comments into tallies: what their roll-ups add up to, by whatever a post is known by."""

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import func, null, select
from sqlalchemy.orm import Session

from marketplace.content.models import Post
from marketplace.content.opinions.models import CommentCell
from marketplace.content.rules import ContentSource
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import Measure
from marketplace.kpis.measures import comments as m
from marketplace.kpis.rules import Basis, Breakdown, Provenance
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.tally import CampaignFacts, Facts, Note
from marketplace.kpis.traffic_queries import Span

# What is read out of words is an estimate, however exactly it is counted.
BY_EAR = (m.KNOWN_TONE, m.POSITIVE, m.NEGATIVE)
_KEYS: dict[Breakdown, Any] = {
    **dict.fromkeys(
        (Breakdown.DAY, Breakdown.WEEK, Breakdown.MONTH), CommentCell.day_on
    ),
    Breakdown.CAMPAIGN: CommentCell.campaign_id,
    Breakdown.INFLUENCER: Post.application_id,
    Breakdown.LINK: Post.link_id,
    Breakdown.PLATFORM: Post.platform,
    Breakdown.CHANNEL: Post.channel_id,
    Breakdown.POST: CommentCell.post_id,
}


class Asked(Protocol):
    """What must be known of a report: whose, of which campaigns by id."""

    @property
    def session(self) -> Session: ...
    @property
    def scope(self) -> ReportScope: ...
    @property
    def campaigns(self) -> Mapping[str, CampaignFacts]: ...


def read_comments(
    reader: Asked,
    facts: Facts,
    measures: list[Measure],
    span: Span,
    groups: Groups | None,
) -> None:
    """What was written on these days, into the totals and the rows of `facts`."""
    rows = reader.session.execute(_sums(reader, measures, span, groups))
    for campaign_id, raw, source, *amounts in rows:
        key = groups.of(_plain(raw)) if groups else None
        note = Note(_provenance(source))
        for tally in facts.tallies(key, reader.campaigns[campaign_id]):
            for measure, amount in zip(measures, amounts, strict=True):
                tally.add(measure.name, int(amount), note)
                if measure in BY_EAR:
                    tally.bases[measure.name] = Basis.WORD_LISTS


def _sums(
    reader: Asked, measures: list[Measure], span: Span, groups: Groups | None
) -> Rows:
    """Rows of campaign id, raw key, source and one sum per measure; days on which
    everything was set aside left out.
    """
    key = _KEYS.get(groups.by) if groups else None
    shown = null() if key is None else key
    sums = [func.sum(_column(each)) for each in measures]
    statement = (
        select(CommentCell.campaign_id, shown.label("raw"), CommentCell.source, *sums)
        .select_from(CommentCell)
        .join(Post, Post.id == CommentCell.post_id)
    )
    statement = reader.scope.narrow(
        statement, CommentCell.campaign_id, Post.application_id
    ).where(
        CommentCell.day_on >= span[0],
        CommentCell.day_on < span[1],
        CommentCell.comments > 0,
    )
    grouping = [CommentCell.campaign_id, CommentCell.source]
    return statement.group_by(*grouping, *([] if key is None else [key]))


def _column(measure: Measure) -> Any:
    if measure is m.KNOWN_TONE:
        return CommentCell.comments - CommentCell.unknown
    return getattr(CommentCell, measure.column)


def _plain(raw: Any) -> Any:
    return raw.value if hasattr(raw, "value") else raw


def _provenance(source: ContentSource) -> Provenance:
    return Provenance(source.value)

"""What a report reads to leave out clicks and cost of posts it is not about.

Only what is to be left out is read: where every post is known, nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Label,
    case,
    cast,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from marketplace.collaborations.models import Application
from marketplace.commissions.models import CommissionCell
from marketplace.content.models import Post
from marketplace.kpis.content_queries import written
from marketplace.kpis.measures import Source
from marketplace.kpis.queries import COLUMNS
from marketplace.kpis.rules import Breakdown
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.traffic_queries import Span
from marketplace.kpis.worth_queries import raw_of_link
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.rules import Dimension
from marketplace.tracking.traffic_models import TrafficCell

# Made once: that takes longer than to ask them.
_Owner = aliased(Application)
_LINKS: Rows = (
    select(
        *(_Owner.campaign_id, _Owner.id, TrackingLink.id, TrackingLink.platform),
        cast(null(), BigInteger),
    )
    .select_from(_Owner)
    .outerjoin(TrackingLink, TrackingLink.application_id == _Owner.id)
    .where(_Owner.accepted_at.is_not(None))
)
_ALIKE = Post.campaign_id, Post.application_id, Post.link_id, Post.platform
_POSTS: Rows = select(*_ALIKE, func.count()).select_from(Post).group_by(*_ALIKE)


@dataclass(frozen=True, slots=True)
class Class:
    """Links, and applications for what has no link, that are left out alike."""

    links: Collection[str]
    applications: Collection[str] = ()


def links_and_posts(scope: ReportScope) -> CompoundSelect[*tuple[Any, ...]]:
    """Campaign, application, link, platform, and how many posts there ever were of them.

    Of links (and contracts that have none) the number is null.
    """
    return union_all(
        scope.narrow(_LINKS, _Owner.campaign_id, _Owner.id),
        scope.narrow(_POSTS, Post.campaign_id, Post.application_id),
    )


def clicks_by_class(
    scope: ReportScope,
    span: Span,
    by: Breakdown | None,
    classes: Sequence[Class],
    columns: Sequence[str],
) -> Rows:
    """Campaign, raw key, number of the class, and a sum per column of traffic cells."""
    link, cell = TrackingLink, TrafficCell
    raw = raw_of_link(by)
    number = _number((cell.scope_id, each.links, n) for n, each in enumerate(classes))
    statement = (
        select(
            link.campaign_id,
            (null() if raw is None else raw).label("raw"),
            number,
            *(func.sum(getattr(cell, name)) for name in columns),
        )
        .select_from(cell)
        .join(link, link.id == cell.scope_id)
    )
    left_out = [each for some in classes for each in some.links]
    return (
        scope.narrow(statement, link.campaign_id, link.application_id)
        .where(
            cell.scope_id.in_(written(left_out)),
            cell.dimension == Dimension.ALL,
            cell.day_on >= span[0],
            cell.day_on < span[1],
        )
        .group_by(link.campaign_id, "class", *([] if raw is None else ["raw"]))
    )


def commissions_by_class(
    scope: ReportScope,
    span: Span,
    by: Breakdown | None,
    classes: Sequence[Class],
    whole: Collection[str],
    *,
    daily: bool,
) -> Rows:
    """Campaign, raw key, day (null unless `daily`), number of the class, and the sum of
    commissions.

    `whole`: links of which nothing is left out; such commissions have no class.
    """
    cell = CommissionCell
    raw = COLUMNS[Source.COMMISSIONS].raw_key(by)
    day = cell.day_on.expression if daily else None
    number = _number(
        [
            (cell.link_id, whole, None),
            *((cell.link_id, each.links, n) for n, each in enumerate(classes)),
            *((cell.application_id, c.applications, n) for n, c in enumerate(classes)),
        ]
    )
    shown = [null() if each is None else each for each in (raw, day)]
    statement = select(
        *(cell.campaign_id, shown[0].label("raw"), shown[1].label("day"), number),
        func.sum(cell.amount),
    ).select_from(cell)
    known = [name for name, each in (("raw", raw), ("day", day)) if each is not None]
    return (
        scope.narrow(statement, cell.campaign_id, cell.application_id)
        .where(cell.day_on >= span[0], cell.day_on < span[1])
        .group_by(cell.campaign_id, "class", *known)
    )


def _number(whens: Iterable[tuple[Any, Collection[str], int | None]]) -> Label[Any]:
    """The number beside the first column that has one of the ids beside it."""
    told = [
        (column.in_(written(ids)), null() if number is None else number)
        for column, ids, number in whens
        if ids
    ]
    return case(*told).label("class")

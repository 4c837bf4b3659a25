"""What a report reads of how wholes were divided: the newest word of each whole."""

from typing import Any

from sqlalchemy import Select, func, select

from marketplace.content.models import Distribution, Post, PostCell
from marketplace.content.rules import DistributionKind
from marketplace.kpis.scope import ReportScope, Rows


def posts_of(scope: ReportScope) -> Rows:
    """Id of each post of a scope, then its impressions, views and reach so far."""
    sums = [
        func.sum(each)
        for each in (PostCell.impressions, PostCell.views, PostCell.reach)
    ]
    statement = select(Post.id, *sums).select_from(Post)
    statement = statement.outerjoin(PostCell, PostCell.post_id == Post.id)
    narrowed = scope.narrow(statement, Post.campaign_id, Post.application_id)
    return narrowed.group_by(Post.id)


def told_of(ids: list[str], kind: DistributionKind | None) -> Select[Any]:
    """What was told of these wholes, of one the oldest first."""
    found = select(Distribution).where(Distribution.of_id.in_(ids))
    if kind is not None:
        found = found.where(Distribution.kind == kind)
    return found.order_by(Distribution.observed_at, Distribution.created_at)

"""Up to when everything that was received is in the facts of a scope."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.commissions.models import ClaimRequest
from marketplace.content.models import Comment
from marketplace.kpis.scope import ReportScope
from marketplace.orders.models import Lead, Order
from marketplace.shops.models import WebhookEvent
from marketplace.shops.queries import is_now
from marketplace.shops.rules import WebhookStatus
from marketplace.tracking.giveaway_models import GiveawayEntry
from marketplace.tracking.traffic_models import JudgeRequest

# Comments nobody read yet; what a better reading changes is no news of theirs.
UNREAD = 0


def fresh_as_of(
    session: Session, scope: ReportScope, clicks_until: datetime, now: datetime
) -> datetime:
    """The moment before which all that came in is in the facts; one statement.

    `clicks_until`: up to when clicks and visits were ingested. Figures of posts and
    channels, costs and series are in them in the transaction that takes them.
    """
    oldest = (each.scalar_subquery() for each in _waiting(scope))
    waiting: Iterable[datetime | None] = session.execute(select(*oldest)).one()
    return min([now, clicks_until, *(each for each in waiting if each is not None)])


def _waiting(scope: ReportScope) -> Iterator[Select[datetime | None]]:
    """When the oldest of each kind of thing came in that is not yet in the facts."""
    for is_import in (False, True):  # apart, as the index of what is due has them
        yield select(func.min(WebhookEvent.received_at)).where(
            scope.brand_is(WebhookEvent.brand_id),
            WebhookEvent.is_import == is_import,
            is_now(WebhookStatus.RECEIVED),
        )
    for asked in (Order, Lead):  # new, or to be decided again
        yield select(func.min(asked.settle_requested_at)).where(
            scope.brand_is(asked.brand_id), asked.settle_requested_at.is_not(None)
        )
    yield select(func.min(GiveawayEntry.lead_due_at)).where(
        scope.brand_is(GiveawayEntry.brand_id), GiveawayEntry.lead_due_at.is_not(None)
    )
    campaign_ids = _campaigns_of(scope)
    for request in (ClaimRequest, JudgeRequest):
        yield select(func.min(request.requested_at)).where(
            request.campaign_id.in_(campaign_ids)
        )
    yield select(func.min(Comment.created_at)).where(
        Comment.campaign_id.in_(campaign_ids), Comment.reading == UNREAD
    )


def _campaigns_of(scope: ReportScope) -> Select[str]:
    if scope.campaign_id is not None:
        return select(Campaign.id).where(Campaign.id == scope.campaign_id)
    if scope.influencer_id is not None:
        return select(Application.campaign_id).where(
            Application.influencer_id == scope.influencer_id
        )
    return select(Campaign.id).where(Campaign.brand_id == scope.brand_id)

"""Writing down what a campaign spent, changing it, and taking it back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.rules import Actor
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.content.models import Post
from marketplace.costs.models import Cost
from marketplace.costs.rules import Allocation, CostKind
from marketplace.errors import Conflict, Invalid
from marketplace.money import LARGEST_AMOUNT
from marketplace.orm import change


class CostNotValid(Invalid):
    """Such a cost cannot be written down; says why, field by field."""


class CostVoided(Conflict):
    """It was taken back, and stays as it is."""


def add(
    session: Session,
    campaign: Campaign,
    *,
    kind: CostKind,
    amount: int,
    incurred_on: date,
    application: Application | None = None,
    post: Post | None = None,
    allocation: Allocation = Allocation.CAMPAIGN,
    note: str = "",
    by: Actor | None = None,
    now: datetime,
) -> Cost:
    """One expense, in minor units of the campaign's currency; a negative one corrects.

    With an application (or one of its posts) it is spent on that influencer, else on
    the campaign as a whole, and `allocation` says over whom it goes. CostNotValid for
    an amount of 0 or too large, another campaign's application or post, and an
    allocation of what is somebody's.
    """
    cost = Cost(
        brand_id=campaign.brand_id,
        campaign_id=campaign.id,
        application_id=application.id if application else None,
        post_id=post.id if post else None,
        kind=kind,
        amount=amount,
        currency=campaign.currency,
        incurred_on=incurred_on,
        allocation=allocation,
        note=note,
        created_at=now,
    )
    _settle_whose(session, cost)
    session.add(cost)
    session.flush()
    _publish(session, "cost.added", cost, {}, by=by, now=now)
    return cost


def revise(
    session: Session,
    cost: Cost,
    changes: Mapping[str, Any],
    *,
    by: Actor | None = None,
    now: datetime,
) -> None:
    """Change columns of a cost; the event keeps what they were.

    CostVoided if it was taken back; CostNotValid as in `add`.
    """
    _refuse_voided(cost)
    before = {name: getattr(cost, name) for name in changes}
    with session.no_autoflush:
        if not change(cost, changes):
            return
        _settle_whose(session, cost)
    cost.updated_at = now
    session.flush()
    differing = {
        name: _plain(value)
        for name, value in before.items()
        if value != getattr(cost, name)
    }
    _publish(session, "cost.changed", cost, {"before": differing}, by=by, now=now)


def void(
    session: Session, cost: Cost, *, by: Actor | None = None, now: datetime
) -> None:
    """Take a cost back: it counts no longer, and stays to be seen. Once is enough."""
    if cost.voided_at is None:
        cost.voided_at = now
        session.flush()
        _publish(session, "cost.voided", cost, {}, by=by, now=now)


def _refuse_voided(cost: Cost) -> None:
    if cost.voided_at is not None:
        raise CostVoided("This cost was taken back; write down another one.")


def _settle_whose(session: Session, cost: Cost) -> None:
    """A post's cost is its influencer's. CostNotValid names what does not fit."""
    wrong: dict[str, list[str]] = {}
    if not 0 < abs(cost.amount) <= LARGEST_AMOUNT:
        wrong["amount"] = ["Must not be 0, nor beyond what can be summed."]
    if cost.post_id is not None:
        post = session.get(Post, cost.post_id)
        if post is None or post.campaign_id != cost.campaign_id:
            wrong["post_id"] = ["There is no such post in this campaign."]
        elif cost.application_id not in (None, post.application_id):
            wrong["post_id"] = ["Is of another influencer than the application."]
        else:
            cost.application_id = post.application_id
    if cost.application_id is not None:
        application = session.get(Application, cost.application_id)
        if application is None or application.campaign_id != cost.campaign_id:
            wrong["application_id"] = ["There is no such application to this campaign."]
        if cost.allocation is not Allocation.CAMPAIGN:
            wrong["allocation"] = ["Is for costs of the campaign as a whole."]
    if wrong:
        raise CostNotValid(wrong)


def _publish(
    session: Session,
    kind: str,
    cost: Cost,
    more: dict[str, Any],
    *,
    by: Actor | None,
    now: datetime,
) -> None:
    events.publish(
        session,
        kind,
        now=now,
        subject_id=cost.id,
        brand_id=cost.brand_id,
        actor_id=by.user_id if by else None,
        data={
            "campaign_id": cost.campaign_id,
            "kind": cost.kind.value,
            "amount": cost.amount,
            **more,
        },
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

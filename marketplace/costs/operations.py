"""Writing down what a campaign spent."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.rules import Actor
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.costs.models import Cost
from marketplace.costs.rules import CostKind
from marketplace.errors import Invalid
from marketplace.money import LARGEST_AMOUNT


class CostNotValid(Invalid):
    """Such a cost cannot be written down; says why, field by field."""


def add(
    session: Session,
    campaign: Campaign,
    *,
    kind: CostKind,
    amount: int,
    incurred_on: date,
    application: Application | None = None,
    note: str = "",
    by: Actor | None = None,
    now: datetime,
) -> Cost:
    """One expense, in minor units of the campaign's currency; a negative one corrects.

    With an application it is spent on that influencer, else on the campaign as a whole.
    CostNotValid for an amount of 0 or too large, or another campaign's application.
    """
    _check(campaign, amount, application)
    cost = Cost(
        brand_id=campaign.brand_id,
        campaign_id=campaign.id,
        application_id=application.id if application else None,
        kind=kind,
        amount=amount,
        currency=campaign.currency,
        incurred_on=incurred_on,
        note=note,
        created_at=now,
    )
    session.add(cost)
    session.flush()
    _publish(session, cost, by=by, now=now)
    return cost


def _publish(session: Session, cost: Cost, *, by: Actor | None, now: datetime) -> None:
    events.publish(
        session,
        "cost.added",
        now=now,
        subject_id=cost.id,
        brand_id=cost.brand_id,
        actor_id=by.user_id if by else None,
        data={
            "campaign_id": cost.campaign_id,
            "kind": cost.kind.value,
            "amount": cost.amount,
        },
    )


def _check(campaign: Campaign, amount: int, application: Application | None) -> None:
    wrong: dict[str, list[str]] = {}
    if not 0 < abs(amount) <= LARGEST_AMOUNT:
        wrong["amount"] = ["Must not be 0, nor beyond what can be summed."]
    if application is not None and application.campaign_id != campaign.id:
        wrong["application_id"] = ["Belongs to another campaign."]
    if wrong:
        raise CostNotValid(wrong)

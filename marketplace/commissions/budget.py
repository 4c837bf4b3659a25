"""The budget of a campaign: what is committed of it, and who is told that it is spent."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.commissions import claim_days
from marketplace.commissions.allocation import BUDGET, Group
from marketplace.commissions.granting import request
from marketplace.commissions.limits import limits_of
from marketplace.commissions.models import Claim
from marketplace.commissions.reach import first_limited_at
from marketplace.errors import Conflict
from marketplace.money import to_decimal
from marketplace.tracking import rejudging


class BudgetExceeded(Conflict):
    """The campaign's budget does not leave enough for it."""


def committed(session: Session, campaign: Campaign) -> int:
    """What all claims of a campaign with a budget are granted."""
    session.flush()
    claim_days.prepare(session, campaign.id)
    group = Group(BUDGET, campaign.id)
    return claim_days.sums_of(session, [group])[group].granted


def refuse_beyond_budget(session: Session, campaign: Campaign, amount: int) -> None:
    """BudgetExceeded where so much more does not fit; what takes back always does."""
    if campaign.budget_amount is None or amount <= 0:
        return
    left = campaign.budget_amount - committed(session, campaign)
    if amount > left:
        told = [
            f"{to_decimal(each, campaign.currency)} {campaign.currency}"
            for each in (amount, campaign.budget_amount, left)
        ]
        raise BudgetExceeded(
            f"{told[0]} does not fit: of the budget of {told[1]}, {told[2]} is left."
        )


def refuse_budget_below_committed(session: Session, campaign: Campaign) -> None:
    """BudgetExceeded for a budget that is less than what is owed already."""
    if campaign.budget_amount is None:
        return
    owed = committed(session, campaign)
    if owed > campaign.budget_amount:
        told = to_decimal(owed, campaign.currency)
        raise BudgetExceeded(
            f"{told} {campaign.currency} is committed already; a budget cannot be less."
        )


def follow_budget(
    session: Session, campaign: Campaign, *, was: int | None, now: datetime
) -> None:
    """Have claims granted again because the budget was another; refuses too small a one.

    BudgetExceeded. The caller holds the brand's lock.
    """
    refuse_budget_below_committed(session, campaign)
    budget = campaign.budget_amount
    if was is not None and (budget is None or budget > was):
        first = first_limited_at(session, Claim.campaign_id == campaign.id)
    else:
        first = session.scalar(
            select(func.min(Claim.occurred_at)).where(Claim.campaign_id == campaign.id)
        )
    if first is not None:
        request(session, campaign.id, first, now=now)
    if budget is None:
        is_kept = limits_of(session, campaign).is_anything
        claim_days.prepare(session, campaign.id, is_kept=is_kept)
    note_budget(session, campaign, now=now)


def note_budget(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """Set `budget_spent_at` when commissions reach the budget, clear it when not."""
    before = rejudging.judged_by(campaign)
    if not _is_spent(session, campaign):
        campaign.budget_spent_at = None
    elif campaign.budget_spent_at is None:
        campaign.budget_spent_at = now
    rejudging.request_if_moved(session, campaign, before, now=now)


def _is_spent(session: Session, campaign: Campaign) -> bool:
    if campaign.budget_amount is None:
        return False
    return committed(session, campaign) >= campaign.budget_amount

"""Reading what is known of costs: those entered, fees agreed, fees asked for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.campaigns.rules import CampaignStatus
from marketplace.collaborations.models import Application
from marketplace.commissions import (
    Claim,
    ClaimOf,
    Commission,
    CommissionCell,
    EntryKind,
    EntryStatus,
)
from marketplace.costs import Cost, CostKind
from marketplace.kpis.exchange import Exchange, exchange_over
from marketplace.kpis.forecast.costs import Costs, Spent, recurring
from marketplace.kpis.outcome import Number
from marketplace.kpis.reader import campaigns_of
from marketplace.kpis.rules import Window
from marketplace.kpis.scope import ReportScope
from marketplace.kpis.tally import CampaignFacts

# What is in the ledger once: no commission on what is sold.
ONCE = (ClaimOf.AGREED, ClaimOf.BONUS, ClaimOf.GOODWILL)
_DAY = timedelta(days=1)


def known_costs(
    session: Session,
    scope: ReportScope,
    window: Window,
    *,
    today: date,
    until: date,
    now: datetime,
) -> Costs:
    """Those of a brand's campaigns in `window`, and to come from today until then."""
    assert scope.currency is not None  # a brand's scope has one
    campaigns = campaigns_of(session, scope)
    used = {each.currency for each in campaigns.values()}
    span = window.start, today + _DAY
    exchange = exchange_over(session, used, scope.currency, span)
    money = _Money(campaigns, exchange, today)
    spent = list(_spent(session, scope, money, window.start))
    by_day: dict[date, float] = defaultdict(float)
    for each in spent:
        if each.on <= today:
            by_day[each.on] += each.amount
    for on, amount in _agreed(session, scope, money, window.start):
        by_day[on] += amount
    amount, variance = recurring(spent, today, until)
    return Costs(
        by_day=by_day,
        dated=round(sum(each.amount for each in spent if today < each.on <= until)),
        recurring=round(amount),
        variance=variance,
        promised=round(sum(_promised(session, scope, money, now))),
    )


@dataclass(frozen=True, slots=True)
class _Money:
    """What amounts of campaigns are in the currency of the report."""

    campaigns: Mapping[str, CampaignFacts]
    exchange: Exchange
    today: date

    def worth(self, campaign_id: str, day: date) -> Number | None:
        """Of one minor unit on that day; of a day to come by today's rate."""
        currency = self.campaigns[campaign_id].currency
        return self.exchange.factor(currency, min(day, self.today))


def held(session: Session, scope: ReportScope) -> int:
    """What commissions of one campaign came to that returns may still lower."""
    amount = session.scalar(
        select(func.sum(Commission.amount)).where(
            Commission.campaign_id == scope.campaign_id,
            Commission.brand_id == scope.brand_id,
            Commission.status == EntryStatus.HELD,
        )
    )
    return int(amount or 0)


def owed(session: Session, campaign: Campaign) -> int:
    """All that its ledger comes to, whatever was refused left out."""
    amount = session.scalar(
        select(func.sum(CommissionCell.amount)).where(
            CommissionCell.campaign_id == campaign.id
        )
    )
    return int(amount or 0)


def _spent(
    session: Session, scope: ReportScope, money: "_Money", start: date
) -> Iterator[Spent]:
    """Costs as entered, also of days to come; those nobody can convert left out."""
    statement = select(
        *(Cost.incurred_on, Cost.amount, Cost.kind),
        *(Cost.campaign_id, Cost.application_id, Cost.post_id),
    ).where(Cost.incurred_on >= start, Cost.voided_at.is_(None))
    rows = scope.narrow(statement, Cost.campaign_id, Cost.application_id)
    for on, amount, kind, campaign_id, *whose in session.execute(
        rows.order_by(Cost.id)
    ):
        worth = money.worth(campaign_id, on)
        if worth is not None:
            yield Spent(on, float(amount * worth), kind, campaign_id, *whose)


def _agreed(
    session: Session, scope: ReportScope, money: "_Money", start: date
) -> Iterator[tuple[date, float]]:
    """Fees, bonuses and corrections in the ledger, by day."""
    rows = scope.narrow(
        select(Claim.day_on, Claim.campaign_id, func.sum(Claim.granted_amount)).where(
            Claim.of.in_(ONCE), Claim.is_rejected.is_(False), Claim.day_on >= start
        ),
        Claim.campaign_id,
        Claim.application_id,
    ).group_by(Claim.day_on, Claim.campaign_id)
    for on, campaign_id, amount in session.execute(rows):
        worth = money.worth(campaign_id, on)
        if worth is not None:
            yield on, float(int(amount) * worth)


def _promised(
    session: Session, scope: ReportScope, money: "_Money", now: datetime
) -> Iterator[float]:
    """What those in running campaigns asked for as a fee, where none was booked yet:
    neither in the ledger, whatever became of it, nor as a cost.
    """
    agreed = select(Commission.application_id).where(
        Commission.kind == EntryKind.FEE, Commission.application_id == Application.id
    )
    entered = select(Cost.id).where(
        Cost.application_id == Application.id,
        Cost.kind == CostKind.FEE,
        Cost.voided_at.is_(None),
    )
    running = select(Campaign.id).where(
        Campaign.status != CampaignStatus.CLOSED,
        Campaign.ends_at.is_(None) | (Campaign.ends_at > now),
    )
    asked = select(Application.proposed_fee_amount, Application.campaign_id)
    rows = scope.narrow(asked, Application.campaign_id, Application.id).where(
        Application.proposed_fee_amount > 0,
        Application.accepted_at.is_not(None),
        Application.ended_at.is_(None),
        Application.campaign_id.in_(running),
        ~agreed.exists(),
        ~entered.exists(),
    )
    for amount, campaign_id in session.execute(rows):
        worth = money.worth(campaign_id, money.today)
        if worth is not None:
            yield float(amount * worth)

"""What replayed orders would earn whom, before caps and budgets. Nothing is written.

Orders are taken in time order, because what an influencer sold before may set the rate.
What was sold before the first of them is as recorded.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.attribution.figures import figures_of
from marketplace.attribution.rules import Decision
from marketplace.attribution.simulation import Replayed, paid_shares
from marketplace.campaigns import offer_of
from marketplace.campaigns.models import Campaign, Terms
from marketplace.campaigns.pay_rules import CustomerKind, Period, VolumeOf
from marketplace.collaborations.models import Application
from marketplace.commissions.earnings import Occasion, Pay, pay_of
from marketplace.commissions.evaluation import Credit, earned_by
from marketplace.commissions.models import Claim
from marketplace.commissions.periods import span_of
from marketplace.commissions.rules import ClaimOf
from marketplace.orders import Order


@dataclass(frozen=True, slots=True)
class Contract:
    """Who would be paid, in which currency, by which terms."""

    application_id: str
    influencer_id: str
    campaign_id: str
    currency: str
    pay: Pay


@dataclass(frozen=True, slots=True)
class Paid:
    """An order's part for one contract; amounts are null while no rate is known."""

    contract: Contract
    revenue: int | None
    commission: int | None


class _Sold(NamedTuple):
    """Of an influencer, in a period: how much of what."""

    application_id: str
    of: VolumeOf
    period: Period
    label: str


class Prices:
    """Prices orders under one policy; they must come in time order.

    `start`: the day from which on it is told of every order.
    """

    def __init__(self, session: Session, brand: Brand, start: date) -> None:
        self._session, self._brand, self._start = session, brand, start
        self._contracts: dict[str, Contract] = {}
        self._campaigns: list[Campaign] = []  # held, or the session reads them again
        self._sold: Counter[_Sold] = Counter()
        self._days: dict[str, list[tuple[date, int, int]]] = {}

    def of(
        self, replayed: Replayed, decision: Decision, firsts: Mapping[str, date]
    ) -> list[Paid]:
        """What an order brings everybody who would be paid for it."""
        parts = paid_shares(decision)
        found = []
        shares = tuple(bps for _, bps in parts)
        for place, (application_id, _) in enumerate(parts):
            contract = self.contract(application_id)
            amounts = self._amounts(replayed.order, contract)
            if amounts is None:
                found.append(Paid(contract, None, None))
                continue
            credit = Credit(*amounts, shares, place)
            occasion = self._occasion(replayed, decision, contract, firsts)
            earned = earned_by(contract.pay, replayed.order, credit, occasion)
            self._note(contract, occasion.on, credit.net_amount)
            found.append(Paid(contract, credit.net_amount, earned.kept))
        return found

    def contract(self, application_id: str) -> Contract:
        """What an application says, read once."""
        if application_id not in self._contracts:
            session = self._session
            application = session.get_one(Application, application_id)
            version = (application.campaign_id, application.terms_version)
            pay = pay_of(offer_of(session.get_one(Terms, version)))
            campaign = session.get_one(Campaign, application.campaign_id)
            self._campaigns.append(campaign)
            self._contracts[application_id] = Contract(
                application_id,
                application.influencer_id,
                campaign.id,
                campaign.currency,
                pay,
            )
        return self._contracts[application_id]

    def _amounts(self, order: Order, contract: Contract) -> tuple[int, int] | None:
        """What the order came to, in the contract's currency."""
        figures = figures_of(self._session, self._brand, order, contract.campaign_id)
        base, net = figures["base_amount"], figures["net_amount"]
        if base is None or net is None:
            return None
        return base, net

    def _occasion(
        self,
        replayed: Replayed,
        decision: Decision,
        contract: Contract,
        firsts: Mapping[str, date],
    ) -> Occasion:
        day = replayed.recorded.day_on
        volumes = {
            (volume.of, volume.period): self._volume(
                contract, volume.of, volume.period, day
            )
            for volume in contract.pay.volumes
        }
        return Occasion(
            on=day,
            customer=_customer(replayed, decision),
            volumes=volumes,
            first_on=firsts.get(contract.application_id),
        )

    def _volume(
        self, contract: Contract, of: VolumeOf, period: Period, day: date
    ) -> int:
        """What was sold in the period so far: recorded, then as it is replayed."""
        span, own = span_of(day, period), contract.application_id
        before = sum(
            orders if of is VolumeOf.ORDERS else revenue
            for on, orders, revenue in self._recorded(own)
            if on in span
        )
        return before + self._sold[_Sold(own, of, period, span.label)]

    def _recorded(self, application_id: str) -> list[tuple[date, int, int]]:
        """(day, orders, revenue) of the days before the first that is replayed."""
        if application_id not in self._days:
            rows = self._session.execute(
                select(
                    Claim.day_on, func.sum(Claim.pieces), func.sum(Claim.revenue_amount)
                )
                .where(
                    Claim.application_id == application_id,
                    Claim.of == ClaimOf.ORDER,
                    Claim.is_rejected.is_(False),
                    Claim.day_on < self._start,
                )
                .group_by(Claim.day_on)
            )
            self._days[application_id] = [(day, int(n), int(a)) for day, n, a in rows]
        return self._days[application_id]

    def _note(self, contract: Contract, day: date, net: int) -> None:
        for of, period in {(each.of, each.period) for each in contract.pay.volumes}:
            label = span_of(day, period).label
            sold = _Sold(contract.application_id, of, period, label)
            self._sold[sold] += 1 if of is VolumeOf.ORDERS else net


def _customer(replayed: Replayed, decision: Decision) -> CustomerKind:
    """What the buyer was, by the deciding policy's word on who has lapsed."""
    order = replayed.order
    if order.is_new is None:
        return CustomerKind.UNKNOWN
    if order.is_new:
        return CustomerKind.NEW
    assert decision.winner is not None
    policy, previous_at = decision.winner.policy, replayed.previous_at
    if policy is None or policy.lapsed_after is None or previous_at is None:
        return CustomerKind.RETURNING
    lapsed = order.placed_at - previous_at > policy.lapsed_after
    return CustomerKind.LAPSED if lapsed else CustomerKind.RETURNING

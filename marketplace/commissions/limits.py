"""What limits a campaign's claims: its budget, and the caps of every version of terms."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign, Terms
from marketplace.campaigns.pay_rules import Cap as AgreedCap
from marketplace.campaigns.pay_rules import CapOf, caps_of
from marketplace.commissions import claim_days
from marketplace.commissions.allocation import BUDGET, Cap, Group
from marketplace.commissions.claim_days import Sums
from marketplace.commissions.earnings import WHOLE
from marketplace.commissions.models import Claim
from marketplace.commissions.periods import span_of
from marketplace.commissions.rules import CAPPED, ClaimOf

OF_CAMPAIGN = (BUDGET, CapOf.CAMPAIGN.value)
OF_APPLICATION = (CapOf.INFLUENCER.value, CapOf.CUSTOMER.value)
AT_ONCE = 500  # parameters of one statement
ALONE = "alone "  # a customer who is not known shares a cap with nobody


class Placed(Protocol):
    """What says in which groups a claim is."""

    @property
    def thing_id(self) -> str: ...  # pragma: no cover

    @property
    def application_id(self) -> str: ...  # pragma: no cover

    @property
    def terms_version(self) -> int: ...  # pragma: no cover

    @property
    def of(self) -> ClaimOf: ...  # pragma: no cover

    @property
    def day_on(self) -> date: ...  # pragma: no cover

    @property
    def customer_id(self) -> str | None: ...  # pragma: no cover

    @property
    def share_bps(self) -> int: ...  # pragma: no cover


@dataclass(frozen=True, slots=True)
class Limits:
    """A campaign's budget, and its caps by version of the terms."""

    campaign_id: str
    budget: int | None
    by_version: Mapping[int, tuple[AgreedCap, ...]]

    @property
    def is_anything(self) -> bool:
        """Whether there is any limit at all."""
        return self.budget is not None or any(self.by_version.values())

    def caps_of(self, claim: Placed) -> tuple[Cap, ...]:
        """The caps that hold for a claim: those of its own terms, and the budget."""
        found = []
        if self.budget is not None:
            found.append(Cap(Group(BUDGET, self.campaign_id), self.budget))
        if claim.of in CAPPED:
            for cap in self.by_version.get(claim.terms_version, ()):
                if cap.of is CapOf.ORDER and claim.of is not ClaimOf.ORDER:
                    continue
                amount = cap.amount
                if cap.of is CapOf.ORDER:
                    amount = amount * claim.share_bps // WHOLE  # others have the rest
                found.append(Cap(self._group(cap, claim), amount))
        return tuple(found)

    def shared(self, claim: Placed) -> tuple[Cap, ...]:
        """Caps of any terms on groups that a claim takes from, the least of each."""
        least = dict(self.caps_of(claim))
        if claim.of in CAPPED:
            for caps in self.by_version.values():
                for cap in caps:
                    if cap.of is CapOf.CAMPAIGN:
                        group = self._group(cap, claim)
                        least[group] = min(cap.amount, least.get(group, cap.amount))
        return tuple(Cap(group, amount) for group, amount in least.items())

    def _group(self, cap: AgreedCap, claim: Placed) -> Group:
        if cap.of is CapOf.ORDER:
            return Group(cap.of.value, claim.thing_id, claim.application_id)
        if cap.of is CapOf.CUSTOMER:
            customer = claim.customer_id or ALONE + claim.thing_id
            return Group(cap.of.value, claim.application_id, customer)
        span = span_of(claim.day_on, cap.period)
        of_all = cap.of is CapOf.CAMPAIGN
        scope = self.campaign_id if of_all else claim.application_id
        return Group(cap.of.value, scope, "", span.label, span.start, span.end)


def limits_of(session: Session, campaign: Campaign) -> Limits:
    """What limits this campaign's claims."""
    if campaign.terms_version == 1:
        versions = [session.get_one(Terms, (campaign.id, 1))]
    else:
        of_it = select(Terms).where(Terms.campaign_id == campaign.id)
        versions = list(session.scalars(of_it))
    return Limits(
        campaign.id,
        campaign.budget_amount,
        {terms.version: caps_of(terms.commission_caps) for terms in versions},
    )


def is_alone(group: Group) -> bool:
    """Whether only one claim is ever in it."""
    return group.of == CapOf.ORDER.value or group.customer_id.startswith(ALONE)


def sums_of(
    session: Session, groups: Collection[Group], shifts: Mapping[Group, Sums]
) -> dict[Group, Sums]:
    """What the claims of these groups that count come to; but for those in which one
    claim is alone. `shifts`: what is not in the days yet.
    """
    shared = [group for group in groups if not is_alone(group)]
    customers = [group for group in shared if group.of == CapOf.CUSTOMER.value]
    others = [group for group in shared if group.of != CapOf.CUSTOMER.value]
    found = claim_days.sums_of(session, others) if others else {}
    for group, shift in shifts.items():
        if group in found:
            found[group] = found[group].plus(shift)
    return found | _of_customers(session, customers)


def _of_customers(session: Session, groups: list[Group]) -> dict[Group, Sums]:
    found = dict.fromkeys(groups, Sums())
    wanted = {(group.scope_id, group.customer_id): group for group in groups}
    ids = sorted({customer for _, customer in wanted})
    for start in range(0, len(ids), AT_ONCE):
        rows = session.execute(
            select(
                Claim.application_id,
                Claim.customer_id,
                func.sum(Claim.granted_amount),
                func.sum(Claim.earned_amount),
            )
            .where(
                Claim.customer_id.in_(ids[start : start + AT_ONCE]),
                Claim.of.in_(CAPPED),
                Claim.is_rejected.is_(False),
            )
            .group_by(Claim.application_id, Claim.customer_id)
        )
        for application_id, customer_id, granted, earned in rows:
            group = wanted.get((application_id, customer_id or ""))
            if group is not None:
                found[group] = Sums(int(granted), int(earned))
    return found

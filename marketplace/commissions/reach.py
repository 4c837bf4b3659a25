"""How far a change of claims reaches: no further than caps that somebody feels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from marketplace.commissions.allocation import Cap, Group
from marketplace.commissions.claim_days import Sums
from marketplace.commissions.claims import Changes, Stood
from marketplace.commissions.limits import (
    OF_APPLICATION,
    OF_CAMPAIGN,
    Limits,
    is_alone,
    sums_of,
)
from marketplace.commissions.models import Claim
from marketplace.commissions.rules import ClaimOf

FIRST = datetime(1, 1, 2, tzinfo=UTC)  # before all claims, in every time zone


@dataclass(frozen=True, slots=True)
class Reach:
    """Which claims must be asked: of what, since when; None: the changed ones alone."""

    where: ColumnElement[bool] | None = None
    since_at: datetime | None = None
    by_campaign: bool = True
    is_forced: bool = False

    def caps(self, found: Iterable[Cap]) -> tuple[Cap, ...]:
        """Those of a claim's caps that can limit it within this reach."""
        if self.where is None:
            return tuple(cap for cap in found if is_alone(cap.group))
        if self.by_campaign:
            return tuple(found)
        return tuple(cap for cap in found if cap.group.of not in OF_CAMPAIGN)


def reach_of(
    session: Session, limits: Limits, changes: Changes, shifts: Mapping[Group, Sums]
) -> Reach:
    """The reach of these changes of one campaign."""
    least: dict[Group, int] = {}
    by: dict[Group, int] = {}
    for stood in changes.before.values():
        _count(limits, stood, -1, least, by)
    for claim in changes.claims:
        _count(limits, claim, 1, least, by)
    sums = sums_of(session, least, shifts)
    tight = {
        group
        for group, total in sums.items()
        if max(total.earned, total.earned - by.get(group, 0)) > least[group]
    }
    if any(group.of in OF_CAMPAIGN for group in tight):
        where = Claim.campaign_id == limits.campaign_id
        return Reach(where, _since(session, where, changes))
    ids = {group.scope_id for group in tight if group.of in OF_APPLICATION}
    if not ids:
        return Reach()
    ids |= {application_id for _, application_id in changes.before}
    where = Claim.application_id.in_(sorted(ids))
    return Reach(where, _since(session, where, changes), by_campaign=False)


def first_limited_at(session: Session, where: ColumnElement[bool]) -> datetime | None:
    """When the first of these claims occurred that could be granted more."""
    most = func.coalesce(Claim.limit_amount, Claim.kept_amount)
    lacks = (Claim.granted_amount < Claim.kept_amount) & (Claim.granted_amount < most)
    is_limited = Claim.limit_amount.is_not(None) & Claim.is_final.is_(False)
    return session.scalar(
        select(func.min(Claim.occurred_at)).where(where, is_limited | lacks)
    )


def _count(
    limits: Limits,
    claim: Claim | Stood | None,
    sign: int,
    least: dict[Group, int],
    by: dict[Group, int],
) -> None:
    if claim is None:
        return
    for group, amount in limits.shared(claim):
        least[group] = min(amount, least.get(group, amount))
        if not claim.is_rejected:
            by[group] = by.get(group, 0) + sign * claim.earned_amount


def _since(
    session: Session, where: ColumnElement[bool], changes: Changes
) -> datetime | None:
    """From when on claims are asked. What is final comes first, so that a change of it
    reaches those before it as well: where it came to a group, everybody there.
    """
    both = [*changes.before.values(), *changes.claims]
    there = [claim for claim in both if claim is not None]
    if any(_joins(changes.before[key], claim) for key, claim in changes.after.items()):
        return FIRST
    times = [claim.occurred_at for claim in there]
    if any(claim.is_final for claim in there):
        first = first_limited_at(session, where)
        times += [first] if first is not None else []
    return min(times)


def _joins(before: Stood | None, after: Claim | None) -> bool:
    """Whether something final is where it was not; what is agreed fits anyhow."""
    if after is None or not after.is_final or after.of is ClaimOf.AGREED:
        return False
    if before is None or before.is_rejected:
        return True
    here = (after.day_on, after.customer_id)
    return here != (before.day_on, before.customer_id)

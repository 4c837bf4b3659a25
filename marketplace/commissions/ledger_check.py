"""What must hold between entries, claims, cells and budgets; each says what is wrong."""

from collections.abc import Iterator

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.commissions.cells import CellKey
from marketplace.commissions.claim_days import of_claims
from marketplace.commissions.models import (
    Claim,
    ClaimDay,
    Commission,
    CommissionCell,
)
from marketplace.commissions.recomputation import check_claims, check_grants
from marketplace.commissions.rules import ClaimOf, EntryStatus

UNPAID = (EntryStatus.HELD, EntryStatus.APPROVED)
_THING = func.coalesce(
    Commission.source, Commission.order_id, Commission.lead_id, Commission.id
)
_OF_CLAIM = (Claim.thing_id == _THING) & (
    Claim.application_id == Commission.application_id
)


def check_ledger(session: Session) -> list[str]:
    """What is wrong in the ledger; nothing, if all is well."""
    return [
        *_cells(session),
        *_sums(session),
        *_statuses(session),
        *_budgets(session),
        *_days(session),
        *check_grants(session),
        *check_claims(session),
    ]


def _cells(session: Session) -> Iterator[str]:
    """Cells that are not what their entries add up to."""
    key = (
        Commission.campaign_id,
        Commission.application_id,
        func.coalesce(Commission.link_id, ""),
        func.coalesce(Commission.shop_id, ""),
        Commission.day_on,
    )
    sums = {
        CellKey(campaign, application, link, shop, day): int(amount)
        for campaign, application, link, shop, day, amount in session.execute(
            select(*key, func.sum(Commission.amount))
            .where(Commission.status != EntryStatus.REJECTED)
            .group_by(*key)
        )
    }
    cells = {
        CellKey(
            c.campaign_id, c.application_id, c.link_id, c.shop_id, c.day_on
        ): c.amount
        for c in session.scalars(select(CommissionCell))
    }
    for where in sorted(sums.keys() | cells.keys()):
        have, wanted = cells.get(where, 0), sums.get(where, 0)
        if have != wanted:
            yield f"commission cell {tuple(where)}: {have} ≠ {wanted}"


def _sums(session: Session) -> Iterator[str]:
    """Claims whose entries do not add up to what they were granted."""
    summed = (
        select(
            _THING.label("thing_id"),
            Commission.application_id,
            func.sum(Commission.amount).label("amount"),
        )
        .group_by(_THING, Commission.application_id)
        .subquery()
    )
    same = (summed.c.thing_id == Claim.thing_id) & (
        summed.c.application_id == Claim.application_id
    )
    of_entries = (
        select(summed, Claim.granted_amount)
        .outerjoin(Claim, same)
        .where(
            or_(
                Claim.granted_amount.is_(None) & (summed.c.amount != 0),
                Claim.granted_amount != summed.c.amount,
            )
        )
    )
    for thing, application, amount, granted in session.execute(of_entries):
        yield f"{thing} of {application}: entries are {amount}, granted {granted}"
    without = (
        select(Claim.thing_id, Claim.application_id, Claim.granted_amount)
        .outerjoin(summed, same)
        .where(Claim.granted_amount != 0, summed.c.thing_id.is_(None))
    )
    for thing, application, granted in session.execute(without):
        yield f"{thing} of {application}: granted {granted} without any entry"
    negative = select(Claim.thing_id, Claim.application_id).where(
        Claim.of != ClaimOf.AGREED, Claim.granted_amount < 0
    )
    for thing, application in session.execute(negative):
        yield f"{thing} takes more from {application} than it gave"


def _statuses(session: Session) -> Iterator[str]:
    """Entries and claims that contradict each other or themselves."""
    found: dict[str, Select[str]] = {
        "is on hold and does not say why": select(Commission.id).where(
            Commission.on_hold.is_(True), Commission.hold_reason == ""
        ),
        "is not on hold as its claim is": select(Commission.id)
        .join(Claim, _OF_CLAIM)
        .where(
            Commission.status.in_(UNPAID),
            Commission.on_hold != (Claim.hold_reason != ""),
        ),
        "is paid in no payout": select(Commission.id).where(
            Commission.status == EntryStatus.PAID, Commission.payout_id.is_(None)
        ),
        "is in a payout without being approved": select(Commission.id).where(
            Commission.payout_id.is_not(None),
            Commission.status.not_in((EntryStatus.APPROVED, EntryStatus.PAID)),
        ),
    }
    for what, rows in found.items():
        for entry_id in session.scalars(rows):
            yield f"{entry_id} {what}"
    is_decided = Commission.status.in_((EntryStatus.APPROVED, EntryStatus.PAID))
    decided = case((is_decided, Commission.amount), else_=0)
    rejected = case((Commission.status == EntryStatus.REJECTED, 1), else_=0)
    standing = session.execute(
        select(
            *(Claim.thing_id, Claim.application_id, Claim.of),
            *(Claim.is_final, Claim.is_rejected),
            *(func.sum(decided), func.min(rejected)),
        )
        .join(Commission, _OF_CLAIM)
        .group_by(Claim.thing_id, Claim.application_id, Claim.of)
        .group_by(Claim.is_final, Claim.is_rejected)
    )
    for thing, application, of, is_final, is_rejected, *they in standing:
        final = bool(they[0]) or of is ClaimOf.AGREED
        if (is_final, is_rejected) != (final, bool(they[1])):
            yield f"{thing} of {application} is not what its entries' statuses say"


def _budgets(session: Session) -> Iterator[str]:
    """Campaigns whose commissions come to more than their budget."""
    rows = session.execute(
        select(Campaign.id, Campaign.budget_amount, func.sum(Claim.granted_amount))
        .join(Claim, Claim.campaign_id == Campaign.id)
        .where(Campaign.budget_amount.is_not(None), Claim.is_rejected.is_(False))
        .group_by(Campaign.id, Campaign.budget_amount)
        .having(func.sum(Claim.granted_amount) > Campaign.budget_amount)
    )
    for campaign_id, budget, total in rows:
        yield f"{campaign_id}: {total} committed of a budget of {budget}"


def _days(session: Session) -> Iterator[str]:
    """Days of claims that are not what their claims add up to."""
    scopes = list(session.scalars(select(ClaimDay.scope_id).distinct()))
    for scope_id in scopes:
        wanted = {}
        for scope in (Claim.campaign_id, Claim.application_id):
            for _, day, *sums in session.execute(of_claims(scope, scope == scope_id)):
                wanted[day] = tuple(map(int, sums))
        days = session.scalars(select(ClaimDay).where(ClaimDay.scope_id == scope_id))
        found = {
            row.day_on: (
                *(row.granted_amount, row.earned_amount),
                *(row.capped_granted_amount, row.capped_earned_amount),
            )
            for row in days
        }
        for day in sorted(wanted.keys() | found.keys()):
            have, want = (each.get(day, (0,) * 4) for each in (found, wanted))
            if have != want:
                yield f"claims of {scope_id} on {day}: {have} ≠ {want}"

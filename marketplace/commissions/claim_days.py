"""What claims come to by day, of a campaign and of each application.

Kept where anything limits a campaign's claims, by adding differences under the brand's
lock; made from the claims where it is missing.
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, delete, func, select
from sqlalchemy.orm import Session

from marketplace.collaborations.models import Application
from marketplace.commissions.allocation import BUDGET, Group
from marketplace.commissions.models import Claim, ClaimDay
from marketplace.commissions.rules import CAPPED, ClaimOf
from marketplace.tracking.relations import inserting

_NAMES = ("granted_amount", "earned_amount")
_COLUMNS = (*_NAMES, *(f"capped_{name}" for name in _NAMES))


class Sums(NamedTuple):
    """What claims were granted and what they earned before caps."""

    granted: int = 0
    earned: int = 0

    def plus(self, other: "Sums", sign: int = 1) -> "Sums":
        """Both together, or the difference."""
        return Sums(
            self.granted + sign * other.granted, self.earned + sign * other.earned
        )


class Counted(NamedTuple):
    """Where a claim counts, and for how much; nothing where it is rejected."""

    campaign_id: str
    application_id: str
    of: ClaimOf
    day_on: date
    sums: Sums


def prepare(session: Session, campaign_id: str, *, is_kept: bool = True) -> bool:
    """Make a campaign's days from its claims where they are missing; whether they were.

    Those of a campaign that nothing limits any more are not `is_kept`.
    """
    if not is_kept:
        _forget(session, campaign_id)
        return False
    there = select(ClaimDay.day_on).where(ClaimDay.scope_id == campaign_id).limit(1)
    if session.scalar(there) is not None:
        return False
    for scope in (Claim.campaign_id, Claim.application_id):
        session.execute(
            inserting(session, ClaimDay).from_select(
                ["scope_id", "day_on", *_COLUMNS],
                of_claims(scope, Claim.campaign_id == campaign_id),
            )
        )
    return True


def of_claims(scope: Any, where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """(scope, day, sums) as claims have them."""
    is_capped = Claim.of.in_(CAPPED)
    amounts = (Claim.granted_amount, Claim.earned_amount)
    return (
        select(
            scope,
            Claim.day_on,
            *(func.sum(amount) for amount in amounts),
            *(func.sum(case((is_capped, amount), else_=0)) for amount in amounts),
        )
        .where(where, Claim.is_rejected.is_(False))
        .group_by(scope, Claim.day_on)
    )


def _forget(session: Session, campaign_id: str) -> None:
    its = select(Application.id).where(Application.campaign_id == campaign_id)
    for scopes in (ClaimDay.scope_id == campaign_id, ClaimDay.scope_id.in_(its)):
        session.execute(
            delete(ClaimDay).where(scopes),
            execution_options={"synchronize_session": False},
        )


def add(session: Session, changes: Iterable[tuple[Counted, int]]) -> None:
    """Count claims (1), or no longer (-1)."""
    sums: dict[tuple[str, date], list[int]] = {}
    for counted, sign in changes:
        for scope_id in (counted.campaign_id, counted.application_id):
            row = sums.setdefault((scope_id, counted.day_on), [0, 0, 0, 0])
            for number, amount in enumerate(counted.sums):
                row[number] += sign * amount
                row[2 + number] += sign * amount * (counted.of in CAPPED)
    rows = [
        dict(zip(("scope_id", "day_on", *_COLUMNS), (*key, *row), strict=True))
        for key, row in sorted(sums.items())
        if any(row)
    ]
    if not rows:
        return
    insert = inserting(session, ClaimDay)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["scope_id", "day_on"],
            set_={
                name: getattr(ClaimDay, name) + insert.excluded[name]
                for name in _COLUMNS
            },
        ),
        rows,
    )


def sums_of(session: Session, groups: Collection[Group]) -> dict[Group, Sums]:
    """What groups of campaigns and influencers come to."""
    found = dict.fromkeys(groups, Sums())
    total = [group for group in groups if group.end == date.max]
    if total:
        rows = _rows(total).group_by(ClaimDay.scope_id)
        of_scope = {
            scope: tuple(map(int, row)) for scope, *row in session.execute(rows)
        }
        for group in total:
            found[group] = _part(group, of_scope.get(group.scope_id, (0,) * 4))
    spans = [group for group in groups if group.end != date.max]
    if spans:
        rows = (
            _rows(spans, ClaimDay.day_on)
            .where(
                ClaimDay.day_on >= min(group.start for group in spans),
                ClaimDay.day_on < max(group.end for group in spans),
            )
            .group_by(ClaimDay.scope_id, ClaimDay.day_on)
        )
        for scope, day, *row in session.execute(rows):
            for group in spans:
                if group.scope_id == scope and group.start <= day < group.end:
                    part = _part(group, tuple(map(int, row)))
                    found[group] = found[group].plus(part)
    return found


def _rows(groups: Collection[Group], *more: Any) -> Select[*tuple[Any, ...]]:
    ids = sorted({group.scope_id for group in groups})
    columns = (func.sum(getattr(ClaimDay, name)) for name in _COLUMNS)
    return select(ClaimDay.scope_id, *more, *columns).where(ClaimDay.scope_id.in_(ids))


def _part(group: Group, row: tuple[int, ...]) -> Sums:
    """Of all claims for the budget, of those that are capped for a cap."""
    return Sums(*row[:2]) if group.of == BUDGET else Sums(*row[2:])

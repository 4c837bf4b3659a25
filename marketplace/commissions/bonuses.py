"""Bonuses: paid once for each period in which an influencer reached a goal.

What was reached is counted again whenever an order, a lead or a day of clicks changes,
so refunds take a bonus back as long as it is held.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.pay_rules import Bonus, BonusGoal, bonuses_of
from marketplace.clock import day_start
from marketplace.collaborations.models import Application
from marketplace.commissions.claims import (
    Changes,
    claims_of_things,
    entries_of_claims,
    key_of_claim,
    new_claim,
    note_entries,
    terms_of,
)
from marketplace.commissions.holds import hold
from marketplace.commissions.models import Claim
from marketplace.commissions.periods import Span, span_of
from marketplace.commissions.rules import CAPPED, ClaimOf
from marketplace.commissions.wording import GOAL
from marketplace.tracking.rules import Dimension
from marketplace.tracking.traffic_models import TrafficCell

_OF_ORDERS = (BonusGoal.ORDERS, BonusGoal.NEW_CUSTOMERS, BonusGoal.REVENUE)


class Counted(NamedTuple):
    """How much of a goal there is, and since when it was enough; null: it is not."""

    number: int
    reached_at: datetime | None
    reached_on: date | None


def award(session: Session, changes: Changes, *, now: datetime) -> None:
    """Let bonuses follow what changed claims count for."""
    days: dict[str, set[date]] = {}
    for (_, application_id), before, after in changes.moved():
        for each in (before, after):
            if each is not None and each.of in CAPPED:
                days.setdefault(application_id, set()).add(each.day_on)
    for application_id, some in sorted(days.items()):
        award_for(
            session,
            session.get_one(Application, application_id),
            some,
            changes,
            now=now,
        )


def award_for(
    session: Session,
    application: Application,
    days: set[date],
    changes: Changes,
    *,
    now: datetime,
) -> None:
    """Let an application's bonuses of the periods of these days say what they are."""
    for number, bonus in enumerate(
        bonuses_of(terms_of(session, application).commission_bonuses)
    ):
        session.flush()
        for span in sorted({span_of(day, bonus.period) for day in days}):
            thing_id = f"bonus:{number}:{span.label}"
            _settle(session, application, bonus, span, thing_id, changes, now)


def _settle(
    session: Session,
    application: Application,
    bonus: Bonus,
    span: Span,
    thing_id: str,
    changes: Changes,
    now: datetime,
) -> None:
    counted = _count(session, application, bonus, span)
    own = [
        claim
        for claim in claims_of_things(session, [thing_id])
        if claim.application_id == application.id
    ]
    if not own and counted.reached_at is None:
        return
    at, day = counted.reached_at or now, counted.reached_on or now.date()
    claim = own[0] if own else None
    if claim is None:
        claim = new_claim(session, application, ClaimOf.BONUS, thing_id, at=at, day=day)
        claim.external_id = thing_id
    changes.watch(claim, is_new=not own)
    changes.whys[key_of_claim(claim)] = GOAL
    entries = entries_of_claims(session, [claim])
    changes.entries |= entries
    hold(session, claim, entries[key_of_claim(claim)], now=now)
    note_entries(claim, entries[key_of_claim(claim)])
    if claim.is_final:
        return
    if counted.reached_at is not None:
        terms = terms_of(session, application)
        claim.occurred_at, claim.day_on = at, day
        claim.matures_at = at + timedelta(days=terms.hold_days)
    amount = 0 if counted.reached_at is None else bonus.amount
    claim.earned_amount = claim.kept_amount = amount
    claim.inputs = {
        "goal": bonus.goal.value,
        "period": span.label,
        "at_least": bonus.at_least,
        "reached": counted.number,
        "bonus_amount": bonus.amount,
    }


def _count(
    session: Session, application: Application, bonus: Bonus, span: Span
) -> Counted:
    """How much of the goal there is, told in the order in which it came."""
    total, at, on = 0, None, None
    for occurred_at, day, number in _steps(session, application, bonus.goal, span):
        total += number
        if total < bonus.at_least:
            at = on = None
        elif at is None:
            at, on = occurred_at, day
    return Counted(total, at, on)


def _steps(
    session: Session, application: Application, goal: BonusGoal, span: Span
) -> Iterator[tuple[datetime, date, int]]:
    """(when, day, how much more), in order."""
    if goal is BonusGoal.CLICKS:
        yield from _clicks(session, application, span)
        return
    of = ClaimOf.ORDER if goal in _OF_ORDERS else ClaimOf.LEAD
    rows = session.execute(
        select(
            *(Claim.occurred_at, Claim.day_on, Claim.pieces, Claim.revenue_amount),
            *(Claim.is_kept, Claim.is_new),
        )
        .where(
            Claim.application_id == application.id,
            Claim.of == of,
            Claim.is_rejected.is_(False),
            Claim.day_on >= span.start,
            Claim.day_on < span.end,
        )
        .order_by(Claim.occurred_at, Claim.thing_id)
    )
    for at, day, pieces, revenue, is_kept, is_new in rows:
        if goal is BonusGoal.REVENUE:
            yield at, day, revenue
        elif is_kept and (goal is not BonusGoal.NEW_CUSTOMERS or is_new):
            yield at, day, pieces


def _clicks(
    session: Session, application: Application, span: Span
) -> Iterator[tuple[datetime, date, int]]:
    campaign = session.get_one(Campaign, application.campaign_id)
    timezone = session.get_one(Brand, campaign.brand_id).timezone
    rows = session.execute(
        select(TrafficCell.day_on, TrafficCell.counted)
        .where(
            TrafficCell.scope_id == application.id,
            TrafficCell.dimension == Dimension.ALL,
            TrafficCell.day_on >= span.start,
            TrafficCell.day_on < span.end,
        )
        .order_by(TrafficCell.day_on)
    )
    for day, counted in rows:
        yield end_of(day, timezone), day, counted


def end_of(day: date, timezone: str) -> datetime:
    """The last moment of a brand's day."""
    return day_start(day + timedelta(days=1), timezone) - timedelta(microseconds=1)

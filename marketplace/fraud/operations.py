"""Raising, withdrawing and resolving flags.

Whoever writes flags holds the brand's lock (`accounts.lock_brand`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace import events, orders
from marketplace.attribution import Attribution, LeadAttribution
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.fraud.models import Flag
from marketplace.fraud.queries import flags_on_order
from marketplace.fraud.rules import (
    APPLICATION,
    KEEPS_MONEY,
    Action,
    FlagStatus,
    Rule,
    Settings,
    Strike,
    subject_of,
)
from marketplace.orders import Order
from marketplace.orm import change


class FlagNotFound(NotFound):
    """No such flag, or another brand's."""


class FlagResolved(Conflict):
    """The flag is not open any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is looked at: one order or source of an application, or all of it.

    `since`: after which resolution, so that what was judged is not judged again.
    """

    brand_id: str
    campaign_id: str
    application_id: str
    influencer_id: str
    order_id: str | None = None
    source: str | None = None
    since: str = ""

    @property
    def subject(self) -> str:
        """The same as one word."""
        return subject_of(order_id=self.order_id, source=self.source)

    def key(self, rule: Rule) -> str:
        """What makes a finding of that rule the same finding."""
        parts = (rule.value, self.application_id, self.subject, self.since)
        return ":".join(part for part in parts if part)


def keep(
    session: Session,
    about: About,
    strikes: Iterable[Strike],
    known: Mapping[str, Flag],
    settings: Settings,
    *,
    now: datetime,
) -> list[Flag]:
    """Raise what struck; the flags, old and new. `known`: flags by their keys.

    A resolved flag stays as it is; of one rule the first strike counts.
    """
    found: dict[str, Flag] = {}
    for strike in strikes:
        action = settings[strike.rule].action
        key = about.key(strike.rule)
        if action is Action.ALLOW or key in found:
            continue
        flag = known.get(key)
        if flag is None:
            flag = _new(session, about, key, strike, action, now=now)
        elif flag.status in (FlagStatus.OPEN, FlagStatus.WITHDRAWN):
            _see(session, flag, strike, action, now=now)
        found[key] = flag
    return list(found.values())


def _new(
    session: Session,
    about: About,
    key: str,
    strike: Strike,
    action: Action,
    *,
    now: datetime,
) -> Flag:
    flag = Flag(
        key=key,
        brand_id=about.brand_id,
        campaign_id=about.campaign_id,
        application_id=about.application_id,
        influencer_id=about.influencer_id,
        rule=strike.rule,
        subject=about.subject,
        order_id=about.order_id,
        source=about.source,
        action=action,
        status=FlagStatus.OPEN,
        evidence=dict(strike.evidence),
        first_seen_at=now,
        last_seen_at=now,
    )
    session.add(flag)
    session.flush()
    tell(session, "flag.raised", flag, now=now)
    return flag


def _see(
    session: Session, flag: Flag, strike: Strike, action: Action, *, now: datetime
) -> None:
    """It is still so, or again."""
    keeps = flag.action in KEEPS_MONEY or action in KEEPS_MONEY
    is_news = change(flag, {"status": FlagStatus.OPEN, "action": action})
    if change(flag, {"evidence": dict(strike.evidence)}) or is_news:
        flag.last_seen_at = now
    if is_news:
        tell(session, "flag.raised", flag, keeps_money=keeps, now=now)


def withdraw(session: Session, flags: Iterable[Flag], *, now: datetime) -> list[Flag]:
    """Take back those that are open: what they said is not so any more."""
    gone = [flag for flag in flags if flag.status is FlagStatus.OPEN]
    for flag in gone:
        flag.status = FlagStatus.WITHDRAWN
        tell(session, "flag.resolved", flag, now=now)
    return gone


def discard(session: Session, order: Order) -> None:
    """Forget the flags on an order that was absorbed by another."""
    session.execute(delete(Flag).where(Flag.order_id == order.id))


def dismiss(session: Session, flag: Flag, *, note: str, by: str, now: datetime) -> None:
    """It is no fraud: what it held is released."""
    _resolve(session, flag, FlagStatus.DISMISSED, flag.action, note, by, now=now)


def confirm(
    session: Session,
    flag: Flag,
    *,
    action: Action | None,
    note: str,
    by: str,
    now: datetime,
) -> None:
    """It is fraud. What it held is rejected; `action` flag or reject says otherwise."""
    if action is None:
        action = Action.REJECT if flag.action in KEEPS_MONEY else Action.FLAG
    if action not in (Action.FLAG, Action.REJECT):
        raise Invalid({"action": ["must be flag or reject: a flag is resolved now"]})
    _resolve(session, flag, FlagStatus.CONFIRMED, action, note, by, now=now)


def _resolve(
    session: Session,
    flag: Flag,
    status: FlagStatus,
    action: Action,
    note: str,
    by: str,
    *,
    now: datetime,
) -> None:
    if flag.status is not FlagStatus.OPEN:
        raise FlagResolved(f"This flag is {flag.status.value}.")
    keeps = {flag.action, action} & set(KEEPS_MONEY)
    flag.status, flag.action, flag.note = status, action, note
    flag.resolved_at, flag.resolved_by = now, by
    session.flush()
    tell(session, "flag.resolved", flag, by=by, keeps_money=bool(keeps), now=now)
    settle_again(session, [flag], now=now)


def settle_again(session: Session, flags: Iterable[Flag], *, now: datetime) -> None:
    """Have everything settled again that these flags keep back or let go."""
    for flag in flags:
        if flag.order_id is not None:
            orders.request_settlement(session, [flag.order_id], now=now)
        elif flag.subject == APPLICATION:
            _settle_application(session, flag.application_id, now=now)


def _settle_application(
    session: Session, application_id: str, *, now: datetime
) -> None:
    theirs = select(Attribution.order_id).where(
        Attribution.application_id == application_id
    )
    orders.request_settlement(session, theirs, now=now)
    leads = select(LeadAttribution.lead_id).where(
        LeadAttribution.application_id == application_id
    )
    orders.request_leads(session, leads, now=now)


def known_on(session: Session, order: Order) -> dict[str, Flag]:
    """The flags on an order, by their keys."""
    return {flag.key: flag for flag in session.scalars(flags_on_order(order.id))}


def tell(
    session: Session,
    kind: str,
    flag: Flag,
    *,
    by: str | None = None,
    keeps_money: bool | None = None,
    now: datetime,
) -> None:
    """Publish it. The influencer hears of what keeps their money, and of nothing else."""
    if keeps_money is None:
        keeps_money = flag.action in KEEPS_MONEY
    events.publish(
        session,
        kind,
        now=now,
        subject_id=flag.id,
        brand_id=flag.brand_id,
        influencer_id=flag.influencer_id if keeps_money else None,
        actor_id=by,
        data={
            "rule": flag.rule.value,
            "action": flag.action.value,
            "status": flag.status.value,
            "application_id": flag.application_id,
            "order_id": flag.order_id,
            "source": flag.source,
        },
    )

"""What is known of an order that may look like fraud: a question or two to the database.

An ordinary order costs `glance` and, where a click led to it, `traces`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.accounts.models import Influencer, User
from marketplace.attribution import Attribution, Touch
from marketplace.fraud.crowds import DAY, WEEK, Placed
from marketplace.fraud.models import Flag, FraudSetting
from marketplace.fraud.rules import FlagStatus, Rule
from marketplace.orders import SOLD, Order, OrderStatus
from marketplace.orders.versions import ERASED
from marketplace.tracking import Click, PromoCode
from marketplace.tracking.traffic_models import Visit

MOST_TRACES = 50
LARGEST_CROWD = 500
Shared = InstrumentedAttribute[str | None]


class Glance(NamedTuple):
    """How many flags its order and settings its campaign have; what the others cost to
    look at is asked for only where these numbers say so.

    `orders_near`, `at_address`, `by_payment`: other orders of the customer within a
    day, and of other customers at the address or payment within a week.
    """

    flags: int
    settings: int
    email: str | None
    leaked_at: datetime | None
    orders_near: int
    at_address: int
    by_payment: int


def glance(session: Session, order: Order, row: Attribution) -> Glance:
    """All of that at once."""
    email = (
        select(User.email)
        .join(Influencer, Influencer.user_id == User.id)
        .where(Influencer.id == row.influencer_id)
    )
    leaked_at = select(PromoCode.leaked_at).where(
        PromoCode.application_id == row.application_id
    )
    asked = (
        _number(Flag.order_id == order.id),
        _number(FraudSetting.campaign_id == row.campaign_id),
        email.scalar_subquery(),
        leaked_at.scalar_subquery(),
        _near(order, Order.customer_id, DAY),
        _near(order, Order.address_hash, WEEK),
        _near(order, Order.payment_hash, WEEK),
    )
    return Glance(*session.execute(select(*asked)).one())


def _number(condition: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(condition).scalar_subquery()


def _near(order: Order, shared: Shared, span: timedelta) -> ColumnElement[int]:
    """How many other orders share that with it and are so near, up to some."""
    value = getattr(order, shared.key)
    if value is None or value.startswith(ERASED):
        return literal(0)
    others = select(Order.id).where(
        _in_crowd(order, shared, span), Order.id != order.id
    )
    if shared.key != Order.customer_id.key:
        others = others.where(Order.customer_id != order.customer_id)
    some = others.limit(LARGEST_CROWD).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _in_crowd(order: Order, shared: Shared, span: timedelta) -> ColumnElement[bool]:
    """Paid orders that share this with it, so long before or after it."""
    return and_(
        shared == getattr(order, shared.key),
        Order.brand_id == order.brand_id,
        Order.placed_at > order.placed_at - span,
        Order.placed_at < order.placed_at + span,
        Order.was_paid.is_(True),
        Order.status != OrderStatus.IGNORED,
        Order.customer_id.is_not(None),
    )


class Member(NamedTuple):
    """An order in a crowd, and what is known of it: where it is credited, if it is sold,
    and the flag there is on it.
    """

    placed: Placed
    campaign_id: str | None
    flag: FlagStatus | None


def crowd(
    session: Session, order: Order, shared: Shared, span: timedelta, rule: Rule
) -> list[Member]:
    """The order and those near it that share this with it, as orders compare."""
    same = and_(
        Flag.order_id == Order.id,
        Flag.rule == rule,
        Flag.application_id == Attribution.application_id,
    )
    rows = session.execute(
        select(
            Order.placed_at,
            Order.external_id,
            Order.id,
            Order.customer_id,
            Order.status,
            Attribution.campaign_id,
            Flag.status,
        )
        .outerjoin(Attribution, Attribution.order_id == Order.id)
        .outerjoin(Flag, same)
        .where(_in_crowd(order, shared, span))
        .order_by(Order.placed_at, Order.external_id, Order.id)
        .limit(LARGEST_CROWD)
    )
    return [
        Member(
            Placed(at, external_id, order_id, customer_id or ""),
            campaign_id if status in SOLD else None,
            flag,
        )
        for at, external_id, order_id, customer_id, status, campaign_id, flag in rows
    ]


class Trace(NamedTuple):
    """What one click on the credited influencer's links said, and a visit with it."""

    click: Mapping[str, Any]
    visit: Mapping[str, Any]


def traces(session: Session, order: Order, row: Attribution) -> list[Trace]:
    """The clicks of the credited influencer that were considered for the order, each
    with the visits to the shop by the same visitor on that day.
    """
    same_day = and_(
        Visit.shop_id == order.shop_id,
        Visit.visitor == Click.visitor,
        Visit.day_on == Click.day_on,
    )
    rows = session.execute(
        select(Click.evidence, Visit.facts)
        .select_from(Touch)
        .join(Click, Click.id == Touch.click_id)
        .outerjoin(Visit, same_day)
        .where(
            Touch.order_id == order.id,
            Touch.application_id == row.application_id,
        )
        .order_by(Touch.position, Visit.started_at, Visit.id)
        .limit(MOST_TRACES)
    )
    return [Trace(click or {}, visit or {}) for click, visit in rows]


def referrers(found: Iterable[Trace]) -> list[str]:
    """The hosts these clicks and visits came from, each once."""
    hosts = (part.get("referrer") for trace in found for part in trace)
    return list(dict.fromkeys(str(host) for host in hosts if host))


def ad_signs(found: Iterable[Trace]) -> list[str]:
    """The parameters of advertisements these clicks and visits had, each once."""
    texts = (str(part.get("ads") or "") for trace in found for part in trace)
    return list(dict.fromkeys(name for text in texts for name in text.split()))

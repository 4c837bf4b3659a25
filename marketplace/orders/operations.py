"""Recording what shops say about orders. The caller holds the brand's lock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from marketplace.clock import day_start
from marketplace.errors import NotFound
from marketplace.ids import new_id
from marketplace.orders import versions as stored
from marketplace.orders.customers import identify
from marketplace.orders.fold import fold
from marketplace.orders.folded_rows import WHO, articles_of, columns_of, write_refunds
from marketplace.orders.forgetting import shown
from marketplace.orders.latecomers import recognise, take_out
from marketplace.orders.models import Order, OrderAlias, OrderVersion, Refund
from marketplace.orders.queries import refunds_of, versions_of
from marketplace.orders.sales import count_sale, sold_as, uncount_sale
from marketplace.orm import change
from marketplace.shops.adapters.base import OrderEvent
from marketplace.shops.models import Shop


class OrderNotFound(NotFound):
    """No such order, or another brand's."""


@dataclass(slots=True)
class Recorded:
    """What a version led to. `order` is null while only its refunds are known;
    `absorbed` are orders that turned out to be this same sale.
    """

    order: Order | None
    absorbed: list[Order] = field(default_factory=list)


def record(
    session: Session,
    shop: Shop,
    event: OrderEvent,
    *,
    webhook_event_id: str,
    position: int,
    customer_key: bytes,
    now: datetime,
) -> Recorded:
    """Store one neutral event and bring its order up to date.

    Safe to repeat: the same (webhook event, position) is stored once.
    """
    event = stored.pseudonymous(event, shop.id, customer_key)
    order_id, is_known, absorbed = _one_order_id(
        session, shop, stored.aliases_of(event)
    )
    order = session.get(Order, order_id) if is_known else None
    event, erased = _without_erased(
        session, shop, event, order, absorbed, customer_key=customer_key, now=now
    )
    version = session.merge(
        OrderVersion(
            webhook_event_id=webhook_event_id,
            position=position,
            shop_id=shop.id,
            order_id=order_id,
            kind=stored.kind_of(event),
            body=stored.to_body(event),
            created_at=now,
        )
    )
    session.flush()
    told = session.scalars(versions_of(order_id)).all() if is_known else [version]
    order = _refresh(session, shop, order or order_id, told, erased=erased, now=now)
    return Recorded(order, absorbed)


def _without_erased(
    session: Session,
    shop: Shop,
    event: OrderEvent,
    order: Order | None,
    absorbed: list[Order],
    *,
    customer_key: bytes,
    now: datetime,
) -> tuple[OrderEvent, dict[str, Any]]:
    """The event, and what its order's columns are if the shopper was erased; then the
    event is without them.
    """
    known = absorbed if order is None else [order, *absorbed]
    erasure = recognise(session, shop, event, known, customer_key)
    if erasure is None:
        return event, {}
    event, customer_id = take_out(
        session, shop, event, known, erasure, customer_key=customer_key, now=now
    )
    return event, {"customer_id": customer_id, "erased_at": erasure.at}


def refresh(session: Session, order: Order, *, now: datetime) -> None:
    """Fold an order again, because a rule or the cost table changed."""
    shop = session.get_one(Shop, order.shop_id)
    erased = {}
    if order.erased_at is not None:
        erased = {"customer_id": order.customer_id, "erased_at": order.erased_at}
    told = session.scalars(versions_of(order.id)).all()
    _refresh(session, shop, order, told, erased=erased, now=now)


def discard(session: Session, order: Order) -> None:
    """Remove an order that was absorbed; nothing may refer to it any more."""
    session.execute(delete(Refund).where(Refund.order_id == order.id))
    uncount_sale(session, order)
    session.delete(order)
    session.flush()


def request_settlement(
    session: Session, order_ids: Sequence[str] | Select[str], *, now: datetime
) -> None:
    """Have these orders decided again, soon, by the job."""
    session.execute(
        update(Order)
        .where(Order.id.in_(order_ids))
        .values(settle_requested_at=now)
        .execution_options(synchronize_session=False)
    )


def request_settlement_since(
    session: Session, shop: Shop, since: date | None, *, now: datetime
) -> None:
    """Have a shop's orders placed on or after that day decided again (null: all)."""
    asked = update(Order).where(Order.shop_id == shop.id)
    if since is not None:
        asked = asked.where(Order.placed_at >= day_start(since, shop.timezone))
    session.execute(
        asked.values(settle_requested_at=now).execution_options(
            synchronize_session=False
        )
    )


def _one_order_id(
    session: Session, shop: Shop, aliases: list[str]
) -> tuple[str, bool, list[Order]]:
    """The id all these aliases stand for from now on, whether anything was said of it
    before, and orders absorbed by it.
    """
    rows = session.scalars(
        select(OrderAlias).where(
            OrderAlias.shop_id == shop.id, OrderAlias.alias.in_(aliases)
        )
    ).all()
    known = {row.alias for row in rows}
    ids = sorted({row.order_id for row in rows})
    order_id, absorbed = (ids[0], []) if len(ids) == 1 else _choose(session, ids)
    for alias in aliases:
        if alias not in known:
            session.add(OrderAlias(shop_id=shop.id, alias=alias, order_id=order_id))
    session.flush()
    return order_id, bool(ids), absorbed


def _choose(session: Session, ids: list[str]) -> tuple[str, list[Order]]:
    """A fresh id for none; of several, the oldest order's, given all the others had."""
    if not ids:
        return new_id("ord"), []
    orders = session.scalars(
        select(Order).where(Order.id.in_(ids)).order_by(Order.created_at, Order.id)
    ).all()
    chosen = orders[0].id if orders else ids[0]
    others = [order_id for order_id in ids if order_id != chosen]
    for table in (OrderAlias, OrderVersion):
        session.execute(
            update(table).where(table.order_id.in_(others)).values(order_id=chosen)
        )
    absorbed = [order for order in orders if order.id != chosen]
    for order in absorbed:
        order.external_id = f"absorbed:{order.id}"  # its id may be needed again
    session.flush()
    return chosen, absorbed


def _refresh(
    session: Session,
    shop: Shop,
    known: Order | str,
    told: Iterable[OrderVersion],
    *,
    erased: Mapping[str, Any],
    now: datetime,
) -> Order | None:
    """The order (or, while there is none, its id) as these versions have it."""
    folded = fold([stored.from_body(row.kind, row.body) for row in told])
    if folded is None:
        return None
    costs, categories = articles_of(session, shop, folded)
    fields = {**columns_of(folded, costs, categories), **erased}
    if erased:
        fields |= {name: shown(fields[name]) for name in WHO}
    else:
        customer = identify(session, shop.brand_id, folded, now=now)
        fields["customer_id"] = customer.id if customer else None
    if isinstance(known, Order):
        order, before = known, session.scalars(refunds_of([known.id])).all()
    else:
        order = Order(id=known, brand_id=shop.brand_id, shop_id=shop.id, created_at=now)
        session.add(order)
        before = []
    counted = sold_as(order)
    with session.no_autoflush:
        change(order, fields)
        count_sale(session, order, counted)
    session.flush()
    write_refunds(session, order, before, folded, costs)
    return order

"""The order of our own webhook: every figure checked, lines before totals.

A line's ``price`` and ``cost`` are of one unit, its ``discount`` is of the whole line.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from marketplace.shops.adapters.amounts import (
    amount,
    bounded,
    currency_of,
    not_negative,
    part,
    spread,
    times,
)
from marketplace.shops.adapters.base import (
    Customer,
    Line,
    OrderState,
    OrderStatus,
    RefundLine,
    RefundState,
    RefundTotal,
    ShopFacts,
    rank_of,
)
from marketplace.shops.adapters.buyers import account_text, first_address
from marketplace.shops.adapters.clicks import click_ids
from marketplace.shops.adapters.codes import CodeList
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    email,
    first_moment,
    identity,
    moment,
    order_id,
    quantity,
    record,
    records,
    text,
    whole,
)

# What a type alone says of the status; null: the body does.
TYPES: Mapping[str, OrderStatus | None] = {
    "order.created": None,
    "order.updated": None,
    "order.paid": OrderStatus.PAID,
    "order.refunded": OrderStatus.PAID,
    "order.cancelled": OrderStatus.CANCELLED,
    "order.deleted": OrderStatus.CANCELLED,
}
STATUSES: Mapping[str, OrderStatus] = {
    "": OrderStatus.PENDING,
    "pending": OrderStatus.PENDING,
    "paid": OrderStatus.PAID,
    "cancelled": OrderStatus.CANCELLED,
}
ADDRESS = "country", "postal_code", ("line1", "line2")


def read_order(
    kind: str, order: Record, shop: ShopFacts, updated_at: datetime, placed_at: datetime
) -> OrderState:
    """An order as ``data`` states it; NotAnOrder names the first field at fault."""
    currency = currency_of(order.get("currency"), shop.currency)
    figures = {
        name: _amount_or_none(order.get(name), currency, f"data.{name}")
        for name in ("subtotal", "discount", "tax", "shipping", "shipping_tax")
    }
    if (figures["shipping_tax"] or 0) > (figures["tax"] or 0):
        raise NotAnOrder("data.shipping_tax: more than data.tax, which it is part of")
    total = _amount(order.get("total"), currency, "data.total")
    lines = _lines(order, currency, figures, total)
    base = sum(line.net_amount for line in lines if not line.gift_card)
    base = bounded(base if lines else _base(order, figures, total), "data.lines")
    refunds = _refunds(kind, order, currency, lines, base, total, updated_at)
    status = _status(kind, order)
    is_test = order.get("test") is True
    codes, disputed = order.get("discount_codes"), order.get("disputed")
    return OrderState(
        external_id=order_id(order.get("id")),
        updated_at=updated_at,
        placed_at=placed_at,
        status=OrderStatus.IGNORED if is_test else status,
        currency=currency,
        base_amount=base,
        total_amount=total,
        rank=rank_of(status, refunded=bool(refunds)),
        name=text(order.get("name")),
        subtotal_amount=figures["subtotal"],
        discount_amount=figures["discount"],
        tax_amount=figures["tax"],
        shipping_amount=figures["shipping"],
        lines=lines,
        codes=CodeList(codes if isinstance(codes, list) else [codes]).codes,
        click_ids=click_ids({"mkt_click": order.get("click_id")}),
        customer=_customer(record(order.get("customer"))),
        refunds=refunds,
        ignored_reason="test order" if is_test else None,
        is_disputed=disputed if isinstance(disputed, bool) else None,
    )


def refunded_total(
    order: Record, state: OrderState, refunded_at: datetime
) -> RefundTotal:
    """``refunded``: all that was given back so far, in one sum."""
    given = _amount(order.get("refunded"), state.currency, "data.refunded")
    return RefundTotal(state.external_id, given, refunded_at, currency=state.currency)


def _customer(customer: Record) -> Customer:
    return Customer(
        external_id=identity(customer.get("id")),
        email=email(customer.get("email")),
        orders_count=whole(customer.get("orders_count")),
        address=first_address([customer.get("address")], ADDRESS),
        payment_account=account_text(customer.get("payment_account")),
    )


def _amount(value: object, currency: str, field: str) -> int:
    return not_negative(amount(value, currency, field, exact=True), field)


def _amount_or_none(value: object, currency: str, field: str) -> int | None:
    return None if value is None else _amount(value, currency, field)


def _status(kind: str, order: Record) -> OrderStatus:
    """The body's status, but that a type that says more goes before it."""
    word = order.get("status")
    stated = STATUSES.get("" if word is None else text(word).lower() or "?")
    if stated is None:
        raise NotAnOrder("data.status: not pending, paid or cancelled")
    meant = TYPES[kind]
    if stated is OrderStatus.CANCELLED or meant is None:
        return stated
    return meant


def _lines(
    order: Record, currency: str, figures: Mapping[str, int | None], total: int
) -> tuple[Line, ...]:
    """Lines after discounts, without tax."""
    items = records(order.get("lines"))
    counts, costs, gross, discounts = [], [], [], []
    for n, item in enumerate(items):
        where = f"data.lines[{n}]"
        count = quantity(item.get("quantity", 1))
        if count is None:
            raise NotAnOrder(f"{where}.quantity: not a number")
        price = _amount(item.get("price"), currency, f"{where}.price")
        discount = _amount_or_none(item.get("discount"), currency, f"{where}.discount")
        counts.append(count)
        gross.append(times(price, count))
        discounts.append(discount or 0)
        costs.append(_amount_or_none(item.get("cost"), currency, f"{where}.cost"))
    after = [max(0, g - d) for g, d in zip(gross, discounts, strict=True)]
    rest = _unallocated(order, figures, sum(discounts), sum(after), total)
    after = [a - e for a, e in zip(after, spread(rest, after), strict=True)]
    gifts = [item.get("gift_card") is True for item in items]
    if order.get("taxes_included") is True:
        weights = [0 if gift else a for gift, a in zip(gifts, after, strict=True)]
        taxes = spread(_included(order, figures), weights)
        after = [max(0, a - t) for a, t in zip(after, taxes, strict=True)]
    return tuple(
        Line(
            external_id=identity(item.get("id")),
            sku=text(item.get("sku")) or None,
            quantity=counts[n],
            net_amount=bounded(after[n], "data.lines"),
            unit_cost_amount=costs[n],
            gift_card=gifts[n],
            category=text(item.get("category")) or None,
        )
        for n, item in enumerate(items)
    )


def _included(order: Record, figures: Mapping[str, int | None]) -> int:
    """The tax that is in the prices of the goods; that of the shipping is not."""
    if order.get("taxes_included") is not True:
        return 0
    return (figures["tax"] or 0) - (figures["shipping_tax"] or 0)


def _beside(order: Record, figures: Mapping[str, int | None]) -> int:
    """What the total holds beside the goods as priced."""
    tax = 0 if order.get("taxes_included") is True else figures["tax"] or 0
    return tax + (figures["shipping"] or 0)


def _unallocated(
    order: Record,
    figures: Mapping[str, int | None],
    allocated: int,
    goods: int,
    total: int,
) -> int:
    """The discount that the lines do not hold: the total shows whether there is one."""
    rest = min((figures["discount"] or 0) - allocated, goods)
    return rest if rest > 0 and goods - rest + _beside(order, figures) == total else 0


def _base(order: Record, figures: Mapping[str, int | None], total: int) -> int:
    """The goods without tax, where there are no lines."""
    goods = figures["subtotal"]
    if goods is None:
        goods = total - _beside(order, figures)
    elif goods + _beside(order, figures) != total:  # else it is after the discount
        goods -= figures["discount"] or 0
    return max(0, goods - _included(order, figures))


def _refunds(
    kind: str,
    order: Record,
    currency: str,
    lines: Sequence[Line],
    base: int,
    total: int,
    updated_at: datetime,
) -> tuple[RefundState, ...] | None:
    """All refunds, null where the body lists none; ``order.refunded`` alone is all."""
    listed = records(order.get("refunds"))
    if kind == "order.refunded" and not listed and order.get("refunded") is None:
        return (RefundState("all", total, base, updated_at, updated_at),)
    if not isinstance(order.get("refunds"), list):
        return None
    sold = {line.external_id: line for line in lines}
    refunds = []
    for n, item in enumerate(listed):
        where = f"data.refunds[{n}]"
        refund_id = identity(item.get("id"))
        if refund_id is None:
            raise NotAnOrder(f"{where}.id: there is none")
        given = _amount(item.get("amount"), currency, f"{where}.amount")
        returned = _returned(item)
        created_at = first_moment([moment(item.get("created_at"))], updated_at)
        refunds.append(
            RefundState(
                external_id=refund_id,
                amount=given,
                product_amount=_product_part(returned, sold, given),
                created_at=created_at,
                updated_at=updated_at,
                lines=returned,
            )
        )
    return tuple(refunds)


def _returned(item: Record) -> tuple[RefundLine, ...]:
    found = []
    for line in records(item.get("lines")):
        line_id = identity(line.get("line_id")) or identity(line.get("id"))
        if line_id is not None:
            count = quantity(line.get("quantity", 1)) or Decimal(0)
            found.append(RefundLine(line_id, count))
    return tuple(found)


def _product_part(
    returned: Sequence[RefundLine], sold: Mapping[str | None, Line], given: int
) -> int | None:
    """What the returned lines cost, at most what was given; null without lines."""
    known = [(one, sold.get(one.line_external_id)) for one in returned]
    if not known or any(line is None for _, line in known):
        return None
    parts = [
        part(line.net_amount, one.quantity, line.quantity)
        for one, line in known
        if line is not None and not line.gift_card
    ]
    return min(given, sum(parts))

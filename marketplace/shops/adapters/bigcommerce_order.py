"""A BigCommerce order (v2) with its lines, coupons and refunds (v3), as asked for.

All amounts are in the currency the buyer pays in, ``default_currency_code``;
``currency_code`` is only the one prices were shown in. ``refunded_amount`` is always 0
in newer versions: what went back, the v3 refunds say.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from marketplace.money import portion
from marketplace.shops.adapters.amounts import (
    amount,
    amount_or_none,
    bounded,
    currency_of,
    not_negative,
    spread,
    stated,
)
from marketplace.shops.adapters.base import (
    Customer,
    Delivery,
    Line,
    OrderState,
    OrderStatus,
    ShopFacts,
    rank_of,
)
from marketplace.shops.adapters.bigcommerce_refunds import read_refunds
from marketplace.shops.adapters.buyers import first_address
from marketplace.shops.adapters.clicks import click_ids
from marketplace.shops.adapters.codes import CodeList
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    email,
    first_moment,
    identity,
    mail_moment,
    order_id,
    quantity,
    record,
    records,
    text,
    whole,
)

MOST_LINES = 250  # of one page; of an order with more, its own totals are taken
STATUSES: Mapping[int, OrderStatus] = {
    0: OrderStatus.IGNORED,  # incomplete: left at the payment page
    1: OrderStatus.PENDING,
    2: OrderStatus.PAID,  # shipped
    3: OrderStatus.PAID,  # partially shipped
    4: OrderStatus.PAID,  # refunded
    5: OrderStatus.CANCELLED,
    6: OrderStatus.CANCELLED,  # declined
    7: OrderStatus.PENDING,  # awaiting payment, also where it is only authorised
    8: OrderStatus.PAID,  # awaiting pickup
    9: OrderStatus.PAID,  # awaiting shipment
    10: OrderStatus.PAID,  # completed
    11: OrderStatus.PAID,  # awaiting fulfilment
    12: OrderStatus.PENDING,  # manual verification required
    13: OrderStatus.PAID,  # disputed: no money has moved
    14: OrderStatus.PAID,  # partially refunded
}
REFUNDED, DISPUTED = 4, 13
ADDRESS = "country_iso2", "zip", ("street_1", "street_2")
# Coupons on what is sent, not on what is sold: types as numbers and as words.
SHIPPING_COUPONS = ("3", "4", "shipping_discount", "free_shipping")
OTHER_COSTS = ("shipping_cost", "handling_cost", "wrapping_cost")


def read_order(fetched: Record, delivery: Delivery, shop: ShopFacts) -> OrderState:
    """The order as it is; NotAnOrder names what is missing or wrong."""
    body = record(fetched.get("order"))
    if not body:
        raise NotAnOrder("the shop's API knows no such order")
    currency = currency_of(
        body.get("default_currency_code") or body.get("currency_code"), shop.currency
    )
    total = not_negative(amount(body.get("total_inc_tax"), currency, "total"), "total")
    coupons, items = records(fetched.get("coupons")), records(fetched.get("products"))
    lines = _lines(body, items, coupons, currency)
    base = _goods(lines) if lines else _base(body, coupons, currency)
    status, reason = _status(body)
    placed_at, modified_at = _times(body, delivery.received_at)
    given = _given(body, total, currency)
    refunds = read_refunds(
        fetched.get("refunds"), lines, currency, given=given, at=modified_at
    )
    # A refund need not be seen in the order's own date.
    updated_at = max([modified_at, *(refund.created_at for refund in refunds or ())])
    return OrderState(
        external_id=order_id(body.get("id")),
        updated_at=updated_at,
        placed_at=placed_at,
        status=status,
        currency=currency,
        base_amount=max(0, bounded(base, "lines")),
        total_amount=total,
        rank=rank_of(status, refunded=bool(refunds)),
        name=text(body.get("id")),
        subtotal_amount=stated(body.get("subtotal_ex_tax"), currency),
        discount_amount=_discount(body, currency),
        tax_amount=stated(body.get("total_tax"), currency),
        shipping_amount=stated(body.get("shipping_cost_ex_tax"), currency),
        lines=lines,
        codes=_codes(coupons, items),
        click_ids=_click_ids(body, items),
        customer=_customer(body),
        refunds=refunds,
        ignored_reason=reason,
        is_disputed=whole(body.get("status_id")) == DISPUTED,
    )


def _status(body: Record) -> tuple[OrderStatus, str | None]:
    """(status, why it is no sale); an unknown one is paid if its payment is."""
    if body.get("is_deleted") is True:
        return OrderStatus.CANCELLED, None
    if text(body.get("payment_method")).lower().startswith("test payment"):
        return OrderStatus.IGNORED, "test payment"
    status = STATUSES.get(-1 if (n := whole(body.get("status_id"))) is None else n)
    if status is None:
        paid = text(body.get("payment_status")).lower() in ("captured", "paid")
        status = OrderStatus.PAID if paid else OrderStatus.PENDING
    if status is OrderStatus.IGNORED:
        return status, "the order is incomplete"
    return status, None


def _times(body: Record, received_at: datetime) -> tuple[datetime, datetime]:
    """(placed, last changed)."""
    created, modified = (
        mail_moment(body.get(name)) for name in ("date_created", "date_modified")
    )
    placed_at = first_moment([created, modified], received_at)
    return placed_at, first_moment([modified], placed_at)


def _given(body: Record, total: int, currency: str) -> int:
    """What the order itself says went back."""
    if whole(body.get("status_id")) == REFUNDED:
        return total
    return stated(body.get("refunded_amount"), currency) or 0


def _customer(body: Record) -> Customer:
    """Customer 0 is a guest."""
    return Customer(
        external_id=identity(body.get("customer_id")),
        email=email(record(body.get("billing_address")).get("email")),
        address=first_address(
            [*records(body.get("shipping_addresses")), body.get("billing_address")],
            ADDRESS,
        ),
    )


def _codes(coupons: list[Record], items: list[Record]) -> tuple[str, ...]:
    applied = [one for item in items for one in records(item.get("applied_discounts"))]
    return CodeList(one.get("code") for one in [*coupons, *applied]).codes


def _click_ids(body: Record, items: list[Record]) -> tuple[str, ...]:
    """Click ids in form fields of the checkout, options of a line, or the message."""
    return click_ids(
        record(body.get("billing_address")).get("form_fields"),
        [item.get("product_options") for item in items],
        body.get("customer_message"),
        body.get("staff_notes"),
    )


def _lines(
    body: Record, items: list[Record], coupons: list[Record], currency: str
) -> tuple[Line, ...]:
    """Lines after discounts, without tax; none where they are not all there."""
    before = [stated(item.get("total_ex_tax"), currency) for item in items]
    if len(items) >= MOST_LINES or any(one is None for one in before):
        return ()
    nets = _after_discounts(body, items, coupons, currency)
    costed = text(body.get("store_default_currency_code"), 12) in ("", currency)
    return tuple(
        Line(
            external_id=identity(item.get("id")),
            sku=text(item.get("sku")) or None,
            quantity=quantity(item.get("quantity")) or Decimal(0),
            net_amount=net,
            unit_cost_amount=_unit_cost(item, currency) if costed else None,
            gift_card=_is_gift_card(item),
        )
        for item, net in zip(items, nets, strict=True)
    )


def _after_discounts(
    body: Record, items: list[Record], coupons: list[Record], currency: str
) -> list[int]:
    """Each line's net: less its own discounts, and its part of what no line states."""
    gross = _prices_hold_tax(body, items, currency)
    nets, told = [], 0
    for item in items:
        net = max(0, stated(item.get("total_ex_tax"), currency) or 0)
        whole_line = stated(item.get("total_inc_tax"), currency) if gross else net
        applied = records(item.get("applied_discounts"))
        off = sum(abs(stated(one.get("amount"), currency) or 0) for one in applied)
        told += off
        nets.append(max(0, net - portion(off, net, whole_line or net)))
    rest = max(0, (_discount(body, currency) or 0) - _on_shipping(coupons, currency))
    rest = max(0, rest - told)
    if gross:
        rest = _without_tax(body, rest, currency)
    open_to_it = [
        0 if _is_gift_card(item) else net for item, net in zip(items, nets, strict=True)
    ]
    parts = spread(min(rest, sum(open_to_it)), open_to_it)
    return [bounded(net - part, "lines") for net, part in zip(nets, parts, strict=True)]


def _goods(lines: Sequence[Line]) -> int:
    return sum(line.net_amount for line in lines if not line.gift_card)


def _base(body: Record, coupons: list[Record], currency: str) -> int:
    """The goods by the order's own totals, where its lines are not known."""
    goods = amount_or_none(body.get("subtotal_ex_tax"), currency, "subtotal_ex_tax")
    if goods is None:
        rest = amount(body.get("total_ex_tax"), currency, "total_ex_tax")
        names = [f"{name}_ex_tax" for name in OTHER_COSTS]
        return rest - sum(stated(body.get(name), currency) or 0 for name in names)
    off = (_discount(body, currency) or 0) - _on_shipping(coupons, currency)
    if _prices_hold_tax(body, [], currency):
        off = _without_tax(body, off, currency)
    return goods - max(0, off)


def _discount(body: Record, currency: str) -> int | None:
    """Discounts and coupons, in the shop's way of stating prices (see below)."""
    found = [
        stated(body.get(name), currency)
        for name in ("discount_amount", "coupon_discount")
    ]
    known = [abs(one) for one in found if one is not None]
    return sum(known) if known else None


def _on_shipping(coupons: list[Record], currency: str) -> int:
    return sum(
        abs(stated(coupon.get("discount"), currency) or 0)
        for coupon in coupons
        if text(coupon.get("type"), 40).lower() in SHIPPING_COUPONS
    )


def _prices_hold_tax(body: Record, items: list[Record], currency: str) -> bool:
    """Whether prices, and so discounts, were entered with tax.

    Where the order does not say so, a price that equals its own with tax does.
    """
    if body.get("is_tax_inclusive_pricing") is True:
        return True
    triples = [
        (item.get("base_total"), item.get("total_ex_tax"), item.get("total_inc_tax"))
        for item in items
    ] or [
        (body.get(f"base_{n}"), body.get(f"{n}_ex_tax"), body.get(f"{n}_inc_tax"))
        for n in OTHER_COSTS
    ]
    read = [[stated(value, currency) for value in triple] for triple in triples]
    return any(base == gross != net for base, net, gross in read if base)


def _without_tax(body: Record, off: int, currency: str) -> int:
    """A discount entered with tax, without it, at the rate of the whole order."""
    net = stated(body.get("subtotal_ex_tax"), currency) or 0
    gross = stated(body.get("subtotal_inc_tax"), currency) or 0
    return portion(off, net, gross) if 0 < net < gross else off


def _unit_cost(item: Record, currency: str) -> int | None:
    """What one costs the shop; 0 is how BigCommerce says that nobody filled it in."""
    for name in ("cost_price_ex_tax", "base_cost_price"):
        cost = stated(item.get(name), currency)
        if cost is not None and cost > 0:
            return cost
    return None


def _is_gift_card(item: Record) -> bool:
    kind = text(item.get("type"), 40).lower().replace("_", "")
    return kind == "giftcertificate" or bool(item.get("gift_certificate_id"))

"""A Lightspeed eCom order with what is embedded in it: products, invoices, customer."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from marketplace.shops.adapters.amounts import (
    amount,
    amount_or_none,
    bounded,
    computed,
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
from marketplace.shops.adapters.buyers import address_text
from marketplace.shops.adapters.clicks import as_click_id, click_ids
from marketplace.shops.adapters.codes import CodeList
from marketplace.shops.adapters.lightspeed_refunds import (
    CANCELLED,
    amount_in,
    embedded,
    read_refunds,
)
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
    reference,
    text,
)

# ``paymentStatus`` → ours.
PAYMENTS: Mapping[str, OrderStatus] = {
    "paid": OrderStatus.PAID,
    "partially_paid": OrderStatus.PENDING,
    "not_paid": OrderStatus.PENDING,
    "cancelled": OrderStatus.CANCELLED,
}
# ``status`` that means paid where no ``paymentStatus`` is stated.
PAID_WITHOUT_SAYING = (
    "processing_awaiting_shipment",
    "processing_awaiting_pickup",
    "processing_ready_for_pickup",
    "completed",
    "completed_shipped",
    "completed_picked_up",
)
# An offer can be accepted or not; until then nothing was bought.
OFFERS = ("offer", "quote")


def read_order(
    order: Record, delivery: Delivery, shop: ShopFacts, *, is_deleted: bool
) -> OrderState:
    """The order as it is; NotAnOrder names what is missing or wrong."""
    currency = _currency(order, shop)
    total = not_negative(amount_in(order, "priceIncl", currency), "priceIncl")
    items = embedded(order, "products")
    base, nets = _goods(order, items, currency)
    lines = _lines(order, items, nets, currency)
    created_at = moment(order.get("createdAt"))
    placed_at = first_moment([created_at], delivery.received_at)
    updated_at = first_moment(
        [moment(order.get("updatedAt")), created_at], delivery.received_at
    )
    refunds = read_refunds(order, items, lines, currency, updated_at)
    status = OrderStatus.CANCELLED if is_deleted else _status(order)
    net_total = stated(computed(order.get("priceExcl")), currency)
    return OrderState(
        external_id=order_id(order.get("id")),
        updated_at=updated_at,
        placed_at=placed_at,
        status=status,
        currency=currency,
        base_amount=base,
        total_amount=total,
        rank=rank_of(status, refunded=bool(refunds)),
        name=text(order.get("number")) or text(order.get("id")),
        discount_amount=_discount(items, currency),
        tax_amount=None if net_total is None else total - net_total,
        shipping_amount=stated(computed(order.get("shipmentPriceExcl")), currency),
        lines=lines,
        codes=CodeList([order.get("discountCouponCode")]).codes,
        click_ids=_click_ids(order, items),
        customer=_customer(order),
        refunds=refunds,
    )


def _currency(order: Record, shop: ShopFacts) -> str:
    """The shop's; orders do not say, though some senders add it."""
    value = order.get("currency")
    if isinstance(value, dict):
        value = value.get("shortcode")
    return currency_of(value if isinstance(value, str) else None, shop.currency)


def _amount_or_zero(source: Record, field: str, currency: str) -> int:
    value = source.get(field)
    value = None if value is False else computed(value)
    return amount_or_none(value, currency, field) or 0


def _status(order: Record) -> OrderStatus:
    status = text(order.get("status"), 60).lower()
    if status == CANCELLED:
        return OrderStatus.CANCELLED
    if status in OFFERS:
        return OrderStatus.PENDING
    payment = text(order.get("paymentStatus"), 60).lower()
    if not payment and status in PAID_WITHOUT_SAYING:
        return OrderStatus.PAID
    return PAYMENTS.get(payment, OrderStatus.PENDING)


def _goods(
    order: Record, items: Sequence[Record], currency: str
) -> tuple[int, list[int]]:
    """(base, its part per line), by the order's own total without tax.

    The total holds shipping and payment costs. Whether a line's figures are of one
    unit or of all, and before or after a discount, shows in which of them add up.
    """
    readings = list(_readings(items, currency))
    if order.get("priceExcl") in (None, False):
        goods = sum(readings[0]) if items else 0
        return max(0, bounded(goods, "products")), [max(0, net) for net in readings[0]]
    total = amount_in(order, "priceExcl", currency)
    beside = sum(
        _amount_or_zero(order, name, currency)
        for name in ("shipmentPriceExcl", "paymentPriceExcl")
    )
    base, nets = total - beside, readings[0]
    for goods in (total - beside, total):
        fitting = [r for r in readings if abs(sum(r) - goods) <= len(items)]
        if items and fitting:
            base, nets = goods, fitting[0]
            break
    base = not_negative(max(0, base), "priceExcl")
    return base, spread(base, nets)


def _readings(items: Sequence[Record], currency: str) -> Iterator[list[int]]:
    """What the lines may come to, the likeliest first."""
    prices = [_figure(item, "priceExcl") for item in items]
    discounts = [_figure(item, "discountExcl") for item in items]
    counts = [_count(item) for item in items]
    after = [p - d for p, d in zip(prices, discounts, strict=True)]
    for each in (prices, after):
        yield _minor(each, currency)
        yield _minor([p * n for p, n in zip(each, counts, strict=True)], currency)


def _figure(item: Record, field: str) -> Decimal:
    """An amount in whole units of the currency, as exact as it is stated."""
    value = computed(item.get(field))
    if value in (None, "", False):
        return Decimal(0)
    amount(value, "EUR", field)
    return Decimal(str(value).strip())


def _minor(figures: Sequence[Decimal], currency: str) -> list[int]:
    try:
        return [amount(round(one, 12), currency, "products") for one in figures]
    except InvalidOperation as error:
        raise NotAnOrder("products: the amount is too large") from error


def _count(item: Record) -> Decimal:
    return quantity(item.get("quantityOrdered")) or Decimal(0)


def _lines(
    order: Record, items: Sequence[Record], nets: Sequence[int], currency: str
) -> tuple[Line, ...]:
    costs = _unit_costs(order, items, currency)
    return tuple(
        Line(
            external_id=identity(item.get("id")),
            sku=text(item.get("sku")) or text(item.get("articleCode")) or None,
            quantity=_count(item),
            net_amount=bounded(net, "products"),
            unit_cost_amount=cost,
        )
        for item, net, cost in zip(items, nets, costs, strict=True)
    )


def _unit_costs(
    order: Record, items: Sequence[Record], currency: str
) -> list[int | None]:
    """What one piece cost the shop; 0 is what nobody filled in.

    If the lines add up to the order's cost without their quantities, each is the cost
    of a whole line.
    """
    costs = [_figure(item, "priceCost") for item in items]
    counts = [_count(item) for item in items]
    whole = _figure(order, "priceCost")
    of_units = sum(c * n for c, n in zip(costs, counts, strict=True))
    if whole and whole != of_units and whole == sum(costs):
        costs = [c / n if n else Decimal(0) for c, n in zip(costs, counts, strict=True)]
    found = _minor(costs, currency)
    return [cost if cost > 0 else None for cost in found]


def _discount(items: Sequence[Record], currency: str) -> int | None:
    """What the lines were lowered by, without tax; null without lines."""
    if not items:
        return None
    off = [stated(computed(item.get("discountExcl")), currency) for item in items]
    return bounded(sum(one or 0 for one in off), "products")


def _click_ids(order: Record, items: Sequence[Record]) -> tuple[str, ...]:
    direct = as_click_id(order.get("referralId"))
    carried = click_ids(
        embedded(order, "metafields"),
        [item.get("customFields") for item in items],
        order.get("comment"),
        order.get("memo"),
    )
    return tuple(dict.fromkeys((*direct, *carried)))[:10]


def _customer(order: Record) -> Customer:
    """``isNewCustomer`` true is a first order; false says nothing of how many."""
    resource = record(record(order.get("customer")).get("resource"))
    account = record(resource.get("embedded"))
    return Customer(
        external_id=reference(account) or reference(resource),
        email=email(order.get("email")) or email(account.get("email")),
        orders_count=1 if order.get("isNewCustomer") is True else None,
        address=_address(order, "Shipping") or _address(order, "Billing"),
    )


def _address(order: Record, kind: str) -> str | None:
    """The house number has a field of its own, which not every shop asks for."""
    fields = (f"address{kind}{name}" for name in ("Number", "Street", "Street2"))
    return address_text(
        record(order.get(f"address{kind}Country")).get("code"),
        order.get(f"address{kind}Zipcode"),
        *(order.get(field) for field in fields),
    )

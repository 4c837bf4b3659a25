"""A Shopware 6 order entity with its line items and its payment's state."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from marketplace.shops.adapters.amounts import (
    amount,
    bounded,
    computed,
    currency_of,
    not_negative,
    stated,
)
from marketplace.shops.adapters.base import (
    Customer,
    Delivery,
    OrderState,
    OrderStatus,
    ShopFacts,
    rank_of,
)
from marketplace.shops.adapters.buyers import address_text
from marketplace.shops.adapters.clicks import as_click_id, click_ids
from marketplace.shops.adapters.codes import CodeList
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    email,
    first_moment,
    identity,
    moment,
    order_id,
    record,
    records,
    text,
)
from marketplace.shops.adapters.shopware_lines import PROMOTION, read_lines, tax_within
from marketplace.shops.adapters.shopware_payment import (
    last_transaction,
    read_refunds,
    state_of,
)

# The version of an entity that customers see; all others are somebody's drafts.
LIVE_VERSION = "0fa91ce3e96a4bc2be4bd9ce752c3425"
# State of the payment → ours.
PAYMENTS: Mapping[str, OrderStatus] = {
    "open": OrderStatus.PENDING,
    "in_progress": OrderStatus.PENDING,
    "unconfirmed": OrderStatus.PENDING,
    "authorized": OrderStatus.PENDING,
    "reminded": OrderStatus.PENDING,
    "paid_partially": OrderStatus.PENDING,
    "paid": OrderStatus.PAID,
    "refunded": OrderStatus.PAID,
    "refunded_partially": OrderStatus.PAID,
    "chargeback": OrderStatus.PAID,
    "cancelled": OrderStatus.CANCELLED,
    "failed": OrderStatus.CANCELLED,
}
# State of the order → ours, where it says more than the payment, or nothing does.
ORDERS: Mapping[str, OrderStatus] = {
    "open": OrderStatus.PENDING,
    "in_progress": OrderStatus.PENDING,
    "completed": OrderStatus.PAID,
    "cancelled": OrderStatus.CANCELLED,
}
# Events are named after the state that a payment, or the order, came into.
PAYMENT_ENTERED = "state_enter.order_transaction.state."
ORDER_ENTERED = "state_enter.order.state."


def read_order(
    order: Record, event: str, delivery: Delivery, shop: ShopFacts
) -> OrderState:
    """The order as it is; NotAnOrder names what is missing or wrong."""
    if order.get("versionId") not in (None, LIVE_VERSION):
        raise NotAnOrder("a draft of an order, not its live version")
    currency = currency_of(record(order.get("currency")).get("isoCode"), shop.currency)
    price = record(order.get("price"))
    total = _amount(price, order, "totalPrice", "amountTotal", currency)
    tax_status = text(price.get("taxStatus") or order.get("taxStatus"), 20)
    items = records(order.get("lineItems"))
    base, lines = read_lines(items, tax_status, order.get("currencyId"), currency)
    if not items:
        base = max(0, _net(order, price, tax_status, currency))
    placed_at, updated_at = _times(order, delivery.received_at)
    payment = state_of(last_transaction(order)) or _entered(event, PAYMENT_ENTERED)
    refunds = read_refunds(order, payment, total, currency, updated_at)
    status = _status(state_of(order) or _entered(event, ORDER_ENTERED), payment)
    return OrderState(
        external_id=order_id(order.get("id")),
        updated_at=updated_at,
        placed_at=placed_at,
        status=status,
        currency=currency,
        base_amount=bounded(base, "lineItems"),
        total_amount=not_negative(total, "totalPrice"),
        rank=rank_of(status, refunded=bool(refunds)),
        name=text(order.get("orderNumber")),
        subtotal_amount=_stated(price, "positionPrice", currency),
        discount_amount=_discount(items, currency),
        tax_amount=tax_within(price, currency),
        shipping_amount=_stated(order, "shippingTotal", currency),
        lines=lines,
        codes=_codes(order, items),
        click_ids=_click_ids(order),
        customer=_customer(order, record(order.get("orderCustomer"))),
        refunds=refunds,
    )


def _amount(price: Record, order: Record, field: str, twin: str, currency: str) -> int:
    """A figure of the price, or the column that repeats it."""
    value = price.get(field)
    found = order.get(twin) if value is None else value
    return amount(computed(found), currency, field)


def _stated(source: Record, field: str, currency: str) -> int | None:
    return stated(computed(source.get(field)), currency)


def _net(order: Record, price: Record, tax_status: str, currency: str) -> int:
    """The goods without tax, where the lines are not told: all but the shipping."""
    net = _amount(price, order, "netPrice", "amountNet", currency)
    costs = record(order.get("shippingCosts"))
    shipping = _stated(costs, "totalPrice", currency)
    if shipping is None:
        shipping = _stated(order, "shippingTotal", currency) or 0
    if tax_status == "gross":
        shipping -= tax_within(costs, currency) or 0
    return net - shipping


def _times(order: Record, received_at: datetime) -> tuple[datetime, datetime]:
    """(placed, last changed). A payment's change does not touch the order itself."""
    created = moment(order.get("createdAt"))
    placed = first_moment([moment(order.get("orderDateTime")), created], received_at)
    changed = [created, moment(order.get("updatedAt"))]
    for transaction in records(order.get("transactions")):
        changed += _changes(transaction)
        for capture in records(transaction.get("captures")):
            for refund in records(capture.get("refunds")):
                changed += _changes(refund)
    known = sorted((at for at in changed if at is not None), reverse=True)
    return placed, first_moment(known, received_at)


def _changes(entity: Record) -> list[datetime | None]:
    return [moment(entity.get("createdAt")), moment(entity.get("updatedAt"))]


def _entered(event: str, kind: str) -> str:
    """The state an event is named after, where the body does not tell it itself."""
    return event.removeprefix(kind) if event.startswith(kind) else ""


def _status(order: str, payment: str) -> OrderStatus:
    """The payment's state, but that a cancelled order is cancelled however paid."""
    own = ORDERS.get(order, OrderStatus.PENDING)
    if own is OrderStatus.CANCELLED:
        return own
    return PAYMENTS.get(payment, own)


def _discount(items: Sequence[Record], currency: str) -> int | None:
    """What promotions took off, as the lines show it; null without lines."""
    if not items:
        return None
    off = 0
    for item in items:
        if text(item.get("type")) == PROMOTION:
            of_line = _stated(record(item.get("price")), "totalPrice", currency)
            off += of_line or _stated(item, "totalPrice", currency) or 0
    return bounded(abs(off), "lineItems")


def _codes(order: Record, items: Sequence[Record]) -> tuple[str, ...]:
    """Promotions' codes; then what stood in the address as affiliate or campaign."""
    promotions = [item for item in items if text(item.get("type")) == PROMOTION]
    marks = [order.get("affiliateCode"), order.get("campaignCode")]
    return CodeList(
        [
            *(record(item.get("payload")).get("code") for item in promotions),
            *(mark for mark in marks if not as_click_id(mark)),
        ]
    ).codes


def _click_ids(order: Record) -> tuple[str, ...]:
    direct = [
        *as_click_id(order.get("affiliateCode")),
        *as_click_id(order.get("campaignCode")),
    ]
    lines = [record(line.get("payload")) for line in records(order.get("lineItems"))]
    carried = click_ids(
        order.get("customFields"),
        record(order.get("orderCustomer")).get("customFields"),
        [line.get("customFields") for line in lines],
    )
    return tuple(dict.fromkeys((*direct, *carried)))[:10]


def _customer(order: Record, buyer: Record) -> Customer:
    """A guest is a new customer of Shopware's with every order: only the address counts."""
    is_guest = record(buyer.get("customer")).get("guest") is True
    return Customer(
        external_id=None if is_guest else identity(buyer.get("customerId")),
        email=email(buyer.get("email")),
        address=next(filter(None, map(_address, _places(order))), None),
    )


def _places(order: Record) -> Iterator[Record]:
    """Where it is sent, then where the bill goes."""
    for delivery in records(order.get("deliveries")):
        yield record(delivery.get("shippingOrderAddress"))
    yield record(order.get("billingAddress"))


def _address(place: Record) -> str | None:
    country = record(place.get("country")).get("iso")
    lines = ("street", "additionalAddressLine1")
    return address_text(country, place.get("zipcode"), *map(place.get, lines))

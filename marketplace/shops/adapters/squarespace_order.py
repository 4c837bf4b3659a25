"""An order of Squarespace's Commerce Orders API; money is ``{value, currency}``."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from marketplace.shops.adapters.amounts import (
    amount,
    bounded,
    computed,
    currency_of,
    not_negative,
    spread,
    times,
)
from marketplace.shops.adapters.base import (
    Customer,
    Delivery,
    Line,
    OrderState,
    OrderStatus,
    RefundState,
    ShopFacts,
    rank_of,
)
from marketplace.shops.adapters.buyers import first_address
from marketplace.shops.adapters.clicks import click_ids
from marketplace.shops.adapters.codes import CodeList
from marketplace.shops.adapters.reading import (
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
)

# ``paymentState`` → ours; an order without one is paid: others were not orders yet.
PAYMENTS: Mapping[str, OrderStatus] = {
    "": OrderStatus.PAID,
    "PAID": OrderStatus.PAID,
    "REFUNDED": OrderStatus.PAID,
    "PARTIALLY_REFUNDED": OrderStatus.PAID,
    "CANCELED": OrderStatus.CANCELLED,
    "VOIDED": OrderStatus.CANCELLED,
}
# ``fulfillmentStatus`` that goes before any payment.
CANCELLED = ("CANCELED", "CANCELLED")
# ``lineItemType`` that is money and no goods.
GIFT_CARDS = ("GIFT_CARD", "DIGITAL_GIFT_CARD")
INCLUSIVE = "INCLUSIVE"
ADDRESS = "countryCode", "postalCode", ("address1", "address2")
# What the total holds beside the goods.
BESIDE = ("taxTotal", "shippingTotal")
# All that was ever refunded stands in one figure; this is its id.
REFUNDED = "refundedTotal"


def read_order(order: Record, delivery: Delivery, shop: ShopFacts) -> OrderState:
    """The order as it is; NotAnOrder names what is missing or wrong."""
    stated = record(order.get("grandTotal")).get("currency")
    currency = currency_of(stated, shop.currency)
    total = not_negative(_money(order, "grandTotal", currency), "grandTotal")
    created_at = moment(order.get("createdOn"))
    placed_at = first_moment([created_at], delivery.received_at)
    updated_at = first_moment(
        [moment(order.get("modifiedOn")), created_at], delivery.received_at
    )
    lines = _lines(order, currency)
    base = sum(line.net_amount for line in lines if not line.gift_card)
    if not lines:
        beside = [_money_or_none(order, name, currency) for name in BESIDE]
        base = max(0, total - sum(one or 0 for one in beside))
    refunds = _refunds(order, currency, updated_at)
    status, reason = _status(order)
    return OrderState(
        external_id=order_id(order.get("id")),
        updated_at=updated_at,
        placed_at=placed_at,
        status=status,
        currency=currency,
        base_amount=bounded(base, "lineItems"),
        total_amount=total,
        rank=rank_of(status, refunded=bool(refunds)),
        name=text(order.get("orderNumber")),
        subtotal_amount=_money_or_none(order, "subtotal", currency),
        discount_amount=_money_or_none(order, "discountTotal", currency),
        tax_amount=_money_or_none(order, "taxTotal", currency),
        shipping_amount=_money_or_none(order, "shippingTotal", currency),
        lines=lines,
        codes=CodeList(
            line.get("promoCode") for line in records(order.get("discountLines"))
        ).codes,
        click_ids=_click_ids(order),
        customer=_customer(order),
        refunds=refunds,
        ignored_reason=reason,
    )


def _customer(order: Record) -> Customer:
    places = [order.get("shippingAddress"), order.get("billingAddress")]
    return Customer(
        identity(order.get("customerId")),
        email(order.get("customerEmail")),
        address=first_address(places, ADDRESS),
    )


def _money(order: Record, field: str, currency: str) -> int:
    return amount(computed(record(order.get(field)).get("value")), currency, field)


def _money_or_none(order: Record, field: str, currency: str) -> int | None:
    return None if order.get(field) is None else _money(order, field, currency)


def _status(order: Record) -> tuple[OrderStatus, str | None]:
    """(status, why it is no sale)."""
    if order.get("testmode") is True:
        return OrderStatus.IGNORED, "test order"
    if text(order.get("fulfillmentStatus"), 40).upper() in CANCELLED:
        return OrderStatus.CANCELLED, None
    payment = text(order.get("paymentState"), 40).upper()
    return PAYMENTS.get(payment, OrderStatus.PENDING), None


def _lines(order: Record, currency: str) -> tuple[Line, ...]:
    """Lines after discounts, without tax: both are stated of the whole order only."""
    items = records(order.get("lineItems"))
    counts = [quantity(item.get("quantity")) or Decimal(0) for item in items]
    gross = [
        times(not_negative(_money(item, "unitPricePaid", currency), "lineItems"), n)
        for item, n in zip(items, counts, strict=True)
    ]
    gifts = [text(item.get("lineItemType")).upper() in GIFT_CARDS for item in items]
    # A gift card is neither lowered nor taxed when it is bought, but goods may be none.
    weights = [0 if gift else one for gift, one in zip(gifts, gross, strict=True)]
    goods = sum(weights)
    off, shipping = _discounts(order, currency)
    after = _minus(weights, spread(min(off, goods), weights))
    if text(order.get("priceTaxInterpretation")).upper() == INCLUSIVE:
        tax = max(0, _money_or_none(order, "taxTotal", currency) or 0)
        after = _minus(after, spread(tax, [*after, shipping])[:-1])
    return tuple(
        Line(
            external_id=identity(item.get("id")),
            sku=text(item.get("sku")) or None,
            quantity=counts[n],
            net_amount=bounded(gross[n] if gifts[n] else after[n], "lineItems"),
            gift_card=gifts[n],
        )
        for n, item in enumerate(items)
    )


def _minus(amounts: Sequence[int], less: Sequence[int]) -> list[int]:
    return [max(0, one - part) for one, part in zip(amounts, less, strict=True)]


def _discounts(order: Record, currency: str) -> tuple[int, int]:
    """(discount on the goods, shipping after its own discount).

    Nothing says which discount is on shipping: it is one of exactly what shipping cost.
    """
    shipping = max(0, _money_or_none(order, "shippingTotal", currency) or 0)
    each = [
        abs(_money(line, "amount", currency))
        for line in records(order.get("discountLines"))
    ]
    off = sum(each) if each else _money_or_none(order, "discountTotal", currency) or 0
    if shipping and shipping in each:
        return off - shipping, 0
    return max(0, off), shipping


def _refunds(
    order: Record, currency: str, updated_at: datetime
) -> tuple[RefundState, ...] | None:
    """All that went back, as one; null where the order does not say."""
    given = _money_or_none(order, REFUNDED, currency)
    if given is None:
        return None
    if given == 0:
        return ()
    given = not_negative(given, REFUNDED)
    return (RefundState(REFUNDED, given, None, updated_at, updated_at),)


def _click_ids(order: Record) -> tuple[str, ...]:
    """From the checkout's and the products' forms, whose fields have labels."""
    fields = [
        *records(order.get("formSubmission")),
        *(
            field
            for item in records(order.get("lineItems"))
            for field in records(item.get("customizations"))
        ),
    ]
    return click_ids(
        [{"name": f.get("label"), "value": f.get("value")} for f in fields]
    )

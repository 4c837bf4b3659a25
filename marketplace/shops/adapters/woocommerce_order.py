"""A WooCommerce order as a REST resource (versions 1 to 3), with all its refunds."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from marketplace.clock import zone
from marketplace.shops.adapters.amounts import (
    amount,
    amount_or_none,
    bounded,
    currency_of,
    not_negative,
    stated,
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
from marketplace.shops.adapters.buyers import WOOCOMMERCE, first_address
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

STATUSES: Mapping[str, OrderStatus] = {
    "processing": OrderStatus.PAID,
    "completed": OrderStatus.PAID,
    "refunded": OrderStatus.PAID,
    "pending": OrderStatus.PENDING,
    "on-hold": OrderStatus.PENDING,
    "failed": OrderStatus.CANCELLED,
    "cancelled": OrderStatus.CANCELLED,
    "trash": OrderStatus.IGNORED,
    "draft": OrderStatus.IGNORED,
    "auto-draft": OrderStatus.IGNORED,
    "checkout-draft": OrderStatus.IGNORED,
}
# How payment plug-ins say that no money moved.
TEST_MODES: Mapping[str, str] = {
    "_wcpay_mode": "test",
    "_mollie_payment_mode": "test",
    "_ppcp_paypal_payment_mode": "sandbox",
}
# Line meta of gift-card plug-ins: what was bought is money.
GIFT_CARD_META = ("wc_gc_giftcard_", "ywgc_", "pw_gift_card_")


def read_order(body: Record, delivery: Delivery, shop: ShopFacts) -> OrderState:
    """The order as it is; NotAnOrder names what is missing or wrong."""
    currency = currency_of(body.get("currency"), shop.currency)
    total = amount(body.get("total"), currency, "total")
    updated_at, placed_at = _times(body, delivery, shop)
    lines = _lines(body, currency)
    base = sum(line.net_amount for line in lines if not line.gift_card)
    if not lines:
        base = total - _tax(body, currency) - _shipping(body, currency)
    base = max(0, bounded(base, "lines"))
    refunds = _refunds(body, currency, total, base, updated_at)
    status, reason = _status(body)
    before = [stated(line.get("subtotal"), currency) for line in _line_items(body)]
    return OrderState(
        external_id=order_id(body.get("id")),
        updated_at=updated_at,
        placed_at=placed_at,
        status=status,
        currency=currency,
        base_amount=base,
        total_amount=not_negative(total, "total"),
        rank=rank_of(status, refunded=bool(refunds)),
        name=text(body.get("number")) or text(body.get("id")),
        subtotal_amount=sum(one or 0 for one in before) if before else None,
        discount_amount=stated(body.get("discount_total"), currency),
        tax_amount=stated(body.get("total_tax"), currency),
        shipping_amount=stated(body.get("shipping_total"), currency),
        lines=lines,
        codes=CodeList(
            line.get("code") for line in records(body.get("coupon_lines"))
        ).codes,
        click_ids=_click_ids(body),
        customer=_customer(body),
        refunds=refunds,
        ignored_reason=reason,
    )


def _click_ids(body: Record) -> tuple[str, ...]:
    lines = [line.get("meta_data") for line in _line_items(body)]
    return click_ids(body.get("meta_data"), lines, body.get("order_meta"))


def _customer(body: Record) -> Customer:
    return Customer(
        external_id=identity(body.get("customer_id")),
        email=email(record(body.get("billing")).get("email"))
        or email(record(body.get("customer")).get("email")),
        address=first_address([body.get("shipping"), body.get("billing")], WOOCOMMERCE),
    )


def _times(
    body: Record, delivery: Delivery, shop: ShopFacts
) -> tuple[datetime, datetime]:
    """(last changed, placed): ``_gmt`` is UTC, the plain name the shop's own time."""
    local = _zone(shop)

    def stated_times(name: str) -> list[datetime | None]:
        gmt = moment(body.get(f"{name}_gmt"))
        return [gmt, moment(body.get(name), zone=local)]

    created = [*stated_times("date_created"), *stated_times("date_paid")]
    placed_at = first_moment(created, delivery.received_at)
    modified = [*stated_times("date_modified"), *created]
    return first_moment(modified, delivery.received_at), placed_at


def _zone(shop: ShopFacts) -> tzinfo:
    try:
        return zone(shop.timezone)
    except ValueError:
        return UTC


def _status(body: Record) -> tuple[OrderStatus, str | None]:
    """(status, why it is no sale); a slug of the shop's own is paid if dated so."""
    slug = text(body.get("status"), 60).lower().removeprefix("wc-")
    status = STATUSES.get(slug)
    if status is None:
        details = record(body.get("payment_details"))
        paid_at = body.get("date_paid_gmt") or body.get("date_paid")
        paid = bool(paid_at) or details.get("paid") is True
        status = OrderStatus.PAID if paid else OrderStatus.PENDING
    if status is OrderStatus.IGNORED:
        return status, f"the order is in status {slug}"
    for meta in records(body.get("meta_data")):
        key = meta.get("key")
        if isinstance(key, str) and TEST_MODES.get(key) == text(meta.get("value"), 20):
            return OrderStatus.IGNORED, f"test payment ({key})"
    return status, None


def _line_items(body: Record) -> list[Record]:
    """The lines, each once: some shops list one line twice, under its one id."""
    once: dict[object, Record] = {}
    for n, item in enumerate(records(body.get("line_items"))):
        once.setdefault(identity(item.get("id")) or n, item)
    return list(once.values())


def _lines(body: Record, currency: str) -> tuple[Line, ...]:
    """Lines; their ``total`` is after discounts and never holds tax."""
    items = _line_items(body)
    totals = [amount_or_none(item.get("total"), currency, "line") for item in items]
    if any(total is None for total in totals):
        return ()
    return tuple(
        Line(
            external_id=identity(item.get("id")),
            sku=text(item.get("sku")) or None,
            quantity=quantity(item.get("quantity")) or Decimal(0),
            net_amount=max(0, total or 0),
            gift_card=_is_gift_card(item),
        )
        for item, total in zip(items, totals, strict=True)
    )


def _is_gift_card(item: Record) -> bool:
    keys = [meta.get("key") for meta in records(item.get("meta_data"))]
    return any(
        isinstance(key, str) and key.lstrip("_").startswith(GIFT_CARD_META)
        for key in keys
    )


def _tax(body: Record, currency: str) -> int:
    return stated(body.get("total_tax"), currency) or 0


def _shipping(body: Record, currency: str) -> int:
    return stated(body.get("shipping_total"), currency) or 0


def _refunds(
    body: Record, currency: str, total: int, base: int, updated_at: datetime
) -> tuple[RefundState, ...] | None:
    """All refunds; null where the body lists none. Their time is not stated.

    An order with status refunded gave everything back, listed or not.
    """
    listed = isinstance(body.get("refunds"), list)
    refunds = []
    for item in records(body.get("refunds")) if listed else []:
        refund_id = identity(item.get("id"))
        if refund_id is not None:
            given = abs(amount(item.get("total"), currency, "refund"))
            refunds.append(_refund(refund_id, given, None, updated_at))
    if text(body.get("status")).lower().removeprefix("wc-") == "refunded":
        rest = total - sum(refund.amount for refund in refunds)
        if rest > 0:
            product = None if refunds else base
            refunds.append(_refund("rest", rest, product, updated_at))
        return tuple(refunds)
    return tuple(refunds) if listed else None


def _refund(
    refund_id: str, given: int, product: int | None, updated_at: datetime
) -> RefundState:
    return RefundState(refund_id, given, product, updated_at, updated_at)

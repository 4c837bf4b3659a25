"""An order of PrestaShop with what came beside it: lines, vouchers, currency, buyer."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo

from marketplace.clock import zone
from marketplace.shops.adapters.amounts import not_negative
from marketplace.shops.adapters.base import (
    Customer,
    Delivery,
    OrderState,
    OrderStatus,
    ShopFacts,
    rank_of,
)
from marketplace.shops.adapters.clicks import CARRIERS, click_ids
from marketplace.shops.adapters.codes import CodeList
from marketplace.shops.adapters.prestashop_batch import Batch, id_of
from marketplace.shops.adapters.prestashop_lines import lines_of
from marketplace.shops.adapters.prestashop_money import (
    Purse,
    discount_of,
    goods_of,
    purse_of,
    shipping_of,
)
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    email,
    first_moment,
    identity,
    moment,
    record,
    records,
    text,
    whole,
)

# Numbers every installation gives its own states; those that a shop adds come after.
CANCELED, REFUNDED, PAYMENT_ERROR = 6, 7, 8
STATES: Mapping[int, OrderStatus] = {
    CANCELED: OrderStatus.CANCELLED,
    PAYMENT_ERROR: OrderStatus.CANCELLED,
    REFUNDED: OrderStatus.PAID,
    2: OrderStatus.PAID,  # payment accepted
    3: OrderStatus.PAID,  # in preparation
    4: OrderStatus.PAID,  # shipped
    5: OrderStatus.PAID,  # delivered
    9: OrderStatus.PAID,  # on backorder, paid
    11: OrderStatus.PAID,  # remote payment accepted
}


def read_order(
    body: Record, batch: Batch, delivery: Delivery, shop: ShopFacts
) -> OrderState:
    """The order as it is; NotAnOrder names what is missing or wrong."""
    external_id = id_of(body, "id_order")
    if external_id is None:
        raise NotAnOrder("there is no order id")
    purse, vouchers = purse_of(body, batch, shop), _vouchers(body, batch)
    total = total_of(body, purse)
    is_free = any(is_true(voucher.get("free_shipping")) for voucher in vouchers)
    shipping = shipping_of(body, batch, purse)
    base = goods_of(body, purse, total, 0 if is_free else shipping)
    discount = None if is_free else discount_of(body, purse)
    lines, subtotal = lines_of(body, batch, purse, base=base, discount=discount)
    before_tax = purse.stated(body.get("total_paid_tax_excl"))
    updated_at, placed_at = times_of(body, delivery, shop)
    status = _status(body, purse, total)
    given_back = is_refunded(body) or (purse.stated(body.get("refund")) or 0) > 0
    return OrderState(
        external_id=external_id,
        updated_at=updated_at,
        placed_at=placed_at,
        status=status,
        currency=purse.currency,
        base_amount=base,
        total_amount=not_negative(total, "total_paid"),
        rank=rank_of(status, refunded=given_back),
        name=text(body.get("reference")) or external_id,
        subtotal_amount=subtotal,
        discount_amount=discount if subtotal is None else subtotal - base,
        tax_amount=None if before_tax is None else total - before_tax,
        shipping_amount=shipping,
        lines=lines,
        codes=CodeList(_codes(vouchers, batch)).codes,
        click_ids=_click_ids(body),
        customer=_customer(body, batch),
    )


def total_of(body: Record, purse: Purse) -> int:
    """What the buyer pays, with tax; NotAnOrder if that is no amount."""
    stated = body.get("total_paid_tax_incl")
    return purse.amount(
        body.get("total_paid") if stated is None else stated, "total_paid"
    )


def times_of(
    body: Record, delivery: Delivery, shop: ShopFacts
) -> tuple[datetime, datetime]:
    """(last changed, placed): without an offset it is the shop's own time."""
    local = _zone(shop)

    def stated(*names: str) -> list[datetime | None]:
        return [moment(body.get(name), zone=local) for name in names]

    created = stated("created_at", "date_add")
    updated = stated("updated_at", "date_upd")
    return (
        first_moment([*updated, *created], delivery.received_at),
        first_moment([*created, *updated], delivery.received_at),
    )


def is_refunded(body: Record) -> bool:
    """Whether somebody put the order into the state that says so."""
    return whole(body.get("current_state")) == REFUNDED


def is_true(value: object) -> bool:
    """True, 1 or "1"."""
    return value is True or text(value, 5) == "1"


def _zone(shop: ShopFacts) -> tzinfo:
    try:
        return zone(shop.timezone)
    except ValueError:
        return UTC


def _status(body: Record, purse: Purse, total: int) -> OrderStatus:
    """By the flags of the order's state, which shops set; else by its number."""
    found = STATES.get(whole(body.get("current_state")) or 0)
    flags = [body[f] for f in ("is_paid", "valid", "is_validated") if f in body]
    if is_true(body.get("is_paid")):
        return OrderStatus.PAID
    if found is OrderStatus.CANCELLED or is_refunded(body):
        return found or OrderStatus.PENDING
    received = purse.stated(body.get("total_paid_real")) or 0
    if any(map(is_true, flags)) or 0 < total <= received:
        return OrderStatus.PAID
    return OrderStatus.PENDING if flags or found is None else found


def _vouchers(body: Record, batch: Batch) -> list[Record]:
    """What reduced this order; of a body with one order all that came with it."""
    found = [
        voucher
        for voucher in batch.about("order_cart_rules", id_of(body, "id_order"))
        if not is_true(voucher.get("deleted"))
    ]
    if found or len(batch.orders) > 1:
        return found or records(body.get("cart_rules"))
    return batch.of("cart_rules")


def _codes(vouchers: list[Record], batch: Batch) -> Iterator[object]:
    """The code of each, or its name where the code did not come along."""
    for voucher in vouchers:
        rule = batch.one("cart_rules", voucher.get("id_cart_rule"))
        stated = (voucher.get("code"), rule.get("code"), voucher.get("name"))
        yield next((code for code in stated if text(code)), None)


def _click_ids(body: Record) -> tuple[str, ...]:
    named = {name: body.get(name) for name in CARRIERS}
    return click_ids(named, body.get("note"), body.get("messages"))


def _customer(body: Record, batch: Batch) -> Customer:
    number = identity(body.get("id_customer"))
    known = batch.one("customers", number)
    own = record(body.get("customer"))
    is_new = body.get("new_customer")
    count = None
    if is_new is not None:  # it says whether there was an order before, not how many
        count = 1 if is_true(is_new) else 2
    return Customer(
        external_id=number,
        email=email(known.get("email"))
        or email(own.get("email"))
        or email(body.get("customer_email")),
        orders_count=count,
    )

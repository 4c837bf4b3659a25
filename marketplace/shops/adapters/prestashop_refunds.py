"""Money given back on a PrestaShop order: by its own sum, and by each credit slip."""

from marketplace.money import portion
from marketplace.shops.adapters.amounts import bounded, not_negative
from marketplace.shops.adapters.base import (
    Delivery,
    OrderState,
    RefundLine,
    RefundReported,
    RefundState,
    RefundTotal,
    ShopFacts,
)
from marketplace.shops.adapters.prestashop_batch import Batch, id_of
from marketplace.shops.adapters.prestashop_money import Purse, purse_of
from marketplace.shops.adapters.prestashop_order import is_refunded, times_of
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    identity,
    quantity,
    record,
    records,
)


def refund_total(
    body: Record, order: OrderState, batch: Batch, shop: ShopFacts
) -> RefundTotal | None:
    """All that was given back, as ps_eventbus adds it up; everything in state refunded.

    Null for nothing. On shops of several languages that sum is a multiple of itself.
    """
    stated = purse_of(body, batch, shop).stated(body.get("refund")) or 0
    amount, product = min(stated, order.total_amount), None
    if is_refunded(body):
        amount, product = order.total_amount, order.base_amount
    if amount <= 0:
        return None
    return RefundTotal(
        order.external_id,
        amount,
        order.updated_at,
        currency=order.currency,
        product_amount=product,
    )


def read_slip(
    slip: Record, batch: Batch, delivery: Delivery, shop: ShopFacts
) -> RefundReported:
    """A credit slip; NotAnOrder names what is missing or wrong."""
    order_id, slip_id = identity(slip.get("id_order")), id_of(slip, "id_order_slip")
    if order_id is None or slip_id is None:
        raise NotAnOrder("a credit slip without its id, or that of its order")
    purse = purse_of(batch.one("orders", order_id) or slip, batch, shop)
    amount, product = _given(slip, purse)
    updated_at, created_at = times_of(slip, delivery, shop)
    return RefundReported(
        order_id,
        RefundState(
            external_id=slip_id,
            amount=not_negative(amount, "order_slip"),
            product_amount=product,
            created_at=created_at,
            updated_at=updated_at,
            lines=_lines(slip),
        ),
        currency=purse.currency,
    )


def _given(slip: Record, purse: Purse) -> tuple[int, int | None]:
    """(all of it, the part for goods without tax or null).

    `amount` is what was given for goods: their price, less if a voucher had reduced it.
    """
    goods = purse.stated(slip.get("total_products_tax_incl")) or 0
    net = purse.stated(slip.get("total_products_tax_excl"))
    shipping = purse.stated(slip.get("total_shipping_tax_incl"))
    if shipping is None:
        shipping = purse.stated(slip.get("shipping_cost_amount")) or 0
    given = purse.stated(slip.get("amount")) or 0
    if goods <= 0:
        return bounded(given + shipping, "order_slip"), None if given else 0
    if net is not None and 0 < given < net:
        net, goods = portion(net, given, goods), given
    return bounded(goods + shipping, "order_slip"), None if net is None else max(0, net)


def _lines(slip: Record) -> tuple[RefundLine, ...]:
    """Which goods came back, by the ids of the order's lines."""
    details = record(slip.get("associations")).get("order_slip_details")
    if isinstance(details, dict) and "order_slip_detail" in details:
        details = details["order_slip_detail"]
    found = []
    for detail in records(details) or records(slip.get("order_slip_details")):
        line_id = identity(detail.get("id_order_detail"))
        many = quantity(detail.get("product_quantity"))
        if line_id is not None and many:
            found.append(RefundLine(line_id, many))
    return tuple(found)

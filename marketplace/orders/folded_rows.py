"""What a folded order looks like in its table, and its refunds in theirs."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from marketplace.orders.fold import FoldedOrder
from marketplace.orders.goods import goods_cost, goods_returned, lines_of
from marketplace.orders.models import Order, Refund
from marketplace.orm import change
from marketplace.shops.models import Shop
from marketplace.shops.queries import articles

# What an order takes as it is from the state that holds.
STATED = (
    "external_id",
    "name",
    "ignored_reason",
    "placed_at",
    "updated_at",
    "currency",
    "subtotal_amount",
    "discount_amount",
    "tax_amount",
    "shipping_amount",
    "total_amount",
    "presentment_currency",
    "presentment_amount",
    "base_amount",
)
# What an order takes as it is from the fold: who bought.
WHO = (
    *("email_hash", "mailbox_hash", "email_domain_hash"),
    *("address_hash", "payment_hash"),
)


def articles_of(
    session: Session, shop: Shop, folded: FoldedOrder
) -> tuple[Mapping[str, int], Mapping[str, str]]:
    """What the order's articles cost, and their categories, as the shop's table says."""
    state = folded.state
    skus = {line.sku for line in state.lines if line.sku is not None}
    return articles(session, shop, skus, state.placed_at, state.currency)


def columns_of(
    folded: FoldedOrder, costs: Mapping[str, int], categories: Mapping[str, str]
) -> dict[str, Any]:
    """The columns of the order that these versions make, but for whose it is."""
    state, cost = folded.state, goods_cost(folded, costs)
    return {
        **{name: getattr(state, name) for name in STATED},
        "status": folded.status,
        "was_paid": folded.was_paid,
        "refunded_amount": folded.refunded_amount,
        "net_amount": folded.net_amount,
        "goods_cost_amount": cost.amount,
        "table_costed_amount": cost.by_table,
        "uncosted_amount": cost.unknown,
        "codes": list(folded.codes),
        "click_ids": list(folded.click_ids),
        "lines": lines_of(folded, categories),
        **{name: getattr(folded, name) for name in WHO},
        "disputed_at": folded.disputed_at,
        "orders_count": folded.orders_count,
    }


def write_refunds(
    session: Session,
    order: Order,
    before: Iterable[Refund],
    folded: FoldedOrder,
    unit_costs: Mapping[str, int],
) -> None:
    """Make the refund rows those that stand, touching only what differs."""
    left = {row.external_id: row for row in before}
    returned = goods_returned(folded, unit_costs)
    for refund, cost in zip(folded.refunds, returned, strict=True):
        row = left.pop(refund.external_id, None)
        if row is None:
            row = Refund(order_id=order.id, external_id=refund.external_id)
            session.add(row)
        change(
            row,
            {
                "amount": refund.amount,
                "product_amount": refund.product_amount,
                "refunded_at": refund.refunded_at,
                "goods_cost_amount": cost.amount,
                "table_costed_amount": cost.by_table,
                "uncosted_amount": cost.unknown,
            },
        )
    for row in left.values():
        session.delete(row)
    session.flush()

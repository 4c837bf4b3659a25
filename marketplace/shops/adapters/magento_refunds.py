"""Money given back on a Magento order: by its own sums, and by each credit memo."""

from marketplace.shops.adapters.amounts import bounded
from marketplace.shops.adapters.base import (
    Delivery,
    OrderState,
    RefundLine,
    RefundReported,
    RefundState,
    RefundTotal,
    ShopFacts,
)
from marketplace.shops.adapters.magento_money import (
    PAID_BESIDE,
    REFUNDED_BESIDE,
    Side,
    side_of,
)
from marketplace.shops.adapters.magento_order import is_closed, order_alias
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    first_moment,
    identity,
    moment,
    quantity,
    record,
    records,
    text,
)

CANCELED = "3"
_MARKS = frozenset(
    {"creditmemo_id", "creditmemo_status", "adjustment"}
    | {"adjustment_positive", "base_adjustment_positive"}
    | {"adjustment_negative", "base_adjustment_negative"}
)


def is_credit_memo(subject: Record, hint: str) -> bool:
    """Whether this document about an order is one, by what it has or came as."""
    return "creditmemo" in hint or bool(subject.keys() & _MARKS)


def read_credit_memo(
    memo: Record, delivery: Delivery, shop: ShopFacts
) -> RefundReported:
    """The refund; NotAnOrder names what is missing or wrong."""
    side = side_of(memo, shop)
    found = (identity(memo.get(f)) for f in ("entity_id", "creditmemo_id", "id"))
    memo_id = next(filter(None, found), None)
    if memo_id is None:
        raise NotAnOrder("the credit memo is not saved yet: it has no id")
    given = side.amount(memo, "grand_total") + side.sum_of(memo, PAID_BESIDE)
    created = moment(memo.get("created_at"))
    created_at = first_moment([created], delivery.received_at)
    order_external_id, aliases = _order_of(memo)
    return RefundReported(
        order_external_id,
        RefundState(
            external_id=memo_id,
            amount=abs(bounded(given, "grand_total")),
            product_amount=_goods(memo, side),
            created_at=created_at,
            updated_at=first_moment([moment(memo.get("updated_at"))], created_at),
            succeeded=text(memo.get("state"), 5) != CANCELED,
            lines=_lines(memo),
        ),
        aliases=aliases,
        currency=side.currency,
    )


def refund_total(
    body: Record, order: OrderState, shop: ShopFacts
) -> RefundTotal | None:
    """All that was given back, as the order itself adds it up; null for nothing.

    Everything, if an order is closed and does not say how much.
    """
    side = side_of(body, shop)
    refunded = side.stated(body, "total_refunded")
    product: int | None = None
    if refunded is None and is_closed(body):
        refunded, product = order.total_amount, order.base_amount
    else:
        product = _goods_refunded(body, side)
        refunded = (refunded or 0) + side.sum_of(body, REFUNDED_BESIDE)
    if refunded <= 0:
        return None
    return RefundTotal(
        order.external_id,
        bounded(refunded, "total_refunded"),
        order.updated_at,
        aliases=order.aliases,
        currency=order.currency,
        product_amount=product,
    )


def _order_of(memo: Record) -> tuple[str, tuple[str, ...]]:
    order = record(memo.get("order"))
    number = memo.get("order_increment_id") or order.get("increment_id")
    aliases = order_alias(memo, number)
    external_id = identity(memo.get("order_id")) or identity(order.get("entity_id"))
    if external_id is None and not aliases:
        raise NotAnOrder("the credit memo names no order")
    return external_id or str(identity(number)), aliases


def _goods(memo: Record, side: Side) -> int | None:
    """The part for goods, without tax and shipping; null where it is not stated."""
    subtotal = side.stated(memo, "subtotal")
    if subtotal is None:
        return None
    goods = side.without_discount(memo, subtotal)
    return _agreed(memo, side, goods, side.stated(memo, "shipping_amount") or 0)


def _goods_refunded(body: Record, side: Side) -> int | None:
    """The part of all refunds that was for goods; null where it cannot be told."""
    goods = side.stated(body, "subtotal_refunded")
    if goods is None:
        return None
    goods -= abs(side.stated(body, "discount_refunded") or 0)
    goods += side.first_of(
        body, ("discount_tax_compensation_refunded", "hidden_tax_refunded")
    )
    return _agreed(body, side, goods, side.stated(body, "shipping_refunded") or 0)


def _agreed(subject: Record, side: Side, goods: int, shipping: int) -> int | None:
    """Goods with what was agreed beside them (a fee kept, a gesture); null if it is a
    gesture alone, to be taken in proportion.
    """
    agreed = side.stated(subject, "adjustment_positive") or 0
    agreed -= side.stated(subject, "adjustment_negative") or 0
    if goods <= 0 and shipping <= 0 and agreed > 0:
        return None
    return max(0, bounded(goods + agreed, "refund"))


def _lines(memo: Record) -> tuple[RefundLine, ...]:
    """Which goods came back, by the ids of the order's lines."""
    found = []
    for item in records(memo.get("items")):
        line_id, many = identity(item.get("order_item_id")), quantity(item.get("qty"))
        if line_id is not None and many:
            found.append(RefundLine(line_id, many))
    return tuple(found)

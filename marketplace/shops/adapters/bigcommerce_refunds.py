"""What went back on a BigCommerce order: its v3 refunds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from marketplace.shops.adapters.amounts import amount, bounded, part, stated
from marketplace.shops.adapters.base import Line, RefundLine, RefundState
from marketplace.shops.adapters.reading import (
    Record,
    first_moment,
    identity,
    moment,
    quantity,
    records,
)

# Of a refund's items, what is no part of the goods.
BESIDES_GOODS = ("SHIPPING", "HANDLING", "GIFT_WRAPPING", "TAX", "FEE")


def read_refunds(
    answer: object, lines: Sequence[Line], currency: str, *, given: int, at: datetime
) -> tuple[RefundState, ...] | None:
    """All refunds; null where nothing lists them and nothing went back.

    `given`: what the order itself says went back; what no refund tells of it counts too.
    """
    listed = answer.get("data") if isinstance(answer, dict) else answer
    goods = {line.external_id: line for line in lines if line.external_id}
    refunds = []
    for item in records(listed) if isinstance(listed, list) else []:
        refund_id = identity(item.get("id"))
        if refund_id is not None:
            refunds.append(_refund(refund_id, item, goods, currency, at))
    rest = given - sum(one.amount for one in refunds if one.succeeded)
    if rest > 0:
        refunds.append(RefundState("rest", rest, None, at, at))
    return tuple(refunds) if refunds or isinstance(listed, list) else None


def _refund(
    refund_id: str,
    item: Record,
    goods: Mapping[str, Line],
    currency: str,
    at: datetime,
) -> RefundState:
    whole = abs(amount(item.get("total_amount"), currency, "refund"))
    payments = records(item.get("payments"))
    declined = [one for one in payments if one.get("is_declined") is True]
    lost = sum(abs(stated(one.get("amount"), currency) or 0) for one in declined)
    created_at = first_moment([moment(item.get("created"))], at)
    product, returned = _goods_part(item, goods)
    return RefundState(
        external_id=refund_id,
        amount=max(0, bounded(whole - lost, "refund")),
        product_amount=None if product is None or lost else min(product, whole),
        created_at=created_at,
        updated_at=max(created_at, at),
        succeeded=not payments or len(declined) < len(payments),
        lines=returned,
    )


def _goods_part(
    item: Record, goods: Mapping[str, Line]
) -> tuple[int | None, tuple[RefundLine, ...]]:
    """(part for goods, lines that came back); the part is null where it is not told.

    An amount of the merchant's own choosing, or one on the order, tells no part.
    """
    total: int | None = 0
    if item.get("uses_merchant_override_values") is True:
        total = None
    returned = []
    for one in records(item.get("items")):
        if one.get("item_type") in BESIDES_GOODS:
            continue
        line = goods.get(identity(one.get("item_id")) or "")
        pieces = quantity(one.get("quantity"))
        if one.get("item_type") != "PRODUCT" or line is None or not pieces:
            total = None
            continue
        returned.append(RefundLine(line.external_id or "", pieces))
        if total is not None and not line.gift_card:
            total += part(line.net_amount, pieces, Decimal(line.quantity))
    if not records(item.get("items")):
        total = None
    return total, tuple(returned)

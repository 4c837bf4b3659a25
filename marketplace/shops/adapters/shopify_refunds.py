"""Shopify's refunds: what went back, and which part of it was for goods.

A refund without any refund transaction moved no money: it is how an order edit (or a
restock) takes goods off, and belongs to the order's lines.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from marketplace.money import portion
from marketplace.shops.adapters.amounts import (
    amount,
    amount_or_none,
    bounded,
    part,
    shop_money,
)
from marketplace.shops.adapters.base import RefundLine, RefundState
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
from marketplace.shops.adapters.shopify_lines import Sold


@dataclass(frozen=True, slots=True)
class Terms:
    """What an order tells about its refunds; a refund sent alone knows less.

    `net` of `gross`: the order's goods without and with tax. `presentment`: the buyer's
    currency, the total in it, the total in the shop's.
    """

    currency: str
    taxes_included: bool | None = None
    sold: Mapping[str, Sold] = field(default_factory=dict)
    net: int = 1
    gross: int = 1
    presentment: tuple[str, int, int] | None = None


@dataclass(frozen=True, slots=True)
class _Returned:
    """One returned line: what it cost with and without tax, null if it is not said."""

    line: RefundLine
    subtotal: int | None
    tax: int
    gift_card: bool


def moves_money(refund: Record) -> bool:
    """Whether money goes back; a body that does not know `transactions` means it."""
    if not isinstance(refund.get("transactions"), list):
        return True
    return bool(_transactions(refund))


def quantities(refunds: Iterable[Record]) -> dict[str, Decimal]:
    """How many of each line these refunds took back."""
    counts: dict[str, Decimal] = {}
    for refund in refunds:
        for item in records(refund.get("refund_line_items")):
            line_id = identity(item.get("line_item_id")) or ""
            count = quantity(item.get("quantity")) or Decimal(0)
            counts[line_id] = counts.get(line_id, Decimal(0)) + count
    return counts


def read_refund(
    refund: Record,
    terms: Terms,
    *,
    updated_at: datetime | None,
    received_at: datetime,
) -> RefundState:
    """One refund that moves money. `updated_at`: null takes the refund's own time."""
    refund_id = identity(refund.get("id"))
    if refund_id is None:
        raise NotAnOrder("the refund has no id: calculated, not made")
    returned = [
        _returned(item, terms) for item in records(refund.get("refund_line_items"))
    ]
    times = [moment(refund.get(name)) for name in ("created_at", "processed_at")]
    created_at = first_moment(times, updated_at or received_at)
    total, succeeded = _money(refund, returned, terms)
    return RefundState(
        external_id=refund_id,
        amount=bounded(total, "refund"),
        product_amount=_product_part(refund, returned, total, terms),
        created_at=created_at,
        updated_at=updated_at or created_at,
        succeeded=succeeded,
        lines=tuple(one.line for one in returned if one.line.line_external_id),
    )


def stated_currency(refund: Record, default: str) -> str:
    """The shop currency as a refund's money sets state it, else of its transactions."""
    items = records(refund.get("refund_line_items"))
    adjustments = records(refund.get("order_adjustments"))
    sets = [item.get("subtotal_set") for item in items]
    sets += [item.get("amount_set") for item in adjustments]
    sets.append(refund.get("total_duties_set"))
    for money_set in sets:
        code = text(record(record(money_set).get("shop_money")).get("currency_code"))
        if code:
            return code
    codes = {text(one.get("currency")) for one in _transactions(refund)} - {""}
    return codes.pop() if len(codes) == 1 else default


def _transactions(refund: Record) -> list[Record]:
    transactions = records(refund.get("transactions"))
    return [one for one in transactions if one.get("kind") == "refund"]


def _returned(item: Record, terms: Terms) -> _Returned:
    line_id = identity(item.get("line_item_id")) or ""
    count = quantity(item.get("quantity")) or Decimal(0)
    sold = terms.sold.get(line_id)
    subtotal = amount_or_none(shop_money(item, "subtotal"), terms.currency, "subtotal")
    tax = amount_or_none(shop_money(item, "total_tax"), terms.currency, "tax") or 0
    if subtotal is None and sold is not None:
        subtotal = part(sold.net_amount, count, sold.quantity)
        tax = 0
    gift_card = record(item.get("line_item")).get("gift_card") is True
    return _Returned(
        line=RefundLine(line_id, count),
        subtotal=subtotal,
        tax=tax,
        gift_card=gift_card or (sold is not None and sold.gift_card),
    )


def _money(refund: Record, returned: list[_Returned], terms: Terms) -> tuple[int, bool]:
    """(what goes back in the shop's currency, whether it has)."""
    transactions = _transactions(refund)
    done = [one for one in transactions if one.get("status") == "success"]
    counted = done or transactions
    if not counted:
        return _calculated(refund, returned, terms), True
    currencies = {_currency(one, terms) for one in counted}
    if currencies == {terms.currency}:
        return abs(_sum(counted, terms.currency)), bool(done)
    if terms.presentment and currencies == {terms.presentment[0]}:
        code, theirs, ours = terms.presentment
        return portion(abs(_sum(counted, code)), ours, theirs), bool(done)
    # Nothing to convert by, but the money sets of lines and shipping are in both.
    calculated = _calculated(refund, returned, terms)
    if calculated == 0:
        raise NotAnOrder("the refund does not say its amount in the shop's currency")
    return calculated, bool(done)


def _currency(transaction: Record, terms: Terms) -> str:
    return text(transaction.get("currency")).upper() or terms.currency


def _sum(transactions: list[Record], currency: str) -> int:
    return sum(amount(one.get("amount"), currency, "amount") for one in transactions)


def _calculated(refund: Record, returned: list[_Returned], terms: Terms) -> int:
    """What lines, shipping and discrepancy come to."""
    goods = sum(one.subtotal or 0 for one in returned)
    if not terms.taxes_included:
        goods += sum(one.tax for one in returned)
    return max(0, goods + _shipping(refund, terms) + _discrepancy(refund, terms))


def _product_part(
    refund: Record, returned: list[_Returned], total: int, terms: Terms
) -> int | None:
    """The part for goods without tax; null for money alone, taken in proportion."""
    shipping = _shipping(refund, terms)
    if not returned:
        if shipping <= 0:
            return None
        return portion(max(0, total - shipping), terms.net, terms.gross)
    if any(one.subtotal is None for one in returned):
        return None
    goods = [one for one in returned if not one.gift_card]
    inclusive = _includes_tax(refund, returned, total, terms)
    net = sum((one.subtotal or 0) - (one.tax if inclusive else 0) for one in goods)
    gross = sum((one.subtotal or 0) + (0 if inclusive else one.tax) for one in goods)
    # Kept back, or given on top of what the goods cost.
    net += portion(_discrepancy(refund, terms), net, gross)
    return bounded(max(0, net), "refund")


def _includes_tax(
    refund: Record, returned: list[_Returned], total: int, terms: Terms
) -> bool:
    """Whether line subtotals hold tax; a refund sent alone shows it by its sum."""
    if terms.taxes_included is not None:
        return terms.taxes_included
    subtotals = sum(one.subtotal or 0 for one in returned)
    rest = total - _shipping(refund, terms) - _discrepancy(refund, terms)
    return any(one.tax for one in returned) and rest == subtotals


def _shipping(refund: Record, terms: Terms) -> int:
    """Shipping given back, with its tax; Shopify writes it below 0."""
    adjustments = _adjustments(refund, terms, "shipping_refund")
    if adjustments:
        return abs(sum(adjustments))
    return sum(
        amount_or_none(shop_money(one, "subtotal_amount"), terms.currency, "shipping")
        or 0
        for one in records(refund.get("refund_shipping_lines"))
    )


def _discrepancy(refund: Record, terms: Terms) -> int:
    """What was given back beyond what was calculated; below 0 what was kept."""
    return -sum(_adjustments(refund, terms, "refund_discrepancy"))


def _adjustments(refund: Record, terms: Terms, kind: str) -> list[int]:
    found = []
    for one in records(refund.get("order_adjustments")):
        if one.get("kind") != kind:
            continue
        for name in ("amount", "tax_amount"):
            value = shop_money(one, name)
            found.append(amount_or_none(value, terms.currency, name) or 0)
    return found

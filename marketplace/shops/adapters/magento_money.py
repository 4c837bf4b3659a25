"""The money of Magento's orders and credit memos: every figure stands there twice.

``base_<field>`` is in the currency of the shop, ``<field>`` in that of the order.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from marketplace.shops.adapters.amounts import amount, computed, currency_of, stated
from marketplace.shops.adapters.base import ShopFacts
from marketplace.shops.adapters.reading import Record, record, text

# What pays a part of an order and is therefore left out of its grand total.
GIFT_CARDS, STORE_CREDIT = "gift_cards_amount", "customer_balance_amount"
PAID_BESIDE = (GIFT_CARDS, STORE_CREDIT, "reward_currency_amount")
REFUNDED_BESIDE = ("gift_cards_refunded", "customer_balance_refunded")
# Tax that is part of a discount; Magento 1 had another name for it.
COMPENSATIONS = ("discount_tax_compensation_amount", "hidden_tax_amount")


@dataclass(frozen=True, slots=True)
class Side:
    """The one of the two currencies that is read: the shop's, where it is stated."""

    currency: str
    prefix: str
    is_only_one: bool

    def value(self, source: Record, field: str) -> object:
        """The figure of that currency, null if it is not there."""
        found = source.get(self.prefix + field)
        if found is None and self.is_only_one:
            found = source.get(field)
        return computed(found)

    def amount(self, source: Record, field: str) -> int:
        """Minor units; NotAnOrder for what is no amount."""
        return amount(self.value(source, field), self.currency, field)

    def stated(self, source: Record, field: str) -> int | None:
        """Minor units, null where it is not stated or no amount."""
        return stated(self.value(source, field), self.currency)

    def sum_of(self, source: Record, fields: Iterable[str]) -> int:
        """What of these is stated, added up; extensions state them one level lower."""
        more = record(source.get("extension_attributes"))
        found = [self.stated(source, f) or self.stated(more, f) or 0 for f in fields]
        return sum(found)

    def first_of(self, source: Record, fields: Iterable[str]) -> int:
        """The first of these that is stated; 0 without any."""
        found = (self.stated(source, field) for field in fields)
        return next((one for one in found if one is not None), 0)

    def without_discount(self, source: Record, total: int) -> int:
        """`total` without its discount; the tax within the discount is no discount."""
        discount = self.stated(source, "discount_amount") or 0
        return total - abs(discount) + self.first_of(source, COMPENSATIONS)


def side_of(subject: Record, shop: ShopFacts) -> Side:
    """Which currency to read this order or credit memo in."""
    base = text(subject.get("base_currency_code"), 12)
    ordered = text(subject.get("order_currency_code"), 12)
    if subject.get("base_grand_total") is None:
        return Side(currency_of(ordered or base, shop.currency), "", is_only_one=True)
    currency = currency_of(base, shop.currency)
    only_one = ordered.upper() in ("", currency)
    return Side(currency, "base_", is_only_one=only_one)

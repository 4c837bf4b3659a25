"""The money of a PrestaShop order: which currency, and which of its sums can be trusted.

Orders state their currency by number; ps_eventbus by name. ps_eventbus cuts the decimals
off most sums (`total_products`, `total_discounts`, `total_shipping_tax_excl`), but not off
`total_paid_tax_excl`, `total_paid_tax_incl` and `shipping_cost`.
"""

from dataclasses import dataclass
from decimal import Decimal

from marketplace.money import EXPONENTS, decimal_of
from marketplace.shops.adapters.amounts import (
    amount,
    bounded,
    computed,
    currency_of,
    stated,
)
from marketplace.shops.adapters.base import ShopFacts
from marketplace.shops.adapters.prestashop_batch import Batch, id_of
from marketplace.shops.adapters.reading import Record, record, text

NAMES = ("currency", "currency_iso", "currency_iso_code", "currency_code", "iso_code")
_MOST_RATE = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class Purse:
    """Reads amounts. `divisor`: what they are divided by, where the order is in a
    currency that is not named; then they are in the shop's. `rate`: how much of the
    order's currency one of the shop's is.
    """

    currency: str
    divisor: Decimal = Decimal(1)
    rate: Decimal = Decimal(1)

    def amount(self, value: object, field: str) -> int:
        """Minor units; NotAnOrder, naming the field, for what is no amount."""
        return amount(self._own(value), self.currency, field)

    def stated(self, value: object) -> int | None:
        """Minor units; null where it is not stated or no amount."""
        return stated(self._own(value), self.currency)

    def cost(self, value: object) -> int | None:
        """What one article cost, stated in the shop's currency; 0 says nothing."""
        value = computed(value)
        try:
            found = self.stated(decimal_of(value) * self.rate * self.divisor)
        except ValueError:
            return None
        return found if found is not None and found > 0 else None

    def _own(self, value: object) -> object:
        value = computed(value)
        if self.divisor == 1:
            return value
        try:
            return computed(decimal_of(value) / self.divisor)
        except ValueError:
            return value


def purse_of(order: Record, batch: Batch, shop: ShopFacts) -> Purse:
    """The currency an order's amounts are in, or can be brought to."""
    rate = _rate(order.get("conversion_rate"))
    named = batch.one("currencies", order.get("id_currency"))
    stated_code = next(
        (
            code
            for source in (order, record(order.get("currency")), named)
            for code in (text(source.get(name), 12).upper() for name in NAMES)
            if code in EXPONENTS
        ),
        "",
    )
    if stated_code:
        return Purse(stated_code, rate=rate)
    return Purse(currency_of(None, shop.currency), divisor=rate, rate=Decimal(1))


def _rate(value: object) -> Decimal:
    try:
        rate = decimal_of(computed(value))
    except ValueError:
        return Decimal(1)
    return rate if 1 / _MOST_RATE < rate < _MOST_RATE else Decimal(1)


def shipping_of(order: Record, batch: Batch, purse: Purse) -> int:
    """Shipping without tax."""
    carriers = batch.about("order_carriers", id_of(order, "id_order"))
    parts = [purse.stated(one.get("shipping_cost_tax_excl")) for one in carriers]
    if parts and None not in parts:
        return bounded(sum(part or 0 for part in parts), "shipping")
    cut = order.get("total_shipping_tax_excl")
    found = purse.stated(_uncut(order, cut))
    if found is None:
        found = purse.stated(order.get("total_shipping"))
    return max(0, found or 0)


def goods_of(order: Record, purse: Purse, total: int, shipping: int) -> int:
    """What the goods brought: after discounts, without tax, shipping and wrapping.

    `shipping`: what of it was paid; nothing where a voucher took it away again.
    """
    wrapping = purse.stated(order.get("total_wrapping_tax_excl")) or 0
    paid = purse.stated(order.get("total_paid_tax_excl"))
    if paid is None:
        goods = purse.stated(order.get("total_products"))
        if goods is not None:
            reduced = goods - (discount_of(order, purse) or 0)
            return max(0, bounded(reduced, "total_products"))
        paid = total
    return max(0, bounded(paid - shipping - wrapping, "total_paid"))


def discount_of(order: Record, purse: Purse) -> int | None:
    """The discount without tax; null where it is not stated to the cent."""
    found = purse.stated(order.get("total_discounts_tax_excl"))
    return None if found and _is_cut(order) else found


def _is_cut(order: Record) -> bool:
    """Whether ps_eventbus wrote it: nobody else calls the shipping costs that."""
    return "shipping_cost" in order


def _uncut(order: Record, cut: object) -> object:
    """Shipping without tax from shipping with it, if the figure that was cut agrees."""
    if not _is_cut(order):
        return cut
    try:
        gross = decimal_of(computed(order.get("shipping_cost")))
        percent = decimal_of(computed(order.get("carrier_tax_rate") or 0))
        if not 0 <= percent < 1000:
            return cut
        net = gross / (1 + percent / 100)
        return computed(net) if int(net) == int(decimal_of(computed(cut))) else cut
    except ValueError:
        return cut

"""Measures: the additive facts and distinct counts that every KPI is made of. Pure.

A sum is added up by the database; a sketch is fetched per cell and merged. No ratios.
"""

import enum
from dataclasses import dataclass

from marketplace.kpis.formula import Measured, Words

MATURE_DAYS = 90


class MeasureUnit(enum.StrEnum):
    """What a measure counts."""

    COUNT = "count"
    MONEY = "money"
    SKETCH = "sketch"


class Source(enum.StrEnum):
    """The table a measure is read from."""

    CLICKS = "click_cells"
    ORDERS = "order_cells"
    COMMISSIONS = "commission_cells"
    COSTS = "costs"


class Merge(enum.StrEnum):
    """How the sketches of several cells become one number.

    union: one set, estimated once. daily: one set per brand and day, then the sum of
    their sizes (a visitor cannot be recognised from one day to the next).
    """

    UNION = "union"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Measure:
    """One fact: `column` of `source`, summed or, for a sketch, merged.

    `mature`: only cells whose day lies so far back that every customer in them was
    observed for `MATURE_DAYS`. `explained`: where it comes from, in a sentence.
    """

    name: str
    unit: MeasureUnit
    source: Source
    column: str
    words: Words
    explained: str
    merge: Merge | None = None
    mature: bool = False

    @property
    def term(self) -> Measured:
        """This measure as a node of a formula."""
        return Measured(self.name, self.words)


def _count(name: str, source: Source, column: str, words: Words, text: str) -> Measure:
    return Measure(name, MeasureUnit.COUNT, source, column, words, text)


def _money(name: str, source: Source, column: str, words: Words, text: str) -> Measure:
    return Measure(name, MeasureUnit.MONEY, source, column, words, text)


def _customers(
    name: str, column: str, words: Words, text: str, *, mature: bool = False
) -> Measure:
    return Measure(
        name,
        MeasureUnit.SKETCH,
        Source.ORDERS,
        column,
        words,
        text,
        Merge.UNION,
        mature,
    )


CLICKS = _count(
    "counted_clicks",
    Source.CLICKS,
    "counted",
    Words("counted clicks", "getelde klikken"),
    "Clicks on tracked links that were not set aside.",
)
CLICKS_GROSS = _count(
    "all_clicks",
    Source.CLICKS,
    "gross",
    Words("all clicks", "alle klikken"),
    "Every followed tracked link, those set aside included.",
)
CLICK_VISITORS = Measure(
    "click_visitors",
    MeasureUnit.SKETCH,
    Source.CLICKS,
    "visitors",
    Words("distinct visitors per brand and day", "unieke bezoekers per merk en dag"),
    "Distinct visitor hashes over counted clicks, per brand and day; a longer window "
    "is the sum of its days.",
    Merge.DAILY,
)
ORDERS = _count(
    "credited_orders",
    Source.ORDERS,
    "orders",
    Words("credited orders", "toegekende bestellingen"),
    "Paid orders credited to an application, refunded ones included, cancelled ones "
    "not; dated at the order.",
)
REFUNDED_ORDERS = _count(
    "refunded_orders",
    Source.ORDERS,
    "refunded_orders",
    Words("fully refunded orders", "volledig terugbetaalde bestellingen"),
    "Credited orders whose whole amount was given back.",
)
CLICK_ORDERS = _count(
    "click_orders",
    Source.ORDERS,
    "click_orders",
    Words("orders with a click", "bestellingen met een klik"),
    "Credited orders that a click on a tracked link led to.",
)
CODE_ORDERS = _count(
    "code_orders",
    Source.ORDERS,
    "code_orders",
    Words("orders with the promo code", "bestellingen met de kortingscode"),
    "Credited orders on which the application's promo code was used.",
)
NEW_CUSTOMERS = _count(
    "first_buyers",
    Source.ORDERS,
    "new_customers",
    Words("new customers", "nieuwe klanten"),
    "Customers whose first order ever, as far as is known for sure, is credited.",
)
KNOWN_CUSTOMERS = _count(
    "orders_of_known_newness",
    Source.ORDERS,
    "known_customers",
    Words(
        "orders whose buyer is known to be new or not",
        "bestellingen waarvan bekend is of de koper nieuw is",
    ),
    "Credited orders of which the shop or its complete history says whether the "
    "customer is new.",
)
CONVERTED_ORDERS = _count(
    "converted_orders",
    Source.ORDERS,
    "converted_orders",
    Words(
        "orders with a known exchange rate",
        "bestellingen met een bekende wisselkoers",
    ),
    "Credited orders whose money could be stated in the campaign's currency.",
)
REVENUE = _money(
    "net_revenue",
    Source.ORDERS,
    "revenue_amount",
    Words("net revenue", "netto-omzet"),
    "Net amount of credited orders: after discounts, refunds, tax and shipping, in "
    "the campaign's currency.",
)
COSTED_ORDERS = _count(
    "costed_orders",
    Source.ORDERS,
    "costed_orders",
    Words("orders with known cost of goods", "bestellingen met bekende inkoopwaarde"),
    "Credited orders whose cost of goods is known: by line, cost table or margin.",
)
COSTED_REVENUE = _money(
    "costed_revenue",
    Source.ORDERS,
    "costed_revenue_amount",
    Words(
        "net revenue of orders with known cost of goods",
        "netto-omzet van bestellingen met bekende inkoopwaarde",
    ),
    "Net amount of the credited orders whose cost of goods is known.",
)
GOODS_COST = _money(
    "cost_of_goods",
    Source.ORDERS,
    "goods_cost_amount",
    Words("cost of goods", "inkoopwaarde"),
    "Cost of the goods of those same orders that stayed sold.",
)
CUSTOMERS = _customers(
    "customers",
    "customers",
    Words("customers", "klanten"),
    "Distinct customers, each at their first credited order in the campaign.",
)
MATURE_CUSTOMERS = _customers(
    "mature_customers",
    "customers",
    Words(
        f"customers observed for {MATURE_DAYS} days",
        f"klanten die {MATURE_DAYS} dagen gevolgd zijn",
    ),
    f"Those whose first credited order lies at least {MATURE_DAYS} days back.",
    mature=True,
)
REPEAT_BUYERS = _customers(
    "repeat_customers",
    "repeat_buyers",
    Words("customers who bought again", "klanten die opnieuw kochten"),
    "Distinct customers with a credited first order and a later paid order of any "
    "kind so far.",
)
REPEAT_BUYERS_MATURE = _customers(
    "repeat_customers_90d",
    "repeat_buyers_90d",
    Words(
        f"customers who bought again within {MATURE_DAYS} days",
        f"klanten die binnen {MATURE_DAYS} dagen opnieuw kochten",
    ),
    f"Distinct customers with a later paid order within {MATURE_DAYS} days of their "
    f"first credited one, among those observed that long.",
    mature=True,
)
COMMISSIONS = _money(
    "commissions",
    Source.COMMISSIONS,
    "amount",
    Words("commissions", "commissies"),
    "Ledger entries that are not rejected, reversals included, dated at the order.",
)
COSTS = _money(
    "other_costs",
    Source.COSTS,
    "amount",
    Words("other costs", "overige kosten"),
    "Costs entered by the brand, dated when they were incurred.",
)

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        CLICKS,
        CLICKS_GROSS,
        CLICK_VISITORS,
        ORDERS,
        REFUNDED_ORDERS,
        CLICK_ORDERS,
        CODE_ORDERS,
        NEW_CUSTOMERS,
        KNOWN_CUSTOMERS,
        CONVERTED_ORDERS,
        REVENUE,
        COSTED_ORDERS,
        COSTED_REVENUE,
        GOODS_COST,
        CUSTOMERS,
        MATURE_CUSTOMERS,
        REPEAT_BUYERS,
        REPEAT_BUYERS_MATURE,
        COMMISSIONS,
        COSTS,
    )
}

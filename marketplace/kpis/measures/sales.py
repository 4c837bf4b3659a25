"""What was bought, and by whom: measures of credited orders. Pure."""

from marketplace.kpis.measures.entry import (
    MATURE_DAYS,
    Measure,
    MeasureUnit,
    Merge,
    Source,
    count,
    money,
)
from marketplace.kpis.outcome import Words


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


ORDERS = count(
    "credited_orders",
    Source.ORDERS,
    "orders",
    Words("credited orders", "toegekende bestellingen"),
    "Paid orders credited to an application, refunded ones included, cancelled ones "
    "not; dated at the order.",
)
REFUNDED_ORDERS = count(
    "refunded_orders",
    Source.ORDERS,
    "refunded_orders",
    Words("fully refunded orders", "volledig terugbetaalde bestellingen"),
    "Credited orders whose whole amount was given back.",
)
CLICK_ORDERS = count(
    "click_orders",
    Source.ORDERS,
    "click_orders",
    Words("orders with a click", "bestellingen met een klik"),
    "Credited orders that a click on a tracked link led to.",
)
CODE_ORDERS = count(
    "code_orders",
    Source.ORDERS,
    "code_orders",
    Words("orders with the promo code", "bestellingen met de kortingscode"),
    "Credited orders on which the application's promo code was used.",
)
NEW_CUSTOMERS = count(
    "first_buyers",
    Source.ORDERS,
    "new_customers",
    Words("new customers", "nieuwe klanten"),
    "Customers whose first order ever, as far as is known for sure, is credited.",
)
KNOWN_CUSTOMERS = count(
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
CONVERTED_ORDERS = count(
    "converted_orders",
    Source.ORDERS,
    "converted_orders",
    Words(
        "orders with a known exchange rate",
        "bestellingen met een bekende wisselkoers",
    ),
    "Credited orders whose money could be stated in the campaign's currency.",
)
REVENUE = money(
    "net_revenue",
    Source.ORDERS,
    "revenue_amount",
    Words("net revenue", "netto-omzet"),
    "Net amount of credited orders: after discounts, refunds, tax and shipping, in "
    "the campaign's currency.",
)
COSTED_ORDERS = count(
    "costed_orders",
    Source.ORDERS,
    "costed_orders",
    Words("orders with known cost of goods", "bestellingen met bekende inkoopwaarde"),
    "Credited orders whose cost of goods is known: by line, cost table or margin.",
)
COSTED_REVENUE = money(
    "costed_revenue",
    Source.ORDERS,
    "costed_revenue_amount",
    Words(
        "net revenue of orders with known cost of goods",
        "netto-omzet van bestellingen met bekende inkoopwaarde",
    ),
    "Net amount of the credited orders whose cost of goods is known.",
)
TABLE_COSTED = money(
    "table_costed_revenue",
    Source.ORDERS,
    "table_costed_revenue_amount",
    Words(
        "net revenue costed by the shop's table",
        "netto-omzet met inkoopwaarde uit de tabel van de webshop",
    ),
    "The part of it whose cost of goods is from the shop's cost table.",
)
MARGIN_COSTED = money(
    "margin_costed_revenue",
    Source.ORDERS,
    "margin_costed_revenue_amount",
    Words(
        "net revenue costed by the campaign's margin",
        "netto-omzet met inkoopwaarde uit de marge van de campagne",
    ),
    "The part of it whose cost of goods is taken from the campaign's margin.",
)
GOODS_COST = money(
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

ALL = (
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
    TABLE_COSTED,
    MARGIN_COSTED,
    GOODS_COST,
    CUSTOMERS,
    MATURE_CUSTOMERS,
    REPEAT_BUYERS,
    REPEAT_BUYERS_MATURE,
)

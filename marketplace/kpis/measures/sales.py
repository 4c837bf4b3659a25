"""What was bought, and by whom: measures of credited orders. Pure."""

from marketplace.kpis.measures.entry import Source, count, money
from marketplace.kpis.outcome import Words

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
REFUNDED = money(
    "refunded",
    Source.ORDERS,
    "refunded_amount",
    Words("refunds", "terugbetalingen"),
    "What was given back of credited orders, without tax and shipping, in the "
    "campaign's currency.",
)
CODE_CONVERTED_ORDERS = count(
    "converted_code_orders",
    Source.ORDERS,
    "code_converted_orders",
    Words(
        "orders with the promo code and a known exchange rate",
        "bestellingen met de kortingscode en een bekende wisselkoers",
    ),
    "Credited orders with the promo code whose money could be stated in the campaign's "
    "currency.",
)
CODE_REVENUE = money(
    "code_net_revenue",
    Source.ORDERS,
    "code_revenue_amount",
    Words(
        "net revenue of orders with the promo code",
        "netto-omzet van bestellingen met de kortingscode",
    ),
    "Net amount of the credited orders on which the promo code was used.",
)
DISCOUNTED_ORDERS = count(
    "orders_of_known_discount",
    Source.ORDERS,
    "discounted_orders",
    Words(
        "orders with the promo code whose discount is known",
        "bestellingen met de kortingscode waarvan de korting bekend is",
    ),
    "Credited orders with the promo code of which the shop tells the discount.",
)
CODE_DISCOUNT = money(
    "code_discounts",
    Source.ORDERS,
    "discount_amount",
    Words(
        "discount on orders with the promo code",
        "korting op bestellingen met de kortingscode",
    ),
    "All discounts on credited orders with the promo code, as the shop tells them, "
    "before refunds.",
)
ALL_SALES = money(
    "all_sales",
    Source.SALES,
    "revenue_amount",
    Words("all net sales of the brand", "alle netto-verkopen van het merk"),
    "Net amount of all paid orders in the brand's shops, credited or not, at the rate "
    "of their day.",
)
ALL_ORDERS = count(
    "all_orders",
    Source.SALES,
    "orders",
    Words("all orders of the brand", "alle bestellingen van het merk"),
    "All paid orders in the brand's shops, credited or not.",
)
ALL_CONVERTED_ORDERS = count(
    "all_converted_orders",
    Source.SALES,
    "orders",
    Words(
        "all orders of the brand with a known exchange rate",
        "alle bestellingen van het merk met een bekende wisselkoers",
    ),
    "Those of them whose money can be stated in the currency of the report.",
)
LEAKED_ORDERS = count(
    "leaked_orders",
    Source.FLAGS,
    "order_id",
    Words(
        "orders with a promo code that leaked",
        "bestellingen met een uitgelekte kortingscode",
    ),
    "Credited orders with the promo code that carry a flag of the rule leaked_code that "
    "is open or confirmed.",
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
    REFUNDED,
    CODE_CONVERTED_ORDERS,
    CODE_REVENUE,
    DISCOUNTED_ORDERS,
    CODE_DISCOUNT,
    ALL_SALES,
    ALL_ORDERS,
    ALL_CONVERTED_ORDERS,
    LEAKED_ORDERS,
)

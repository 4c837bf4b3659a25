"""What was bought, and by whom."""

from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.catalogue.traffic import VISITORS
from marketplace.kpis.formula import Covered, per, share
from marketplace.kpis.measures import sales as m
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

ORDERS = Kpi(
    "orders",
    Words("Orders", "Bestellingen"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    m.ORDERS.term,
    Words(
        "Paid orders credited to an influencer; refunded ones stay in, cancelled ones "
        "do not.",
        "Betaalde bestellingen die aan een influencer zijn toegekend; terugbetaalde "
        "blijven meetellen, geannuleerde niet.",
    ),
)
CONVERSIONS = Kpi(
    "conversions",
    Words("Conversions", "Conversies"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    m.ORDERS.term,
    Words(
        "Actions credited to an influencer: purchases.",
        "Acties die aan een influencer zijn toegekend: aankopen.",
    ),
)
CONVERSION_RATE = Kpi(
    "conversion_rate",
    Words("Conversion rate", "Conversiepercentage"),
    Goal.CONVERSIONS,
    Unit.RATIO,
    Direction.UP,
    per(m.CLICK_ORDERS.term, VISITORS.term),
    Words(
        "Orders with a click per visitor; orders by code alone have no visitor and are "
        "not in it.",
        "Bestellingen met een klik per bezoeker; bestellingen met alleen een code "
        "hebben geen bezoeker en tellen niet mee.",
    ),
)
REVENUE = Kpi(
    "revenue",
    Words("Revenue", "Omzet"),
    Goal.CONVERSIONS,
    Unit.MONEY,
    Direction.UP,
    Covered(
        m.REVENUE.term,
        m.CONVERTED_ORDERS.term,
        m.ORDERS.term,
        "no_exchange_rate",
    ),
    Words(
        "Net amount of credited orders, after discounts, refunds, tax and shipping.",
        "Nettobedrag van toegekende bestellingen, na korting, terugbetaling, btw en "
        "verzendkosten.",
    ),
)
AVERAGE_ORDER_VALUE = Kpi(
    "average_order_value",
    Words("Average order value", "Gemiddelde bestelwaarde"),
    Goal.CONVERSIONS,
    Unit.MONEY_PER_UNIT,
    Direction.UP,
    per(REVENUE.term, m.CONVERTED_ORDERS.term, none="no_orders"),
    Words(
        "What one credited order brings in.",
        "Wat een toegekende bestelling oplevert.",
    ),
)
NEW_CUSTOMERS = Kpi(
    "new_customers",
    Words("New customers", "Nieuwe klanten"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    Covered(
        m.NEW_CUSTOMERS.term,
        m.KNOWN_CUSTOMERS.term,
        m.ORDERS.term,
        "newness_unknown",
    ),
    Words(
        "Customers whose first order ever is credited; where that cannot be known they "
        "are not counted, and the coverage says so.",
        "Klanten van wie de allereerste bestelling is toegekend; waar dat niet te "
        "weten is tellen ze niet mee, en zegt de dekking dat.",
    ),
)
REPEAT_BUYERS = Kpi(
    "repeat_buyers",
    Words("Repeat buyers", "Terugkerende kopers"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    m.REPEAT_BUYERS.term,
    Words(
        "Customers who bought again, in any way, after their first credited order, so "
        "far.",
        "Klanten die na hun eerste toegekende bestelling opnieuw kochten, hoe dan ook, "
        "tot nu toe.",
    ),
)
REPEAT_BUYERS_90D = Kpi(
    "repeat_buyers_90d",
    Words("Repeat buyers within 90 days", "Terugkerende kopers binnen 90 dagen"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    Covered(
        m.REPEAT_BUYERS_MATURE.term,
        m.MATURE_CUSTOMERS.term,
        m.CUSTOMERS.term,
        "immature",
    ),
    Words(
        "The same within 90 days, of the customers who have been observed that long.",
        "Hetzelfde binnen 90 dagen, van de klanten die zo lang gevolgd zijn.",
    ),
)
REPEAT_RATE = Kpi(
    "repeat_rate",
    Words("Repeat rate", "Herhaalpercentage"),
    Goal.CONVERSIONS,
    Unit.RATIO,
    Direction.UP,
    share(REPEAT_BUYERS_90D.term, m.MATURE_CUSTOMERS.term, none="no_customers"),
    Words(
        "Of the customers observed for 90 days, the share that bought again in them.",
        "Van de klanten die 90 dagen gevolgd zijn, het deel dat daarin opnieuw kocht.",
    ),
)
CODE_REDEMPTIONS = Kpi(
    "code_redemptions",
    Words("Code redemptions", "Gebruikte kortingscodes"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    m.CODE_ORDERS.term,
    Words(
        "Credited orders on which the influencer's promo code was used.",
        "Toegekende bestellingen waarop de kortingscode van de influencer is gebruikt.",
    ),
)
REFUND_RATE = Kpi(
    "refund_rate",
    Words("Refund rate", "Retourpercentage"),
    Goal.CONVERSIONS,
    Unit.RATIO,
    Direction.DOWN,
    share(m.REFUNDED_ORDERS.term, ORDERS.term),
    Words(
        "The share of credited orders that were fully refunded.",
        "Het deel van de toegekende bestellingen dat volledig is terugbetaald.",
    ),
)

ALL = (
    CONVERSIONS,
    CONVERSION_RATE,
    REVENUE,
    ORDERS,
    AVERAGE_ORDER_VALUE,
    NEW_CUSTOMERS,
    REPEAT_BUYERS,
    REPEAT_BUYERS_90D,
    REPEAT_RATE,
    CODE_REDEMPTIONS,
    REFUND_RATE,
)

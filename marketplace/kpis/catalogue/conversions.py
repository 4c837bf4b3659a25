"""What was bought, and what it came to."""

from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.catalogue.traffic import CLICKS, VISITORS
from marketplace.kpis.formula import Covered, Term, per, share
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
        "Purchases credited to an influencer; other actions are leads, by their kind.",
        "Aankopen die aan een influencer zijn toegekend; andere acties zijn leads, naar "
        "hun soort.",
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
CONVERSION_RATE_ALL = Kpi(
    "conversion_rate_all",
    Words("Conversion rate, all orders", "Conversiepercentage, alle bestellingen"),
    Goal.CONVERSIONS,
    Unit.RATIO,
    Direction.UP,
    per(CONVERSIONS.term, VISITORS.term),
    Words(
        "All credited orders per visitor, those by code alone included; as these have "
        "no visitor, it may be more than one.",
        "Alle toegekende bestellingen per bezoeker, ook die met alleen een code; omdat "
        "die geen bezoeker hebben, kan het meer dan een zijn.",
    ),
)
CONVERSION_RATE_CLICKS = Kpi(
    "conversion_rate_clicks",
    Words("Conversion rate per click", "Conversiepercentage per klik"),
    Goal.CONVERSIONS,
    Unit.RATIO,
    Direction.UP,
    per(m.CLICK_ORDERS.term, CLICKS.term),
    Words(
        "Orders with a click per counted click.",
        "Bestellingen met een klik per getelde klik.",
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
REVENUE_SHARE = Kpi(
    "revenue_share",
    Words("Share of sales", "Aandeel in de verkoop"),
    Goal.CONVERSIONS,
    Unit.RATIO,
    Direction.UP,
    share(
        REVENUE.term,
        Term(
            "all_net_sales",
            Words("all net sales of the brand", "alle netto-verkopen van het merk"),
            Covered(
                m.ALL_SALES.term,
                m.ALL_CONVERTED_ORDERS.term,
                m.ALL_ORDERS.term,
                "no_exchange_rate",
            ),
        ),
        none="no_known_sales",
    ),
    Words(
        "Which part of all that the brand's shops sold was attributed to influencers.",
        "Welk deel van alles wat de webshops van het merk verkochten aan influencers "
        "is toegekend.",
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
REFUNDED_AMOUNT = Kpi(
    "refunded_amount",
    Words("Refunds", "Terugbetalingen"),
    Goal.CONVERSIONS,
    Unit.MONEY,
    Direction.DOWN,
    Covered(
        m.REFUNDED.term,
        m.CONVERTED_ORDERS.term,
        m.ORDERS.term,
        "no_exchange_rate",
    ),
    Words(
        "What was given back of credited orders, without tax and shipping; the revenue "
        "is already without it.",
        "Wat van toegekende bestellingen is teruggegeven, zonder btw en verzendkosten; "
        "het is al van de omzet af.",
    ),
)

ALL = (
    CONVERSIONS,
    CONVERSION_RATE,
    CONVERSION_RATE_ALL,
    CONVERSION_RATE_CLICKS,
    REVENUE,
    REVENUE_SHARE,
    ORDERS,
    AVERAGE_ORDER_VALUE,
    REFUND_RATE,
    REFUNDED_AMOUNT,
)

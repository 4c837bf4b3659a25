"""Who bought: new customers, and those who came back."""

from marketplace.attribution.horizons import HORIZONS
from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.formula import Covered, Ratio, share
from marketplace.kpis.measures import customers as c
from marketplace.kpis.measures import sales as m
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

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
    c.REPEAT_BUYERS.term,
    Words(
        "Customers who bought again, in any way, after their first credited order, so "
        "far.",
        "Klanten die na hun eerste toegekende bestelling opnieuw kochten, hoe dan ook, "
        "tot nu toe.",
    ),
)


def _within(days: int) -> Kpi:
    return Kpi(
        f"repeat_buyers_{days}d",
        Words(
            f"Repeat buyers within {days} days",
            f"Terugkerende kopers binnen {days} dagen",
        ),
        Goal.CONVERSIONS,
        Unit.COUNT,
        Direction.UP,
        Covered(
            c.REPEAT_WITHIN[days].term,
            c.MATURE[days].term,
            c.CUSTOMERS.term,
            "immature",
        ),
        Words(
            f"The same within {days} days, of the customers who have been observed "
            f"that long.",
            f"Hetzelfde binnen {days} dagen, van de klanten die zo lang gevolgd zijn.",
        ),
    )


REPEAT_WITHIN = {days: _within(days) for days in HORIZONS}
REPEAT_RATE = Kpi(
    "repeat_rate",
    Words("Repeat rate", "Herhaalpercentage"),
    Goal.CONVERSIONS,
    Unit.RATIO,
    Direction.UP,
    share(REPEAT_WITHIN[90].term, c.MATURE[90].term, none="no_customers"),
    Words(
        "Of the customers observed for 90 days, the share that bought again in them.",
        "Van de klanten die 90 dagen gevolgd zijn, het deel dat daarin opnieuw kocht.",
    ),
)
NEW_CUSTOMER_RATE = Kpi(
    "new_customer_rate",
    Words("New-customer rate", "Aandeel nieuwe klanten"),
    Goal.CONVERSIONS,
    Unit.RATIO,
    Direction.UP,
    share(NEW_CUSTOMERS.term, c.KNOWN_BUYERS.term, none="no_customers"),
    Words(
        "Of the customers credited, those known to be new; the others had bought "
        "before.",
        "Van de toegekende klanten het deel waarvan bekend is dat het nieuw is; de "
        "andere kochten al eerder.",
    ),
)
RETURNING_CUSTOMERS = Kpi(
    "returning_customers",
    Words("Returning customers", "Terugkerende klanten"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    Covered(
        c.RETURNING_CUSTOMERS.term,
        m.KNOWN_CUSTOMERS.term,
        m.ORDERS.term,
        "newness_unknown",
    ),
    Words(
        "Customers whose credited order is at least their second paid one, wherever the "
        "first came from.",
        "Klanten voor wie de toegekende bestelling minstens hun tweede betaalde is, hoe "
        "de eerste ook kwam.",
    ),
)
RETURNING_CUSTOMER_RATE = Kpi(
    "returning_customer_rate",
    Words("Returning-customer rate", "Aandeel terugkerende klanten"),
    Goal.CONVERSIONS,
    Unit.RATIO,
    Direction.UP,
    Ratio(
        RETURNING_CUSTOMERS.term,
        RETURNING_CUSTOMERS.term + NEW_CUSTOMERS.term,
        "no_customers",
        of_whole=True,
    ),
    Words(
        "Returning customers beside first-time ones in the period, as Shopify has it; "
        "who did both is in both. Not the repeat rate, which follows customers on.",
        "Terugkerende klanten naast nieuwe in de periode, zoals Shopify het telt; wie "
        "beide was telt bij beide. Niet het herhaalpercentage, dat klanten volgt.",
    ),
)

ALL = (
    NEW_CUSTOMERS,
    NEW_CUSTOMER_RATE,
    RETURNING_CUSTOMERS,
    RETURNING_CUSTOMER_RATE,
    REPEAT_BUYERS,
    *REPEAT_WITHIN.values(),
    REPEAT_RATE,
)

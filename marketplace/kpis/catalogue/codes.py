"""What promo codes brought, gave away, and whether they leaked."""

from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.formula import Covered, share
from marketplace.kpis.measures import sales as m
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

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
CODE_REVENUE = Kpi(
    "code_revenue",
    Words("Revenue by code", "Omzet met kortingscode"),
    Goal.CONVERSIONS,
    Unit.MONEY,
    Direction.UP,
    Covered(
        m.CODE_REVENUE.term,
        m.CODE_CONVERTED_ORDERS.term,
        m.CODE_ORDERS.term,
        "no_exchange_rate",
    ),
    Words(
        "The part of the revenue that came by orders with the influencer's promo code.",
        "Het deel van de omzet uit bestellingen met de kortingscode van de influencer.",
    ),
)
CODE_DISCOUNT = Kpi(
    "code_discount",
    Words("Discount by code", "Korting met kortingscode"),
    Goal.CONVERSIONS,
    Unit.MONEY,
    Direction.DOWN,
    Covered(
        m.CODE_DISCOUNT.term,
        m.DISCOUNTED_ORDERS.term,
        m.CODE_ORDERS.term,
        "no_known_discount",
    ),
    Words(
        "The discount given on orders with the influencer's promo code, as the shop "
        "tells it: all discounts on them, and before refunds.",
        "De korting op bestellingen met de kortingscode van de influencer, zoals de "
        "webshop die noemt: alle kortingen erop, en voor terugbetalingen.",
    ),
)
LEAK_RATE = Kpi(
    "leak_rate",
    Words("Leak rate", "Lekpercentage"),
    Goal.CONVERSIONS,
    Unit.RATIO,
    Direction.DOWN,
    share(m.LEAKED_ORDERS.term, CODE_REDEMPTIONS.term),
    Words(
        "Of the credited orders with the promo code, the share flagged because the code "
        "had leaked: the flag is open or was confirmed.",
        "Van de toegekende bestellingen met de kortingscode het deel met een melding "
        "dat de code was uitgelekt: de melding staat open of is bevestigd.",
    ),
)

ALL = (
    CODE_REDEMPTIONS,
    CODE_REVENUE,
    CODE_DISCOUNT,
    LEAK_RATE,
)

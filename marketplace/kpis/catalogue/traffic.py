"""What people did with the links."""

from marketplace.kpis import measures as m
from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.formula import Words
from marketplace.kpis.rules import Direction, Goal, Unit

CLICKS = Kpi(
    "clicks",
    Words("Clicks", "Klikken"),
    Goal.TRAFFIC,
    Unit.COUNT,
    Direction.UP,
    m.CLICKS.term,
    Words(
        "Followed tracked links that count: no bots, prefetches, previews or repeats.",
        "Gevolgde links die tellen: geen bots, prefetches, previews of herhalingen.",
    ),
)
CLICKS_GROSS = Kpi(
    "clicks_gross",
    Words("Clicks, gross", "Klikken, bruto"),
    Goal.TRAFFIC,
    Unit.COUNT,
    Direction.UP,
    m.CLICKS_GROSS.term,
    Words(
        "Every followed tracked link, those set aside included.",
        "Elke gevolgde link, ook de klikken die niet meetellen.",
    ),
)
UNIQUE_CLICKERS = Kpi(
    "unique_clickers",
    Words("Unique clickers", "Unieke klikkers"),
    Goal.TRAFFIC,
    Unit.COUNT,
    Direction.UP,
    m.CLICK_VISITORS.term,
    Words(
        "Distinct people behind the counted clicks, per brand and day; a longer window "
        "is the sum of its days.",
        "Unieke mensen achter de getelde klikken, per merk en dag; een langere periode "
        "is de som van de dagen.",
    ),
)
VISITORS = Kpi(
    "visitors",
    Words("Visitors", "Bezoekers"),
    Goal.TRAFFIC,
    Unit.COUNT,
    Direction.UP,
    m.CLICK_VISITORS.term,
    Words(
        "Distinct people who came to the shop through an influencer, per brand and "
        "day; a longer window is the sum of its days.",
        "Unieke mensen die via een influencer in de webshop kwamen, per merk en dag; "
        "een langere periode is de som van de dagen.",
    ),
)

ALL = (
    CLICKS,
    CLICKS_GROSS,
    UNIQUE_CLICKERS,
    VISITORS,
)

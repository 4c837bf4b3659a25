"""What people did with the links."""

from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.formula import Covered, share
from marketplace.kpis.measures import traffic as m
from marketplace.kpis.outcome import Words
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
    m.CLICKERS.term,
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
    m.VISITORS.term,
    Words(
        "Distinct people who came to the shop through an influencer, by their counted "
        "clicks and visits, per brand and day; a longer window is the sum of its days.",
        "Unieke mensen die via een influencer in de webshop kwamen, naar getelde "
        "klikken en bezoeken, per merk en dag; een langere periode is de som van de "
        "dagen.",
    ),
)
SOCIAL_VISITORS = Kpi(
    "social_visitors",
    Words("Visitors from social media", "Bezoekers via sociale media"),
    Goal.TRAFFIC,
    Unit.COUNT,
    Direction.UP,
    m.SOCIAL_VISITORS.term,
    Words(
        "The visitors who came by a social platform, not by a blog or a podcast.",
        "De bezoekers die via een sociaal platform kwamen, niet via een blog of een "
        "podcast.",
    ),
)
VISITS = Kpi(
    "visits",
    Words("Visits", "Bezoeken"),
    Goal.TRAFFIC,
    Unit.COUNT,
    Direction.UP,
    m.VISITS.term,
    Words(
        "Sessions in the shop that an influencer brought; only of shops with the "
        "script on their pages.",
        "Sessies in de webshop die een influencer bracht; alleen van webshops met het "
        "script op hun pagina's.",
    ),
)
BOUNCE_RATE = Kpi(
    "bounce_rate",
    Words("Bounce rate", "Bouncepercentage"),
    Goal.TRAFFIC,
    Unit.RATIO,
    Direction.DOWN,
    share(m.VISITS.term - m.ENGAGED_VISITS.term, VISITS.term),
    Words(
        "The share of visits without ten seconds, a second page or an action of note.",
        "Het deel van de bezoeken zonder tien seconden, tweede pagina of handeling van "
        "belang.",
    ),
)
NEW_VISITORS = Kpi(
    "new_visitors",
    Words("New visitors", "Nieuwe bezoekers"),
    Goal.TRAFFIC,
    Unit.COUNT,
    Direction.UP,
    Covered(m.NEW_VISITORS.term, m.KNOWN_VISITS.term, m.VISITS.term, "no_consent"),
    Words(
        "People who came to the brand for the first time; only those who consented to "
        "being recognised, and the coverage says which share of the visits that is.",
        "Mensen die voor het eerst bij het merk kwamen; alleen wie toestemming gaf om "
        "herkend te worden, en de dekking zegt welk deel van de bezoeken dat is.",
    ),
)

ALL = (
    CLICKS,
    CLICKS_GROSS,
    UNIQUE_CLICKERS,
    VISITORS,
    SOCIAL_VISITORS,
    NEW_VISITORS,
    VISITS,
    BOUNCE_RATE,
)

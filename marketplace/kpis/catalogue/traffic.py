"""What people did with the links."""

from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.formula import Covered, Term, per, share
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
        "script on their pages, and unknown while none has ever told of a visit.",
        "Sessies in de webshop die een influencer bracht; alleen van webshops met het "
        "script op hun pagina's, en onbekend zolang geen enkele ooit een bezoek meldde.",
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

KNOWN_VISITORS = Term(
    "known_visitors",
    Words(
        "visitors known to be new or to return",
        "bezoekers van wie bekend is of ze nieuw zijn",
    ),
    m.NEW_PEOPLE.term + m.RETURNING_PEOPLE.term,
)
NEW_VISITOR_SHARE = Kpi(
    "new_visitor_share",
    Words("Share of new visitors", "Aandeel nieuwe bezoekers"),
    Goal.TRAFFIC,
    Unit.RATIO,
    Direction.UP,
    Covered(
        share(m.NEW_PEOPLE.term, KNOWN_VISITORS),
        m.KNOWN_VISITS.term,
        m.VISITS.term,
        "no_consent",
    ),
    Words(
        "Of the visitors who consented to being recognised, per day, those who were at "
        "the brand for the first time; who came back on that same day is in both.",
        "Van de bezoekers die toestemming gaven om herkend te worden, per dag, wie voor "
        "het eerst bij het merk was; wie dezelfde dag terugkwam telt bij beide.",
    ),
)
RETURNING_VISITORS = Kpi(
    "returning_visitors",
    Words("Returning visitors", "Terugkerende bezoekers"),
    Goal.TRAFFIC,
    Unit.COUNT,
    Direction.UP,
    Covered(m.RETURNING_PEOPLE.term, m.KNOWN_VISITS.term, m.VISITS.term, "no_consent"),
    Words(
        "People who had been at the brand before, per day; only those who consented to "
        "being recognised.",
        "Mensen die al eens bij het merk waren, per dag; alleen wie toestemming gaf om "
        "herkend te worden.",
    ),
)
RETURNING_VISITOR_GROWTH = Kpi(
    "returning_visitor_growth",
    Words("Growth of returning visitors", "Groei van terugkerende bezoekers"),
    Goal.TRAFFIC,
    Unit.RATIO,
    Direction.UP,
    per(
        RETURNING_VISITORS.term - m.RETURNING_EARLIER.term,
        m.RETURNING_EARLIER.term,
        none="none_before",
    ),
    Words(
        "How much more returning visitors there were than in the stretch of equal "
        "length just before; 0 is as many.",
        "Hoeveel meer terugkerende bezoekers er waren dan in de even lange periode "
        "ervoor; 0 is evenveel.",
    ),
)
TARGET_VISITORS = Kpi(
    "target_visitors",
    Words("Visitors of the target audience", "Bezoekers uit de doelgroep"),
    Goal.TRAFFIC,
    Unit.COUNT,
    Direction.UP,
    Covered(
        m.TARGET_PEOPLE.term,
        m.AUDIENCE_KNOWN.term,
        m.AUDIENCE_PEOPLE.term,
        "audience_unknown",
    ),
    Words(
        "The visitors the campaign is meant for, by what they are known by; of whom "
        "that is unknown is not counted, and the coverage says so.",
        "De bezoekers voor wie de campagne bedoeld is, naar wat van hen bekend is; wie "
        "onbekend is telt niet mee, en de dekking zegt dat.",
    ),
)
TARGET_AUDIENCE_GROWTH = Kpi(
    "target_audience_growth",
    Words(
        "Growth of visitors of the target audience",
        "Groei van bezoekers uit de doelgroep",
    ),
    Goal.TRAFFIC,
    Unit.COUNT,
    Direction.UP,
    Covered(
        m.TARGET_COMPARED.term - m.TARGET_BASELINE.term,
        m.AUDIENCE_KNOWN.term,
        m.AUDIENCE_PEOPLE.term,
        "audience_unknown",
    ),
    Words(
        "How many more visitors of the target audience came than in as many days of the "
        "baseline: an absolute number, which may be below 0.",
        "Hoeveel meer bezoekers uit de doelgroep er kwamen dan in evenveel dagen van de "
        "uitgangsperiode: een absoluut aantal, dat onder 0 kan liggen.",
    ),
)

ALL = (
    CLICKS,
    CLICKS_GROSS,
    UNIQUE_CLICKERS,
    VISITORS,
    SOCIAL_VISITORS,
    NEW_VISITORS,
    NEW_VISITOR_SHARE,
    RETURNING_VISITORS,
    RETURNING_VISITOR_GROWTH,
    TARGET_VISITORS,
    TARGET_AUDIENCE_GROWTH,
    VISITS,
    BOUNCE_RATE,
)

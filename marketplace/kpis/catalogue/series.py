"""What the brand measures elsewhere."""

from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.formula import per
from marketplace.kpis.measures import series as m
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

BRANDED_SEARCHES = Kpi(
    "branded_searches",
    Words("Branded searches", "Zoekopdrachten op merknaam"),
    Goal.AWARENESS,
    Unit.COUNT,
    Direction.UP,
    m.BRANDED_SEARCHES.term,
    Words(
        "How often people searched for the brand's name, as the brand tells it; null "
        "until it tells any.",
        "Hoe vaak mensen op de naam van het merk zochten, zoals het merk meldt; null "
        "zolang het niets meldt.",
    ),
)
BRANDED_SEARCH_GROWTH = Kpi(
    "branded_search_growth",
    Words("Growth of branded searches", "Groei van zoekopdrachten op merknaam"),
    Goal.AWARENESS,
    Unit.RATIO,
    Direction.UP,
    per(
        m.BRANDED_SEARCHES.term - m.BRANDED_SEARCHES_BEFORE.term,
        m.BRANDED_SEARCHES_BEFORE.term,
        none="no_baseline",
    ),
    Words(
        "By which share branded searches grew against as many days just before.",
        "Met welk deel de zoekopdrachten op merknaam groeiden tegenover evenveel dagen "
        "daarvoor.",
    ),
)
SSI = Kpi(
    "ssi",
    Words("Social Selling Index", "Social Selling Index"),
    Goal.AWARENESS,
    Unit.SCORE,
    Direction.UP,
    m.SSI.term,
    Words(
        "LinkedIn's index of how well somebody builds a brand and relations there, of "
        "100 points, as last told. With figures of several people and none of the brand "
        "it is null: an index of several people is nobody's.",
        "De index van LinkedIn voor hoe goed iemand daar een merk en relaties opbouwt, "
        "van 100 punten, zoals laatst gemeld. Met cijfers van meerdere mensen en geen "
        "van het merk is het null: een index van meerdere mensen is van niemand.",
    ),
)


def _pillar(measure: m.SeriesMeasure, en: str, nl: str) -> Kpi:
    return Kpi(
        measure.column,
        measure.words,
        Goal.AWARENESS,
        Unit.SCORE,
        Direction.UP,
        measure.term,
        Words(
            f"The pillar of the Social Selling Index about {en}, of 25 points.",
            f"De pijler van de Social Selling Index over {nl}, van 25 punten.",
        ),
    )


ALL: tuple[Kpi, ...] = (
    BRANDED_SEARCHES,
    BRANDED_SEARCH_GROWTH,
    SSI,
    _pillar(m.SSI_BRAND, "a professional brand", "een professioneel merk"),
    _pillar(m.SSI_PEOPLE, "finding the right people", "de juiste mensen vinden"),
    _pillar(m.SSI_INSIGHTS, "sharing insights", "inzichten delen"),
    _pillar(m.SSI_RELATIONSHIPS, "building relationships", "relaties opbouwen"),
)

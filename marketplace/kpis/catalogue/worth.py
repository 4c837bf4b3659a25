"""What content is worth by a table of rates, and what it cost."""

from marketplace.kpis.catalogue.awareness import IMPRESSIONS, VIEWS
from marketplace.kpis.catalogue.efficiency import COST
from marketplace.kpis.catalogue.engagement import ENGAGEMENT
from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.catalogue.value import NET_PROFIT
from marketplace.kpis.catalogue.video import COMPLETED_VIEWS
from marketplace.kpis.formula import Expression, PartialSum, Ratio, per
from marketplace.kpis.measures import Measure
from marketplace.kpis.measures import elsewhere as e
from marketplace.kpis.measures import posts as m
from marketplace.kpis.outcome import Words
from marketplace.kpis.remarks import KnownOf
from marketplace.kpis.rules import Direction, Goal, Unit

EMV_ENGAGEMENT = Kpi(
    "emv_engagement",
    Words("EMV of engagement", "EMV van betrokkenheid"),
    Goal.VALUE,
    Unit.MONEY,
    Direction.UP,
    KnownOf(m.EMV_ENGAGEMENT.term, m.VALUED_ENGAGEMENT.term, m.SEEN.term),
    Words(
        "What likes, comments, shares and saves are worth by the rates of their "
        "platform and day; the coverage says of which share of the posts any is known.",
        "Wat likes, reacties, keer gedeeld en keer bewaard waard zijn naar de tarieven "
        "van platform en dag; de dekking zegt van welk deel van de posts er iets van "
        "bekend is.",
    ),
)
EMV_EXPOSURE = Kpi(
    "emv_exposure",
    Words("EMV of exposure", "EMV van zichtbaarheid"),
    Goal.VALUE,
    Unit.MONEY,
    Direction.UP,
    KnownOf(m.EMV_EXPOSURE.term, m.VALUED_EXPOSURE.term, m.SEEN.term),
    Words(
        "What impressions (or views, never both) and clicks are worth by those rates; the "
        "coverage says of which share of the posts impressions or views are known.",
        "Wat vertoningen (of weergaven, nooit allebei) en klikken naar die tarieven "
        "waard zijn; de dekking zegt van welk deel van de posts vertoningen of weergaven "
        "bekend zijn.",
    ),
)
EMV = Kpi(
    "emv",
    Words("Earned media value", "Verdiende mediawaarde"),
    Goal.VALUE,
    Unit.MONEY,
    Direction.UP,
    PartialSum((EMV_ENGAGEMENT.term, EMV_EXPOSURE.term)),
    Words(
        "What engagement and exposure are worth by a table of rates; no money that came "
        "in. What has no rate is listed as missing.",
        "Wat betrokkenheid en zichtbaarheid waard zijn naar een tabel van tarieven; geen "
        "geld dat binnenkwam. Wat geen tarief heeft staat vermeld als ontbrekend.",
    ),
)
ROI_WITH_EMV = Kpi(
    "roi_with_emv",
    Words("ROI with EMV", "ROI met EMV"),
    Goal.VALUE,
    Unit.RATIO,
    Direction.UP,
    per(NET_PROFIT.term + EMV.term, COST.term),
    Words(
        "Net profit and earned media value for each unit of money spent; to be shown "
        "beside ROI, never instead.",
        "Nettowinst en verdiende mediawaarde per uitgegeven geldeenheid; te tonen naast "
        "ROI, nooit in plaats daarvan.",
    ),
)


def _cost_per(
    kpi_id: str, label: Words, formula: Expression, what: Words, known: Words
) -> Kpi:
    """Cost over the posts of which a figure is known, whose cost alone is in it."""
    return Kpi(
        kpi_id,
        label,
        Goal.EFFICIENCY,
        Unit.MONEY_PER_UNIT,
        Direction.DOWN,
        formula,
        Words(
            f"What {what.en} costs, over the posts of which {known.en}: costs by their "
            "allocation, commissions by their link, what is of several posts divided "
            "equally. The cost of other posts is left out.",
            f"Wat {what.nl} kost, over de posts waarvan {known.nl}: kosten naar hun "
            "verdeling, commissies naar hun link, wat van meerdere posts is gelijk "
            "verdeeld. De kosten van andere posts blijven erbuiten.",
        ),
        version=2,
    )


def _cost(beside: Measure, of: Kpi) -> Ratio:
    return per(COST.term - beside.term, of.term)


CPM = _cost_per(
    "cpm",
    Words("Cost per thousand impressions", "Kosten per duizend vertoningen"),
    _cost(e.COST_BESIDE_IMPRESSIONS, IMPRESSIONS) * 1000,
    Words("a thousand impressions", "duizend vertoningen"),
    Words("impressions are known", "de vertoningen bekend zijn"),
)
CPE = _cost_per(
    "cpe",
    Words("Cost per engagement", "Kosten per interactie"),
    _cost(e.COST_BESIDE_ENGAGEMENT, ENGAGEMENT),
    Words(
        "one like, comment, share, save or mention",
        "een like, reactie, keer delen, keer bewaren of vermelding",
    ),
    Words("any of these is known", "daar iets van bekend is"),
)
CPV = _cost_per(
    "cpv",
    Words("Cost per view", "Kosten per weergave"),
    _cost(e.COST_BESIDE_VIEWS, VIEWS),
    Words("one view", "een weergave"),
    Words("views are known", "de weergaven bekend zijn"),
)
CPV_COMPLETED = _cost_per(
    "cpv_completed",
    Words("Cost per completed view", "Kosten per voltooide weergave"),
    _cost(e.COST_BESIDE_COMPLETED, COMPLETED_VIEWS),
    Words("one view that played to the end", "een weergave tot het einde"),
    Words("these are known", "die bekend zijn"),
)

ALL: tuple[Kpi, ...] = (
    EMV,
    EMV_ENGAGEMENT,
    EMV_EXPOSURE,
    ROI_WITH_EMV,
    CPM,
    CPE,
    CPV,
    CPV_COMPLETED,
)

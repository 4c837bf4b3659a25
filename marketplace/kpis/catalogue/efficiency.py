"""What it cost."""

from marketplace.kpis.catalogue.conversions import CONVERSIONS
from marketplace.kpis.catalogue.customers import NEW_CUSTOMERS
from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.catalogue.leads import LEADS
from marketplace.kpis.catalogue.traffic import CLICKS
from marketplace.kpis.formula import Covered, per
from marketplace.kpis.measures import sales
from marketplace.kpis.measures import spending as m
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

COST = Kpi(
    "cost",
    Words("Cost", "Kosten"),
    Goal.EFFICIENCY,
    Unit.MONEY,
    Direction.DOWN,
    Covered(
        m.COMMISSIONS.term,
        sales.CONVERTED_ORDERS.term,
        sales.ORDERS.term,
        "no_exchange_rate",
    )
    + m.COSTS.term,
    Words(
        "Commissions that are not rejected and the campaign's other costs, each once.",
        "Commissies die niet zijn afgewezen en de overige kosten van de campagne, elk "
        "een keer.",
    ),
)
CPA = Kpi(
    "cpa",
    Words("Cost per acquisition", "Kosten per acquisitie"),
    Goal.EFFICIENCY,
    Unit.MONEY_PER_UNIT,
    Direction.DOWN,
    per(COST.term, NEW_CUSTOMERS.term),
    Words("What one new customer costs.", "Wat een nieuwe klant kost."),
)
COST_PER_CONVERSION = Kpi(
    "cost_per_conversion",
    Words("Cost per conversion", "Kosten per conversie"),
    Goal.EFFICIENCY,
    Unit.MONEY_PER_UNIT,
    Direction.DOWN,
    per(COST.term, CONVERSIONS.term),
    Words(
        "What one credited action costs, whoever did it; an acquisition is a new customer.",
        "Wat een toegekende actie kost, van wie dan ook; een acquisitie is een nieuwe "
        "klant.",
    ),
)
COST_PER_LEAD = Kpi(
    "cost_per_lead",
    Words("Cost per lead", "Kosten per lead"),
    Goal.EFFICIENCY,
    Unit.MONEY_PER_UNIT,
    Direction.DOWN,
    per(COST.term, LEADS.term),
    Words("What one credited lead costs.", "Wat een toegekende lead kost."),
)
CPC = Kpi(
    "cpc",
    Words("Cost per click", "Kosten per klik"),
    Goal.EFFICIENCY,
    Unit.MONEY_PER_UNIT,
    Direction.DOWN,
    per(COST.term, CLICKS.term),
    Words("What one counted click costs.", "Wat een getelde klik kost."),
)

ALL = (
    COST,
    CPA,
    COST_PER_CONVERSION,
    COST_PER_LEAD,
    CPC,
)

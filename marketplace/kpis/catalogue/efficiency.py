"""What it cost."""

from marketplace.kpis.catalogue.conversions import NEW_CUSTOMERS
from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.catalogue.traffic import CLICKS
from marketplace.kpis.formula import per
from marketplace.kpis.measures import spending as m
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

COST = Kpi(
    "cost",
    Words("Cost", "Kosten"),
    Goal.EFFICIENCY,
    Unit.MONEY,
    Direction.DOWN,
    m.COMMISSIONS.term + m.COSTS.term,
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
    CPC,
)

"""What it was worth."""

from marketplace.kpis.catalogue.conversions import REVENUE
from marketplace.kpis.catalogue.efficiency import COST
from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.catalogue.traffic import VISITORS
from marketplace.kpis.formula import Covered, per
from marketplace.kpis.measures import sales as m
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

GROSS_PROFIT = Kpi(
    "gross_profit",
    Words("Gross profit", "Brutowinst"),
    Goal.VALUE,
    Unit.MONEY,
    Direction.UP,
    Covered(
        m.COSTED_REVENUE.term - m.GOODS_COST.term,
        m.COSTED_ORDERS.term,
        m.ORDERS.term,
        "no_cost_of_goods",
    ),
    Words(
        "What is left of the net revenue after the cost of the goods, over the orders "
        "whose cost is known.",
        "Wat na de inkoopwaarde overblijft van de netto-omzet, over de bestellingen "
        "waarvan die bekend is.",
    ),
)
NET_PROFIT = Kpi(
    "net_profit",
    Words("Net profit", "Nettowinst"),
    Goal.VALUE,
    Unit.MONEY,
    Direction.UP,
    GROSS_PROFIT.term - COST.term,
    Words(
        "What is left after the cost of the goods and of the campaign.",
        "Wat overblijft na de inkoopwaarde en de kosten van de campagne.",
    ),
)
PROFIT_PER_VISITOR = Kpi(
    "profit_per_visitor",
    Words("Profit per visitor", "Winst per bezoeker"),
    Goal.VALUE,
    Unit.MONEY_PER_UNIT,
    Direction.UP,
    per(NET_PROFIT.term, VISITORS.term),
    Words(
        "What one visitor from an influencer leaves after all costs.",
        "Wat een bezoeker via een influencer na alle kosten oplevert.",
    ),
)
GROSS_PROFIT_PER_VISITOR = Kpi(
    "gross_profit_per_visitor",
    Words("Gross profit per visitor", "Brutowinst per bezoeker"),
    Goal.VALUE,
    Unit.MONEY_PER_UNIT,
    Direction.UP,
    per(GROSS_PROFIT.term, VISITORS.term),
    Words(
        "What one visitor from an influencer leaves before the campaign's own costs.",
        "Wat een bezoeker via een influencer oplevert voor de kosten van de campagne.",
    ),
)
ROI = Kpi(
    "roi",
    Words("ROI", "ROI"),
    Goal.VALUE,
    Unit.RATIO,
    Direction.UP,
    per(NET_PROFIT.term, COST.term),
    Words(
        "Return on investment: net profit for each unit of money spent; 0 is "
        "break-even.",
        "Rendement op investering: nettowinst per uitgegeven geldeenheid; 0 is quitte.",
    ),
)
ROAS = Kpi(
    "roas",
    Words("ROAS", "ROAS"),
    Goal.VALUE,
    Unit.RATIO,
    Direction.UP,
    per(REVENUE.term, COST.term),
    Words(
        "Revenue for each unit of money spent; not a profit.",
        "Omzet per uitgegeven geldeenheid; geen winst.",
    ),
)

ALL = (
    GROSS_PROFIT,
    NET_PROFIT,
    PROFIT_PER_VISITOR,
    GROSS_PROFIT_PER_VISITOR,
    ROI,
    ROAS,
)

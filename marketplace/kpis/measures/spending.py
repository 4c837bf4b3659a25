"""What was spent. Pure."""

from marketplace.kpis.measures.entry import Source, money
from marketplace.kpis.outcome import Words

COMMISSIONS = money(
    "commissions",
    Source.COMMISSIONS,
    "amount",
    Words("commissions", "commissies"),
    "Ledger entries that are not rejected, reversals included, dated at the order.",
)
COSTS = money(
    "other_costs",
    Source.COSTS,
    "amount",
    Words("other costs", "overige kosten"),
    "Costs entered by the brand, dated when they were incurred, and what the marketplace "
    "charged for collecting its money, over its campaigns by their commissions.",
)

ALL = (
    COMMISSIONS,
    COSTS,
)

"""Giveaways, and who entered them."""

from marketplace.kpis.catalogue.efficiency import COST
from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.catalogue.traffic import CLICKS
from marketplace.kpis.formula import Covered, per, share
from marketplace.kpis.measures import giveaways as m
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

GIVEAWAY_ENTRANTS = Kpi(
    "giveaway_entrants",
    Words("Giveaway entrants", "Deelnemers aan een giveaway"),
    Goal.ENGAGEMENT,
    Unit.COUNT,
    Direction.UP,
    m.ENTRANTS.term,
    Words(
        "Distinct people who validly entered a giveaway, however often.",
        "Unieke mensen die geldig meededen aan een giveaway, hoe vaak ook.",
    ),
)
GIVEAWAY_ENTRIES = Kpi(
    "giveaway_entries",
    Words("Giveaway entries", "Deelnames aan een giveaway"),
    Goal.ENGAGEMENT,
    Unit.COUNT,
    Direction.UP,
    m.ENTRIES.term,
    Words(
        "Valid entries in giveaways; somebody who may enter daily has several.",
        "Geldige deelnames aan giveaways; wie dagelijks mag meedoen, heeft er meer.",
    ),
)
ENTRIES_PER_CLICK = Kpi(
    "entries_per_click",
    Words("Entries per click", "Deelnames per klik"),
    Goal.ENGAGEMENT,
    Unit.RATIO,
    Direction.UP,
    per(GIVEAWAY_ENTRIES.term, CLICKS.term),
    Words(
        "How many valid entries there are for one counted click.",
        "Hoeveel geldige deelnames er zijn per getelde klik.",
    ),
)
COST_PER_ENTRANT = Kpi(
    "cost_per_entrant",
    Words("Cost per entrant", "Kosten per deelnemer"),
    Goal.EFFICIENCY,
    Unit.MONEY_PER_UNIT,
    Direction.DOWN,
    per(COST.term, GIVEAWAY_ENTRANTS.term),
    Words(
        "What one entrant costs, by all costs of the campaign.",
        "Wat een deelnemer kost, naar alle kosten van de campagne.",
    ),
)
ENTRANTS_WHO_BOUGHT = Kpi(
    "entrants_who_bought",
    Words("Entrants who bought", "Deelnemers die kochten"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    Covered(
        m.ENTRANTS_WHO_BOUGHT.term,
        m.KNOWN_ENTRANTS.term,
        m.ENTRANTS.term,
        "entrants_forgotten",
    ),
    Words(
        "Entrants with a paid order of the brand's since they entered, so far; who asked "
        "to be forgotten is left out, and the coverage says which share is not.",
        "Deelnemers met tot nu toe een betaalde bestelling bij het merk sinds ze "
        "meededen; wie vergeten wilde worden telt niet mee, en de dekking zegt welk deel "
        "overblijft.",
    ),
)
ENTRANT_PURCHASE_RATE = Kpi(
    "entrant_purchase_rate",
    Words("Entrants who bought, share", "Aandeel deelnemers dat kocht"),
    Goal.CONVERSIONS,
    Unit.RATIO,
    Direction.UP,
    Covered(
        share(m.ENTRANTS_WHO_BOUGHT.term, m.KNOWN_ENTRANTS.term, none="no_entrants"),
        m.KNOWN_ENTRANTS.term,
        m.ENTRANTS.term,
        "entrants_forgotten",
    ),
    Words(
        "Which share of the entrants bought something since they entered.",
        "Welk deel van de deelnemers iets kocht sinds ze meededen.",
    ),
)

ALL: tuple[Kpi, ...] = (
    GIVEAWAY_ENTRANTS,
    GIVEAWAY_ENTRIES,
    ENTRIES_PER_CLICK,
    COST_PER_ENTRANT,
    ENTRANTS_WHO_BOUGHT,
    ENTRANT_PURCHASE_RATE,
)

"""What content is worth by a table of rates, and what it cost."""

from marketplace.kpis.catalogue.awareness import IMPRESSIONS, VIEWS
from marketplace.kpis.catalogue.efficiency import COST
from marketplace.kpis.catalogue.engagement import ENGAGEMENT
from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.catalogue.value import NET_PROFIT
from marketplace.kpis.catalogue.video import COMPLETED_VIEWS
from marketplace.kpis.formula import PartialSum, per
from marketplace.kpis.measures import posts as m
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

EMV_ENGAGEMENT = Kpi(
    "emv_engagement",
    Words("EMV of engagement", "EMV van betrokkenheid"),
    Goal.VALUE,
    Unit.MONEY,
    Direction.UP,
    m.EMV_ENGAGEMENT.term,
    Words(
        "What likes, comments, shares and saves are worth by the rates of their "
        "platform and day.",
        "Wat likes, reacties, keer gedeeld en keer bewaard waard zijn naar de tarieven "
        "van platform en dag.",
    ),
)
EMV_EXPOSURE = Kpi(
    "emv_exposure",
    Words("EMV of exposure", "EMV van zichtbaarheid"),
    Goal.VALUE,
    Unit.MONEY,
    Direction.UP,
    m.EMV_EXPOSURE.term,
    Words(
        "What impressions (or views, never both) and clicks are worth by those rates.",
        "Wat vertoningen (of weergaven, nooit allebei) en klikken naar die tarieven "
        "waard zijn.",
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
CPM = Kpi(
    "cpm",
    Words("Cost per thousand impressions", "Kosten per duizend vertoningen"),
    Goal.EFFICIENCY,
    Unit.MONEY_PER_UNIT,
    Direction.DOWN,
    per(COST.term, IMPRESSIONS.term) * 1000,
    Words(
        "What a thousand impressions cost; the whole cost, over the impressions that "
        "are known.",
        "Wat duizend vertoningen kosten; alle kosten, op de vertoningen die bekend zijn.",
    ),
)
CPE = Kpi(
    "cpe",
    Words("Cost per engagement", "Kosten per interactie"),
    Goal.EFFICIENCY,
    Unit.MONEY_PER_UNIT,
    Direction.DOWN,
    per(COST.term, ENGAGEMENT.term),
    Words(
        "What one like, comment, share, save or mention costs.",
        "Wat een like, reactie, keer delen, keer bewaren of vermelding kost.",
    ),
)
CPV = Kpi(
    "cpv",
    Words("Cost per view", "Kosten per weergave"),
    Goal.EFFICIENCY,
    Unit.MONEY_PER_UNIT,
    Direction.DOWN,
    per(COST.term, VIEWS.term),
    Words("What one view costs.", "Wat een weergave kost."),
)
CPV_COMPLETED = Kpi(
    "cpv_completed",
    Words("Cost per completed view", "Kosten per voltooide weergave"),
    Goal.EFFICIENCY,
    Unit.MONEY_PER_UNIT,
    Direction.DOWN,
    per(COST.term, COMPLETED_VIEWS.term),
    Words(
        "What one view that played to the end costs.",
        "Wat een weergave tot het einde kost.",
    ),
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

"""What entries say of themselves, in English and Dutch. Pure.

A reason is stored in English; `dutch` finds the same sentence, None for what somebody
wrote themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.campaigns.pay_rules import CapOf
from marketplace.commissions.allocation import BUDGET
from marketplace.fraud.rules import Rule
from marketplace.fraud.wording import WORDS
from marketplace.orders.rules import OrderStatus

DIVIDED = "a cap or the budget leaves another amount for it now"
DISPUTED = "the payment of this order is disputed"
RERATED = "another order changed the rate of this one"
UNCREDITED = "the order is credited to another touch now"
AGREED_FEE = "the fee agreed on acceptance"
UNPRICED = "no exchange rate is known for the day of the order yet"
NOTHING = "at this rate it comes to nothing"
REJECTED = "the brand rejected it"

_LIMITED = {
    CapOf.ORDER.value: (
        "limited by the cap for an order",
        "beperkt door het maximum per bestelling",
    ),
    CapOf.CUSTOMER.value: (
        "limited by the cap for a customer",
        "beperkt door het maximum per klant",
    ),
    CapOf.INFLUENCER.value: (
        "limited by the cap for an influencer",
        "beperkt door het maximum per influencer",
    ),
    CapOf.CAMPAIGN.value: (
        "limited by the cap for the campaign",
        "beperkt door het maximum voor de campagne",
    ),
    BUDGET: (
        "limited by the campaign's budget",
        "beperkt door het budget van de campagne",
    ),
}
_STATUS = {
    OrderStatus.PENDING: ("the order is pending", "de bestelling is nog niet betaald"),
    OrderStatus.PAID: ("the order is paid", "de bestelling is betaald"),
    OrderStatus.PARTIALLY_REFUNDED: (
        "the order is partially refunded",
        "de bestelling is deels terugbetaald",
    ),
    OrderStatus.REFUNDED: ("the order is refunded", "de bestelling is terugbetaald"),
    OrderStatus.CANCELLED: ("the order is cancelled", "de bestelling is geannuleerd"),
    OrderStatus.IGNORED: ("the order is ignored", "de bestelling telt niet mee"),
}
_DUTCH = {
    DIVIDED: "een maximum of het budget laat er nu een ander bedrag voor over",
    RERATED: "een andere bestelling heeft het tarief van deze veranderd",
    DISPUTED: "de betaling van deze bestelling wordt betwist",
    UNCREDITED: "de bestelling is nu aan ander bewijs toegekend",
    AGREED_FEE: "de bij acceptatie afgesproken vergoeding",
    UNPRICED: "voor de dag van de bestelling is nog geen wisselkoers bekend",
    NOTHING: "bij dit tarief komt het op niets uit",
    REJECTED: "het merk heeft het afgewezen",
    "these terms pay for each lead": "deze voorwaarden betalen per lead",
    "these terms pay for each click": "deze voorwaarden betalen per klik",
    "these terms pay for new customers": "deze voorwaarden betalen voor nieuwe klanten",
    "nothing was sold that is worth anything": "er is niets verkocht dat iets waard is",
    "the months in which later orders earn are over": "de maanden waarin latere "
    "bestellingen meetellen zijn voorbij",
    "goodwill: your question was accepted, and the order stays another's": "coulance: "
    "je vraag is toegekend, en de bestelling blijft van een ander",
    "goodwill: the order or who it is credited to changed": "coulance: de bestelling of "
    "aan wie die is toegekend is veranderd",
    "the order was credited": "de bestelling is toegekend",
    "the order changed": "de bestelling is veranderd",
    "the lead was credited": "de lead is toegekend",
    "the lead is credited to somebody else now": "de lead is nu aan iemand anders "
    "toegekend",
    "clicks of a day": "klikken van een dag",
    "the clicks of that day were judged again": "de klikken van die dag zijn opnieuw "
    "beoordeeld",
    "a goal was reached": "een doel is gehaald",
    "the goal is not reached any more": "het doel is niet meer gehaald",
    **dict(WORDS[rule].told for rule in Rule),
    **dict(_LIMITED.values()),
    **dict(_STATUS.values()),
}


@dataclass(frozen=True, slots=True)
class Why:
    """What a claim's entries say: its first, later ones, and reversals."""

    first: str
    later: str
    reversal: str = ""


LEAD = Why("the lead was credited", "the lead is credited to somebody else now")
CLICKS = Why("clicks of a day", "the clicks of that day were judged again")
GOODWILL = Why(
    "goodwill: your question was accepted, and the order stays another's",
    "goodwill: the order or who it is credited to changed",
)
GOAL = Why("a goal was reached", "the goal is not reached any more")
OTHERS = Why(DIVIDED, DIVIDED, DIVIDED)
TIERS = Why(RERATED, RERATED, RERATED)


def why_of_order(status: OrderStatus, *, is_credited: bool) -> Why:
    """What the entries of an order say."""
    if not is_credited:
        return Why(UNCREDITED, UNCREDITED, UNCREDITED)
    return Why("the order was credited", "the order changed", _STATUS[status][0])


def limited_by(cut: Mapping[str, Any]) -> str:
    """Which cap left a claim less than it earned."""
    return _LIMITED[cut["of"]][0]


def dutch(reason: str) -> str | None:
    """The same in Dutch, where these are words of ours."""
    return _DUTCH.get(reason)

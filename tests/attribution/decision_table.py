"""Situations an order can be in, and what each policy must make of them.

Told in words of their own, and judged by `expected`, which shares nothing with the
rules: the table's other half.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, NamedTuple

from marketplace.campaigns.rules import (
    AttributionModel,
    LeakedCodes,
    Precedence,
    RepeatOrders,
    SelfReferral,
    StackedCodes,
)

LAPSE_DAYS = 100


class Said(NamedTuple):
    """A touch: what it is, whose, how many days before the order, what is wrong."""

    what: str
    who: str
    days: float = 0
    wrong: str = ""


@dataclass(frozen=True)
class Situation:
    """Touches, who the customer is (new, returning, lapsed, unknown), who bought."""

    name: str
    touches: tuple[Said, ...]
    customer: str = "new"
    own_purchase: str = ""
    leaked: str = ""


CODE_A, CODE_B = Said("code", "anna"), Said("code", "bo")
CLICK_A, CLICK_B = Said("click", "anna", 2), Said("click", "bo", 3)
SEEN_A = Said("visitor_click", "anna", 5)
SPENT = Said("visitor_click", "bo", 9, "spent")
PAGE_A, LATE_PAGE_A = Said("landing_page", "anna", 4), Said("landing_page", "anna", 1)

_BASIC = (
    Situation("nothing", ()),
    Situation("code only", (CODE_A,)),
    Situation("click only", (CLICK_A,)),
    Situation("both, same influencer", (CODE_A, CLICK_A)),
    Situation("both, different ones", (CODE_A, CLICK_B)),
    Situation("two clicks", (CLICK_A, CLICK_B)),
    Situation("two codes", (CODE_A, CODE_B)),
    Situation("two codes and a click", (CODE_B, CODE_A, CLICK_A)),
    Situation("a code with a look at the page", (CODE_A, PAGE_A)),
    Situation("an earlier click of the visitor", (CLICK_B, SEEN_A)),
    Situation("a later look at another's page", (CLICK_B, LATE_PAGE_A)),
    Situation("a lead's click", (Said("lead", "anna", 6),)),
    Situation("a lead's click and a code", (Said("lead", "anna", 6), CODE_B)),
    Situation("leaked code", (CODE_A,), leaked="anna"),
    Situation("leaked code and a click", (CODE_A, CLICK_A), leaked="anna"),
    Situation("leaked code, another's click", (CODE_A, CLICK_B), leaked="anna"),
    Situation("leaked code, then a good one", (CODE_A, CODE_B), leaked="anna"),
    Situation("own purchase by code", (CODE_A,), own_purchase="anna"),
    Situation("own purchase, another's click", (CODE_A, CLICK_B), own_purchase="anna"),
    Situation("repeat order", (Said("customer", "anna", 9),)),
    Situation("repeat order with a click", (Said("customer", "anna", 9), CLICK_B)),
    Situation(
        "repeat order, two that helped",
        (Said("earlier_order", "bo", 12), Said("customer", "anna", 9)),
    ),
    Situation("spent click", (SPENT,)),
    Situation("spent click and a new one", (SPENT, CLICK_A)),
    *(
        Situation(f"{what}, {wrong}", (Said(what, "anna", days, wrong), *others))
        for (what, days, wrong), others in product(
            (
                ("click", 40, "outside window"),
                ("click", -1, "after order"),
                ("code", 0, "ended"),
                ("click", 2, "ended"),
                ("code", 0, "disabled"),
                ("code", 0, "not accepted"),
                ("click", 2, "a program"),
            ),
            ((), (CLICK_B,), (CODE_B,)),
        )
    ),
)


def situations() -> Iterator[Situation]:
    """Each with every kind of customer."""
    for situation, customer in product(
        _BASIC, ("new", "returning", "lapsed", "unknown")
    ):
        yield replace(situation, customer=customer)


OPTIONS: dict[str, tuple[Any, ...]] = {
    "precedence": tuple(Precedence),
    "model": (AttributionModel.LAST, AttributionModel.FIRST),
    "new_customers_only": (False, True),
    "lapsed_after_days": (None, LAPSE_DAYS),
    "self_referral": tuple(SelfReferral),
    "stacked_codes": tuple(StackedCodes),
    "leaked_codes": tuple(LeakedCodes),
    "repeat_orders": tuple(RepeatOrders),
}


def policies() -> Iterator[dict[str, Any]]:
    """Every combination of what a campaign can choose."""
    for values in product(*OPTIONS.values()):
        yield dict(zip(OPTIONS, values, strict=True))


class Outcome(NamedTuple):
    """Who wins, by what, and how many basis points everybody has."""

    winner: str | None
    method: str | None
    shares: dict[str, int]


NOBODY = Outcome(None, None, {})


def expected(policy: dict[str, Any], situation: Situation) -> Outcome:
    """What must come out, by the words of the issue."""
    touches = [t for t in situation.touches if _counts(policy, situation, t)]
    own = [t for t in touches if not _is_old(t)]
    came_by = {t.who for t in touches if t.what not in ("code", "customer")}
    codes = [t for t in own if t.what == "code"]
    if policy["precedence"] == "code_if_touched":
        codes = [t for t in codes if t.who in came_by]
    if policy["leaked_codes"] == "only_if_touched":
        codes = [t for t in codes if t.who != situation.leaked or t.who in came_by]
    visits = sorted((t for t in own if t.what != "code"), key=lambda t: -t.days)
    if codes and not (visits and policy["precedence"] == "click"):
        names = list(dict.fromkeys(t.who for t in codes))
        if policy["stacked_codes"] == "first":
            names = names[:1]
        shares = {name: 10_000 // len(names) for name in names}
        return Outcome(codes[0].who, "code", shares)
    if visits:
        carried = [t for t in visits if t.what == "click"]
        won = visits[0] if policy["model"] == "first" else (carried or visits)[-1]
        return Outcome(won.who, "click", {won.who: 10_000})
    for touch in touches:
        if touch.what == "customer":
            return Outcome(touch.who, "customer", {touch.who: 10_000})
    return NOBODY


def _is_old(touch: Said) -> bool:
    return touch.what in ("customer", "earlier_order") or touch.wrong == "spent"


def _counts(policy: dict[str, Any], situation: Situation, touch: Said) -> bool:
    if touch.wrong not in ("", "spent"):
        return False
    if situation.own_purchase == touch.who and policy["self_referral"] == "reject":
        return False
    is_leaked = touch.what == "code" and situation.leaked == touch.who
    if is_leaked and policy["leaked_codes"] == "reject":
        return False
    if _is_old(touch) and policy["repeat_orders"] == "none":
        return False
    if not policy["new_customers_only"]:
        return True
    is_back = situation.customer == "lapsed" and policy["lapsed_after_days"]
    return situation.customer == "new" or bool(is_back)

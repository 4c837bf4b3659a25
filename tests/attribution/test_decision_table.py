"""Every combination of what a campaign can choose, against every situation."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

from decision_table import LAPSE_DAYS, Said, Situation, expected, policies, situations
from hypothesis import given
from hypothesis import strategies as st

from marketplace.attribution.evidence_rules import (
    WHOLE,
    Candidate,
    Method,
    OrderFacts,
    Policy,
)
from marketplace.attribution.reasons import QUALIFIED, SENTENCES, Reason
from marketplace.attribution.rules import Decision, decide
from marketplace.campaigns.rules import (
    AttributionModel,
    Precedence,
    RepeatOrders,
    SelfReferral,
    StackedCodes,
)
from marketplace.money import split

PLACED = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


def policy_of(said: dict[str, Any]) -> Policy:
    lapsed = said["lapsed_after_days"]
    rest = {name: value for name, value in said.items() if name != "lapsed_after_days"}
    return Policy(
        version=1,
        window=timedelta(days=30),
        lapsed_after=lapsed and timedelta(days=lapsed),
        **rest,
    )


def facts_of(situation: Situation) -> OrderFacts:
    is_new = {"new": True, "unknown": None}.get(situation.customer, False)
    days = {"returning": 9, "lapsed": LAPSE_DAYS + 1}.get(situation.customer)
    return OrderFacts(PLACED, is_new, days and PLACED - timedelta(days=days))


def touch_of(said: Said, situation: Situation, policy: Policy) -> Candidate:
    at = PLACED - timedelta(days=said.days)
    long_ago, wrong = PLACED - timedelta(days=300), said.wrong
    is_code = said.what == "code"
    return Candidate(
        Method(said.what),
        at=at,
        application_id=said.who,
        code=said.who if is_code else None,
        click_id=None if is_code or said.what == "customer" else f"{said}",
        policy=policy,
        unusable=Reason.NOT_A_PERSON if wrong == "a program" else None,
        accepted_at=None if wrong == "not accepted" else long_ago,
        ended_at=at - timedelta(hours=1) if wrong == "ended" else None,
        disabled_at=at - timedelta(hours=1) if wrong == "disabled" else None,
        leaked_at=long_ago if is_code and situation.leaked == said.who else None,
        was_spent=wrong == "spent",
        own_purchase="email" if situation.own_purchase == said.who else None,
    )


def decided(situation: Situation, policy: Policy) -> Decision:
    touches = [touch_of(said, situation, policy) for said in situation.touches]
    return decide(facts_of(situation), touches)


def test_every_policy_in_every_situation() -> None:
    found = 0
    rows = list(situations())
    for said in policies():
        policy = policy_of(said)
        for situation in rows:
            if situation.customer != "unknown" and not said["new_customers_only"]:
                continue  # who the customer is, is nothing to this policy
            decision = decided(situation, policy)
            winner, method, shares = expected(said, situation)
            won = decision.winner
            was = (won and won.application_id, won and won.method.value)
            assert was == (winner, method), (said, situation)
            assert dict(decision.credits) == shares, (said, situation)
            _check_reasons(decision)
            held = {situation.own_purchase} & shares.keys()
            if said["self_referral"] is not SelfReferral.HOLD:
                held = set()
            assert decision.own_purchases.keys() == held, (said, situation)
            found += 1
    assert found == 432 * len(rows) + 432 * len(rows) // 4


def _check_reasons(decision: Decision) -> None:
    """One has won; whoever counts is among the qualified; all are told why."""
    for touch, reason in decision.touches:
        assert (reason is Reason.WON) == (touch is decision.winner)
        is_in = any(touch is other for other in decision.qualified)
        assert (reason in QUALIFIED) == is_in, reason
        assert all(SENTENCES[reason])


TOUCH = st.tuples(
    st.sampled_from(
        ("click", "visitor_click", "landing_page", "visit", "lead", "earlier_order")
    ),
    st.sampled_from("abc"),
    st.integers(0, 40),
    st.booleans(),
)
POLICY: dict[str, Any] = {
    "version": 1,
    "window": timedelta(days=30),
    "precedence": Precedence.CODE,
    "new_customers_only": False,
    "self_referral": SelfReferral.REJECT,
    "repeat_orders": RepeatOrders.WINDOW,
}


@given(
    st.lists(TOUCH, max_size=6, unique=True),
    st.sampled_from(list(AttributionModel)),
    st.none() | st.integers(0, 30),
    st.integers(0, 10**9),
    st.randoms(use_true_random=False),
)
def test_credits_add_up_whatever_the_order_of_touches(
    drawn: list[tuple[str, str, int, bool]],
    model: AttributionModel,
    lead: int | None,
    amount: int,
    random: Any,
) -> None:
    """To the whole, to the cent, and the same from whichever end it is looked at."""
    policy = Policy(**POLICY, model=model)
    situation = Situation("drawn", ())
    touches = [
        touch_of(Said(what, who, days, "spent" if spent else ""), situation, policy)
        for what, who, days, spent in drawn
    ]
    lead_at = None if lead is None else PLACED - timedelta(days=lead)
    order = OrderFacts(PLACED, True, lead_at=lead_at)
    decision = decide(order, touches)
    shares = [part for _, part in decision.credits]
    assert sum(shares) == (WHOLE if decision.winner else 0)
    if shares:
        assert sum(split(amount, shares)) == amount
    random.shuffle(touches)
    again = decide(order, touches)
    assert again.winner == decision.winner
    assert dict(again.credits) == dict(decision.credits)
    assert set(again.touches) == set(decision.touches)


def test_stacked_codes_share_equally_and_the_first_stands_for_them() -> None:
    """Three codes, of which one influencer has two: the rest goes to the first ones."""
    policy = Policy(
        **POLICY, model=AttributionModel.LAST, stacked_codes=StackedCodes.SPLIT
    )
    codes = [touch_of(Said("code", who), Situation("x", ()), policy) for who in "abac"]
    for order in permutations(codes):
        decision = decide(OrderFacts(PLACED, True), order)
        assert decision.winner is order[0]
        assert sorted(part for _, part in decision.credits) == [3_333, 3_333, 3_334]
        assert decision.credits[0] == (order[0].application_id, 3_334)
        told = [reason for _, reason in decision.touches]
        assert told == [Reason.WON, Reason.SHARED, Reason.SHARED, Reason.SHARED]


def test_the_touch_that_made_a_lead_weighs_as_much_as_the_ends() -> None:
    policy = Policy(**POLICY, model=AttributionModel.POSITION_W)
    touches = [
        touch_of(Said("click", who, days), Situation("x", ()), policy)
        for who, days in (("a", 9), ("b", 6), ("c", 3), ("d", 1))
    ]
    lead_at = PLACED - timedelta(days=5)
    decision = decide(OrderFacts(PLACED, True, lead_at=lead_at), touches)
    assert dict(decision.credits) == {"a": 3000, "b": 3000, "c": 1000, "d": 3000}
    before = decide(OrderFacts(PLACED, True), touches)
    assert dict(before.credits) == {"a": 4000, "b": 1000, "c": 1000, "d": 4000}

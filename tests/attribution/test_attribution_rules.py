"""Who wins, and what each loser is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.attribution.reasons import SENTENCES, Reason
from marketplace.attribution.rules import (
    WHOLE,
    Candidate,
    Method,
    OrderFacts,
    Policy,
    decide,
)
from marketplace.campaigns.rules import (
    AttributionModel,
    Precedence,
    RepeatOrders,
    SelfReferral,
)

PLACED = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
ORDER = OrderFacts(PLACED, is_new=True)
POLICY = Policy(
    version=1,
    window=timedelta(days=30),
    precedence=Precedence.CODE,
    model=AttributionModel.LAST,
    new_customers_only=False,
    self_referral=SelfReferral.REJECT,
    repeat_orders=RepeatOrders.NONE,
)
CODE = Candidate(
    Method.CODE,
    at=PLACED,
    application_id="app_a",
    code="ANNA10",
    policy=POLICY,
    accepted_at=PLACED - timedelta(days=90),
)


def click(days_before: float, application: str = "app_b", **over: object) -> Candidate:
    return replace(
        CODE,
        kind=Method.CLICK,
        at=PLACED - timedelta(days=days_before),
        application_id=application,
        code=None,
        click_id=f"click{days_before}",
        link_id=f"lnk_{application}",
        **over,  # type: ignore[arg-type]
    )


def reasons(order: OrderFacts, *touches: Candidate) -> list[Reason]:
    return [reason for _, reason in decide(order, touches).touches]


def test_code_before_click() -> None:
    assert reasons(ORDER, click(1), CODE) == [Reason.CODE_FIRST, Reason.WON]


def test_click_before_code_if_the_campaign_says_so() -> None:
    policy = replace(POLICY, precedence=Precedence.CLICK)
    code, later = replace(CODE, policy=policy), replace(click(1), policy=policy)
    assert reasons(ORDER, code, later) == [Reason.CLICK_FIRST, Reason.WON]
    assert reasons(ORDER, code) == [Reason.WON]


@pytest.mark.parametrize(
    ("touch", "order", "expected"),
    [
        (click(30), ORDER, Reason.WON),
        (click(30.001), ORDER, Reason.OUTSIDE_WINDOW),
        (click(-4 / 1440), ORDER, Reason.WON),
        (click(-6 / 1440), ORDER, Reason.AFTER_ORDER),
        (replace(CODE, accepted_at=None), ORDER, Reason.BEFORE_ACCEPTANCE),
        (
            replace(CODE, accepted_at=PLACED + timedelta(hours=1)),
            ORDER,
            Reason.BEFORE_ACCEPTANCE,
        ),
        (replace(CODE, ended_at=PLACED - timedelta(days=1)), ORDER, Reason.ENDED),
        (
            replace(CODE, disabled_at=PLACED - timedelta(days=1)),
            ORDER,
            Reason.CODE_DISABLED,
        ),
        # A click before the end still wins an order after it.
        (click(3, ended_at=PLACED - timedelta(days=1)), ORDER, Reason.WON),
        (replace(CODE, own_purchase="email"), ORDER, Reason.SELF_REFERRAL),
        (
            replace(CODE, policy=replace(POLICY, new_customers_only=True)),
            OrderFacts(PLACED, is_new=False),
            Reason.NOT_NEW_CUSTOMER,
        ),
        (
            replace(CODE, policy=replace(POLICY, new_customers_only=True)),
            OrderFacts(PLACED, is_new=None),
            Reason.NEWNESS_UNKNOWN,
        ),
        (
            Candidate(Method.CLICK, at=None, unusable=Reason.FORGED),
            ORDER,
            Reason.FORGED,
        ),
    ],
)
def test_what_a_single_touch_is_told(
    touch: Candidate, order: OrderFacts, expected: Reason
) -> None:
    decision = decide(order, [touch])
    assert decision.touches[0][1] is expected
    assert (decision.winner is touch) is (expected is Reason.WON)


def test_last_and_first_click() -> None:
    early, late = click(9, "app_a"), click(2, "app_b")
    assert reasons(ORDER, late, early) == [Reason.WON, Reason.LATER_TOUCH]
    first = replace(POLICY, model=AttributionModel.FIRST)
    early, late = replace(early, policy=first), replace(late, policy=first)
    assert reasons(ORDER, late, early) == [Reason.EARLIER_TOUCH, Reason.WON]


def test_customer_touch_only_where_repeat_orders_count() -> None:
    customer = replace(CODE, kind=Method.CUSTOMER, at=PLACED - timedelta(days=5))
    assert reasons(ORDER, customer) == [Reason.REPEAT_ORDERS_NOT_CREDITED]
    window = replace(POLICY, repeat_orders=RepeatOrders.WINDOW)
    customer = replace(customer, policy=window)
    assert reasons(ORDER, customer) == [Reason.WON]
    assert reasons(ORDER, customer, CODE) == [Reason.OWN_TOUCH_FIRST, Reason.WON]


@pytest.mark.parametrize(
    ("model", "shares"),
    [
        (AttributionModel.LAST, [0, 0, 0, 10_000]),
        (AttributionModel.FIRST, [10_000, 0, 0, 0]),
        (AttributionModel.LINEAR, [2_500, 2_500, 2_500, 2_500]),
        (AttributionModel.POSITION, [4_000, 1_000, 1_000, 4_000]),
        # half-life 7 days: 1/8 : 1/4 : 1/2 : 1
        (AttributionModel.TIME_DECAY, [667, 1_333, 2_667, 5_333]),
    ],
)
def test_credits_by_model(model: AttributionModel, shares: list[int]) -> None:
    policy = replace(POLICY, model=model)
    touches = [
        replace(click(days, f"app_{n}"), policy=policy)
        for n, days in enumerate((22, 15, 8, 1))
    ]
    found = dict(decide(ORDER, touches).credits)
    assert [found.get(f"app_{n}", 0) for n in range(4)] == shares


@given(
    st.lists(
        st.tuples(st.floats(0, 29), st.sampled_from("abc"), st.booleans()), max_size=8
    ),
    st.sampled_from(list(AttributionModel)),
)
def test_credits_add_up_and_one_wins(
    drawn: list[tuple[float, str, bool]], model: AttributionModel
) -> None:
    policy = replace(POLICY, model=model)
    touches = [
        replace(click(days, name), policy=policy, own_purchase="email" if own else None)
        for days, name, own in drawn
    ]
    decision = decide(ORDER, touches)
    won = sum(reason is Reason.WON for _, reason in decision.touches)
    assert len(decision.touches) == len(touches)
    assert won == (1 if decision.winner else 0)
    assert sum(part for _, part in decision.credits) == WHOLE * won
    assert (decision.winner is None) == all(own for _, _, own in drawn)


def test_every_reason_has_words_in_both_languages() -> None:
    assert set(SENTENCES) == set(Reason)
    assert all(en and nl and en != nl for en, nl in SENTENCES.values())

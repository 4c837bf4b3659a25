"""What terms can say, and how answers are checked."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.campaigns import (
    CommissionKind,
    CommissionOn,
    DiscountKind,
    Offer,
    answer_errors,
)
from marketplace.campaigns.rules import MOVES, CampaignStatus, pattern_error

AMOUNTS = st.one_of(st.none(), st.integers(-5, 20_000))


@given(
    st.sampled_from(CommissionKind),
    st.sampled_from(CommissionOn),
    AMOUNTS,
    AMOUNTS,
    st.one_of(st.none(), st.sampled_from(DiscountKind)),
    AMOUNTS,
    AMOUNTS,
)
def test_an_offer_without_errors_can_be_computed_with(
    kind: CommissionKind,
    on: CommissionOn,
    bps: int | None,
    amount: int | None,
    discount: DiscountKind | None,
    discount_bps: int | None,
    discount_amount: int | None,
) -> None:
    offer = Offer(
        commission_kind=kind,
        commission_on=on,
        commission_bps=bps,
        commission_amount=amount,
        discount_kind=discount,
        discount_bps=discount_bps,
        discount_amount=discount_amount,
    )
    if offer.errors():
        return
    if offer.decided:
        assert (bps is None) != (amount is None)
        assert (bps is not None) == (kind is CommissionKind.PERCENT)
    if on in (CommissionOn.LEAD, CommissionOn.CLICK):
        assert kind is CommissionKind.FLAT
    assert (discount_bps is not None) == (discount is DiscountKind.PERCENT)
    assert (discount_amount is not None) == (discount is DiscountKind.AMOUNT)
    for figure in (bps, discount_bps):
        assert figure is None or 0 <= figure <= 10_000
    for figure in (amount, discount_amount):
        assert figure is None or figure >= 0


def test_every_error_has_the_name_the_api_gives_it() -> None:
    wrong = Offer(
        commission_kind=CommissionKind.FLAT,
        commission_bps=5,
        discount_kind=DiscountKind.PERCENT,
        discount_amount=5,
        window_days=0,
        hold_days=-1,
    )
    assert set(wrong.errors()) == {
        "commission.rate_bps",
        "commission.amount",
        "discount.value_bps",
        "discount.amount",
        "attribution.window_days",
        "hold_days",
    }
    assert replace(Offer(), commission_bps=0).errors() == {}


def test_a_closed_campaign_never_moves() -> None:
    assert all(CampaignStatus.CLOSED not in start for start, _ in MOVES.values())
    reached = {end for _, end in MOVES.values()}
    assert reached == set(CampaignStatus) - {CampaignStatus.DRAFT}


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("{HANDLE}{PERCENT}", True),
        ("ZOMER-{RANDOM}", True),
        ("ZOMER", False),
        ("{PERCENT}", False),
        ("{HANDLE}\n", False),
        ("{handle}", False),
        ("{HANDLE!r}", False),
        ("é{HANDLE}", False),
        ("", False),
        ("{HANDLE}" + "x" * 60, False),
    ],
)
def test_patterns_of_codes(pattern: str, fits: bool) -> None:
    assert (pattern_error(pattern) == "") is fits


QUESTIONS: list[dict[str, Any]] = [
    {"id": kind, "prompt": "?", "kind": kind, "required": required}
    for kind, required in itertools.product(
        ("text", "number", "boolean", "url"), (True,)
    )
]
RIGHT: dict[str, Any] = {
    "text": "a",
    "number": 1.5,
    "boolean": False,
    "url": "https://a.example",
}


def test_answers_of_every_kind() -> None:
    assert answer_errors(QUESTIONS, RIGHT) == {}
    for name in RIGHT:
        for wrong in (None, "  ", [], "javascript:x" if name == "url" else {}):
            errors = answer_errors(QUESTIONS, {**RIGHT, name: wrong})
            assert set(errors) == {f"answers.{name}"}, (name, wrong)
    assert answer_errors(QUESTIONS, {**RIGHT, "number": True})
    assert answer_errors([], {"x": 1}) == {"answers.x": ["was not asked"]}

"""Stripe's minor units, and the moves of a payout."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.money import EXPONENTS
from marketplace.payouts.rules import (
    COVERED,
    ENDED,
    MOVES,
    SETTLED,
    NotExact,
    PayoutStatus,
    from_stripe,
    is_exact,
    rounded_up,
    to_stripe,
)


@pytest.mark.parametrize(
    ("currency", "ours", "theirs"),
    [
        ("EUR", 1_299, 1_299),
        ("JPY", 1_299, 1_299),
        ("ISK", 1_299, 129_900),
        ("UGX", 1_299, 129_900),
        ("HUF", 129_950, 129_950),
        ("TWD", 129_950, 129_950),
        ("MGA", 129_900, 1_299),
        ("KWD", 12_990, 12_990),
        ("VND", 5, 5),
    ],
)
def test_amounts_as_stripe_counts_them(currency: str, ours: int, theirs: int) -> None:
    assert to_stripe(ours, currency) == theirs
    assert from_stripe(theirs, currency) == ours


@pytest.mark.parametrize(("currency", "amount"), [("MGA", 1_299), ("BHD", 1_299)])
def test_what_stripe_cannot_say_is_refused(currency: str, amount: int) -> None:
    with pytest.raises(NotExact):
        to_stripe(amount, currency)


@given(st.sampled_from(sorted(EXPONENTS)), st.integers(0, 10**15))
def test_what_can_be_said_comes_back(currency: str, amount: int) -> None:
    sayable = rounded_up(amount, currency)
    assert amount <= sayable
    assert not any(
        is_exact(n, currency) for n in range(amount, min(sayable, amount + 5))
    )
    assert from_stripe(to_stripe(sayable, currency), currency) == sayable


def test_money_is_set_aside_until_a_payout_ends() -> None:
    assert set(MOVES) == set(PayoutStatus)
    for status in ENDED:
        assert not MOVES[status]
    assert set(SETTLED) < set(COVERED)
    assert not set(COVERED) & set(ENDED)
    # Once it may be at Stripe, only Stripe says that it is not.
    assert PayoutStatus.CANCELLED not in MOVES[PayoutStatus.SENDING]

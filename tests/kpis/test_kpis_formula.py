"""Formulas: exact, null with a reason, and able to say what they are."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kpis.formula import Covered, Measured, Operation, Term, per, share
from marketplace.kpis.outcome import Outcome, Words, decimal_of_fraction, plain

COST = Measured("cost", Words("cost", "kosten"))
VIEWS = Measured("views", Words("views", "weergaven"))
FEE = Measured("fee", Words("fee", "honorarium"))
KNOWN = Measured("known", Words("known", "bekend"))
ALL = Measured("all", Words("all", "alle"))


def test_a_ratio_of_sums_is_exact() -> None:
    formula = per(COST + FEE, VIEWS) * 1000
    outcome = formula.evaluate({"cost": 10**20, "fee": 1, "views": 3})
    assert outcome.value == Fraction((10**20 + 1) * 1000, 3)


def test_words_keep_their_brackets_where_meaning_needs_them() -> None:
    assert (per(COST - FEE, VIEWS) * 1000).words() == (
        "(cost − fee) ÷ views × 1000",
        "(kosten − honorarium) ÷ weergaven × 1000",
    )
    assert (COST - (FEE - VIEWS)).words().en == "cost − (fee − views)"
    assert (COST + (FEE + VIEWS)).words().en == "cost + fee + views"
    assert (COST - FEE - VIEWS).words().en == "cost − fee − views"
    assert (COST * (FEE + 2)).words().en == "cost × (fee + 2)"
    assert share(FEE, COST).words() == (
        "fee as a share of cost",
        "honorarium als aandeel van kosten",
    )


def test_a_term_is_spoken_of_by_name_and_hides_its_ratio() -> None:
    rate = Term("rate", Words("rate", "tarief"), per(FEE, VIEWS))
    formula = per(COST, rate)
    assert formula.words().en == "cost ÷ rate"
    assert formula.ratio() is formula
    assert rate.ratio() is None
    assert formula.measures() == {"cost", "fee", "views"}


def test_the_outermost_ratio_is_found_inside_a_product() -> None:
    inner = per(COST, VIEWS)
    assert (inner * 1000).ratio() is inner
    assert (COST + FEE).ratio() is None


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"cost": 0, "views": 0, "known": 1, "all": 1}, "no_views"),
        ({"cost": 5, "views": 3, "known": 0, "all": 2}, "cost_unknown"),
        # What is unknown above says more than what is 0 below.
        ({"cost": 5, "views": 0, "known": 0, "all": 2}, "cost_unknown"),
    ],
)
def test_unknown_travels_up_with_its_reason(parts: dict[str, int], reason: str) -> None:
    formula = per(Covered(COST, KNOWN, ALL, "cost_unknown") - FEE, VIEWS)
    outcome = formula.evaluate({"fee": 1, **parts})
    assert (outcome.value, outcome.reason) == (None, reason)


def test_a_measured_zero_is_zero() -> None:
    nothing = {"cost": 0, "views": 4, "fee": 0, "known": 0, "all": 0}
    assert per(COST, VIEWS).evaluate(nothing) == Outcome(Fraction(0))
    covered = Covered(COST, KNOWN, ALL, "cost_unknown")
    assert covered.evaluate(nothing) == Outcome(0, None, None)


def test_coverage_is_that_of_the_least_covered_part() -> None:
    half = Covered(COST, KNOWN, ALL, "x")
    outcome = (half + FEE).evaluate({"cost": 5, "fee": 1, "known": 1, "all": 2})
    assert outcome == Outcome(6, None, Fraction(1, 2))


@given(
    st.integers(-(10**18), 10**18),
    st.integers(-(10**18), 10**18),
    st.integers(1, 10**12),
)
def test_arithmetic_is_that_of_fractions(a: int, b: int, n: int) -> None:
    parts = {"cost": a, "fee": b, "views": n}
    outcome = (per(COST - FEE, VIEWS) + 1).evaluate(parts)
    assert outcome.value == Fraction(a - b, n) + 1


@given(st.integers(-(10**18), 10**18), st.integers(1, 10**18))
def test_the_decimal_is_the_division(a: int, b: int) -> None:
    text = plain(decimal_of_fraction(Fraction(a, b)))
    assert "E" not in text
    assert Decimal(text) == Decimal(a) / Decimal(b)


def test_decimals_are_written_plainly() -> None:
    assert plain(decimal_of_fraction(Fraction(1, 10**9))) == "0.000000001"
    assert plain(decimal_of_fraction(1000)) == "1000"
    assert plain(decimal_of_fraction(Fraction(1, 3))) == "0." + "3" * 28


def test_an_operation_needs_a_whole_number_or_a_formula() -> None:
    formula = COST + 2
    assert isinstance(formula, Operation)
    assert formula.evaluate({"cost": 1}).value == 3

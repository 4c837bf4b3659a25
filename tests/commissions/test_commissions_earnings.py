"""What an order earns: rates per line, one rounding, refunds in any split."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.campaigns.pay_rules import (
    CommissionKind,
    CommissionOn,
    CustomerKind,
    Period,
    VolumeOf,
)
from marketplace.campaigns.rules import Offer
from marketplace.commissions.earnings import (
    Line,
    Occasion,
    earn,
    lines_of,
    part_of,
    pay_of,
)
from marketplace.money import split

DAY = date(2026, 3, 10)
AMOUNTS = st.integers(0, 10**7)
BPS = st.integers(0, 10_000)


def percent(bps: int, **when: Any) -> dict[str, Any]:
    return {"kind": "percent", "rate_bps": bps, "when": when}


def flat(amount: int, **when: Any) -> dict[str, Any]:
    return {"kind": "flat", "amount": amount, "when": when}


def offer(*rules: dict[str, Any], bps: int = 1_000, **over: Any) -> Offer:
    return Offer(commission_bps=bps, commission_rules=list(rules), **over)


@st.composite
def order_lines(draw: st.DrawFn) -> list[dict[str, Any]]:
    lines = []
    for number in range(draw(st.integers(0, 5))):
        amount, pieces = draw(AMOUNTS), draw(st.integers(1, 4))
        lines.append(
            {
                "sku": f"S{number}",
                "category": draw(st.sampled_from([None, "Shoes", "hats"])),
                "quantity": str(pieces),
                "net_amount": amount,
                "kept_quantity": str(draw(st.integers(0, pieces))),
                "kept_amount": draw(st.integers(0, amount)),
            }
        )
    return lines


RULES = st.lists(
    st.one_of(
        st.builds(percent, BPS, skus=st.just(["S0", "S3"])),
        st.builds(flat, st.integers(0, 900), categories=st.just([" SHOES "])),
        st.builds(flat, st.integers(0, 900), skus=st.just(["S1"])),
        st.builds(flat, st.integers(0, 900)),
    ),
    max_size=3,
)


def model(terms: Offer, lines: list[dict[str, Any]], left: bool) -> int:
    """The same by hand: first rule that fits, sum, round once."""
    total, whole_orders = Fraction(0), {}
    for line in lines:
        sold, kept = line["net_amount"], line["kept_amount"]
        rule = next((r for r in terms.commission_rules if fits(r["when"], line)), None)
        rate = rule or {"kind": "percent", "rate_bps": terms.commission_bps, "when": {}}
        if rate["kind"] == "percent":
            total += Fraction((kept if left else sold) * rate["rate_bps"], 10_000)
        elif rate["when"]:
            pieces = int(line["quantity"])
            back = min(int(line["kept_quantity"]), Fraction(pieces * kept, sold or 1))
            total += rate["amount"] * (back if left else pieces) if sold else 0
        else:
            parts = whole_orders.setdefault(id(rate), [rate["amount"], 0, 0])
            parts[1], parts[2] = parts[1] + (kept if left else sold), parts[2] + sold
    for amount, part, whole in whole_orders.values():
        total += Fraction(amount * part, whole) if whole else 0
    return round(total)


def fits(when: dict[str, Any], line: dict[str, Any]) -> bool:
    if not when:
        return True
    folded = (line["category"] or "").casefold()
    named = [name.strip().casefold() for name in when.get("categories", ())]
    return line["sku"] in when.get("skus", ()) or folded in named


@given(lines=order_lines(), rules=RULES, bps=BPS)
def test_it_is_what_one_would_add_up_by_hand(
    lines: list[dict[str, Any]], rules: list[dict[str, Any]], bps: int
) -> None:
    terms = offer(*rules, bps=bps)
    base = sum(line["net_amount"] for line in lines)
    net = sum(line["kept_amount"] for line in lines)
    found = earn(pay_of(terms), lines_of(lines, base, net), Occasion(DAY))
    if base == 0:
        assert (found.whole, found.kept) == (0, 0)
        return
    whole = model(terms, lines, left=False)
    assert found.whole == whole
    assert found.kept == min(whole, model(terms, lines, left=True))
    assert sum(line["earned"] for line in found.lines) == found.whole
    assert sum(line["kept"] for line in found.lines) == found.kept
    assert all(line["kept"] >= 0 for line in found.lines)


@given(
    lines=order_lines(),
    rules=RULES,
    base=st.integers(1, 10**15),
    of=st.integers(0, 100),
)
def test_refunds_leave_from_nothing_to_all(
    lines: list[dict[str, Any]], rules: list[dict[str, Any]], base: int, of: int
) -> None:
    """Also where lines do not add up to the order, or are in another currency."""
    pay, net = pay_of(offer(*rules)), base * of // 100
    found = earn(pay, lines_of(lines, base, net), Occasion(DAY))
    assert 0 <= found.kept <= found.whole
    assert earn(pay, lines_of(lines, base, 0), Occasion(DAY)).kept == 0
    whole = [
        line | {"kept_amount": line["net_amount"], "kept_quantity": line["quantity"]}
        for line in lines
    ]
    untouched = earn(pay, lines_of(whole, base, base), Occasion(DAY))
    assert untouched.kept == untouched.whole == found.whole


@given(lines=order_lines(), base=AMOUNTS, net=AMOUNTS)
def test_lines_are_the_order_to_the_unit(
    lines: list[dict[str, Any]], base: int, net: int
) -> None:
    found = lines_of(lines, base, net)
    assert sum(line.amount for line in found) == base
    assert sum(line.kept_amount for line in found) == net


@given(base=AMOUNTS, net=AMOUNTS)
def test_without_lines_it_is_the_rate_of_what_is_left(base: int, net: int) -> None:
    net = min(base, net)
    found = earn(pay_of(offer(bps=1_234)), lines_of([], base, net), Occasion(DAY))
    assert found.whole == round(Fraction(base * 1_234, 10_000))
    assert found.kept == round(Fraction(net * 1_234, 10_000))


def test_halves_go_to_the_even_once() -> None:
    lines = [Line(5, 5), Line(10, 10), Line(10, 10)]  # 0.5 + 1.0 + 1.0 of ten percent
    assert earn(pay_of(offer()), lines, Occasion(DAY)).whole == 2
    assert earn(pay_of(offer()), [Line(15, 15)], Occasion(DAY)).whole == 2


def test_flat_amounts_for_pieces_and_for_the_order() -> None:
    pay = pay_of(
        offer(
            flat(250, skus=["A"]),
            commission_kind=CommissionKind.FLAT,
            commission_amount=500,
        )
    )
    lines = lines_of(
        [
            line("A", 4_000, 4, kept=1_000, kept_pieces=1),
            line("B", 1_000, 1, kept=500, kept_pieces=1),
            line("C", 1_000, 1, kept=0, kept_pieces=0),
        ],
        6_000,
        1_500,
    )
    found = earn(pay, lines, Occasion(DAY))
    assert found.whole == 4 * 250 + 500
    assert found.kept == 250 + 125


@given(
    amount=st.integers(0, 10**6),
    flat_amount=st.integers(0, 10**4),
    kept=st.integers(0, 100),
    sharers=st.integers(1, 7),
)
def test_who_share_an_order_get_what_it_earns(
    amount: int, flat_amount: int, kept: int, sharers: int
) -> None:
    pay = pay_of(
        offer(
            flat(flat_amount, skus=["A"]),
            percent(1_234, skus=["B"]),
            commission_kind=CommissionKind.FLAT,
            commission_amount=flat_amount,
        )
    )
    left = amount * kept // 100
    lines = [Line(amount, left, sku) for sku in ("A", "B", None)]
    all_of_it = earn(pay, lines, Occasion(DAY))
    shares = split(10_000, [1] * sharers)
    parts = [part_of(all_of_it, shares, place) for place in range(sharers)]
    assert sum(part.whole for part in parts) == all_of_it.whole
    assert 0 <= all_of_it.kept - sum(part.kept for part in parts) < sharers
    assert all(part.kept <= part.whole for part in parts)
    for part in parts:
        assert sum(line["earned"] for line in part.lines) == part.whole
        assert sum(line["kept"] for line in part.lines) == part.kept


def line(
    sku: str, amount: int, pieces: int, *, kept: int, kept_pieces: int
) -> dict[str, Any]:
    return {
        "sku": sku,
        "category": None,
        "quantity": str(pieces),
        "net_amount": amount,
        "kept_quantity": str(kept_pieces),
        "kept_amount": kept,
    }


@pytest.mark.parametrize(
    ("customer", "whole"),
    [("new", 3_000), ("returning", 500), ("lapsed", 2_000), ("unknown", 1_000)],
)
def test_rates_by_who_bought(customer: str, whole: int) -> None:
    pay = pay_of(
        offer(
            percent(2_000, customers=["lapsed"]),
            percent(3_000, customers=["new"]),
            percent(500, customers=["returning"]),
        )
    )
    occasion = Occasion(DAY, CustomerKind(customer))
    assert earn(pay, [Line(10_000, 10_000)], occasion).whole == whole


@pytest.mark.parametrize(
    ("customer", "whole"),
    [("new", 1_000), ("returning", 0), ("lapsed", 1_000), ("unknown", 0)],
)
def test_only_new_customers(customer: str, whole: int) -> None:
    pay = pay_of(offer(commission_on=CommissionOn.NEW_CUSTOMER))
    found = earn(pay, [Line(10_000, 10_000)], Occasion(DAY, CustomerKind(customer)))
    assert found.whole == whole
    assert bool(found.refused) == (whole == 0)


def test_tiers_begin_at_their_volume() -> None:
    month = {"of": "orders", "period": "month", "at_least": 10}
    revenue = {"of": "revenue", "period": "total", "at_least": 500_000}
    pay = pay_of(offer(percent(3_000, volume=revenue), percent(2_000, volume=month)))

    def rate(orders: int, amount: int) -> int:
        volumes = {
            (VolumeOf.ORDERS, Period.MONTH): orders,
            (VolumeOf.REVENUE, Period.TOTAL): amount,
        }
        return earn(pay, [Line(100, 100)], Occasion(DAY, volumes=volumes)).whole

    assert [rate(9, 0), rate(10, 0), rate(9, 500_000), rate(10, 499_999)] == [
        *(10, 20, 30, 20)
    ]


@pytest.mark.parametrize(
    ("months", "first_on", "earns"),
    [
        (None, date(2020, 1, 1), True),
        (2, None, True),
        (2, date(2026, 1, 11), True),
        (2, date(2026, 1, 10), False),
        (0, DAY, False),
    ],
)
def test_later_orders_earn_for_some_months(
    months: int | None, first_on: date | None, earns: bool
) -> None:
    pay = pay_of(offer(recurring_months=months))
    found = earn(pay, [Line(100, 100)], Occasion(DAY, first_on=first_on))
    assert (found.whole > 0) is earns


@pytest.mark.parametrize("on", ["lead", "click"])
def test_terms_that_pay_for_something_else(on: str) -> None:
    pay = pay_of(offer(commission_on=CommissionOn(on)))
    assert earn(pay, [Line(100, 100)], Occasion(DAY)).whole == 0


def test_what_shops_say_of_quantities_is_not_believed() -> None:
    said = line("A", 100, 1, kept=100, kept_pieces=1)
    pay = pay_of(offer(flat(7, skus=["A"])))
    for nonsense in ("NaN", "1e999999", "", None, "-3", "two"):
        lines = lines_of([said | {"quantity": nonsense}], 100, 100)
        assert earn(pay, lines, Occasion(DAY)).whole in (0, 7)
    many = lines_of([said | {"quantity": "9" * 18}], 100, 100)
    assert earn(pay, many, Occasion(DAY)).whole == 10**15


def test_many_lines_are_shown_by_rate() -> None:
    said = [line(f"S{n}", n + 1, 3, kept=n, kept_pieces=2) for n in range(1_500)]
    base = sum(each["net_amount"] for each in said)
    net = sum(each["kept_amount"] for each in said)
    pay = pay_of(offer(flat(7, skus=["S3", "S4"])))
    found = earn(pay, lines_of(said, base, net), Occasion(DAY))
    assert len(found.lines) == 2
    assert sum(row["lines"] for row in found.lines) == 1_500
    assert sum(row["earned"] for row in found.lines) == found.whole

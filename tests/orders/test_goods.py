"""What of an order's lines stayed sold: to the cent, whatever went back."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from test_fold import STATE, folded, refund

from marketplace.orders.fold import fold
from marketplace.orders.goods import lines_of
from marketplace.shops.adapters.base import Line, RefundLine, RefundReported


def told(name: str, amount: int, product: int | None, **back: int) -> RefundReported:
    lines = tuple(RefundLine(line, Decimal(n)) for line, n in back.items())
    state = refund(name, amount, 9, product_amount=product, lines=lines)
    return RefundReported("1001", state)


def kept(*refunds: RefundReported, **over: Any) -> list[tuple[str, int]]:
    """(kept quantity, kept amount) of each line."""
    found = lines_of(folded(replace(STATE, **over), *refunds), {})
    return [(line["kept_quantity"], line["kept_amount"]) for line in found]


def test_what_is_said_of_a_line() -> None:
    first = replace(STATE.lines[0], category="Masks")
    gift = Line("g", "GIFT", Decimal(1), 5_000, gift_card=True)
    state = replace(STATE, lines=(first, STATE.lines[1], gift))
    found = lines_of(folded(state), {"SKU-A": "Bags", "SKU-B": "Bags", "GIFT": "x"})
    assert found == [
        {
            "sku": "SKU-A",
            "category": "Masks",  # the line's own word goes first
            "quantity": "2",
            "net_amount": 6_000,
            "kept_quantity": "2",
            "kept_amount": 6_000,
        },
        {
            "sku": "SKU-B",
            "category": "Bags",
            "quantity": "1",
            "net_amount": 4_000,
            "kept_quantity": "1",
            "kept_amount": 4_000,
        },
    ]
    assert lines_of(folded(replace(STATE, lines=())), {}) == []


def test_goods_come_back_money_comes_off_what_stayed() -> None:
    assert kept(told("r", 3_000, 3_000, a=1)) == [("1", 3_000), ("1", 4_000)]
    # money alone: 2,500 of 12,500 is 2,000 of the goods, off both alike
    assert kept(told("r", 2_500, None)) == [("2", 4_800), ("1", 3_200)]
    # both: 1,000 off the 3,000 and 4,000 that stayed
    both = told("r", 3_000, 3_000, a=1), told("s", 1_000, 1_000)
    assert kept(*both) == [("1", 2_571), ("1", 3_429)]
    # one came back, but a fifth of its price was kept
    assert kept(told("r", 2_400, 2_400, a=1)) == [("1", 3_600), ("1", 4_000)]
    # all came back by money, no line named
    assert kept(told("r", 12_500, None)) == [("0", 0), ("0", 0)]


pieces = st.integers(0, 5)


@given(
    nets=st.lists(st.integers(0, 10_000), min_size=1, max_size=5),
    counts=st.lists(pieces, min_size=5, max_size=5),
    backs=st.lists(pieces, min_size=5, max_size=5),
    beside=st.integers(-50, 50),
    given_back=st.lists(st.integers(0, 20_000), max_size=3),
)
def test_what_was_kept_adds_up_to_the_net_amount(
    nets: list[int],
    counts: list[int],
    backs: list[int],
    beside: int,
    given_back: list[int],
) -> None:
    lines = tuple(
        Line(f"l{n}", None, Decimal(counts[n]), net) for n, net in enumerate(nets)
    )
    base = max(0, sum(nets) + beside)  # sums of shops do not always fit their lines
    state = replace(STATE, lines=lines, base_amount=base, total_amount=base + 500)
    back = {f"l{n}": count for n, count in enumerate(backs) if count}
    refunds = [
        told(f"r{n}", amount, amount, **(back if n == 0 else {}))
        for n, amount in enumerate(given_back)
    ]
    order = fold([state, *refunds])
    assert order is not None
    found = lines_of(order, {})
    assert sum(line["kept_amount"] for line in found) == order.net_amount
    for line in found:
        assert line["kept_amount"] >= 0
        assert 0 <= Decimal(line["kept_quantity"]) <= Decimal(line["quantity"])

"""What a sale earns and keeps, and whom a difference is taken from."""

from hypothesis import given
from hypothesis import strategies as st

from marketplace.campaigns.rules import CommissionKind, CommissionOn
from marketplace.commissions.rules import EntryStatus, Rate, Sale, divide, earned, kept

AMOUNTS = st.integers(0, 10**15)
HELD, APPROVED, REJECTED = (
    EntryStatus.HELD,
    EntryStatus.APPROVED,
    EntryStatus.REJECTED,
)
PERCENT = st.builds(
    Rate,
    kind=st.just(CommissionKind.PERCENT),
    on=st.sampled_from(CommissionOn),
    bps=st.integers(0, 10_000),
    amount=st.none(),
)
FLAT = st.builds(
    Rate,
    kind=st.just(CommissionKind.FLAT),
    on=st.sampled_from(CommissionOn),
    bps=st.none(),
    amount=AMOUNTS,
)


@st.composite
def sales(draw: st.DrawFn) -> Sale:
    base = draw(AMOUNTS)
    return Sale(base, draw(st.integers(0, base)), draw(st.sampled_from([True, None])))


@given(rate=PERCENT | FLAT, sale=sales())
def test_refunds_take_from_nothing_to_all_of_it(rate: Rate, sale: Sale) -> None:
    assert 0 <= kept(rate, sale) <= earned(rate, sale)
    untouched = Sale(sale.base_amount, sale.base_amount, sale.is_new)
    assert kept(rate, untouched) == earned(rate, untouched)
    refunded = Sale(sale.base_amount, 0, sale.is_new)
    assert kept(rate, refunded) == 0


@given(rate=PERCENT | FLAT, sale=sales(), less=st.integers(0, 10**15))
def test_a_larger_refund_never_leaves_more(rate: Rate, sale: Sale, less: int) -> None:
    smaller = Sale(sale.base_amount, max(0, sale.net_amount - less), sale.is_new)
    assert kept(rate, smaller) <= kept(rate, sale)


@given(
    difference=st.integers(-3_000, 3_000).filter(bool),
    sums=st.dictionaries(
        st.sampled_from([HELD, APPROVED, REJECTED]), st.integers(-1_000, 1_000)
    ),
)
def test_a_difference_is_divided_without_loss(
    difference: int, sums: dict[EntryStatus, int]
) -> None:
    parts = divide(difference, sums)
    assert sum(amount for _, amount in parts) == difference
    assert all(amount for _, amount in parts)
    assert len({status for status, _ in parts}) == len(parts)


def test_what_is_not_owed_gives_first() -> None:
    assert divide(-1_000, {}) == [(HELD, -1_000)]
    assert divide(-250, {APPROVED: 1_000}) == [(APPROVED, -250)]
    assert divide(-1_000, {APPROVED: 1_000, REJECTED: 1_000}) == [(REJECTED, -1_000)]
    assert divide(-1_500, {APPROVED: 1_000, HELD: 1_000}) == [
        (HELD, -1_000),
        (APPROVED, -500),
    ]
    assert divide(400, {APPROVED: 1_000, REJECTED: 0}) == [(APPROVED, 400)]

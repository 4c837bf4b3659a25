"""One currency for all: converted by the rate of each fact's day, rounded once."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
    make_shop,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from kpi_cells import (
    MARCH,
    NOW,
    add_clicks,
    add_commission,
    add_cost,
    add_orders,
    facts,
    tell,
)
from sqlalchemy.orm import Session

from marketplace import currencies, kpis
from marketplace.campaigns.models import Campaign
from marketplace.kpis import Breakdown, Window

FIRST = date(2026, 3, 2)
WINDOW = Window(FIRST, FIRST + timedelta(days=12))
EXPONENTS = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3}
Rates = Mapping[tuple[str, int], Decimal]
# (campaign, day) → net revenue, commission, cost
Money = Mapping[tuple[int, int], tuple[int, int, int]]

prices = st.decimals("0.01", "400", places=4, allow_nan=False)
rates = st.dictionaries(
    st.tuples(st.sampled_from(["USD", "JPY"]), st.integers(-9, 11)), prices, max_size=9
)
amounts = st.integers(-99_999, 999_999)
sold = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 11)),
    st.tuples(amounts, amounts, amounts.filter(bool)),
    max_size=9,
)


def per_euro(told: Rates, currency: str, day: int) -> Decimal | None:
    """The newest of that day and the seven before it."""
    known = (told.get((currency, on)) for on in range(day, day - 8, -1))
    return next((rate for rate in known if rate is not None), None)


def worth(told: Rates, currency: str, day: int, target: str) -> Fraction | None:
    """A minor unit in those of the target; both rates must be of one day."""
    if currency == target:
        return Fraction(1)
    for on in range(day, day - 8, -1):
        pair = [
            Decimal(1) if each == "EUR" else told.get((each, on))
            for each in (currency, target)
        ]
        if None not in pair:
            cross = currencies.rules.cross_rate(*pair)  # type: ignore[arg-type]
            shift = EXPONENTS[target] - EXPONENTS[currency]
            return Fraction(cross) * Fraction(10) ** shift
    return None


def store(session: Session, told: Rates, money: Money) -> list[Campaign]:
    """Campaigns in euro, dollar, yen and dinar, of which there never is a rate."""
    brand = make_brand(session)
    anna = make_influencer(session)
    made = [
        make_campaign(session, brand, currency=currency, title=currency)
        for currency in EXPONENTS
    ]
    contracts = [make_application(session, campaign, anna) for campaign in made]
    shop = make_shop(session, brand)
    for (number, day), (revenue, commission, cost) in money.items():
        on, contract = FIRST + timedelta(days=day), contracts[number]
        add_orders(session, contract, shop, on, **facts(1, revenue))
        add_commission(session, contract, on, commission)
        add_cost(session, made[number], on, cost)
    days = {(name, FIRST + timedelta(days=n)): rate for (name, n), rate in told.items()}
    currencies.set_rates(session, days)
    return made


@settings(
    max_examples=40,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(
    told=rates,
    money=sold,
    by=st.sampled_from([Breakdown.CAMPAIGN, Breakdown.DAY, Breakdown.INFLUENCER]),
    target=st.sampled_from(["EUR", "USD", "JPY"]),
)
@example(
    told={("USD", 0): Decimal("1.5")},
    money={(1, n): (1, 1, 1) for n in range(3)},
    by=Breakdown.DAY,
    target="EUR",
)
def test_each_fact_by_the_rate_of_its_day(
    session: Session, told: Rates, money: Money, by: Breakdown, target: str
) -> None:
    names = list(EXPONENTS)
    try:
        brand_id = store(session, told, money)[0].brand_id
        scope = kpis.ReportScope(brand_id=brand_id, currency=target)
        wanted = ("revenue", "cost", "orders")
        made = kpis.report(session, scope, window=WINDOW, by=by, kpis=wanted, now=NOW)
        known = [
            (key, [amount * factor for amount in told_of])
            for key, told_of in money.items()
            if (factor := worth(told, names[key[0]], key[1], target)) is not None
        ]
        revenue, cost = made.totals["revenue"], made.totals["cost"]
        if money and not known:
            assert (revenue.value, revenue.reason) == (None, "no_exchange_rate")
            assert revenue.coverage == cost.coverage == 0
        else:
            assert revenue.value == round(sum(each[0] for _, each in known))
            # Commissions and costs are two facts, each rounded once.
            parts = [round(sum(each[n] for _, each in known)) for n in (1, 2)]
            assert cost.value == sum(parts)
            whole = len(known) == len(money)
            assert cost.reason == (None if whole else "no_exchange_rate")
            share = Fraction(len(known), len(money)) if money else Fraction(1)
            assert abs(Fraction(cost.coverage or 0) - share) < Fraction(1, 10**20)
            for name in ("revenue", "cost"):
                rows = [line.kpis[name].value or 0 for line in made.rows]
                assert sum(rows) == made.totals[name].value
        assert made.totals["orders"].value == len(money)  # no money, no rate
    finally:
        session.rollback()


def test_what_has_no_rate_is_in_no_ratio_with_money(session: Session) -> None:
    story = tell(session)
    pounds = make_campaign(session, story.brand, currency="GBP", title="London")
    abroad = make_application(session, pounds, story.bas)
    link = make_link(session, abroad, slug="c-link")
    later = MARCH + timedelta(days=20)
    for day, people in ((MARCH, "w1 w2"), (later, "w3 w4 w5")):
        add_clicks(session, link, day, people)
        add_orders(session, abroad, story.shop, day, link=link, **facts(1, 8_000))
    currencies.set_rates(session, {("GBP", MARCH): Decimal("0.8")})
    scope = kpis.brand_scope(story.brand)
    window = Window(date(2026, 3, 1), date(2026, 7, 16))

    def value(name: str) -> kpis.Value:
        made = kpis.report(session, scope, window=window, kpis=[name], now=NOW)
        return made.totals[name]

    assert value("revenue").value == 24_000 + 10_000  # £80 in March are €100
    assert value("revenue").reason == "no_exchange_rate"
    assert value("orders").value == 8
    # Story and March: 10 visitors in the story (7 + 3), 2 of London in March.
    assert value("visitors").value == 10 + 5
    assert value("profit_per_visitor").denominator == 10 + 2
    for by in Breakdown:
        made = kpis.report(
            session, scope, window=window, by=by, kpis=["revenue"], now=NOW
        )
        rows = [line.kpis["revenue"].value or 0 for line in made.rows]
        assert sum(rows) == 34_000, by
    currencies.set_rates(session, {("GBP", later): Decimal("0.5")})
    assert value("revenue").value == 24_000 + 10_000 + 16_000
    assert (value("revenue").reason, value("revenue").coverage) == (None, 1)

"""Gross profit says where the cost of goods under it is from."""

from datetime import date
from decimal import Decimal

from pipeline_world import T0, World, make_world, sale
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import attribution, currencies, kpis, orders, shops
from marketplace.campaigns.models import Campaign
from marketplace.currencies import import_rates
from marketplace.kpis import Value, Window
from marketplace.orders import Order
from marketplace.shops.adapters.base import Line

DAY = date(2026, 3, 10)


def profit(world: World, kpi: str = "gross_profit") -> Value:
    """A KPI of the campaign, from cells that add up."""
    session = world.session
    assert attribution.check_cells(session) == []
    scope = kpis.campaign_scope(session.query(Campaign).one())
    window = Window(DAY, date(2026, 3, 11))
    made = kpis.report(session, scope, window=window, kpis=[kpi], now=T0)
    return made.totals[kpi]


def shares(value: Value) -> dict[str, str]:
    assert value.sources is not None
    assert sum(value.sources.values()) == 1
    return {name: str(share) for name, share in value.sources.items()}


def lines(*nets: int) -> tuple[Line, ...]:
    """Three lines: one states its cost, one is in the table, one in neither."""
    own, listed, unknown = nets
    return (
        Line("1", "OWN", Decimal(1), own, unit_cost_amount=1_000),
        Line("2", "LISTED", Decimal(1), listed),
        Line("3", "UNKNOWN", Decimal(1), unknown),
    )


def test_the_report_says_which_share_came_from_where(session: Session) -> None:
    world = make_world(session)
    shops.set_unit_costs(session, world.shop, [("LISTED", DAY, 1_500, "EUR", None)])
    world.deliver(sale("1", lines=lines(5_000, 3_000, 2_000), codes=("ANNA",)))
    # The margin is 40 %: the line without a cost leaves 8.00 of its 20.00.
    expected = {"line": "0.5", "table": "0.3", "margin": "0.2", "none": "0"}
    found = profit(world)
    assert (found.value, shares(found)) == (10_000 - 1_000 - 1_500 - 1_200, expected)
    assert shares(profit(world, "profit_per_visitor")) == expected
    assert profit(world, "revenue").sources is None
    # Without a margin that order is left out, and a whole one beside it is not.
    world.deliver(sale("2", lines=lines(8_000, 2_000, 0), codes=("ANNA",)))
    session.query(Campaign).one().margin_bps = None
    world.settle_all()
    found = profit(world)
    assert (found.value, found.coverage) == (10_000 - 2_500, Decimal("0.5"))
    assert shares(found) == {
        "line": "0.4",
        "table": "0.1",
        "margin": "0",
        "none": "0.5",
    }


def test_shares_of_converted_orders_add_up(session: Session) -> None:
    world = make_world(session)
    import_rates(session, "Date,USD\n2026-03-10,3.9\n")
    shops.set_unit_costs(session, world.shop, [("LISTED", DAY, 0, "USD", None)])
    for number in range(1, 8):  # by themselves the parts would round to more than all
        stated = {"currency": "USD", "base_amount": 2 * number, "codes": ("ANNA",)}
        parts = lines(0, number, number)
        world.deliver(sale(str(number), lines=parts, total_amount=2 * number, **stated))
    found = shares(profit(world))
    assert Decimal(found["line"]) >= 0
    assert world.session.query(Order).count() == 7


def test_without_revenue_there_are_no_shares(session: Session) -> None:
    assert profit(make_world(session)).sources is None


def test_a_price_in_another_currency_is_converted_by_the_day(session: Session) -> None:
    def listed(currency: str) -> None:
        row = ("LISTED", DAY, 1_500, currency, None)
        shops.set_unit_costs(session, world.shop, [row])
        again()

    def again() -> None:
        for order in session.scalars(select(Order)):
            orders.refresh(session, order, now=T0)
        world.settle_all()

    world = make_world(session)
    world.deliver(sale("1", lines=lines(0, 10_000, 0), codes=("ANNA",)))
    listed("USD")
    assert profit(world).value == 3_000  # of the margin: nobody knows the rate
    (waiting,) = session.scalars(attribution.orders_to_convert())
    assert waiting == world.order("1").id
    currencies.set_rates(session, {("USD", T0.date()): Decimal("1.25")})
    again()
    assert (profit(world).value, shares(profit(world))["table"]) == (7_800, "1")
    listed("EUR")
    assert session.scalars(attribution.orders_to_convert()).all() == []
    assert profit(world).value == 7_500

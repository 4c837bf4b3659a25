"""KPIs of sales out of what shops say: leaks, codes, refunds, the share of all sales."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pipeline_world import T0, World, make_world, refund, sale
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.fraud import Flag, FlagStatus
from marketplace.kpis import Breakdown, DatedBy, Window
from marketplace.shops.adapters.base import Customer as Buyer
from marketplace.shops.adapters.base import OrderCancelled, RefundReported
from marketplace.tracking.models import PromoCode

DAY = T0.date()
A_DAY = timedelta(days=1)
WEEK = Window(DAY, DAY + 7 * A_DAY)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def of_week(world: World, *names: str, **over: Any) -> kpis.Report:
    scope = kpis.brand_scope(world.brand)
    said = {"window": WEEK, "now": T0 + 20 * A_DAY, "kpis": names, **over}
    return kpis.report(world.session, scope, **said)


def value(world: World, name: str, **over: Any) -> Any:
    return of_week(world, name, **over).totals[name].value


def test_orders_after_a_code_leaked(world: World) -> None:
    code = world.session.scalars(
        select(PromoCode).where(PromoCode.code == "ANNA")
    ).one()
    code.leaked_at = T0 + timedelta(minutes=5)
    click = world.click("ANNA", T0)
    world.deliver(sale("1", codes=("ANNA",)))  # before
    world.deliver(sale("2", 10, codes=("ANNA",)))
    world.deliver(sale("3", 20, codes=("ANNA",)))
    world.deliver(sale("4", 30, codes=("ANNA",), click_ids=(click,)))  # they were there
    world.deliver(sale("5", 40, codes=("BO",)))
    assert value(world, "leak_rate") == Decimal("0.4")
    made = of_week(world, "leak_rate", by=Breakdown.INFLUENCER)
    assert sorted(line.kpis["leak_rate"].value or 0 for line in made.rows) == [
        *(0, Decimal("0.5")),
    ]
    flags = {
        world.session.get(type(world.order("1")), flag.order_id).external_id: flag
        for flag in world.session.scalars(select(Flag))
    }
    flags["2"].status = FlagStatus.CONFIRMED
    flags["3"].status = FlagStatus.DISMISSED
    assert value(world, "leak_rate") == Decimal("0.2")
    world.deliver(OrderCancelled("2", T0 + A_DAY))
    assert value(world, "leak_rate") == 0


def test_what_codes_brought_and_gave_away(world: World) -> None:
    world.deliver(sale("1", codes=("ANNA",), discount_amount=1_500))
    world.deliver(sale("2", codes=("ANNA",)))  # of this the shop does not say
    click = world.click("ANNA", T0)
    world.deliver(sale("3", click_ids=(click,), discount_amount=900))
    world.deliver(sale("4"))
    assert value(world, "code_revenue") == 20_000
    discount = of_week(world, "code_discount").totals["code_discount"]
    assert (discount.value, discount.coverage) == (1_500, Decimal("0.5"))
    share = of_week(world, "revenue_share").totals["revenue_share"]
    assert (share.numerator, share.denominator) == (30_000, 40_000)


def test_refunds_by_the_day_of_the_order_and_by_their_own(world: World) -> None:
    world.deliver(sale("1", codes=("ANNA",)))
    world.deliver(RefundReported("1", refund("r", 3_025, 2 * 1440)))
    names = ("refunded_amount", "code_revenue", "revenue")
    for basis, expected in (
        (DatedBy.ORDER, [(2_500, 7_500, 7_500), (0, 0, 0)]),
        (DatedBy.EVENT, [(0, 10_000, 10_000), (2_500, -2_500, -2_500)]),
    ):
        made = of_week(world, *names, by=Breakdown.DAY, basis=basis)
        rows = [made.rows[n].kpis for n in (0, 2)]
        assert [tuple(row[name].value for name in names) for row in rows] == expected
        totals = tuple(made.totals[name].value for name in names)
        assert totals == (2_500, 7_500, 7_500)


def test_who_is_new_and_who_returned(world: World) -> None:
    for number, count in (("1", 1), ("2", 3), ("3", 5)):
        buyer = Buyer(f"c{number}", None, count)
        world.deliver(sale(number, codes=("ANNA",), customer=buyer))
    # The second comes back on the same terms; the first buys without a code.
    world.deliver(sale("4", 60, codes=("BO",), customer=Buyer("c2", None, 4)))
    world.deliver(sale("5", 90, customer=Buyer("c1", None, 2)))
    world.deliver(sale("6", 95, codes=("BO",), customer=Buyer("c6")))  # nobody knows
    names = ("new_customers", "returning_customers")
    rates = ("new_customer_rate", "returning_customer_rate")
    totals = of_week(world, *names, *rates).totals
    assert [totals[name].value for name in names] == [1, 2]
    assert totals["returning_customers"].coverage == Decimal("0.8")
    assert [(totals[name].numerator, totals[name].denominator) for name in rates] == [
        *((1, 3), (2, 3)),
    ]
    # One that is given back entirely made nobody a customer.
    world.deliver(RefundReported("3", refund("r", 12_100, 100)))
    assert value(world, "returning_customers") == 1

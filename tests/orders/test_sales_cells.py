"""Everything that is sold, by day: whatever becomes of an order, it is counted once."""

from datetime import timedelta
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from factories import KEYRING
from pipeline_world import T0, World, make_world, refund, sale
from snapshots import snapshot
from sqlalchemy import Engine, event, select, update
from sqlalchemy.orm import Session

from marketplace import attribution, orders
from marketplace.cli.ledger import violations
from marketplace.database import MIGRATIONS, migrate
from marketplace.jobs.pipeline import keys_of, settle, settle_leads
from marketplace.orders import LeadKind, LeadSaid, Order, SalesCell
from marketplace.orders.leads import leads_to_settle
from marketplace.shops.adapters.base import Customer as Buyer
from marketplace.shops.adapters.base import OrderCancelled, RefundReported
from marketplace.shops.adapters.base import OrderStatus as Stated

A_DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def sold(world: World) -> list[tuple[Any, ...]]:
    """Days from the first on, currency, orders and amount; what is 0 left out."""
    assert orders.check_sales(world.session) == []
    world.session.expire_all()
    return sorted(
        (
            (cell.day_on - T0.date()).days,
            cell.currency,
            cell.orders,
            cell.revenue_amount,
        )
        for cell in world.session.scalars(select(SalesCell))
        if cell.orders or cell.revenue_amount
    )


def test_a_life_of_orders(world: World) -> None:
    world.deliver(sale("1", codes=("ANNA",)))
    world.deliver(sale("2"))  # credited to nobody
    world.deliver(sale("3", status=Stated.PENDING))
    assert sold(world) == [(0, "EUR", 2, 20_000)]
    world.deliver(RefundReported("1", refund("r", 3_025, 5)))
    world.deliver(sale("3", updated_at=T0 + HOUR))
    assert sold(world) == [(0, "EUR", 3, 27_500)]
    world.deliver(RefundReported("2", refund("r", 12_100, 5)))
    assert sold(world) == [(0, "EUR", 3, 17_500)]  # given back, it was still sold
    world.deliver(OrderCancelled("2", T0 + 2 * HOUR))
    assert sold(world) == [(0, "EUR", 2, 17_500)]
    # The shop says otherwise of its day, and of what was paid in.
    later = {"updated_at": T0 + 3 * HOUR, "currency": "USD"}
    world.deliver(sale("3", 2 * 1440, **later))
    assert sold(world) == [(0, "EUR", 1, 7_500), (2, "USD", 1, 10_000)]


def test_an_order_that_was_absorbed_is_not_sold_twice(world: World) -> None:
    world.deliver(sale("pi_1", aliases=("ch_1",)))
    world.deliver(sale("cs_1", authority=3))
    assert sold(world) == [(0, "EUR", 2, 20_000)]
    world.deliver(sale("cs_1", 5, authority=3, aliases=("pi_1",)))
    assert sold(world) == [(0, "EUR", 1, 10_000)]


def test_another_time_zone_takes_orders_along(world: World) -> None:
    world.deliver(sale("1", 13 * 60))  # 23:00 UTC: the next day in Amsterdam
    assert sold(world) == [(1, "EUR", 1, 10_000)]
    world.brand.timezone = "UTC"
    world.deliver(sale("1", 13 * 60, updated_at=T0 + A_DAY, base_amount=9_000))
    assert sold(world) == [(0, "EUR", 1, 9_000)]


def test_what_does_not_change_costs_no_statement(world: World, engine: Engine) -> None:
    world.deliver(sale("1"))
    world.session.commit()
    sent: list[str] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _u, told, *_: sent.append(told)
    )
    world.deliver(sale("1"), 99)
    assert not [each for each in sent if "sales_cells" in each]
    world.deliver(RefundReported("1", refund("r", 3_025, 5)))
    assert len([each for each in sent if "sales_cells" in each]) == 1


def test_the_check_finds_what_is_wrong(world: World) -> None:
    world.deliver(sale("1"))
    world.session.execute(update(SalesCell).values(orders=2))
    assert len(orders.check_sales(world.session)) == 1
    world.session.execute(update(Order).values(sold_on=None))
    found = orders.check_sales(world.session)
    assert [each.split()[0] for each in found] == ["order", "sales"]


def tell(world: World, number: int, **said: Any) -> None:
    keys, brand = keys_of(world.brand, KEYRING), world.brand
    lead = LeadSaid(external_id=str(number), occurred_at=T0, **said)
    key = keys.customer_key
    orders.record_lead(world.session, brand, lead, customer_key=key, now=T0)
    waiting = world.session.scalars(leads_to_settle(brand.id, T0)).all()
    settle_leads(world.session, brand, waiting, keys=keys, now=T0)


def test_a_deployment_of_before_gets_its_cells(
    engine: Engine, session: Session
) -> None:
    """Down to before there were any, up again: the same cells, and all checks hold."""
    world = make_world(session)
    buyer, other = Buyer("c1", None, 1), Buyer("c2", None, 3)
    more = {"codes": ("ANNA",), "discount_amount": 700}
    world.deliver(sale("1", customer=buyer, **more))
    world.deliver(sale("2", 20 * 1440, customer=buyer, **more))
    world.deliver(sale("3", 45 * 1440, customer=other, codes=("BO",)))
    world.deliver(sale("4", 50, customer=other, currency="USD"))
    world.deliver(RefundReported("1", refund("r", 3_025, 5)))
    world.deliver(OrderCancelled("3", T0 + 46 * A_DAY))
    for number, kind in enumerate(LeadKind):
        if kind is not LeadKind.ENROLMENT:  # there was none before
            tell(world, number, kind=kind, promo_code="ANNA")
    session.commit()
    expected = snapshot(session)
    leads = _leads(session)
    assert expected["order_cells"]
    session.close()
    config = Config(str(MIGRATIONS / "alembic.ini"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0014")
    migrate(engine)
    with Session(engine) as again:
        found = snapshot(again)
        assert found["order_cells"] == expected["order_cells"]
        assert found["sales_cells"] == expected["sales_cells"]
        assert found["decisions"] == expected["decisions"]
        assert _leads(again) == leads
    assert [name for name, wrong in violations(engine).items() if wrong] == []


def _leads(session: Session) -> list[tuple[Any, ...]]:
    names = ("application_id", "day_on", "leads", "qualified_leads", "giveaway_leads")
    rows = session.scalars(select(attribution.LeadCell))
    return [tuple(getattr(row, name) for name in names) for row in rows]


def test_a_lead_that_turns_out_to_be_qualified(world: World) -> None:
    tell(world, 1, kind=LeadKind.REGISTRATION, promo_code="ANNA")
    tell(world, 2, kind=LeadKind.QUALIFIED, promo_code="ANNA")
    for qualified, number in ((None, 1), (True, 2), (None, 2), (False, 1)):
        tell(world, 1, kind=LeadKind.REGISTRATION, qualified=qualified)
        ((_, _, leads, qualified_leads, _),) = _leads(world.session)
        assert (leads, qualified_leads) == (2, number)
        assert attribution.check_lead_cells(world.session) == []


def test_a_final_lead_can_still_turn_out_to_be_qualified(world: World) -> None:
    tell(world, 1, kind=LeadKind.REGISTRATION, promo_code="ANNA")
    world.session.execute(update(attribution.LeadAttribution).values(final_at=T0))
    world.session.expire_all()
    tell(world, 1, kind=LeadKind.REGISTRATION, qualified=True)
    assert [row[3] for row in _leads(world.session)] == [1]


def test_settling_all_again_moves_no_cell(world: World) -> None:
    world.deliver(sale("1", codes=("ANNA",), customer=Buyer("c1")))
    world.deliver(sale("2", customer=Buyer("c1")))
    before = snapshot(world.session)
    keys = keys_of(world.brand, KEYRING)
    every = world.session.scalars(select(Order)).all()
    for order in every:
        orders.refresh(world.session, order, now=T0)
    settle(world.session, world.brand, every, keys=keys, now=T0)
    assert snapshot(world.session) == before

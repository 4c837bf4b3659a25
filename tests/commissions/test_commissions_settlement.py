"""The ledger when two names of a sale, rates or the brand's word come late."""

from datetime import timedelta
from decimal import Decimal

import pytest
from factories import KEYRING, make_application, make_campaign, make_code
from factories import make_influencer as influencer_of
from pipeline_world import T0, World, make_world, refund, sale
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import attribution, commissions
from marketplace.campaigns.models import Campaign
from marketplace.commissions import Commission
from marketplace.currencies import ExchangeRate
from marketplace.jobs.pipeline import keys_of, settle
from marketplace.shops.adapters.base import RefundReported


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def by_status(world: World) -> dict[str, int]:
    """What the ledger comes to, by status; what is 0 left out."""
    sums: dict[str, int] = {}
    for entry in world.session.scalars(select(Commission)):
        sums[entry.status.value] = sums.get(entry.status.value, 0) + entry.amount
    return {status: amount for status, amount in sums.items() if amount}


def entry_of(world: World, external_id: str) -> Commission:
    order = world.order(external_id)
    return world.session.scalars(
        select(Commission).where(Commission.order_id == order.id)
    ).one()


def one_sale_told_twice(world: World) -> None:
    world.deliver(sale("pi_1", codes=("ANNA",), aliases=("ch_1",)))
    world.deliver(sale("cs_1", 1, authority=3, codes=("ANNA",)))


def tell_that_they_are_one(world: World) -> None:
    both = sale("cs_1", 5, authority=3, codes=("ANNA",), aliases=("pi_1",))
    world.deliver(both)


@pytest.mark.parametrize("doubled", ["pi_1", "cs_1"])
def test_the_rejected_double_is_what_goes(world: World, doubled: str) -> None:
    one_sale_told_twice(world)
    other = {"pi_1": "cs_1", "cs_1": "pi_1"}[doubled]
    commissions.reject(world.session, entry_of(world, doubled), reason="twice", now=T0)
    commissions.approve(world.session, entry_of(world, other), now=T0)
    tell_that_they_are_one(world)
    assert by_status(world) == {"approved": 1_000}
    world.deliver(RefundReported("pi_1", refund("r", 12_100, 9)))
    assert by_status(world) == {}
    assert commissions.check_ledger(world.session) == []
    assert attribution.check_cells(world.session) == []


@pytest.mark.parametrize("approved", ["pi_1", "cs_1"])
def test_what_was_approved_of_two_stays(world: World, approved: str) -> None:
    one_sale_told_twice(world)
    commissions.approve(world.session, entry_of(world, approved), now=T0)
    tell_that_they_are_one(world)
    assert by_status(world) == {"approved": 1_000}


def test_rejecting_gives_the_budget_back(world: World) -> None:
    campaign = world.session.scalars(select(Campaign)).one()
    campaign.budget_amount = 1_000
    world.deliver(sale("1", codes=("ANNA",)))
    assert campaign.budget_spent_at == T0
    commissions.reject(world.session, entry_of(world, "1"), reason="no", now=T0)
    assert campaign.budget_spent_at is None


def test_who_lost_the_order_is_not_paid_while_a_rate_is_awaited(world: World) -> None:
    session = world.session
    other = make_campaign(session, world.brand, currency="USD")
    make_code(session, make_application(session, other, influencer_of(session)), "CAT")
    world.deliver(sale("1", codes=("ANNA",)))
    assert by_status(world) == {"held": 1_000}
    world.deliver(sale("1", 0, updated_at=T0.replace(hour=12), codes=("CAT",)))
    assert world.decision("1").campaign_id == other.id
    assert by_status(world) == {}
    rate = ExchangeRate(currency="USD", rate_on=T0.date(), per_euro=Decimal("1.25"))
    session.add(rate)
    keys = keys_of(world.brand, KEYRING)
    settle(session, world.brand, [world.order("1")], keys=keys, now=T0)
    assert by_status(world) == {"held": 1_250}
    assert commissions.check_ledger(session) == []


def test_more_money_than_can_be_summed_is_no_figure(world: World) -> None:
    session = world.session
    other = make_campaign(session, world.brand, currency="IDR")
    make_code(session, make_application(session, other, influencer_of(session)), "CAT")
    rate = ExchangeRate(currency="IDR", rate_on=T0.date(), per_euro=Decimal(19_000))
    session.add(rate)
    world.deliver(sale("1", codes=("CAT",), base_amount=10**15, total_amount=10**15))
    assert world.decision("1").net_amount is None
    assert by_status(world) == {}


def test_rate_of_the_day_itself_goes_before_the_day_befores(world: World) -> None:
    session, day = world.session, T0.date()
    yesterday = day - timedelta(days=1)
    session.add(ExchangeRate(currency="USD", rate_on=yesterday, per_euro=Decimal(2)))
    world.deliver(sale("1", codes=("ANNA",), currency="USD"))
    world.deliver(sale("2", codes=("ANNA",)))
    assert by_status(world) == {"held": 500 + 1_000}
    assert session.scalars(attribution.orders_to_convert()).all() == []
    session.add(ExchangeRate(currency="USD", rate_on=day, per_euro=Decimal("1.25")))
    tomorrow = day + timedelta(days=1)
    session.add(ExchangeRate(currency="USD", rate_on=tomorrow, per_euro=Decimal(9)))
    session.flush()
    waiting = session.scalars(attribution.orders_to_convert()).all()
    assert waiting == [world.order("1").id]
    world.settle_all()
    assert by_status(world) == {"held": 800 + 1_000}
    assert session.scalars(attribution.orders_to_convert()).all() == []

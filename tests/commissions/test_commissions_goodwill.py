"""What is paid beside an order for a granted question, whatever else is told when."""

from datetime import timedelta

import pytest
from factories import KEYRING
from pipeline_world import T0, World, make_world, sale
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import attribution, commissions
from marketplace.attribution import Described, QueryCredit
from marketplace.campaigns.rules import StackedCodes
from marketplace.collaborations.models import Application
from marketplace.commissions import Claim, ClaimOf, Commission
from marketplace.jobs.pipeline import keys_of, settle
from marketplace.orders import Order
from marketplace.shops.adapters.base import OrderState

DAY = 24 * 60
TIER = {
    "kind": "percent",
    "rate_bps": 2_000,
    "when": {"volume": {"of": "orders", "period": "month", "at_least": 2}},
}


def grant(world: World, who: str, number: str) -> None:
    """The brand grants a question of theirs about that order."""
    query = attribution.ask_for_missing(
        world.session,
        world.brand,
        world.session.get_one(Application, world.apps[who]),
        Described(order_number=number, bought_on=T0.date(), message="mine"),
        by="usr_x",
        now=T0,
    )
    credit = QueryCredit.BESIDE
    attribution.accept_query(world.session, query, credit=credit, by="usr_y", now=T0)


def run_jobs(world: World) -> None:
    """What was asked to be settled is."""
    asked = select(Order).where(Order.settle_requested_at.is_not(None))
    keys = keys_of(world.brand, KEYRING)
    settle(world.session, world.brand, world.session.scalars(asked), keys=keys, now=T0)


def beside(world: World) -> int:
    assert commissions.check_ledger(world.session) == []
    of = Claim.of == ClaimOf.GOODWILL
    return world.session.scalars(select(Claim).where(of)).one().granted_amount


@pytest.mark.parametrize("told_first", [0, 1, 2])
def test_it_has_the_rate_of_the_volume_before_the_order(
    session: Session, told_first: int
) -> None:
    world = make_world(session, commission_rules=[TIER])
    anna: list[OrderState] = [
        sale(name, -minutes, codes=("ANNA",))
        for name, minutes in (("1", 60), ("2", 30))
    ]
    for event in anna[:told_first]:
        world.deliver(event)
    world.deliver(sale("9", codes=("BO",)))
    grant(world, "ANNA", "9")
    run_jobs(world)
    assert beside(world) == (2_000 if told_first == 2 else 1_000)
    for event in anna[told_first:]:
        world.deliver(event)
    run_jobs(world)
    assert beside(world) == 2_000


def test_it_is_what_the_share_in_the_order_lacks(session: Session) -> None:
    world = make_world(session, stacked_codes=StackedCodes.SPLIT)
    world.deliver(sale("9", codes=("BO", "ANNA")))
    grant(world, "ANNA", "9")
    run_jobs(world)
    assert beside(world) == 500
    share = session.scalars(
        select(Commission).where(Commission.application_id == world.apps["ANNA"])
    ).first()
    assert share is not None
    commissions.reject(session, share, reason="no", now=T0 + timedelta(days=1))
    run_jobs(world)
    assert beside(world) == 1_000

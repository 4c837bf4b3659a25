"""Evidence put together from stored touches is the evidence that was found."""

from datetime import timedelta
from typing import Any

import pytest
from factories import KEYRING
from pipeline_world import CODEC, T0, World, make_world, sale
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.attribution.deciding import Act
from marketplace.attribution.evidence_rules import Method
from marketplace.attribution.past import Running, Told, leads_of
from marketplace.attribution.rules import decide
from marketplace.attribution.stored_evidence import histories_of, stored_evidence
from marketplace.campaigns.rules import RepeatOrders, SelfReferral
from marketplace.jobs.pipeline import keys_of
from marketplace.orders import Order
from marketplace.orders.models import Lead
from marketplace.orders.rules import LeadKind
from marketplace.shops.adapters.base import Customer
from marketplace.tracking.models import PromoCode
from marketplace.tracking.rules import SetAside
from marketplace.tracking.traffic_models import Click

DAY = 24 * 60


def clicked(world: World, who: str, days: float, visitor: str, **over: Any) -> str:
    """A stored click so many days from T0; its id."""
    at = T0 + timedelta(days=days)
    click_id = world.click(who, at)
    said = {"link_id": world.links[who].id, "at": at, "visitor": visitor, **over}
    world.session.add(Click(id=click_id, day_on=at.date(), evidence={}, **said))
    world.session.flush()
    return click_id


def buyer(name: str, mail: str = "") -> Customer:
    mail = mail or f"{name}@example.com"
    return Customer(external_id=name, email=mail, orders_count=1)


@pytest.fixture
def world(session: Session) -> World:
    """Every kind of evidence there is."""
    found = make_world(
        session,
        mail="people.example",
        repeat_orders=RepeatOrders.WINDOW,
        self_referral=SelfReferral.HOLD,
    )
    first = clicked(found, "ANNA", -1, "a" * 32)
    clicked(found, "BO", -1.01, "a" * 32)
    other = found.click("BO", T0 - timedelta(days=2))
    found.deliver(sale("1", click_ids=(other, first), customer=buyer("x")))
    found.deliver(sale("2", minute=DAY, codes=("BO", "WHO"), customer=buyer("x")))
    bot = clicked(found, "BO", 2, "b" * 32, reason=SetAside.BOT)
    forged = CODEC.mint(b"\x00" * 16, 0)
    found.deliver(
        sale("3", minute=3 * DAY, click_ids=(bot, forged, "no"), codes=("ANNA",))
    )
    own = buyer("anna", "anna@people.example")
    found.deliver(sale("4", minute=4 * DAY, codes=("ANNA",), customer=own))
    led = clicked(found, "ANNA", 5, "c" * 32)
    found.deliver(sale("5", minute=5 * DAY, customer=buyer("y"), codes=("WHO",)))
    session.add(
        Lead(
            brand_id=found.brand.id,
            customer_id=found.order("5").customer_id,
            kind=LeadKind.NEWSLETTER,
            external_id="n1",
            occurred_at=T0 + timedelta(days=5.5),
            codes=["BO"],
            click_ids=[led],
            created_at=T0,
        )
    )
    leaked = {"leaked_at": T0, "disabled_at": T0 + timedelta(days=7)}
    session.execute(update(PromoCode).where(PromoCode.code == "BO").values(**leaked))
    session.flush()
    found.deliver(sale("6", minute=6 * DAY, customer=buyer("y"), codes=("BO",)))
    return found


def test_it_is_what_was_found(world: World) -> None:
    session = world.session
    keys = keys_of(world.brand, KEYRING)
    orders = session.scalars(select(Order)).all()
    people = list(dict.fromkeys(order.customer_id or order.id for order in orders))
    histories = histories_of(session, people)
    evidence = stored_evidence(session, world.brand.id, histories, keys)
    kinds = set()
    for history in histories.orders:
        told, running = Told(), Running(leads_of(session, history[0].customer_id))
        for order in history:
            touches = histories.touches[order.id]
            told.note(order.id, touches)
            past = running.before(order)
            act = Act(session, world.brand, order, past, keys, T0)
            found = act.candidates(touches)
            again = evidence.candidates(order, past, touches)
            assert again == found, order.external_id
            decision = decide(act.facts(), again)
            row = histories.rows[order.id]
            winner = decision.winner
            assert row.application_id == (winner.application_id if winner else None)
            running.add(order, row, told.carried[order.id])
            kinds |= {touch.kind for touch in found}
    assert kinds == set(Method) - {Method.LANDING_PAGE, Method.VISIT, Method.QUERY}

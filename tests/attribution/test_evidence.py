"""What is found out about an order besides what it carries, and when it comes late."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from factories import (
    KEYRING,
    make_application,
    make_campaign,
    make_influencer,
    make_link,
    make_page,
)
from pipeline_world import T0, World, make_world, refund, sale
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from marketplace import attribution
from marketplace.attribution.past import MOST_EARLIER
from marketplace.attribution.queries import touches_of
from marketplace.campaigns.rules import (
    AttributionModel,
    LeakedCodes,
    Precedence,
    RepeatOrders,
    SelfReferral,
    StackedCodes,
)
from marketplace.collaborations.models import Application
from marketplace.events import Event
from marketplace.jobs.pipeline import keys_of
from marketplace.orders.leads import LeadSaid, record_lead
from marketplace.orders.rules import LeadKind
from marketplace.shops.adapters.base import Customer as Buyer
from marketplace.shops.adapters.base import OrderCancelled, RefundReported
from marketplace.tracking.models import LandingPage, PromoCode
from marketplace.tracking.rules import SetAside, VisitSource
from marketplace.tracking.traffic_models import (
    Click,
    LandingView,
    RetentionMark,
    Visit,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAIL = Buyer("c1", "shopper@example.com", 1)


def clicked(
    world: World,
    who: str,
    at: datetime,
    visitor: str = "v1",
    reason: SetAside | None = None,
) -> str:
    """A click that was ingested; its id."""
    click_id = world.click(who, at)
    row = Click(
        id=click_id,
        day_on=at.date(),
        link_id=world.links[who].id,
        at=at,
        visitor=visitor,
        reason=reason,
    )
    world.session.add(row)
    world.session.flush()
    return click_id


def looked(world: World, who: str, at: datetime, visitor: str = "v1") -> None:
    """A look at somebody's landing page."""
    link = world.links[who]
    pages = select(LandingPage).where(LandingPage.link_id == link.id)
    page = world.session.scalars(pages).first() or make_page(world.session, link)
    view = LandingView(
        id=f"view{at.timestamp()}{who}",
        page_id=page.id,
        at=at,
        day_on=at.date(),
        visitor=visitor,
    )
    world.session.add(view)
    world.session.flush()


def visited(
    world: World, at: datetime, visitor: str, person: str, who: str | None = None
) -> None:
    """A session at the shop of somebody who consented to being known again."""
    link = world.links[who] if who else None
    visit = Visit(
        id=f"visit{at.timestamp()}",
        brand_id=world.brand.id,
        shop_id=world.shop.id,
        day_on=at.date(),
        visitor=visitor,
        person=person,
        started_at=at,
        ended_at=at,
        page_views=1,
        engaged=True,
        source=VisitSource.CLICK if who else VisitSource.DIRECT,
        link_id=link and link.id,
        application_id=link and link.application_id,
        campaign_id=link and link.campaign_id,
        facts={},
    )
    world.session.add(visit)
    world.session.flush()


def lead(world: World, number: str, at: datetime, **said: Any) -> None:
    told = LeadSaid(
        kind=LeadKind.NEWSLETTER, external_id=number, occurred_at=at, **said
    )
    key = keys_of(world.brand, KEYRING).customer_key
    record_lead(world.session, world.brand, told, customer_key=key, now=T0)


def touches(world: World, external_id: str = "1") -> list[tuple[str, str, str]]:
    """What the order is told of: kind, whose, reason."""
    names = {application: name for name, application in world.apps.items()}
    asked = touches_of(world.order(external_id).id)
    return [
        (t.kind.value, names.get(t.application_id or "", ""), t.reason.value)
        for t in world.session.scalars(asked)
    ]


def winner(world: World, external_id: str = "1") -> tuple[str | None, str | None]:
    names = {application: name for name, application in world.apps.items()}
    row = world.decision(external_id)
    return names.get(row.application_id or ""), row.method and row.method.value


def told(world: World, kind: str = "order.reattributed") -> Sequence[Event]:
    return world.session.scalars(select(Event).where(Event.kind == kind)).all()


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


# --- the same visitor --------------------------------------------------------------


def test_the_link_beside_a_code_is_the_one_the_order_carries(world: World) -> None:
    anna = world.session.get_one(Application, world.apps["ANNA"])
    world.links["ELSEWHERE"] = make_link(world.session, anna, slug="elsewhere")
    own = clicked(world, "ANNA", T0 - 2 * HOUR)
    clicked(world, "ELSEWHERE", T0 - HOUR)
    world.deliver(sale(click_ids=(own,), codes=("ANNA",)))
    assert winner(world) == ("ANNA", "code")
    assert world.decision("1").link_id == world.links["ANNA"].id


@pytest.mark.parametrize(
    ("model", "expected"),
    [(AttributionModel.LAST, "BO"), (AttributionModel.FIRST, "ANNA")],
)
def test_an_earlier_click_of_the_same_visitor_is_evidence(
    session: Session, model: AttributionModel, expected: str
) -> None:
    world = make_world(session, model=model)
    clicked(world, "ANNA", T0 - 3 * HOUR)
    own = clicked(world, "BO", T0 - 2 * HOUR)
    clicked(world, "ANNA", T0 - HOUR)
    clicked(world, "ANNA", T0 - HOUR, visitor="somebody else")
    clicked(world, "ANNA", T0 - 2.5 * HOUR, reason=SetAside.BOT)
    clicked(world, "ANNA", T0 - 2.9 * HOUR, reason=SetAside.REPEAT)
    world.deliver(sale(click_ids=(own,)))
    assert winner(world) == (expected, "click")
    told = {"LAST": ("won", "later_touch", "carried_first")}.get(
        model.name, ("earlier_touch", "won", "earlier_touch")
    )
    assert touches(world) == [
        ("click", "BO", told[0]),
        ("visitor_click", "ANNA", told[1]),
        ("visitor_click", "ANNA", told[2]),
    ]


def test_clicks_of_other_campaigns_of_the_brand_are_candidates(world: World) -> None:
    session = world.session
    other = make_campaign(session, world.brand, terms={"model": AttributionModel.FIRST})
    carla = make_application(session, other, make_influencer(session))
    world.links["CARLA"], world.apps["CARLA"] = make_link(session, carla), carla.id
    first = clicked(world, "ANNA", T0 - 3 * HOUR)
    world.deliver(sale(click_ids=(first, clicked(world, "CARLA", T0 - HOUR))))
    # The last touch's campaign says that the first one counts.
    assert winner(world) == ("ANNA", "click")


def test_a_landing_page_of_the_same_visitor_backs_a_code(session: Session) -> None:
    world = make_world(session, precedence=Precedence.CODE_IF_TOUCHED)
    own = clicked(world, "BO", T0 - HOUR)
    world.deliver(sale("1", codes=("ANNA",), click_ids=(own,)))
    assert winner(world) == ("BO", "click")
    assert touches(world)[0] == ("code", "ANNA", "code_not_touched")
    looked(world, "ANNA", T0 - 2 * HOUR)
    world.deliver(sale("2", codes=("ANNA",), click_ids=(own,)))
    assert winner(world, "2") == ("ANNA", "code")
    assert ("landing_page", "ANNA", "code_first") in touches(world, "2")


def test_a_consenting_person_is_known_on_other_days(session: Session) -> None:
    world = make_world(session, model=AttributionModel.FIRST)
    clicked(world, "ANNA", T0 - 5 * DAY, visitor="then")
    visited(world, T0 - 5 * DAY, "then", "p1")
    visited(world, T0 - 3 * DAY, "between", "p1", "BO")  # whose click is not there
    visited(world, T0 - 4 * DAY, "other", "p2", "BO")
    own = clicked(world, "BO", T0 - HOUR, visitor="now")
    visited(world, T0 - HOUR, "now", "p1", "BO")
    world.deliver(sale(click_ids=(own,)))
    assert winner(world) == ("ANNA", "click")
    assert touches(world) == [
        ("click", "BO", "earlier_touch"),
        ("visitor_click", "ANNA", "won"),
        ("visit", "BO", "earlier_touch"),
    ]


def test_what_was_found_stands_after_the_clicks_have_expired(session: Session) -> None:
    world = make_world(session, model=AttributionModel.FIRST)
    clicked(world, "ANNA", T0 - 3 * HOUR)
    bots = clicked(world, "ANNA", T0 - 4 * HOUR, reason=SetAside.BOT)
    own = clicked(world, "BO", T0 - HOUR)
    world.deliver(sale(click_ids=(own, bots)))
    before = touches(world)
    for click in session.scalars(select(Click)).all():
        session.delete(click)
    session.add(RetentionMark(table_name="clicks", before_on=date(2026, 3, 11)))
    session.flush()
    world.deliver(RefundReported("1", refund("r", 3_025, 5)))
    assert touches(world) == before
    assert winner(world) == ("ANNA", "click")
    assert world.decision("1").revision == 1


def test_a_late_click_of_the_visitor_decides_again(session: Session) -> None:
    world = make_world(session, model=AttributionModel.FIRST)
    own = clicked(world, "BO", T0 - HOUR)
    world.deliver(sale("1", click_ids=(own,)))
    world.deliver(sale("2", 60, codes=("BO",)))
    clicked(world, "ANNA", T0 - 3 * HOUR)
    found = attribution.concerned(session, {"v1"}, set(), T0 - 3 * HOUR)
    assert found is not None
    assert session.scalars(found.orders).all() == [world.order("1").id]
    assert attribution.concerned(session, {"v1"}, set(), T0 + DAY) is None
    world.settle_all()
    assert winner(world) == ("ANNA", "click")
    assert world.decision("1").revision == 2
    assert sum(amount for _, amount, _ in world.ledger()) == 2_000
    to = {(e.influencer_id, e.data["application_id"]) for e in told(world)}
    anna, bo = (
        session.get_one(Application, world.apps[name]).influencer_id
        for name in ("ANNA", "BO")
    )
    assert to == {(anna, world.apps["ANNA"]), (bo, None)}


def test_what_a_known_person_did_late_finds_the_order(world: World) -> None:
    session = world.session
    own = clicked(world, "BO", T0 - HOUR, visitor="now")
    visited(world, T0 - HOUR, "now", "p1")
    world.deliver(sale(click_ids=(own,)))
    clicked(world, "ANNA", T0 - DAY, visitor="then")
    visited(world, T0 - DAY, "then", "p1")
    for people in ({"p1"}, set()):
        found = attribution.concerned(session, {"then"}, people, T0 - DAY)
        assert found is not None
        assert session.scalars(found.orders).all() == [world.order("1").id]


# --- the same customer -------------------------------------------------------------


def test_clicks_of_earlier_orders_win_nothing_by_default(world: World) -> None:
    own = clicked(world, "BO", T0 - HOUR)
    world.deliver(sale("1", 0, click_ids=(own,), codes=("ANNA",), customer=MAIL))
    world.deliver(sale("2", 60, customer=MAIL))
    assert winner(world, "2") == (None, None)
    none = "repeat_orders_not_credited"
    assert touches(world, "2") == [
        ("earlier_order", "BO", none),
        ("customer", "ANNA", none),
    ]


def test_where_later_orders_count_they_assist(session: Session) -> None:
    world = make_world(
        session, repeat_orders=RepeatOrders.WINDOW, model=AttributionModel.LINEAR
    )
    own = clicked(world, "BO", T0 - HOUR)
    world.deliver(sale("1", 0, click_ids=(own,), codes=("ANNA",), customer=MAIL))
    world.deliver(sale("2", 60, customer=MAIL))
    assert winner(world, "2") == ("ANNA", "customer")
    again = clicked(world, "BO", T0 + HOUR, visitor="v2")
    world.deliver(sale("3", 120, click_ids=(again,), customer=MAIL))
    assert winner(world, "3") == ("BO", "click")
    shares = {c["application_id"]: c["share_bps"] for c in world.decision("3").credits}
    assert shares == {world.apps["BO"]: 6_667, world.apps["ANNA"]: 3_333}


def test_a_click_before_the_last_purchase_is_spent(world: World) -> None:
    bo = world.session.get_one(Application, world.apps["BO"])
    bo.ended_at = T0 - 9 * DAY  # so that all his click does is tell the visitor
    clicked(world, "ANNA", T0 - 2 * HOUR)
    world.deliver(sale("1", -60, customer=MAIL))
    own = clicked(world, "BO", T0 - HOUR)
    world.deliver(sale("2", 0, click_ids=(own,), customer=MAIL))
    assert winner(world, "2") == (None, None)
    # The purchase in between did not last: the click led to this one.
    world.deliver(OrderCancelled("1", T0 + HOUR))
    assert winner(world, "2") == ("ANNA", "click")
    world.deliver(sale("0", -90, customer=MAIL))  # and an earlier one comes late
    assert winner(world, "2") == (None, None)
    assert sum(amount for _, amount, _ in world.ledger()) == 0


def test_what_a_lead_carried_is_evidence_for_the_purchase(world: World) -> None:
    click = world.click("BO", T0 - 3 * DAY)
    lead(world, "l1", T0 - 2 * DAY, email="Shopper@example.com", click_id=click)
    world.deliver(sale("1", customer=MAIL))
    assert winner(world) == ("BO", "click")
    world.deliver(sale("2", 60, customer=MAIL))
    assert winner(world, "2") == (None, None)
    world.deliver(sale("3", 90, codes=("ANNA",), customer=Buyer("c2", "x@y.nl")))
    lead(world, "l2", T0, email="x@y.nl", promo_code="bo")
    world.settle_all()
    assert touches(world, "3") == [
        ("code", "ANNA", "won"),
        ("lead", "BO", "code_first"),
    ]


def test_a_leads_code_wins_where_nothing_is_on_the_order(world: World) -> None:
    lead(world, "l1", T0 - DAY, email="shopper@example.com", promo_code="ANNA")
    world.deliver(sale("1", customer=MAIL))
    assert winner(world) == ("ANNA", "code")
    row = world.decision("1")
    assert (row.code_used, row.click_used) == (False, False)


def test_merged_customers_and_late_orders_decide_later_ones_again(
    world: World,
) -> None:
    world.deliver(sale("2", 60, customer=Buyer("c1", None)))
    world.deliver(sale("1", 0, codes=("ANNA",), customer=Buyer(None, "a@b.nl")))
    assert touches(world, "2") == []
    world.deliver(sale("3", 90, customer=Buyer("c1", "a@b.nl")))
    none = ("customer", "ANNA", "repeat_orders_not_credited")
    assert touches(world, "2") == touches(world, "3") == [none]
    world.deliver(sale("0", -5, codes=("BO",), customer=Buyer("c1", "a@b.nl")))
    assert touches(world, "2") == [("earlier_order", "BO", none[2]), none]


def test_a_faithful_customer_costs_no_more_than_the_newest(world: World) -> None:
    for n in range(12):
        click = world.click(("ANNA", "BO")[n % 2], T0 + n * HOUR - DAY)
        world.deliver(sale(f"{n}", 60 * n, click_ids=(click,), customer=MAIL))
    world.deliver(sale("last", 60 * 12, customer=MAIL))
    kinds = [kind for kind, _, _ in touches(world, "last")]
    assert kinds == ["earlier_order"] * MOST_EARLIER + ["customer"]
    before = {row.id: row.revision for row in _revisions(world)}
    world.deliver(RefundReported("0", refund("r", 3_025, 5)))
    assert before == {row.id: row.revision for row in _revisions(world)}


def _revisions(world: World) -> Sequence[Any]:
    row = attribution.Attribution
    return world.session.execute(select(row.order_id.label("id"), row.revision)).all()


def test_a_customer_who_stayed_away_counts_as_new(session: Session) -> None:
    world = make_world(session, new_customers_only=True, lapsed_after_days=100)
    long = 101 * 24 * 60
    world.deliver(sale("1", 0, customer=MAIL))
    world.deliver(sale("2", long, codes=("ANNA",), customer=MAIL))
    assert winner(world, "2") == ("ANNA", "code")
    world.deliver(sale("between", long // 2, customer=MAIL))
    assert winner(world, "2") == (None, None)
    world.deliver(OrderCancelled("between", T0 + 60 * DAY))
    assert winner(world, "2") == ("ANNA", "code")


# --- codes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("leaked", "expected"),
    [
        (LeakedCodes.PAY, "ANNA"),
        (LeakedCodes.ONLY_IF_TOUCHED, None),
        (LeakedCodes.REJECT, None),
    ],
)
def test_a_code_counts_as_leaked_from_then_on(
    session: Session, leaked: LeakedCodes, expected: str | None
) -> None:
    world = make_world(session, leaked_codes=leaked)
    code = session.scalars(select(PromoCode).where(PromoCode.code == "ANNA")).one()
    code.leaked_at = T0 + HOUR
    world.deliver(sale("1", 0, codes=("ANNA",)))
    world.deliver(sale("2", 61, codes=("ANNA",)))
    assert winner(world, "1") == ("ANNA", "code")
    assert winner(world, "2")[0] == expected


def test_stacked_codes_share_where_the_campaign_says_so(session: Session) -> None:
    world = make_world(session, stacked_codes=StackedCodes.SPLIT)
    world.deliver(sale("1", codes=("BO", "ANNA", "bo", "WELCOME")))
    shares = [
        (c["application_id"], c["share_bps"]) for c in world.decision("1").credits
    ]
    assert shares == [(world.apps["BO"], 5_000), (world.apps["ANNA"], 5_000)]
    assert touches(world) == [
        ("code", "BO", "won"),
        ("code", "ANNA", "shared"),
        ("code", "BO", "shared"),
        ("code", "", "unknown_code"),
    ]


def test_an_own_purchase_to_be_held_is_marked(session: Session) -> None:
    world = make_world(session, self_referral=SelfReferral.HOLD)
    world.deliver(sale("1", codes=("ANNA",), customer=Buyer("c", "anna@example.com")))
    (credit,) = world.decision("1").credits
    assert credit["own_purchase"] == "email"
    world.deliver(sale("2", codes=("BO",), customer=Buyer("c", "anna@example.com")))
    assert "own_purchase" not in world.decision("2").credits[0]


# --- finality ----------------------------------------------------------------------


def test_what_is_final_stays_and_shows_what_came_late(world: World) -> None:
    own = clicked(world, "BO", T0 - HOUR)
    world.deliver(sale("1", click_ids=(own,), customer=MAIL))
    row = world.decision("1")
    row.final_at, before = T0 + DAY, (row.revision, row.credits, row.application_id)
    world.deliver(
        sale("1", updated_at=T0 + HOUR, click_ids=(own,), codes=("ANNA",),
             customer=MAIL, refunds=(refund("r", 6_050, 5),))
    )  # fmt: skip
    row = world.decision("1")
    assert (row.revision, row.credits, row.application_id) == before
    assert row.net_amount == 5_000
    assert touches(world) == [("click", "BO", "won"), ("code", "ANNA", "after_final")]
    world.deliver(sale("0", -60, codes=("ANNA",), customer=MAIL))
    assert touches(world)[:2] == [
        ("click", "BO", "won"),
        ("code", "ANNA", "after_final"),
    ]
    assert told(world) == []


def test_a_final_order_of_nobody_known(world: World) -> None:
    world.deliver(sale("1", codes=("ANNA",)))
    world.decision("1").final_at = T0
    world.deliver(RefundReported("1", refund("r", 12_100, 5)))
    assert (winner(world), world.decision("1").net_amount) == (("ANNA", "code"), 0)


def test_a_final_order_still_says_who_brought_its_customer(world: World) -> None:
    world.deliver(sale("1", codes=("ANNA",), customer=MAIL))
    world.decision("1").final_at = T0
    world.deliver(sale("2", 60, customer=MAIL))
    assert ("customer", "ANNA", "repeat_orders_not_credited") in touches(world, "2")
    assert world.decision("1").is_first


# --- cost --------------------------------------------------------------------------


def test_an_order_without_evidence_asks_no_questions(
    world: World, engine: Engine
) -> None:
    world.deliver(sale("1"))
    asked: list[str] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _u, sql, *_: asked.append(sql)
    )
    world.deliver(sale("2"))
    tables = ("clicks", "landing_views", "visits", "promo_code_names", "leads")
    assert [sql for sql in asked if any(f"FROM {name}" in sql for name in tables)] == []


def test_hostile_orders_are_bounded(world: World, engine: Engine) -> None:
    asked: list[str] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _u, sql, *_: asked.append(sql)
    )
    clicks = tuple(clicked(world, "BO", T0 - n * HOUR, f"v{n}") for n in range(60))
    asked.clear()
    codes = tuple(f"code {n}" for n in range(1_000))
    world.deliver(sale("1", codes=codes, click_ids=clicks))
    assert len(touches(world)) <= 40
    assert len(asked) < 90

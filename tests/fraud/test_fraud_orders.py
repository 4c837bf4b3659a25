"""Rules about one order: what strikes, what only nearly does, and that order of
deliveries does not matter."""

from datetime import timedelta

import pytest
from click_lines import CODEC, click_of, line
from factories import KEYRING
from flagged import (
    buyer,
    follow,
    open_flags,
    set_rule,
    settle_requested,
    the_flag,
    visits,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipeline_world import T0, World, make_world, refund, sale
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import fraud
from marketplace.campaigns.rules import SelfReferral
from marketplace.commissions import Commission
from marketplace.events import Event
from marketplace.fraud import Action, Flag, FlagStatus, Rule
from marketplace.jobs.pipeline import keys_of
from marketplace.shops.adapters.base import OrderCancelled
from marketplace.tracking.clicks import record_lines
from marketplace.tracking.models import PromoCode

HOUR = timedelta(hours=1)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def verdict(world: World, name: str = "1", who: str = "ANNA") -> fraud.Verdict:
    return fraud.verdict_on(
        world.session, application_id=world.apps[who], order_id=world.order(name).id
    )


def test_an_ordinary_order_has_no_flag(world: World) -> None:
    click = follow(world, "ANNA", T0 - HOUR, referrer="l.instagram.com")
    world.deliver(sale(click_ids=(click,), customer=buyer("a")))
    world.deliver(sale("2", codes=("ANNA",), customer=buyer("b", "gmail.com")))
    assert open_flags(world) == set()
    assert verdict(world) == fraud.Verdict()


def test_mail_to_throw_away(world: World) -> None:
    world.deliver(sale(codes=("ANNA",), customer=buyer("x", "mailinator.com")))
    world.deliver(sale("2", codes=("ANNA",), customer=buyer("x", "mailinator.example")))
    world.deliver(sale("3", customer=buyer("y", "mailinator.com")))  # nobody's
    assert open_flags(world) == {("disposable_email", "1")}
    shown = the_flag(world, Rule.DISPOSABLE_EMAIL).evidence
    assert shown == {"domain": "mailinator.com"}
    found = verdict(world)
    assert found.action is Action.HOLD
    assert found.reason.startswith("The order was placed with an e-mail address made")
    assert verdict(world, "2").action is Action.ALLOW


def test_mail_of_the_influencers_own_domain(session: Session) -> None:
    world = make_world(session, mail="studio-anna.example")
    bought = buyer("colleague", "Studio-Anna.example")
    world.deliver(sale(codes=("ANNA",), customer=bought))
    assert open_flags(world) == {("same_email_domain", "1")}
    assert verdict(world) == fraud.Verdict(Action.FLAG, "")


def test_a_mail_domain_everybody_has_is_nobodys_own(session: Session) -> None:
    world = make_world(session, mail="gmail.com")
    world.deliver(sale(codes=("ANNA",), customer=buyer("z", "gmail.com")))
    assert open_flags(world) == set()


@pytest.mark.parametrize(
    ("policy", "flags", "credited"),
    [
        (SelfReferral.HOLD, {("self_referral", "1")}, True),
        (SelfReferral.ALLOW, set(), True),
        (SelfReferral.REJECT, set(), False),
    ],
)
def test_own_purchases(
    session: Session, policy: SelfReferral, flags: set[tuple[str, str]], credited: bool
) -> None:
    world = make_world(session, mail="gmail.com", self_referral=policy)
    world.deliver(sale(codes=("ANNA",), customer=buyer("Anna+shop", "googlemail.com")))
    assert open_flags(world) == flags
    assert (world.decision("1").application_id is not None) is credited
    assert (verdict(world).action is Action.HOLD) is bool(flags)
    if flags:
        assert the_flag(world, Rule.SELF_REFERRAL).evidence == {"by": "email"}


@pytest.mark.parametrize(
    ("host", "strikes"),
    [
        ("www.kortingscode.nl", True),
        ("nl.pepper.com", True),
        ("notkortingscode.nl", False),
        ("blog.wolkje.example", False),
    ],
)
def test_a_click_from_a_coupon_site(world: World, host: str, strikes: bool) -> None:
    click = follow(world, "ANNA", T0 - HOUR, referrer=host)
    world.deliver(sale(click_ids=(click,)))
    assert open_flags(world) == ({("coupon_site", "1")} if strikes else set())
    if strikes:
        said, gezegd = fraud.said(Rule.COUPON_SITE, {"by": "order", "host": host})
        assert (said, gezegd) == (
            f"The buyer came from {host}.",
            f"De koper kwam van {host}.",
        )
        assert the_flag(world, Rule.COUPON_SITE).evidence == {
            "by": "order",
            "host": host,
        }


def test_a_visit_from_a_site_on_the_brands_own_list(world: World) -> None:
    set_rule(world, Rule.COUPON_SITE, Action.REJECT, hosts=["deals.example"])
    click = follow(world, "ANNA", T0 - HOUR, visitor="7")
    visits(
        world,
        T0 - HOUR / 2,
        range(7, 8),
        referrer="www.deals.example",
        url=f"https://wolkje.example/?mkt_click={click}",
    )
    visits(world, T0 - HOUR / 2, range(8, 9), referrer="kortingscode.nl")
    world.deliver(sale(click_ids=(click,)))
    assert open_flags(world) == {("coupon_site", "1")}
    assert verdict(world).action is Action.REJECT


@pytest.mark.parametrize(
    ("ads", "strikes"),
    [("gad_source gclid", True), ("msclkid", True), ("fbclid", False), (None, False)],
)
def test_a_click_on_a_paid_result(world: World, ads: str | None, strikes: bool) -> None:
    click = follow(world, "ANNA", T0 - HOUR, ads=ads)
    world.deliver(sale(click_ids=(click,)))
    assert open_flags(world) == ({("paid_search", "1")} if strikes else set())
    set_rule(world, Rule.PAID_SEARCH, Action.FLAG, parameters=["fbclid"])
    assert open_flags(world) == ({("paid_search", "1")} if ads == "fbclid" else set())


def test_a_visit_whose_address_has_an_ads_parameter(world: World) -> None:
    click = follow(world, "ANNA", T0 - HOUR, visitor="7")
    url = f"https://wolkje.example/?gclid=secret&mkt_click={click}#gclid=x"
    visits(world, T0 - HOUR / 2, range(7, 8), url=url, click_id=click)
    world.deliver(sale(click_ids=(click,)))
    assert the_flag(world, Rule.PAID_SEARCH).evidence == {
        "by": "order",
        "signs": ["gclid"],
    }


def test_a_click_of_another_influencer_says_nothing_of_this_one(world: World) -> None:
    other = follow(world, "BO", T0 - HOUR, referrer="kortingscode.nl", ads="gclid")
    own = follow(world, "ANNA", T0 - HOUR / 2)
    world.deliver(sale(click_ids=(other, own)))
    assert world.decision("1").application_id == world.apps["ANNA"]
    assert open_flags(world) == set()


def test_a_code_known_to_be_leaked(world: World) -> None:
    code = world.session.scalars(
        select(PromoCode).where(PromoCode.application_id == world.apps["ANNA"])
    ).one()
    code.leaked_at = T0 + HOUR
    click = follow(world, "ANNA", T0)
    world.deliver(sale("before", codes=("ANNA",)))
    world.deliver(sale("after", 90, codes=("ANNA",)))
    world.deliver(sale("clicked", 90, codes=("ANNA",), click_ids=(click,)))
    assert open_flags(world) == {("leaked_code", "after")}


def many(number: int, minutes: int, **over: object) -> list[object]:
    return [
        sale(str(n), n * minutes, codes=("ANNA",), customer=buyer("eager"), **over)
        for n in range(number)
    ]


@pytest.mark.parametrize(
    ("number", "minutes", "flagged"),
    [
        (3, 1, set()),
        (4, 1, {"3"}),
        (4, 20, set()),  # the fourth is an hour after the first
        (5, 60, set()),
        (7, 60, {"5", "6"}),
        (7, 4 * 60 + 48, set()),  # the sixth is a day after the first
    ],
)
def test_many_orders_of_one_customer(
    world: World, number: int, minutes: int, flagged: set[str]
) -> None:
    for event in many(number, minutes):
        world.deliver(event)
    assert open_flags(world) == {("customer_velocity", name) for name in flagged}


def test_many_customers_at_one_address_or_with_one_account(world: World) -> None:
    for n in range(5):
        at_home = buyer(f"home{n}", address="street 1")
        world.deliver(sale(f"h{n}", n * 60, codes=("ANNA",), customer=at_home))
    for n in range(3):
        paying = buyer(f"card{n}", payment_account="iban 1")
        world.deliver(sale(f"p{n}", n * 60, codes=("BO",), customer=paying))
    for n in range(8):  # one family, again and again, a day apart
        family = buyer(f"family{n % 4}", address="street 2")
        world.deliver(sale(f"f{n}", n * 1441, codes=("ANNA",), customer=family))
    assert open_flags(world) == {("shared_details", "h4"), ("shared_details", "p2")}
    row = world.session.scalars(
        select(Flag).where(Flag.subject.like("order:%"))
    ).first()
    assert row is not None
    assert row.evidence["limit"] < row.evidence["count"]


EVENTS = [
    *many(5, 5),
    OrderCancelled("2", T0 + timedelta(days=1)),
    sale("m", 500, codes=("ANNA",), customer=buyer("m", "yopmail.com")),
    sale(
        "m",
        500,
        codes=("ANNA",),
        customer=buyer("m", "yopmail.com"),
        refunds=(refund("r", 12_100, 600),),
        updated_at=T0 + timedelta(days=2),
    ),
]


def state(world: World) -> dict[str, object]:
    """What stands about every order, money and evidence."""
    rows = world.session.scalars(select(Flag).where(Flag.status == FlagStatus.OPEN))
    names = {world.order(n).id: n for n in [*map(str, range(5)), "m"]}
    evidence = {(f.rule, names[f.order_id or ""]): f.evidence for f in rows}
    held: dict[str, int] = dict.fromkeys(names.values(), 0)
    for entry in world.session.scalars(select(Commission)):
        held[names[entry.order_id or ""]] += entry.amount if entry.on_hold else 0
    return {
        "evidence": evidence,
        "verdicts": {name: verdict(world, name) for name in names.values()},
        "held": held,
    }


def test_any_order_of_deliveries_ends_in_the_same_flags(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as session:
        world = make_world(session)
        for number, event in enumerate(EVENTS):
            world.deliver(event, number)
        settle_requested(world)
        wanted = state(world)
        # The cancelled one was placed, too; it earns nothing, so it has no flag.
        assert open_flags(world) == {
            *(("customer_velocity", name) for name in "34"),
            ("disposable_email", "m"),
        }

        @settings(
            max_examples=10,
            suppress_health_check=[
                HealthCheck.function_scoped_fixture,
                HealthCheck.too_slow,
            ],
        )
        @given(st.permutations(range(len(EVENTS))), st.lists(st.integers(0, 7)))
        def check(order: list[int], repeats: list[int]) -> None:
            world.clear()
            for number in [*order, *repeats]:
                world.deliver(EVENTS[number], number)
            settle_requested(world)
            assert state(world) == wanted

        check()


def test_settling_again_changes_nothing_and_tells_nobody(world: World) -> None:
    for event in many(6, 1):
        world.deliver(event)
    told = select(Event.id).where(Event.kind.like("flag.%"))
    before = world.session.scalars(told).all()
    assert len(before) == 3
    rows = {f.id: f.last_seen_at for f in world.session.scalars(select(Flag))}
    world.settle_all()
    assert world.session.scalars(told).all() == before
    assert {f.id: f.last_seen_at for f in world.session.scalars(select(Flag))} == rows


def test_what_no_longer_holds_is_withdrawn(world: World) -> None:
    bought = buyer("x", "mailinator.com")
    world.deliver(sale(codes=("ANNA",), customer=bought))
    world.deliver(OrderCancelled("1", T0 + HOUR))
    assert the_flag(world, Rule.DISPOSABLE_EMAIL).status is FlagStatus.WITHDRAWN
    assert verdict(world).action is Action.ALLOW


def test_what_was_dismissed_stays_so(world: World) -> None:
    world.deliver(sale(codes=("ANNA",), customer=buyer("x", "mailinator.com")))
    flag = the_flag(world, Rule.DISPOSABLE_EMAIL)
    fraud.dismiss(world.session, flag, note="a friend", by="usr_1", now=T0)
    assert settle_requested(world) == 1
    assert open_flags(world) == set()
    assert verdict(world).action is Action.ALLOW
    with pytest.raises(fraud.FlagResolved):
        fraud.confirm(world.session, flag, action=None, note="", by="usr_1", now=T0)


def test_what_was_confirmed_is_not_paid(world: World) -> None:
    world.deliver(sale(codes=("ANNA",), customer=buyer("x", "mailinator.com")))
    flag = the_flag(world, Rule.DISPOSABLE_EMAIL)
    fraud.confirm(world.session, flag, action=None, note="", by="usr_1", now=T0)
    settle_requested(world)
    assert verdict(world).action is Action.REJECT


def test_a_flag_alone_that_is_confirmed_costs_nothing(session: Session) -> None:
    world = make_world(session, mail="studio.example")
    world.deliver(sale(codes=("ANNA",), customer=buyer("x", "studio.example")))
    flag = the_flag(world, Rule.SAME_EMAIL_DOMAIN)
    fraud.confirm(world.session, flag, action=None, note="", by="usr_1", now=T0)
    assert verdict(world).action is Action.FLAG
    assert not world.session.scalars(
        select(Event).where(Event.kind.like("flag.%"), Event.influencer_id.is_not(None))
    ).all()


def test_a_campaign_chooses_what_follows(world: World) -> None:
    world.deliver(sale(codes=("ANNA",), customer=buyer("x", "mailinator.com")))
    set_rule(world, Rule.DISPOSABLE_EMAIL, Action.REJECT)
    assert verdict(world).action is Action.REJECT
    set_rule(world, Rule.DISPOSABLE_EMAIL, Action.ALLOW)
    assert open_flags(world) == set()
    set_rule(world, Rule.CUSTOMER_VELOCITY, Action.FLAG)  # the other is as by default
    assert open_flags(world) == {("disposable_email", "1")}
    assert verdict(world).action is Action.HOLD


def test_how_many_questions_an_ordinary_order_costs(
    world: World, statements: list[str]
) -> None:
    click = follow(world, "ANNA", T0 - HOUR)
    world.deliver(sale(codes=("ANNA",), customer=buyer("a")))
    world.deliver(sale("2", click_ids=(click,), customer=buyer("b")))
    keys = keys_of(world.brand, KEYRING)
    for name, number in (("1", 1), ("2", 2)):
        order, row = world.order(name), world.decision(name)
        world.session.flush()
        statements.clear()
        fraud.examine(world.session, order, row, keys=keys, now=T0)
        assert len(statements) == number


def test_a_click_that_comes_to_light_after_the_order(world: World) -> None:
    at = T0 - HOUR
    payload = line(world.links["ANNA"].id, at, ads="gclid")
    world.deliver(sale(click_ids=(click_of(payload),)))
    assert open_flags(world) == set()
    record_lines(world.session, [payload], codec=CODEC, now=T0)
    world.settle_all()
    assert open_flags(world) == {("paid_search", "1")}


def test_orders_that_turn_out_to_be_one_sale_have_one_flag(world: World) -> None:
    bought = {"codes": ("ANNA",), "customer": buyer("x", "mailinator.com")}
    world.deliver(sale("a", **bought))
    world.deliver(sale("b", 1, **bought))
    assert len(open_flags(world)) == 2
    world.deliver(sale("a", 2, aliases=("b",), **bought))
    assert open_flags(world) == {("disposable_email", "a")}
    assert len(world.session.scalars(select(Flag)).all()) == 1

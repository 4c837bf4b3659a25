"""Rules about what an influencer's days add up to, beside the campaign's others."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from factories import make_application, make_code, make_influencer, make_link
from flagged import (
    buyer,
    clicks,
    look,
    open_flags,
    set_rule,
    settle_requested,
    the_flag,
    visits,
)
from hypothesis import given
from hypothesis import strategies as st
from pipeline_world import T0, World, make_world, sale
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import fraud
from marketplace.attribution import OrderCell
from marketplace.campaigns.models import Campaign
from marketplace.fraud import Action, Flag, FlagStatus, Rule
from marketplace.fraud.bands import Share, band
from marketplace.fraud.patterns import Day, Figures, Span, strikes_of, strikes_of_day
from marketplace.fraud.rules import DEFAULTS, setting_of
from marketplace.fraud.wording import SAID
from marketplace.orders import Order

TODAY = date(2026, 3, 10)
SPAN = Span(TODAY - timedelta(days=29), TODAY)
SPANS = dict.fromkeys(Rule, SPAN)


def figures(name: str, **day: Any) -> Figures:
    return Figures(name, {TODAY: Day(**day)})


def struck(
    own: Figures, peers: list[Figures], spans: dict[Rule, Span] = SPANS
) -> dict[Rule, dict[str, Any]]:
    found = strikes_of(own, peers, DEFAULTS, spans)
    return {strike.rule: dict(strike.evidence) for strike in found}


def shop(part: int, of: int, name: str = "peer") -> Figures:
    return figures(name, clicks=of, gross=of, click_orders=part, orders=part)


PEERS = [shop(n, 1_000) for n in (18, 20, 22, 25, 30)]


@pytest.mark.parametrize(
    ("part", "of", "strikes"),
    [
        (90, 1_000, True),  # 9 % where 2.2 % is usual
        (44, 1_000, False),  # twice as much is still luck or talent
        (0, 3_000, True),  # many clicks, nobody buys
        (0, 300, False),
        (19, 199, False),  # too few to say
    ],
)
def test_conversion_outside_the_band(part: int, of: int, strikes: bool) -> None:
    found = struck(shop(part, of, "own"), PEERS)
    assert set(found) == ({Rule.CONVERSION_RATE} if strikes else set())
    if strikes:
        said = found[Rule.CONVERSION_RATE]
        assert (said["part"], said["of"], said["usual_bps"]) == (part, of, 220)


def test_nobody_is_compared_with_too_few() -> None:
    assert struck(shop(90, 1_000), PEERS[:3]) == {}
    assert struck(shop(90, 1_000), [*PEERS[:3], shop(1, 10)]) == {}


def test_one_who_is_far_off_does_not_hide_another() -> None:
    assert Rule.CONVERSION_RATE in struck(shop(90, 1_000), [*PEERS, shop(95, 1_000)])


def refunds(part: int, of: int) -> Figures:
    return figures("x", orders=of, refunded=part)


@pytest.mark.parametrize(
    ("part", "of", "strikes"),
    [(25, 50, True), (10, 50, False), (19, 19, False), (0, 500, False)],
)
def test_refunds_far_above_the_others(part: int, of: int, strikes: bool) -> None:
    peers = [refunds(n, 50) for n in (2, 3, 4, 5)]
    assert set(struck(refunds(part, of), peers)) == (
        {Rule.REFUND_PATTERN} if strikes else set()
    )


def seen(visits: int, clicks: int, **over: Any) -> Figures:
    return figures("x", visits=visits, clicks=clicks, gross=clicks, **over)


def test_clicks_that_never_arrive() -> None:
    peers = [seen(n, 500, is_seen=True) for n in (350, 380, 400, 420)]
    assert Rule.CLICKS_WITHOUT_BEACON in struck(seen(20, 500, is_seen=True), peers)
    assert Rule.CLICKS_WITHOUT_BEACON not in struck(seen(300, 500, is_seen=True), peers)
    without_script = [seen(0, 500) for _ in range(4)]
    assert struck(seen(0, 500), without_script) == {}


def by_code(alone: int, orders: int, **over: Any) -> Figures:
    over = {"clicks": 50, "gross": 50, **over}
    return figures("x", orders=orders, code_orders=alone, **over)


def test_a_code_without_the_audience() -> None:
    peers = [by_code(n, 100) for n in (20, 25, 30, 35)]
    assert struck(by_code(95, 100), peers)[Rule.LEAKED_CODE]["by"] == "peers"
    assert struck(by_code(45, 100), peers) == {}
    assert struck(by_code(19, 19), peers) == {}


def test_a_burst_of_orders_without_a_click() -> None:
    quiet = {
        TODAY - timedelta(days=n): Day(orders=2, code_orders=2) for n in range(1, 30)
    }
    burst = Day(orders=24, code_orders=24)
    found = struck(Figures("x", {**quiet, TODAY: burst}), [])
    assert found[Rule.LEAKED_CODE] == {
        "by": "burst",
        "since": "2026-02-09",
        "until": "2026-03-10",
        "day": "2026-03-10",
        "orders": 24,
        "usual": 2,
    }
    clicked = Day(orders=24, code_orders=24, gross=1, clicks=1)
    assert struck(Figures("x", {**quiet, TODAY: clicked}), []) == {}
    busy = {day: Day(orders=6, code_orders=6) for day in quiet}
    assert struck(Figures("x", {**busy, TODAY: burst}), []) == {}


def test_traffic_from_coupon_sites() -> None:
    hosts = {"www.kortingscode.nl": 12, "pepper.com": 9, "deals.example": 900}
    found = struck(figures("x", clicks=100, gross=100, coupons=hosts), [])
    assert found[Rule.COUPON_SITE]["clicks"] == 21
    assert found[Rule.COUPON_SITE]["hosts"] == ["www.kortingscode.nl", "pepper.com"]
    assert struck(figures("x", clicks=200, gross=200, coupons=hosts), []) == {}
    few = {"pepper.com": 9}
    assert struck(figures("x", clicks=10, gross=10, coupons=few), []) == {}


def test_only_days_that_were_not_judged_yet_count() -> None:
    own = figures("x", clicks=100, gross=100, coupons={"pepper.com": 50})
    later = Span(TODAY + timedelta(days=1), TODAY + timedelta(days=1))
    assert struck(own, [], {**SPANS, Rule.COUPON_SITE: later}) == {}


@pytest.mark.parametrize(
    ("busiest", "paid", "rules"),
    [
        ([30, 3], 0, set()),
        ([31, 3], 0, {Rule.CLICK_BURST}),
        ([], 20, {Rule.PAID_SEARCH}),
        ([], 19, set()),
    ],
)
def test_one_days_clicks(busiest: list[int], paid: int, rules: set[Rule]) -> None:
    found = strikes_of_day(TODAY, 100, busiest, paid, DEFAULTS)
    assert {strike.rule for strike in found} == rules


SHARES = st.builds(
    lambda of, part: Share(min(part, of), of),
    st.integers(1, 10**6),
    st.integers(0, 10**6),
)


@given(SHARES, st.lists(SHARES, min_size=1, max_size=9))
def test_a_band_does_not_depend_on_the_order_of_peers(
    own: Share, peers: list[Share]
) -> None:
    found = band(own, peers)
    assert found == band(own, peers[::-1])
    assert 0 <= found.usual_bps <= 10_000
    assert band(Share(own.of, own.of), peers).deviations >= found.deviations


def test_every_rule_has_words_for_all_it_says() -> None:
    said = {
        "host": "a.nl",
        "hosts": ["a.nl"],
        "clicks": 1,
        "of": 2,
        "since": "x",
        "share_bps": 1234,
        "usual_bps": 5,
        "peers": 4,
        "day": "y",
        "most": 9,
        "visitors": 1,
        "limit": 3,
        "signs": ["gclid"],
        "count": 4,
        "orders": 7,
        "leaked_on": "z",
    }
    for rule, by in SAID:
        english, dutch = fraud.said(rule, {**said, "by": by})
        assert "{" not in english + dutch
        assert english != dutch
    assert "12.3 %" in fraud.said(Rule.REFUND_PATTERN, said)[0]
    assert "12,3 %" in fraud.said(Rule.REFUND_PATTERN, said)[1]
    for rule in Rule:
        assert all(len(text) <= 200 for text in fraud.told(rule))
        assert setting_of(rule).action is fraud.STANDARD[rule].action


NOW = datetime(2026, 3, 10, 20, tzinfo=UTC)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def test_a_burst_of_clicks_is_about_that_days_clicks(world: World) -> None:
    session = world.session
    world_link = world.links["ANNA"]
    session.get_one(Campaign, world_link.campaign_id).repeat_minutes = 0
    for n in range(31):
        clicks(world, world_link, T0 + timedelta(seconds=n), range(1, 2))
    clicks(world, world.links["BO"], T0, range(1, 200))
    look(world, NOW)
    look(world, NOW + timedelta(minutes=5))
    assert open_flags(world) == {("click_burst", "source:clicks:2026-03-10")}
    flag = the_flag(world, Rule.CLICK_BURST)
    assert flag.evidence == {
        "day": "2026-03-10",
        "most": 31,
        "visitors": 1,
        "limit": 30,
    }
    asked: dict[str, Any] = {"application_id": world.apps["ANNA"]}
    held = fraud.verdict_on(session, **asked, source="clicks:2026-03-10")
    assert held.action is Action.HOLD
    other = fraud.verdict_on(session, **asked, source="clicks:2026-03-09")
    assert other.action is Action.ALLOW
    fraud.dismiss(session, flag, note="", by="usr_1", now=NOW)
    look(world, NOW + timedelta(minutes=10))
    assert open_flags(world) == set()


def test_paid_clicks_and_coupon_sites_among_all_clicks(world: World) -> None:
    clicks(world, world.links["ANNA"], T0, range(10), ads="gclid")
    clicks(world, world.links["ANNA"], T0, range(10, 30))
    clicks(world, world.links["BO"], T0, range(30, 50), referrer="www.pepper.com")
    clicks(world, world.links["BO"], T0, range(50, 60), ads="fbclid")
    look(world, NOW)
    assert open_flags(world) == {
        ("paid_search", "source:clicks:2026-03-10"),
        ("coupon_site", "application"),
    }
    assert the_flag(world, Rule.COUPON_SITE).application_id == world.apps["BO"]


def test_a_held_application_holds_all_it_earns_until_it_is_resolved(
    world: World,
) -> None:
    session = world.session
    later, now = T0 + timedelta(days=40), NOW + timedelta(days=40)
    world.deliver(sale("old", codes=("BO",), customer=buyer("b")))
    world.deliver(sale(minute=40 * 24 * 60, codes=("BO",), customer=buyer("a")))
    world.deliver(sale("hers", codes=("ANNA",), customer=buyer("c")))
    clicks(world, world.links["BO"], later, range(30, 50), referrer="www.pepper.com")
    look(world, now)
    assert {
        o.external_id
        for o in session.scalars(
            select(Order)
            .where(Order.settle_requested_at.is_not(None))
            .execution_options(populate_existing=True)
        )
    } == {"1", "old"}

    def verdicts() -> dict[str, Action]:
        return {
            name: fraud.verdict_on(
                session,
                application_id=world.decision(name).application_id or "",
                order_id=world.order(name).id,
            ).action
            for name in ("1", "old", "hers")
        }

    held = {"1": Action.HOLD, "old": Action.HOLD, "hers": Action.ALLOW}
    assert verdicts() == held
    assert (
        fraud.verdict_on(session, application_id=world.apps["BO"]).action is Action.HOLD
    )
    settle_requested(world)
    look(world, now + timedelta(minutes=5))
    assert settle_requested(world) == 0  # nothing new: nothing is settled again
    flag = the_flag(world, Rule.COUPON_SITE)
    fraud.confirm(session, flag, action=None, note="", by="usr_1", now=now)
    assert settle_requested(world) == 2
    # Confirmed, it takes what the judged days brought; the rest is released.
    released = {"1": Action.REJECT, "old": Action.ALLOW, "hers": Action.ALLOW}
    assert verdicts() == released
    look(world, now + timedelta(minutes=10))
    assert open_flags(world) == set()
    # More of it after that is another flag.
    clicks(
        world,
        world.links["BO"],
        later + timedelta(days=2),
        range(60, 80),
        referrer="pepper.com",
    )
    for hours in (48, 72):
        look(world, now + timedelta(hours=hours))
        assert open_flags(world) == {("coupon_site", "application")}
    assert len(session.scalars(select(Flag)).all()) == 2


def test_what_is_over_is_withdrawn_and_released(world: World) -> None:
    world.deliver(sale(codes=("BO",), customer=buyer("a")))
    clicks(world, world.links["BO"], T0, range(30, 50), referrer="www.pepper.com")
    look(world, NOW)
    settle_requested(world)
    look(world, NOW + timedelta(days=31))
    assert the_flag(world, Rule.COUPON_SITE).status is FlagStatus.WITHDRAWN
    assert settle_requested(world) == 1


def test_influencers_are_compared_by_their_cells(world: World) -> None:
    """From rows to flag: orders by click and counted clicks of six influencers."""
    session = world.session
    set_rule(world, Rule.CONVERSION_RATE, Action.HOLD, clicks=20, deviations=3)
    campaign = session.get_one(Campaign, world.links["BO"].campaign_id)
    for n in range(4):
        who = make_application(session, campaign, make_influencer(session))
        make_code(session, who, f"PEER{n}")
        world.links[f"PEER{n}"] = make_link(session, who)
        world.apps[f"PEER{n}"] = who.id
    for m, (name, link) in enumerate(world.links.items()):
        clicks(world, link, T0, range(100 * m, 100 * m + 40))
        for n in range(30 if name == "ANNA" else 2):
            at = T0 - timedelta(minutes=n + 1)
            who = buyer(f"{name}{n}")
            event = sale(f"{name}{n}", click_ids=(world.click(name, at),), customer=who)
            world.deliver(event)
    assert session.scalars(select(OrderCell)).all()
    look(world, NOW)
    assert open_flags(world) == {("conversion_rate", "application")}
    flag = the_flag(world, Rule.CONVERSION_RATE)
    assert flag.application_id == world.apps["ANNA"]
    assert fraud.said(flag.rule, flag.evidence)[0] == (
        "75.0 % of 40 clicks since 2026-02-09 became an order; with 5 others in the"
        " campaign it is 5.0 %."
    )


def test_visits_are_counted_where_the_script_runs(world: World) -> None:
    click = world.click("ANNA", T0)
    visits(
        world, T0, range(5), url=f"https://w.example/?mkt_click={click}", click_id=click
    )
    look(world, NOW)
    assert open_flags(world) == set()

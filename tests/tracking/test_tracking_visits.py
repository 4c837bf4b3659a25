"""Visits: what beacons make of them, whatever order and batches they come in."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from beacon_lines import beacon, person
from click_lines import CODEC, click_of, line
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
    make_shop,
)
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.accounts.rules import Platform
from marketplace.shops.models import Shop
from marketplace.tracking import traffic
from marketplace.tracking.beacons import read_beacon
from marketplace.tracking.clicks import Recorded, record_lines
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.rules import BeaconKind, Dimension, SetAside, VisitSource
from marketplace.tracking.traffic_models import (
    Beacon,
    Click,
    HourCell,
    KnownVisitor,
    TrafficCell,
    TrafficSketch,
    Visit,
)
from marketplace.tracking.visit_sessions import Seen, sessions_of
from marketplace.tracking.visit_sources import origin_of, platform_of_host

NOON = datetime(2026, 3, 10, 11, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)  # in Amsterdam
MINUTE = timedelta(minutes=1)
BOT = "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"
HEADLESS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "HeadlessChrome/131.0.0.0 Safari/537.36"
)
INSTAGRAM = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 Instagram 355.0.0.23.109 (iPhone14,5; iOS 18_1)"
)


@pytest.fixture
def link(session: Session) -> TrackingLink:
    campaign = make_campaign(session, make_brand(session))
    application = make_application(session, campaign, make_influencer(session))
    link = make_link(session, application)
    session.commit()
    return link


@pytest.fixture
def shop(session: Session, link: TrackingLink) -> Shop:
    shop = make_shop(
        session, session.get_one(Brand, link.brand_id), domain="wolkje.example"
    )
    session.commit()
    return shop


def record(session: Session, *lines: bytes) -> Recorded:
    recorded = record_lines(session, lines, codec=CODEC, now=NOON)
    session.commit()
    return recorded


def visits(session: Session) -> list[Visit]:
    found = session.scalars(select(Visit).order_by(Visit.started_at, Visit.id)).all()
    session.expire_all()
    return list(found)


def cell(
    session: Session,
    scope_id: str,
    dimension: Dimension = Dimension.ALL,
    value: str = "",
    day: date = date(2026, 3, 10),
) -> TrafficCell | None:
    return session.get(
        TrafficCell, (scope_id, dimension, day, value), populate_existing=True
    )


def test_half_an_hour_of_silence_ends_a_visit(session: Session, shop: Shop) -> None:
    record(
        session,
        beacon(shop.id, NOON),
        beacon(shop.id, NOON + 29 * MINUTE),
        beacon(shop.id, NOON + 59 * MINUTE),
        beacon(shop.id, NOON + 10 * MINUTE, "2"),
    )
    found = visits(session)
    assert [(v.page_views, v.engaged) for v in found] == [
        (2, True),
        (1, False),
        (1, False),
    ]
    assert found[0].ended_at == NOON + 29 * MINUTE
    total = cell(session, shop.id)
    assert total is not None
    assert (total.visits, total.page_views, total.engaged_visits) == (3, 4, 1)
    assert (total.visitor_count, total.gross, total.clicker_count) == (2, 0, 0)
    assert traffic.check(session) == []


def test_a_late_beacon_joins_two_visits(session: Session, shop: Shop) -> None:
    first, second = beacon(shop.id, NOON), beacon(shop.id, NOON + 40 * MINUTE)
    record(session, first)
    record(session, second)
    assert len(visits(session)) == 2
    record(session, beacon(shop.id, NOON + 20 * MINUTE, kind="engaged"))
    (joined,) = visits(session)
    assert joined.id == orjson.loads(first)["beacon"]
    assert (joined.page_views, joined.engaged) == (2, True)
    assert traffic.check(session) == []


def test_a_visit_ends_with_the_brands_day(session: Session, shop: Shop) -> None:
    record(session, beacon(shop.id, MIDNIGHT - MINUTE), beacon(shop.id, MIDNIGHT))
    days = [(v.day_on, v.page_views) for v in visits(session)]
    assert days == [(date(2026, 3, 10), 1), (date(2026, 3, 11), 1)]


@pytest.mark.parametrize("agent", [BOT, HEADLESS, "", "WhatsApp/2.23", None])
def test_machines_make_no_visit(session: Session, shop: Shop, agent: str) -> None:
    assert record(session, beacon(shop.id, NOON, agent=agent)).beacons == 1
    (stored,) = session.scalars(select(Beacon))
    assert stored.reason in (SetAside.BOT, SetAside.PREVIEW)
    assert visits(session) == []
    assert cell(session, shop.id) is None


def test_the_click_need_not_have_come_yet(
    session: Session, shop: Shop, link: TrackingLink
) -> None:
    click = line(
        link.id, NOON - MINUTE, agent=BOT
    )  # set aside: a person came all the same
    record(
        session,
        beacon(shop.id, NOON),
        beacon(shop.id, NOON + MINUTE, click_id=click_of(click)),
    )
    (visit,) = visits(session)
    assert (visit.source, visit.link_id) == (VisitSource.CLICK, link.id)
    assert (visit.application_id, visit.campaign_id) == (
        link.application_id,
        link.campaign_id,
    )
    assert visit.platform is Platform.INSTAGRAM
    record(session, click)
    for scope in (link.id, link.application_id, link.campaign_id):
        total = cell(session, scope)
        assert total is not None
        assert (total.visits, total.visitor_count, total.clicker_count) == (1, 1, 0)
    social = cell(session, link.campaign_id, Dimension.SOCIAL, "social")
    assert social is not None
    assert social.visits == 1
    assert cell(session, link.campaign_id, Dimension.SOURCE, "click") is None
    assert cell(session, shop.id, Dimension.SOURCE, "click") is not None
    assert traffic.check(session) == []


def test_a_visitor_who_clicked_is_one_visitor(
    session: Session, shop: Shop, link: TrackingLink
) -> None:
    click = line(link.id, NOON)
    record(session, click, beacon(shop.id, NOON + MINUTE, click_id=click_of(click)))
    total = cell(session, link.campaign_id)
    assert total is not None
    assert (total.clicker_count, total.visitor_count, total.visits) == (1, 1, 1)


def test_a_visit_that_turns_out_to_be_a_links_leaves_where_it_was(
    session: Session, shop: Shop, link: TrackingLink
) -> None:
    record(session, beacon(shop.id, NOON))
    direct = cell(session, shop.id, Dimension.SOURCE, "direct")
    assert direct is not None
    assert direct.visits == 1
    click = click_of(line(link.id, NOON))
    record(session, beacon(shop.id, NOON + MINUTE, click_id=click))
    assert cell(session, shop.id, Dimension.SOURCE, "direct") is None
    assert traffic.check(session) == []


def test_anothers_link_and_a_forged_id_say_nothing(
    session: Session, shop: Shop
) -> None:
    campaign = make_campaign(session, make_brand(session))
    other = make_link(
        session, make_application(session, campaign, make_influencer(session))
    )
    session.commit()
    record(
        session,
        beacon(shop.id, NOON, click_id=click_of(line(other.id, NOON))),
        beacon(shop.id, NOON, "2", click_id="A" * 55),
    )
    assert {v.source for v in visits(session)} == {VisitSource.DIRECT}
    assert {v.link_id for v in visits(session)} == {None}


@pytest.mark.parametrize(
    ("said", "source", "platform"),
    [
        ({}, VisitSource.DIRECT, None),
        ({"referrer": "www.wolkje.example"}, VisitSource.DIRECT, None),
        ({"referrer": "checkout.wolkje.example"}, VisitSource.DIRECT, None),
        ({"referrer": "wolkje.example.evil.example"}, VisitSource.REFERRER, None),
        ({"referrer": "l.instagram.com"}, VisitSource.REFERRER, Platform.INSTAGRAM),
        ({"referrer": "com.linkedin.android"}, VisitSource.REFERRER, Platform.LINKEDIN),
        ({"referrer": "nl.pinterest.com"}, VisitSource.REFERRER, Platform.PINTEREST),
        ({"referrer": "www.google.com"}, VisitSource.REFERRER, None),
        ({"referrer": "netflix.com"}, VisitSource.REFERRER, None),  # ends in x.com
        ({"agent": INSTAGRAM}, VisitSource.IN_APP, Platform.INSTAGRAM),
        (
            {"agent": INSTAGRAM, "url": "https://wolkje.example/?utm_source=TikTok"},
            VisitSource.UTM,
            Platform.TIKTOK,
        ),
        (
            {"url": "https://wolkje.example/?utm_source=acme&utm_medium=email"},
            VisitSource.UTM,
            None,
        ),
        ({"url": "https://wolkje.example/?utm_source="}, VisitSource.DIRECT, None),
        ({"url": "https://[broken/?utm_source=x"}, VisitSource.DIRECT, None),
    ],
)
def test_where_a_visit_came_from(
    session: Session,
    shop: Shop,
    said: dict[str, str],
    source: VisitSource,
    platform: Platform | None,
) -> None:
    record(session, beacon(shop.id, NOON, **said))
    (visit,) = visits(session)
    assert (visit.source, visit.platform) == (source, platform)
    assert traffic.check(session) == []


def test_what_a_visit_is_broken_down_by(session: Session, shop: Shop) -> None:
    url = "https://wolkje.example/?utm_source=ig&utm_medium=story&x=1"
    record(
        session,
        beacon(
            shop.id,
            NOON,
            url=url,
            referrer="l.instagram.com",
            language="nl-NL",
            country="NL",
        ),
    )
    (visit,) = visits(session)
    assert visit.facts == {
        "platform": "instagram",
        "social": "social",
        "device": "mobile",
        "browser": "Mobile Safari",
        "os": "iOS",
        "language": "nl",
        "country": "NL",
        "referrer": "l.instagram.com",
        "utm_source": "ig",
        "utm_medium": "story",
    }


def test_who_consents_is_new_once_whatever_comes_first(
    session: Session, shop: Shop
) -> None:
    anna = person("anna")
    later = beacon(shop.id, NOON + timedelta(days=3), "3", person=anna)
    record(session, later)
    assert [v.is_new for v in visits(session)] == [True]
    record(session, beacon(shop.id, NOON, "2", person=anna))
    assert [v.is_new for v in visits(session)] == [True, False]
    returned = cell(session, shop.id, Dimension.VISITOR, "returning", date(2026, 3, 13))
    assert returned is not None
    assert returned.visits == 1
    assert cell(session, shop.id, Dimension.VISITOR, "new", date(2026, 3, 13)) is None
    (known,) = session.scalars(select(KnownVisitor))
    assert known.first_seen_at == NOON
    assert known.last_seen_at == NOON + timedelta(days=3)
    assert traffic.check(session) == []


def test_consent_on_the_way_makes_a_visitor_known(session: Session, shop: Shop) -> None:
    record(session, beacon(shop.id, NOON))
    record(session, beacon(shop.id, NOON + MINUTE, person=person("anna")))
    (visit,) = visits(session)
    assert (visit.is_new, visit.page_views) == (True, 2)
    new = cell(session, shop.id, Dimension.VISITOR, "new")
    unknown = cell(session, shop.id, Dimension.VISITOR)
    assert new is not None
    assert unknown is not None
    assert (new.visits, new.visitor_count, new.new_visitors) == (1, 1, 1)
    # They have been among the unknown, too.
    assert (unknown.visits, unknown.visitor_count) == (0, 1)
    assert traffic.check(session) == []


def test_beacons_of_a_shop_that_is_gone_are_passed_over(
    session: Session, shop: Shop
) -> None:
    recorded = record(session, beacon("shp_gone", NOON), beacon(shop.id, NOON))
    assert recorded.beacons == 1
    assert len(visits(session)) == 1


def test_twice_is_once(session: Session, shop: Shop) -> None:
    lines = [beacon(shop.id, NOON + n * MINUTE) for n in range(5)]
    assert record(session, *lines, *lines).beacons == 5
    assert record(session, *lines).beacons == 0
    (visit,) = visits(session)
    assert visit.page_views == 5


WRONG: list[dict[str, Any]] = [
    {"beacon": "x"},
    {"beacon": None},
    {"shop": 7},
    {"at": -1},
    {"at": 1.5},
    {"at": True},
    {"at": 2**63},
    {"visitor": "1"},
    {"kind": "click"},
    {"kind": None},
    {"url": ["x"]},
    {"person": "anna@example.com"},
    {"click_id": "x"},
    {"said_at": "now"},
    {"lead": "newsletter"},
    {"lead": {"kind": "other"}},
    {"lead": {"kind": "newsletter", "external_id": 7}},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_the_collector_cannot_have_written_is_refused(
    wrong: dict[str, Any],
) -> None:
    good = orjson.loads(beacon("shp_1", NOON))
    read_beacon(good)
    with pytest.raises(ValueError, match=r"."):
        read_beacon({**good, **wrong})


def test_what_a_line_says() -> None:
    said = read_beacon(
        orjson.loads(
            beacon(
                "shp_1",
                NOON,
                kind="lead",
                url="https://wolkje.example/\0" + "x" * 2000,
                lead={"kind": "newsletter", "external_id": "7" * 70, "email": "a@b.nl"},
                said_at=round(NOON.timestamp() * 1000),
            )
        )
    )
    assert (said.kind, said.at, said.person) == (BeaconKind.LEAD, NOON, None)
    assert len(said.facts["url"]) == 1000
    assert "\0" not in said.facts["url"]
    assert said.facts["lead"] == {"kind": "newsletter", "external_id": "7" * 64}
    assert said.facts["said_at"] == NOON.isoformat()


ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 1),  # shop
        st.integers(0, 2),  # visitor
        st.integers(-12, 12).map(
            lambda n: n * 10
        ),  # minutes from midnight in Amsterdam
        st.sampled_from(["view", "view", "engaged"]),
        st.sampled_from([None, None, "anna", "bea"]),  # with consent
        st.sampled_from([None, None, 0, 1]),  # of which link it carries a click id
        st.sampled_from([None, "l.instagram.com"]),
        st.sampled_from([None, None, None, BOT]),
    ),
    min_size=1,
    max_size=14,
)
TABLES = (Visit, Beacon, KnownVisitor, TrafficCell, TrafficSketch, HourCell, Click)


@hypothesis_settings(suppress_health_check=list(HealthCheck), max_examples=50)
@given(arrivals=ARRIVALS, data=st.data())
def test_order_and_batches_do_not_matter(
    session: Session, shop: Shop, link: TrackingLink, arrivals: Any, data: st.DataObject
) -> None:
    lines = story(session, arrivals)
    clear(session)
    record(session, *lines)
    expected = state(session)
    clear(session)
    shuffled = data.draw(st.permutations([*lines, *lines[:3]]))
    while shuffled:
        size = data.draw(st.integers(1, 5))
        record(session, *shuffled[:size])
        shuffled = shuffled[size:]
    assert state(session) == expected


def story(session: Session, arrivals: Any) -> list[bytes]:
    """Beacons, and a click for the first of each link's ids."""
    shops = sorted(session.scalars(select(Shop.id)))
    links = sorted(session.scalars(select(TrackingLink.id)))
    if len(shops) == 1:
        link = session.get_one(TrackingLink, links[0])
        brand = session.get_one(Brand, link.brand_id)
        shops.append(make_shop(session, brand).id)
        application = make_application(
            session, make_campaign(session, brand), make_influencer(session)
        )
        links.append(make_link(session, application, platform=Platform.TIKTOK).id)
        session.commit()
        shops, links = sorted(shops), sorted(links)
    clicks = [line(each, MIDNIGHT - 130 * MINUTE, "1") for each in links]
    ids = [click_of(each) for each in clicks]
    return [
        *clicks,
        *(
            beacon(
                shops[at_shop],
                MIDNIGHT + minutes * MINUTE,
                str(visitor),
                beacon=f"{n:032x}",
                kind=kind,
                person=name and person(name),
                click_id=None if carried is None else ids[carried],
                referrer=referrer,
                **({"agent": agent} if agent else {}),
            )
            for n, (
                at_shop,
                visitor,
                minutes,
                kind,
                name,
                carried,
                referrer,
                agent,
            ) in enumerate(arrivals)
        ),
    ]


def clear(session: Session) -> None:
    for table in TABLES:
        session.execute(delete(table))
    session.commit()


def state(session: Session) -> list[list[tuple[Any, ...]]]:
    """All there is, but for when it was written; the roll-ups proven."""
    found = []
    for table in (Visit, KnownVisitor, TrafficCell, TrafficSketch):
        columns = [c for c in table.__table__.columns if c.name != "updated_at"]
        rows = session.execute(select(*columns)).all()
        found.append(sorted((tuple(row) for row in rows), key=repr))
    wrong = traffic.check(session)
    session.rollback()
    assert wrong == []
    return found


@given(st.permutations(range(8)))
def test_sessions_do_not_depend_on_order(order: list[int]) -> None:
    minutes = [0, 29, 59, 59, 88, 120, 149, 149]
    seen = [
        Seen(NOON + minutes[n] * MINUTE, str(n), BeaconKind.VIEW, None, None)
        for n in range(8)
    ]
    found = sessions_of(seen[n] for n in order)
    assert [(each.id, each.page_views) for each in found] == [
        ("0", 2),
        ("2", 3),
        ("5", 3),
    ]


def test_hostile_hosts_name_no_platform() -> None:
    for host in ("", ".", "com", "instagram.com.evil.example", "x" * 300, "xn--"):
        assert platform_of_host(host) is None
    assert origin_of({"url": "utm_source=x", "referrer": "\udcff"}).platform is None

"""Roll-ups of clicks and visits: each cell always what its rows say, however they came."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from click_lines import CODEC, PHONE, line
from factories import (
    KEYRING,
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
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts.models import Brand, Influencer, Membership
from marketplace.accounts.rules import Platform
from marketplace.cli.ledger import violations
from marketplace.collaborations.models import Application
from marketplace.shops.models import Shop
from marketplace.tracking import internal
from marketplace.tracking.clicks import Recorded, record_lines
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.proving import WrongCell
from marketplace.tracking.rules import Dimension, SetAside, VisitSource
from marketplace.tracking.tallies import Tallies
from marketplace.tracking.traffic import add, check, rebuild
from marketplace.tracking.traffic_models import (
    Click,
    HourCell,
    RetentionMark,
    TrafficCell,
    TrafficSketch,
    Visit,
)

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)  # in Amsterdam
DAY = date(2026, 3, 10)
MINUTE = timedelta(minutes=1)
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
DESKTOP = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"
)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(days=1))


@pytest.fixture
def links(session: Session) -> list[TrackingLink]:
    """Two links of one application, and one each of another and of another campaign."""
    brand = make_brand(session, timezone="Europe/Amsterdam")
    influencer = make_influencer(session)
    campaign = make_campaign(session, brand)
    first = make_application(session, campaign, influencer)
    second = make_application(session, campaign, make_influencer(session))
    other = make_campaign(session, brand, repeat_minutes=0)
    third = make_application(session, other, influencer)
    found = [
        make_link(session, first),
        make_link(session, first, platform=Platform.BLOG),
        make_link(session, second, platform=None),
        make_link(session, third),
    ]
    session.commit()
    return found


def record(session: Session, *lines: bytes) -> Recorded:
    recorded = record_lines(session, lines, codec=CODEC, now=NOON, keyring=KEYRING)
    session.commit()
    assert check(session) == []
    session.commit()
    return recorded


def cells(session: Session, scope_id: str, dimension: Dimension) -> dict[str, Any]:
    """Gross, counted and distinct visitors by value, of all days."""
    rows = session.execute(
        select(
            TrafficCell.value,
            func.sum(TrafficCell.gross),
            func.sum(TrafficCell.counted),
            func.sum(TrafficCell.visitor_count),
        )
        .where(TrafficCell.scope_id == scope_id, TrafficCell.dimension == dimension)
        .group_by(TrafficCell.value)
    )
    return {value: tuple(map(int, figures)) for value, *figures in rows}


def test_a_click_is_in_every_dimension_of_its_application_and_campaign_once(
    session: Session, links: list[TrackingLink]
) -> None:
    record(
        session,
        line(links[0].id, NOON, "1", country="NL", language="nl-BE,nl;q=0.8", s1="a"),
        line(links[0].id, NOON, "2", agent=DESKTOP, referrer="WWW.Instagram.com"),
        line(links[1].id, NOON, "1", country="??", language="*"),
        line(links[2].id, NOON, "1", agent=BOT, country="BE"),
    )
    application, campaign = links[0].application_id, links[0].campaign_id
    assert cells(session, links[0].id, Dimension.ALL) == {"": (2, 2, 2)}
    assert cells(session, links[0].id, Dimension.COUNTRY) == {}
    assert cells(session, application, Dimension.ALL) == {"": (3, 3, 2)}
    expected: dict[Dimension, dict[str, tuple[int, int, int]]] = {
        Dimension.ALL: {"": (4, 3, 2)},
        Dimension.PLATFORM: {
            "instagram": (2, 2, 2),
            "blog": (1, 1, 1),
            "": (1, 0, 0),
        },
        Dimension.SOCIAL: {"social": (2, 2, 2), "": (2, 1, 1)},
        Dimension.COUNTRY: {"NL": (1, 1, 1), "BE": (1, 0, 0), "": (2, 2, 2)},
        Dimension.LANGUAGE: {"nl": (1, 1, 1), "": (3, 2, 2)},
        Dimension.REFERRER: {"www.instagram.com": (1, 1, 1), "": (3, 2, 1)},
        Dimension.S1: {"a": (1, 1, 1), "": (3, 2, 2)},
        Dimension.S3: {"": (4, 3, 2)},
        Dimension.VISITOR: {"": (4, 3, 2)},
        Dimension.SOURCE: {},
    }
    found = {each: cells(session, campaign, each) for each in expected}
    assert found == expected
    assert cells(session, campaign, Dimension.DEVICE)["mobile"] == (2, 2, 1)
    assert cells(session, campaign, Dimension.BROWSER)["Firefox"] == (1, 1, 1)
    assert cells(session, campaign, Dimension.OS)["Windows"] == (1, 1, 1)


def test_the_window_of_repeats_is_the_campaigns(
    session: Session, links: list[TrackingLink]
) -> None:
    never, hour = links[3].id, links[0].id
    record(
        session,
        *(line(id_, NOON + n * MINUTE) for n in range(3) for id_ in (never, hour)),
    )
    assert cells(session, never, Dimension.ALL) == {"": (3, 3, 1)}
    assert cells(session, hour, Dimension.ALL) == {"": (3, 1, 1)}


def test_a_click_of_ones_own_is_internal_and_says_not_whose(
    session: Session, links: list[TrackingLink]
) -> None:
    stranger = internal.mint(KEYRING, "usr_nobody")
    member = session.scalars(
        select(Membership.user_id).where(Membership.brand_id == links[0].brand_id)
    ).one()
    cookies = [internal.mint(KEYRING, member), stranger, "usr_x.junk", member]
    mine = internal.mint(KEYRING, influencer_of(session, links[0]))
    record(
        session,
        *(line(links[0].id, NOON, str(n), user=user) for n, user in enumerate(cookies)),
        line(links[0].id, NOON, "7", user=mine),
        line(links[2].id, NOON, "8", user=mine),  # another influencer's
        line(links[0].id, NOON, "9", user=mine, agent=BOT),
    )
    rows = session.execute(select(Click.visitor, Click.reason, Click.evidence)).all()
    reasons = {int(row.visitor): row.reason for row in rows}
    own = SetAside.INTERNAL
    assert [reasons[n] for n in range(4)] == [own, None, None, None]
    assert [reasons[n] for n in range(7, 10)] == [own, None, SetAside.BOT]
    assert all("user" not in row.evidence for row in rows)
    (application,) = session.scalars(
        select(TrafficCell.set_aside).where(
            TrafficCell.scope_id == links[0].application_id,
            TrafficCell.dimension == Dimension.ALL,
        )
    )
    assert application == {"internal": 2, "bot": 1}


def influencer_of(session: Session, link: TrackingLink) -> str:
    application = session.get_one(Application, link.application_id)
    return session.get_one(Influencer, application.influencer_id).user_id


ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 3),  # link
        st.integers(0, 2),  # visitor
        st.integers(-150, 150),  # minutes from midnight in Amsterdam
        st.sampled_from([PHONE, PHONE, DESKTOP, BOT]),
        st.sampled_from(["", "", "NL"]),
    ),
    min_size=1,
    max_size=14,
)


@hypothesis_settings(suppress_health_check=list(HealthCheck), max_examples=30)
@given(arrivals=ARRIVALS, data=st.data())
def test_order_batches_and_duplicates_do_not_matter(
    session: Session, links: list[TrackingLink], arrivals: Any, data: st.DataObject
) -> None:
    ids = [link.id for link in links]
    empty(session)
    lines = [
        line(
            ids[at_link],
            MIDNIGHT + minutes * MINUTE,
            str(who),
            agent=agent,
            country=land,
        )
        for at_link, who, minutes, agent, land in arrivals
    ]
    record(session, *lines)
    expected = state(session)
    assert_adds_up(session)
    session.commit()
    empty(session)
    again = data.draw(st.lists(st.sampled_from(lines), max_size=4))
    shuffled = data.draw(st.permutations([*lines, *again]))
    while shuffled:
        size = data.draw(st.integers(1, 5))
        record(session, *shuffled[:size])
        shuffled = shuffled[size:]
    assert state(session) == expected


def empty(session: Session) -> None:
    for model in (Click, Visit, TrafficCell, TrafficSketch, HourCell):
        session.execute(delete(model))
    session.commit()


def state(session: Session) -> list[list[tuple[Any, ...]]]:
    """All clicks and roll-ups, but for when they were written."""
    found = []
    for model in (Click, TrafficCell, TrafficSketch, HourCell):
        columns = [c for c in model.__table__.columns if c.name != "updated_at"]
        rows = session.execute(select(*columns).order_by(*model.__table__.primary_key))
        found.append([tuple(row) for row in rows])
    return found


def assert_adds_up(session: Session) -> None:
    """The values of each dimension make up the whole."""
    sums: dict[tuple[str, date], dict[Dimension, tuple[int, int, int]]] = {}
    for row in session.scalars(select(TrafficCell)):
        of = sums.setdefault((row.scope_id, row.day_on), {})
        figures = row.gross, row.counted, row.visits
        before = of.get(row.dimension, (0, 0, 0))
        of[row.dimension] = tuple(map(sum, zip(before, figures, strict=True)))  # type: ignore[assignment]
    for of in sums.values():
        assert set(of.values()) == {of[Dimension.ALL]}


VISITS = st.lists(
    st.tuples(
        st.sampled_from([None, 0, 2]),  # link
        st.integers(0, 3),  # visitor
        st.sampled_from([None, True, False]),  # new
        st.integers(1, 5),  # page views
        st.booleans(),  # engaged
        st.sampled_from(list(VisitSource)),
        st.integers(0, 1),  # day
    ),
    max_size=8,
)


@hypothesis_settings(suppress_health_check=list(HealthCheck), max_examples=25)
@given(said=VISITS, clicked=st.lists(st.integers(0, 4), max_size=4))
def test_visits_are_added_beside_clicks_and_can_be_recounted(
    session: Session, links: list[TrackingLink], said: Any, clicked: list[int]
) -> None:
    empty(session)
    shop = make_shop(session, session.get_one(Brand, links[0].brand_id))
    rows = [
        visit(n, shop, None if link is None else links[link], *rest)
        for n, (link, *rest) in enumerate(said)
    ]
    session.add_all(rows)
    session.flush()
    for row in rows:  # one at a time
        tallies = Tallies()
        tallies.add_visit(row)
        tallies.add_visit(row)
        tallies.add_visit(row, sign=-1)
        add(session, tallies, now=NOON)
    record(session, *(line(links[0].id, NOON, str(who)) for who in clicked))
    assert_adds_up(session)
    both = {
        int(r.visitor) for r in rows if r.link_id == links[0].id and r.day_on == DAY
    }
    counted = session.scalar(
        select(TrafficCell.visitor_count).where(
            TrafficCell.scope_id == links[0].id, TrafficCell.day_on == DAY
        )
    )
    assert (counted or 0) == len(both | set(clicked))
    before = state(session)
    session.execute(update(TrafficCell).values(visits=99, clicker_count=3))
    session.execute(delete(TrafficSketch))
    everything = {
        (row.scope_id, row.day_on) for row in session.scalars(select(TrafficCell))
    }
    rebuild(session, everything, now=NOON)
    assert state(session) == before
    session.rollback()


def visit(
    number: int,
    shop: Shop,
    link: TrackingLink | None,
    who: int,
    is_new: bool | None,
    page_views: int,
    engaged: bool,
    source: VisitSource,
    day: int,
) -> Visit:
    return Visit(
        id=f"visit-{number}",
        brand_id=shop.brand_id,
        shop_id=shop.id,
        day_on=DAY + timedelta(days=day),
        visitor=str(who).rjust(32, "0"),
        person=None if is_new is None else "p" * 32,
        started_at=NOON,
        ended_at=NOON,
        page_views=page_views,
        engaged=engaged,
        is_new=is_new,
        source=source,
        link_id=link and link.id,
        application_id=link and link.application_id,
        campaign_id=link and link.campaign_id,
        facts={"country": "NL", "device": "mobile"},
    )


WRONG: list[dict[str, Any]] = [
    {"counted": 7},
    {"clicker_count": 7},
    {"visits": 1},
    {"set_aside": {"bot": 1}},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_cell_is_found_and_can_be_rebuilt(
    session: Session, links: list[TrackingLink], wrong: dict[str, Any]
) -> None:
    record(session, line(links[0].id, NOON), line(links[0].id, NOON + MINUTE, "2"))
    before = state(session)
    same = TrafficCell.scope_id == links[0].id
    session.execute(update(TrafficCell).where(same).values(**wrong))
    (found,) = check(session)
    assert found.key == (links[0].id, Dimension.ALL, DAY, "")
    assert found.cell == wrong
    rebuild(session, {(links[0].id, DAY)}, now=NOON)
    assert state(session) == before


def test_a_missing_a_stray_and_a_hollow_cell_are_found(
    session: Session, links: list[TrackingLink]
) -> None:
    record(session, line(links[0].id, NOON))
    same = TrafficCell.scope_id == links[0].application_id
    session.execute(
        delete(TrafficCell).where(same, TrafficCell.dimension == Dimension.OS)
    )
    session.execute(delete(TrafficSketch).where(TrafficSketch.scope_id == links[0].id))
    session.execute(update(HourCell).values(gross=2))
    tallies = Tallies()
    key = "app_gone", Dimension.ALL, DAY, ""
    tallies[key].gross = 1
    add(session, tallies, now=NOON)
    found = {wrong.key: wrong for wrong in check(session)}
    assert set(found) == {
        (links[0].application_id, Dimension.OS, DAY, "iOS"),
        (links[0].id, Dimension.ALL, DAY, ""),
        (links[0].id, NOON),
        key,
    }
    assert found[links[0].id, NOON] == WrongCell(
        (links[0].id, NOON), {"gross": 2}, {"gross": 1}
    )


def test_the_ledger_check_looks_at_clicks(
    session: Session, engine: Engine, links: list[TrackingLink]
) -> None:
    record(session, line(links[0].id, NOON))
    assert not any(violations(engine).values())
    session.execute(update(HourCell).values(counted=0))
    session.commit()
    assert [name for name, rows in violations(engine).items() if rows] == [
        "traffic cells"
    ]


def test_days_whose_clicks_have_expired_stay_as_they_were(
    session: Session, links: list[TrackingLink]
) -> None:
    record(session, line(links[0].id, NOON), line(links[0].id, NOON + 24 * 60 * MINUTE))
    before = state(session)
    session.execute(delete(Click).where(Click.day_on == DAY))
    assert check(session) != []
    for name in ("clicks", "visits"):
        mark = RetentionMark(table_name=name, before_on=DAY + timedelta(days=1))
        session.merge(mark)
        session.flush()
    assert check(session) == []
    scopes = (links[0].id, links[0].application_id, links[0].campaign_id)
    rebuild(session, {(scope, DAY) for scope in scopes}, now=NOON)
    assert state(session)[1:] == before[1:]


def test_hours_are_rebuilt_though_they_belong_to_two_days(session: Session) -> None:
    brand = make_brand(session, timezone="Asia/Kolkata")  # 18:30 UTC is midnight
    application = make_application(
        session, make_campaign(session, brand), make_influencer(session)
    )
    link = make_link(session, application)
    session.commit()
    evening = NOON.replace(hour=17)
    record(
        session, *(line(link.id, evening + n * 10 * MINUTE, str(n)) for n in range(18))
    )
    before = state(session)
    for day, wrong in ((DAY, [19]), (DAY + timedelta(days=1), [17])):
        session.execute(update(HourCell).values(gross=HourCell.gross + 5))
        rebuild(session, {(link.id, day)}, now=NOON)
        after = state(session)
        assert after[0:3] == before[0:3]
        assert [row[1].hour for row in after[3] if row not in before[3]] == wrong
        session.rollback()


def test_sketches_are_written_only_where_somebody_is_new(
    session: Session, links: list[TrackingLink]
) -> None:
    record(session, line(links[3].id, NOON))
    session.execute(update(TrafficSketch).values(visitors=b"untouched"))
    session.commit()
    tallies = Tallies()
    tallies[links[3].id, Dimension.ALL, DAY, ""].clickers = {"1".rjust(32, "0")}
    add(session, tallies, now=NOON)
    assert set(session.scalars(select(TrafficSketch.visitors))) == {b"untouched"}

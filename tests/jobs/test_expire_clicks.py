"""What is old enough goes, on both databases; what is not stays, roll-ups stay."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
    make_shop,
)
from sqlalchemy import Engine, func, insert, select, text
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.jobs import JobContext, expire_clicks, prepare_partitions
from marketplace.tracking import partitions, retention
from marketplace.tracking.models import LandingPage
from marketplace.tracking.rules import BeaconKind, Dimension, VisitSource
from marketplace.tracking.traffic_models import (
    Beacon,
    Click,
    HourCell,
    KnownVisitor,
    LandingCell,
    LandingView,
    RetentionMark,
    TrafficCell,
    Visit,
)

NOW = datetime.now(UTC)
TODAY = NOW.date()
DAYS = 40
CUTOFF = TODAY - timedelta(days=DAYS)
LAST_GONE, FIRST_KEPT = CUTOFF - timedelta(days=1), CUTOFF
ROLL_UPS = (TrafficCell, LandingCell)


@pytest.fixture
def context(engine: Engine, settings: Settings) -> Iterator[JobContext]:
    """Forty days are kept."""
    yield JobContext(engine, replace(settings, click_retention_days=DAYS))
    with Session(engine) as session:
        for table in partitions.PARTITIONED:
            if partitions.is_partitioned(session):
                for name in partitions.partitions_of(session, table).values():
                    partitions.drop(session, name)
        session.commit()


@pytest.fixture
def ids(session: Session) -> dict[str, str]:
    """What rows refer to."""
    brand = make_brand(session)
    campaign = make_campaign(session, brand)
    application = make_application(session, campaign, make_influencer(session))
    link = make_link(session, application)
    page = LandingPage(
        slug="anna",
        application_id=application.id,
        brand_id=brand.id,
        campaign_id=campaign.id,
        link_id=link.id,
        created_at=NOW,
        changed_at=NOW,
    )
    session.add(page)
    shop = make_shop(session, brand)
    session.flush()
    found = {"brand": brand.id, "link": link.id, "page": page.id, "shop": shop.id}
    session.commit()
    return found


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def rows_of(ids: dict[str, str], model: type[Any], day: date, name: str) -> dict:
    """A row of that table and day."""
    seen = {"id": name, "day_on": day, "visitor": "0" * 32}
    judged = {**seen, "at": noon(day), "reason": None, "evidence": {}}
    return {
        Click: {**judged, "link_id": ids["link"]},
        LandingView: {**judged, "page_id": ids["page"]},
        Beacon: {
            **judged,
            "shop_id": ids["shop"],
            "kind": BeaconKind.VIEW,
            "person": None,
            "click_id": None,
        },
        Visit: {
            **seen,
            "brand_id": ids["brand"],
            "shop_id": ids["shop"],
            "person": None,
            "started_at": noon(day),
            "ended_at": noon(day),
            "page_views": 1,
            "engaged": False,
            "is_new": None,
            "source": VisitSource.DIRECT,
            "facts": {},
        },
    }[model]


def fill(
    session: Session, ids: dict[str, str], days: list[date], each: int = 1
) -> None:
    for model in retention.MARKED.values():
        rows = [
            rows_of(ids, model, day, f"{day}-{number}")
            for day in days
            for number in range(each)
        ]
        session.execute(insert(model), rows)
    session.commit()


def days_in(session: Session, model: type[Any]) -> dict[date, int]:
    counted = select(model.day_on, func.count()).group_by(model.day_on)
    found = {day: number for day, number in session.execute(counted)}
    session.rollback()
    return found


@pytest.mark.parametrize("ahead", [False, True])
def test_old_days_go_and_the_others_stay(
    context: JobContext, session: Session, ids: dict[str, str], ahead: bool
) -> None:
    days = [CUTOFF - timedelta(days=100), LAST_GONE, FIRST_KEPT, TODAY]
    fill(session, ids, days, each=3)
    if ahead:  # with a partition for each of these months, where there are any
        prepare_partitions.run(context)
    assert expire_clicks.run(context) > 0
    for model in retention.MARKED.values():
        assert days_in(session, model) == {FIRST_KEPT: 3, TODAY: 3}
    assert expire_clicks.run(context) == 0
    for model in retention.MARKED.values():
        assert retention.kept_since(session, model.__tablename__) == CUTOFF


def test_months_that_are_over_go_as_they_are(
    context: JobContext, session: Session, ids: dict[str, str]
) -> None:
    if context.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no partitions")
    long_ago = CUTOFF - timedelta(days=100)
    fill(session, ids, [long_ago, LAST_GONE, FIRST_KEPT])
    prepare_partitions.run(context)
    name = partitions.name_of("clicks", partitions.month_of(long_ago))
    assert session.scalar(text(f"SELECT count(*) FROM {name}")) == 1
    session.rollback()
    expire_clicks.run(context)
    assert session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is None
    session.rollback()
    assert prepare_partitions.run(context) == 0  # and it is not made again


def test_roll_ups_and_orders_are_not_touched(
    context: JobContext, session: Session, ids: dict[str, str]
) -> None:
    day = CUTOFF - timedelta(days=300)
    session.add_all(
        [
            TrafficCell(
                scope_id=ids["link"],
                dimension=Dimension.ALL,
                day_on=day,
                value="",
                gross=5,
                updated_at=NOW,
            ),
            LandingCell(page_id=ids["page"], day_on=day, gross=5, updated_at=NOW),
        ]
    )
    fill(session, ids, [day])
    expire_clicks.run(context)
    for model in ROLL_UPS:
        assert session.scalars(select(model.gross)).all() == [5]


def test_marks_come_first_and_never_go_back(
    context: JobContext, session: Session, ids: dict[str, str], monkeypatch: Any
) -> None:
    fill(session, ids, [LAST_GONE])

    def fails(*_: object) -> None:
        raise RuntimeError("in the middle")

    with monkeypatch.context() as patch:
        patch.setattr(retention, "delete_expired", fails)
        with pytest.raises(RuntimeError):
            expire_clicks.run(context)
    assert days_in(session, Click) == {LAST_GONE: 1}
    marks = session.scalars(select(RetentionMark.before_on)).all()
    assert marks == [CUTOFF] * len(retention.MARKED)
    session.rollback()
    longer = replace(context.settings, click_retention_days=DAYS + 10)
    expire_clicks.run(JobContext(context.engine, longer))
    assert days_in(session, Click) == {}  # what was said to be gone goes
    assert retention.kept_since(session, "clicks") == CUTOFF


def test_what_comes_late_goes_with_the_next_run(
    context: JobContext, session: Session, ids: dict[str, str]
) -> None:
    expire_clicks.run(context)
    fill(session, ids, [LAST_GONE])
    assert expire_clicks.run(context) == len(retention.MARKED)
    assert days_in(session, Click) == {}


def test_in_batches(
    context: JobContext, session: Session, ids: dict[str, str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(retention, "BATCH", 7)
    monkeypatch.setattr(expire_clicks, "BATCHES", 2)
    fill(session, ids, [LAST_GONE, TODAY], each=20)
    kinds = len(retention.MARKED)
    assert expire_clicks.run(context) == kinds * 14
    assert expire_clicks.run(context) == kinds * 6
    assert days_in(session, Beacon) == {TODAY: 20}


def test_who_counts_rows_is_waited_for(
    context: JobContext, session: Session, ids: dict[str, str]
) -> None:
    if context.engine.dialect.name != "postgresql":
        pytest.skip("on SQLite there is one writer")
    fill(session, ids, [LAST_GONE])
    assert retention.kept_since(session, "clicks") == date.min
    assert expire_clicks.run(context) == 0
    assert retention.kept_since(session, "clicks") == date.min
    session.rollback()
    assert expire_clicks.run(context) == len(retention.MARKED)


def test_visitors_and_hours_are_forgotten(
    context: JobContext, session: Session, ids: dict[str, str]
) -> None:
    brand = {"brand_id": ids["brand"], "first_seen_at": NOW - timedelta(days=900)}
    for person, ago in (("gone", DAYS + 1), ("kept", DAYS - 1)):
        seen = NOW - timedelta(days=ago)
        session.add(KnownVisitor(**brand, person=person, last_seen_at=seen))
    for days in (61, 59):
        hour = (NOW - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
        session.add(HourCell(link_id=ids["link"], hour_at=hour))
    session.commit()
    assert expire_clicks.run(context) == 2
    assert session.scalars(select(KnownVisitor.person)).all() == ["kept"]
    (hour,) = session.scalars(select(HourCell.hour_at)).all()
    assert NOW - hour < timedelta(days=60)


def test_it_is_found_by_an_index(session: Session) -> None:
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("PostgreSQL looks by the state of its tables")
    for table, words in {
        "clicks": "ix_clicks_link_id_day_on (link_id=? AND day_on<?)",
        "landing_views": "ix_landing_views_page_id_day_on (page_id=? AND day_on<?)",
        "visits": "ix_visits_day_on_shop_id (day_on<?)",
        "beacons": "COVERING INDEX",
    }.items():
        said: list[str] = []
        statement = plan_of(session, table)
        said = [row[-1] for row in session.execute(text(statement))]
        assert any(words in line for line in said), said


def plan_of(session: Session, table: str) -> str:
    """The look-up of `expired_ids` as it is sent, to be explained."""
    caught: list[str] = []
    bind = session.get_bind()

    class Caught(Session):
        def scalars(self, statement: Any, *_: Any, **__: Any) -> Any:
            made = statement.compile(bind, compile_kwargs={"literal_binds": True})
            caught.append(f"EXPLAIN QUERY PLAN {made}")
            return super().scalars(statement)

    with Caught(bind) as own:
        retention.expired_ids(own, table)
    return caught[-1]

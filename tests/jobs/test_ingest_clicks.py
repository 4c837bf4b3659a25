"""Ingest: each spooled line counts once, however often interrupted or doubled."""

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
    make_shop,
)
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.attribution.models import Touch
from marketplace.attribution.rules import Method, Reason
from marketplace.config import Settings
from marketplace.ids import id_bytes
from marketplace.jobs import JobContext, ingest_clicks, renew_salts
from marketplace.orders.models import Order
from marketplace.orders.rules import OrderStatus
from marketplace.tracking.backlog import backlog
from marketplace.tracking.codec import click_codec
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.spool import SpoolWriter, spool_files
from marketplace.tracking.traffic import check
from marketplace.tracking.traffic_models import Click, SpoolFile, VisitorSalt

NOW = datetime.now(UTC)
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"
)


@pytest.fixture
def context(engine: Engine, settings: Settings) -> JobContext:
    return JobContext(engine, settings)


@pytest.fixture
def link(session: Session) -> TrackingLink:
    application = make_application(
        session, make_campaign(session, make_brand(session)), make_influencer(session)
    )
    link = make_link(session, application)
    session.commit()
    session.expunge_all()  # reading it must not begin a transaction by the way
    return link


def write(
    settings: Settings,
    link: TrackingLink,
    count: int,
    *,
    agent: str = AGENT,
    start: int = 0,
    writer: SpoolWriter | None = None,
) -> SpoolWriter:
    writer = writer or SpoolWriter(settings.spool, settings.node_id)
    mint = click_codec(settings.keyring).mint
    for number in range(start, start + count):
        at_ms = int(NOW.timestamp() * 1000) - 1000 * count + number
        line = {
            "click": mint(id_bytes(link.id), at_ms),
            "link": link.id,
            "at": at_ms,
            "method": "GET",
            "visitor": f"{number:032x}",
            "agent": agent,
        }
        assert writer.append(orjson.dumps(line))
    return writer


def count_clicks(session: Session) -> int:
    counted = session.scalar(select(func.count()).select_from(Click))
    assert check(session) == []
    session.rollback()
    return counted or 0


def test_from_spool_to_cells(
    context: JobContext, link: TrackingLink, session: Session
) -> None:
    settings = context.settings
    writer = write(settings, link, 25)
    waiting = backlog(session, settings.spool, settings.node_id, now=clock.now())
    session.rollback()
    assert (waiting.files, waiting.lost) == (1, 0)
    assert waiting.bytes == next(spool_files(settings.spool, "test")).stat().st_size
    assert 20 < waiting.lag_seconds < 3_600
    assert ingest_clicks.run(context) == 25
    assert ingest_clicks.run(context) == 0
    assert count_clicks(session) == 25
    write(settings, link, 5, start=100, writer=writer)
    assert ingest_clicks.run(context) == 5
    after = backlog(session, settings.spool, settings.node_id, now=clock.now())
    assert (after.files, after.bytes, after.lag_seconds) == (0, 0, 0.0)
    session.rollback()
    writer.close()
    ingest_clicks.run(context)
    file = session.scalars(select(SpoolFile)).one()
    assert (file.clicks, file.damaged, file.lost) == (30, 0, 0)
    assert file.finished_at is not None


def test_what_was_consumed_stays_a_week(
    context: JobContext, link: TrackingLink, session: Session
) -> None:
    write(context.settings, link, 3).close()
    ingest_clicks.run(context)
    (path,) = spool_files(context.settings.spool, "test")
    session.execute(update(SpoolFile).values(finished_at=NOW - timedelta(days=6.9)))
    session.commit()
    ingest_clicks.run(context)
    assert path.exists()
    session.execute(update(SpoolFile).values(finished_at=NOW - timedelta(days=7.1)))
    session.commit()
    ingest_clicks.run(context)
    assert not path.exists()
    assert count_clicks(session) == 3


def test_a_restored_backup_catches_up(
    context: JobContext, link: TrackingLink, session: Session
) -> None:
    write(context.settings, link, 10).close()
    ingest_clicks.run(context)
    session.execute(update(SpoolFile).values(offset=0, finished_at=None))
    session.commit()
    ingest_clicks.run(context)
    assert count_clicks(session) == 10


def test_interrupted_at_any_point_it_goes_on_where_it_was(
    context: JobContext,
    link: TrackingLink,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ingest_clicks, "BATCH", 4)
    write(context.settings, link, 10).close()
    real = ingest_clicks._count
    calls = 0

    def interrupted(*args: object) -> None:
        nonlocal calls
        calls += 1
        real(*args)  # type: ignore[arg-type]
        if calls % 2 == 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(ingest_clicks, "_count", interrupted)
    for _ in range(10):
        try:
            if not ingest_clicks.run(context):
                break
        except KeyboardInterrupt:
            continue
    assert calls == 5
    assert count_clicks(session) == 10
    assert session.scalars(select(SpoolFile.clicks)).one() == 10


def test_two_at_once_count_once(
    context: JobContext,
    link: TrackingLink,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ingest_clicks, "BATCH", 50)
    for n in range(3):
        write(context.settings, link, 200, start=n * 150).close()  # visitors overlap
    barrier = threading.Barrier(3)
    failed: list[BaseException] = []

    def ingest() -> None:
        barrier.wait()
        try:
            while ingest_clicks.run(context):
                pass
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=ingest) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    while ingest_clicks.run(context):
        pass
    assert count_clicks(session) == 600
    assert session.scalar(select(func.sum(SpoolFile.clicks))) == 600
    counted = select(func.count()).where(Click.reason.is_(None))
    assert session.scalar(counted) == 500


def test_the_database_is_away_and_comes_back(
    context: JobContext, link: TrackingLink, session: Session
) -> None:
    write(context.settings, link, 10)
    with Session(context.engine) as other:
        other.execute(text("ALTER TABLE clicks RENAME TO hidden"))
        other.commit()
    try:
        with pytest.raises(Exception, match="clicks"):
            ingest_clicks.run(context)
    finally:
        with Session(context.engine) as other:
            other.execute(text("ALTER TABLE hidden RENAME TO clicks"))
            other.commit()
    assert session.scalars(select(SpoolFile)).all() == []
    session.rollback()
    assert ingest_clicks.run(context) == 10
    assert count_clicks(session) == 10


def test_no_database_at_all_is_an_error_not_a_loss(
    settings: Settings, tmp_path: Path
) -> None:
    from marketplace.database import make_engine

    engine = make_engine(f"sqlite:///{tmp_path}/no/such/folder.db")
    with pytest.raises(OperationalError):
        ingest_clicks.run(JobContext(engine, settings))


def test_other_nodes_files_are_theirs(
    context: JobContext, link: TrackingLink, session: Session
) -> None:
    settings = context.settings
    write(settings, link, 3, writer=SpoolWriter(settings.spool, "test-2"))
    assert ingest_clicks.run(context) == 0
    assert count_clicks(session) == 0


def test_loss_and_damage_are_shown(
    context: JobContext, link: TrackingLink, session: Session
) -> None:
    writer = write(context.settings, link, 2)
    writer.append(b'{"lost":12}')
    writer.append(b'{"refused":3}')
    writer.append(b"not json")
    os.write(writer._fd, b"\x1etorn")
    writer.close()
    assert ingest_clicks.run(context) == 6
    assert session.scalars(select(SpoolFile.refused)).one() == 3
    state = backlog(session, context.settings.spool, "test", now=clock.now())
    assert (state.bytes, state.lost, state.damaged) == (0, 12, 2)


def test_orders_are_decided_again_whose_clicks_come_late(
    context: JobContext, link: TrackingLink, session: Session
) -> None:
    brand = session.get_one(type(make_brand(session)), link.brand_id)
    shop = make_shop(session, brand)
    write(context.settings, link, 1, agent="curl/8.5.0")
    write(context.settings, link, 1, start=9)
    clicks = [
        orjson.loads(path.read_bytes().split(b" ", 2)[2])["click"]
        for path in spool_files(context.settings.spool, "test")
    ]
    for position, click_id in enumerate([*clicks, "x"]):
        order = Order(
            brand_id=brand.id,
            shop_id=shop.id,
            external_id=str(position),
            status=OrderStatus.PAID,
            placed_at=NOW,
            updated_at=NOW,
            currency="EUR",
            total_amount=100,
            base_amount=100,
            net_amount=100,
            created_at=NOW,
        )
        session.add(order)
        session.flush()
        session.add(
            Touch(
                order_id=order.id,
                position=0,
                kind=Method.CLICK,
                at=NOW,
                link_id=link.id,
                click_id=click_id,
                won=True,
                reason=next(iter(Reason)),
            )
        )
    session.commit()
    ingest_clicks.run(context)
    asked = session.execute(
        select(Touch.click_id)
        .join(Order, Order.id == Touch.order_id)
        .where(Order.settle_requested_at.is_not(None))
    ).scalars()
    # The bot's click is none; of a person's it is known now what else they did.
    assert sorted(asked) == sorted(clicks)
    bots = session.scalars(select(Click.id).where(Click.reason.is_not(None))).all()
    assert len(bots) == 1


def test_salts_are_made_ahead_and_destroyed(
    context: JobContext, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = datetime(2026, 3, 10, 11, 59, tzinfo=UTC)
    salts: dict[str, dict[object, bytes]] = {}
    for hours in (0, 0, 24, 72):
        monkeypatch.setattr(clock, "now", lambda h=hours: start + timedelta(hours=h))
        while renew_salts.run(context):
            pass
        rows = session.scalars(select(VisitorSalt)).all()
        salts[str(hours)] = {row.day_on: row.salt for row in rows}
        session.rollback()
    days = {hours: sorted(day.day for day in found) for hours, found in salts.items()}
    # The 9th ended everywhere on the 10th at noon, and is gone at noon of the 12th.
    assert days["0"] == [9, 10, 11, 12]
    assert days["24"] == [9, 10, 11, 12, 13]
    assert days["72"] == [10, 11, 12, 13, 14, 15]
    everything = [salt for found in salts.values() for salt in found.values()]
    assert all(len(salt) == 32 for salt in everything)
    kept = salts["0"].items() & salts["24"].items()
    assert len(kept) == 4

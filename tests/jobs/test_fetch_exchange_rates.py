"""Rates are kept fresh from a server that plays the ECB, or it is said why not."""

import io
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from shop_server import LOOPBACK, ShopServer, shop_server
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs
from test_fill_exchange_rates import waiting_order

from marketplace import clock, currencies, outbound
from marketplace.config import ECB, BadSetting, Settings
from marketplace.currencies import ExchangeRate, RateFill, bundled, published
from marketplace.events import Event
from marketplace.jobs import JobContext, fetch_exchange_rates, runner
from marketplace.orders import Order

FRIDAY = date(2024, 6, 28)
AT_FOUR = datetime(2024, 6, 28, 14, 0, tzinfo=UTC)  # in Frankfurt it is summer
DAILY, LAST_90, ALL = (f"GET /{name}" for name in published.FILES)

# As it was published on that day; only the middle of the list is left out.
RECORDED = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" \
xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
\t<gesmes:subject>Reference rates</gesmes:subject>
\t<gesmes:Sender>
\t\t<gesmes:name>European Central Bank</gesmes:name>
\t</gesmes:Sender>
\t<Cube>
\t\t<Cube time='2024-06-28'>
\t\t\t<Cube currency='USD' rate='1.0705'/>
\t\t\t<Cube currency='JPY' rate='171.94'/>
\t\t\t<Cube currency='GBP' rate='0.84638'/>
\t\t\t<Cube currency='IDR' rate='17487.21'/>
\t\t\t<Cube currency='ZAR' rate='19.4970'/>
\t\t</Cube>
\t</Cube>
</gesmes:Envelope>"""


def xml_of(rates: Mapping[str, str], currency: str = "USD") -> bytes:
    """A file of several days, in the shape of the one of ninety."""
    days = "".join(
        f'<Cube time="{day}"><Cube currency="{currency}" rate="{rate}"/></Cube>'
        for day, rate in rates.items()
    )
    head, _, rest = RECORDED.decode().partition("\t<Cube>")
    return f"{head}<Cube>{days}</Cube>{rest[rest.rindex('</gesmes') :]}".encode()


def zip_of(table: bytes, name: str = "eurofxref-hist.csv") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, table)
    return file.getvalue()


def spoiled(archive: bytes) -> bytes:
    """With a byte of what is packed in it another one."""
    return archive[:52] + bytes([archive[52] ^ 255]) + archive[53:]


class World:
    """A bank, the job that asks it, and a clock; the release's rates end on Thursday."""

    def __init__(self, bank: ShopServer, context: JobContext) -> None:
        self.bank, self.context = bank, context
        self.now = AT_FOUR

    def run(self) -> int:
        return fetch_exchange_rates.run(self.context)

    @property
    def asked(self) -> list[str]:
        """What was asked since this was asked for."""
        asked = [f"{each.method} {each.path}" for each in self.bank.asked]
        self.bank.asked.clear()
        return asked

    def known(self) -> dict[tuple[str, date], Decimal]:
        with self.context.sessions() as session:
            rows = session.scalars(select(ExchangeRate)).all()
            return {(row.currency, row.rate_on): row.per_euro for row in rows}

    def failures(self) -> list[dict[str, Any]]:
        with self.context.sessions() as session:
            kind = fetch_exchange_rates.NOT_FETCHED
            rows = select(Event).where(Event.kind == kind).order_by(Event.at)
            return [event.data for event in session.scalars(rows)]


def release_ends_on(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr(bundled, "newest_day", lambda: day)


@pytest.fixture
def world(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    release_ends_on(monkeypatch, FRIDAY - timedelta(days=1))
    with shop_server() as bank:
        told = replace(
            settings, exchange_rates_url=bank.url, outbound_networks=LOOPBACK
        )
        world = World(bank, JobContext(engine, told))
        monkeypatch.setattr(clock, "now", lambda: world.now)
        bank.answers[DAILY] = RECORDED
        yield world


def test_what_was_published_today_once_and_orders_that_waited_for_it(
    world: World, session: Session
) -> None:
    order_id = waiting_order(session, FRIDAY)
    long_ago = waiting_order(session, date(2010, 1, 4))
    session.commit()
    world.now = AT_FOUR - timedelta(minutes=1)
    assert (world.run(), world.asked) == (0, [])  # not published yet
    world.now = AT_FOUR
    assert world.run() == 1
    assert world.known() == {
        ("USD", FRIDAY): Decimal("1.0705"),
        ("JPY", FRIDAY): Decimal("171.94"),
        ("GBP", FRIDAY): Decimal("0.84638"),
        ("IDR", FRIDAY): Decimal("17487.21"),
        ("ZAR", FRIDAY): Decimal("19.4970"),
    }
    assert currencies.rates_until(session) == FRIDAY
    session.expire_all()
    assert session.get_one(Order, order_id).settle_requested_at == AT_FOUR
    assert session.get_one(Order, long_ago).settle_requested_at is None
    assert world.asked == [DAILY]
    for later in (0, 1, 60):  # it is Friday: until Monday at four there is nothing new
        world.now = AT_FOUR + timedelta(hours=later)
        assert (world.run(), world.asked) == (0, [])
    world.now = AT_FOUR + timedelta(days=3)
    world.bank.answers[DAILY] = xml_of({"2024-07-01": "1.0745"})
    assert (world.run(), world.asked) == (1, [DAILY])


def test_a_gap_is_filled_and_what_was_set_by_hand_stays(
    world: World, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    release_ends_on(monkeypatch, date(2024, 6, 25))
    by_hand = {("USD", date(2024, 6, 27)): Decimal("2"), ("USD", FRIDAY): Decimal("3")}
    currencies.set_rates(session, by_hand)
    session.commit()
    days = [f"2024-06-{day}" for day in (28, 27, 26, 25, 24)]
    world.bank.answers[LAST_90] = xml_of(dict.fromkeys(days, "1.07"))
    assert runner.function_of("fetch_exchange_rates")(world.context) == 1
    assert world.asked == [DAILY, LAST_90]
    # What the release had is its affair.
    assert world.known() == {**by_hand, ("USD", date(2024, 6, 26)): Decimal("1.07")}
    assert (world.run(), world.asked) == (0, [])


@pytest.mark.parametrize(
    ("ends", "asked", "days"),
    [
        # Good Friday and Easter Monday lie between it and what the second file has.
        ("2024-03-28", [DAILY, LAST_90], {"2024-06-28": "1.07", "2024-04-02": "1.08"}),
        ("2024-03-27", [DAILY, LAST_90, ALL], {"2024-06-28": "1.06"}),
        (
            "2024-01-02",
            [DAILY, LAST_90, ALL],
            {"2024-06-28": "1.06", "2024-01-03": "1.09"},
        ),
    ],
)
def test_the_smallest_file_that_reaches_back_far_enough(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    ends: str,
    asked: list[str],
    days: dict[str, str],
) -> None:
    release_ends_on(monkeypatch, date.fromisoformat(ends))
    world.bank.answers[LAST_90] = xml_of({"2024-06-28": "1.07", "2024-04-02": "1.08"})
    table = b"Date,USD,CYP,EUR,\n2024-06-28,1.06,N/A,9,\n2024-01-03,1.09,N/A,9,\n"
    world.bank.answers[ALL] = zip_of(table + b"1999-01-04,1.1789,0.58231,9,\n")
    assert world.run() == 1
    assert world.asked == asked
    assert world.known() == {
        ("USD", date.fromisoformat(day)): Decimal(rate) for day, rate in days.items()
    }
    assert (world.run(), world.asked) == (0, [])


def test_the_bank_is_late(world: World) -> None:
    world.bank.answers[DAILY] = xml_of({"2024-06-27": "1.0696"})
    assert (world.run(), world.known(), world.failures()) == (0, {}, [])
    world.bank.answers[DAILY] = RECORDED
    assert world.run() == 1
    assert ("USD", FRIDAY) in world.known()


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
BROKEN: dict[str, Any] = {
    "not there": lambda _: (404, b"no"),
    "away": lambda _: (503, b"busy"),
    "elsewhere": lambda _: (302, RECORDED),
    "nothing": b"",
    "a page": b"<html><body><br>Maintenance</body></html>",
    "a page that is XML": b"<html><body>Maintenance</body></html>",
    "bytes": bytes(range(256)),
    "cut off": RECORDED[:-80],
    "an encoding": RECORDED.replace(b"UTF-8", b"utf-7"),
    "entities": RECORDED.replace(b"?>", b"?>" + LAUGHS),
    "a rate of no day": RECORDED.replace(b"time=", b"date="),
    "no day": RECORDED.replace(b"2024-06-28", b"2024-06-31"),
    "a day to come": RECORDED.replace(b"2024-06-28", b"2124-06-28"),
    "no rate": RECORDED.replace(b"1.0705", b"NaN"),
    "no positive rate": RECORDED.replace(b"1.0705", b"0"),
    "a rate without end": RECORDED.replace(b"1.0705", b"1" * 100_000),
    "known currencies missing": RECORDED.replace(b"currency='", b"currency='X"),
    "too much": RECORDED + b" " * 20_000,
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_changes_nothing_and_is_told_once_a_day(
    world: World,
    broken: bytes | Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbound, "LARGEST_ANSWER", 10_000)
    world.bank.answers[DAILY] = broken
    with capture_logs() as said:
        for hours in (0, 1, 12, 23):
            world.now = AT_FOUR + timedelta(hours=hours)
            assert world.run() == 0
    assert len(world.asked) == 4
    assert world.known() == {}
    (told,) = world.failures()
    assert (told["url"], told["rates_until"]) == (world.bank.url, None)
    assert told["failure"]
    assert said == [
        {"event": "exchange rates not fetched", "log_level": "warning", **told}
    ]
    world.now = AT_FOUR + timedelta(hours=25)
    world.run()
    assert len(world.failures()) == 2
    world.bank.answers[DAILY] = RECORDED
    assert world.run() == 1


@pytest.mark.parametrize(
    "archive",
    [
        b"PK",
        RECORDED,
        zip_of(b"Date,USD,\n2024-06-28,1.07,9,\n"),
        zip_of(b'Date,USD,\n2024-06-28,"' + b"1" * 200_000),
        zip_of(b"\xff\xfe"),
        zip_of(b"Date,USD,\n2024-06-28,1.07,\n" + b"\n" * 200_000),
        zip_of(b"Date,USD,\n2024-06-28,1.07,\n")[:52] + b"?" * 200,
        spoiled(zip_of(b"Date,USD,\n2024-06-28,1.07,\n")),
        zip_of(b"Date,USD,\n2024-06-28,1.07,\n" * 50)[:-60],
    ],
)
def test_a_broken_archive_changes_nothing(
    world: World, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "LARGEST_HISTORY", 200_000)
    release_ends_on(monkeypatch, date(2024, 1, 2))
    world.bank.answers[LAST_90] = RECORDED
    world.bank.answers[ALL] = archive
    assert (world.run(), world.known()) == (0, {})
    assert len(world.failures()) == 1


@pytest.mark.parametrize(
    ("over", "why"),
    [
        ({"exchange_rates_url": "http://127.0.0.1:9"}, "refused"),
        ({"exchange_rates_url": "https://bank.example"}, "has no address"),
        ({"outbound_networks": ()}, "at no public address"),
    ],
)
def test_a_host_that_cannot_be_asked(
    world: World, over: dict[str, Any], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = socket.getaddrinfo

    def offline(host: str, *rest: Any, **more: Any) -> Any:
        if host != "127.0.0.1":
            raise socket.gaierror("Temporary failure in name resolution")
        return look_up(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", offline)
    settings = replace(world.context.settings, **over)
    world.context = JobContext(world.context.engine, settings)
    assert (world.run(), world.asked) == (0, [])
    (told,) = world.failures()
    assert why in told["failure"]


def test_two_workers_at_once(world: World, session: Session) -> None:
    ready, done = threading.Barrier(3), []

    def work() -> None:
        ready.wait(10)
        done.append(world.run())

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(done)[-1] == 1
    assert len(done) == 3
    assert len(world.known()) == 5
    assert session.scalar(select(func.count()).select_from(RateFill)) == 1
    assert world.failures() == []


def test_switched_off(world: World) -> None:
    settings = replace(world.context.settings, exchange_rates_url="")
    assert fetch_exchange_rates.run(JobContext(world.context.engine, settings)) == 0
    assert world.asked == []


def test_where_it_asks_is_a_setting(tmp_path: Any) -> None:
    def told(**env: str) -> str:
        read = Settings.from_env({"INSTANCE": str(tmp_path), **env})
        return read.exchange_rates_url

    assert told() == ECB
    assert told(EXCHANGE_RATES_URL="") == ""
    assert told(EXCHANGE_RATES_URL="http://mirror/ecb/") == "http://mirror/ecb"
    with pytest.raises(BadSetting, match="EXCHANGE_RATES_URL"):
        told(EXCHANGE_RATES_URL="ftp://mirror")


def test_the_days_it_publishes_are_those_of_its_history() -> None:
    """Since 2002 the closing days of TARGET are the same."""
    lines = bundled.stretch(None, 99_999).splitlines()[1:]
    days = {date.fromisoformat(line[:10]) for line in lines}
    newest = bundled.newest_day()
    assert newest == max(days)
    evening = datetime(newest.year, newest.month, newest.day, 20, tzinfo=UTC)
    first = date(2002, 1, 1)
    due = published.days_due(first - timedelta(days=1), evening)
    assert due == sorted(day for day in days if day >= first)

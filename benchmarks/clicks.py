"""Clicks in their millions: how fast they come in, and what a report then takes.

    python -m benchmarks clicks [--clicks 200000 | --full] [--runs 9] [--batch 250000]
                                [--database-url URL]

One campaign of 200 influencers with 1,000 links, over 90 days. Lines as the redirect
writes them go through real spool files and the real ingest. At a hundredth, a tenth and
the whole of the clicks (`--full`: 0.1, 1 and 10 million) the campaign's report is timed.
It must not take longer for there being more clicks: exits with 1 if, at the end, the
totals or the report by day take more than 1.5 times what they took at first.

Without a URL everything is on SQLite in a temporary folder (`TMPDIR`; 10 GB for
`--full`). A database given must be empty, and keeps what was put there.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from benchmarks.crowd import clicks, spool_line
from marketplace import accounts, clock, kpis
from marketplace.app import create_app
from marketplace.campaigns.models import Campaign
from marketplace.cli.ledger import violations
from marketplace.config import Settings
from marketplace.database import db, make_engine, migrate
from marketplace.jobs import JobContext, ingest_clicks
from marketplace.kpis import Breakdown, Window
from marketplace.tracking import partitions
from marketplace.tracking.codec import click_codec
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.rules import Dimension
from marketplace.tracking.spool import SpoolWriter
from marketplace.tracking.traffic_models import Click, TrafficCell

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
import factories

INFLUENCERS, LINKS, DAYS = 200, 1000, 90
FULL, USUAL = 10_000_000, 200_000
LIMIT = 1.5  # times what it took with a hundredth of the clicks
CHECKED = 200_000  # with more clicks than that the proof of all cells takes too long
REPORTS: dict[str, Breakdown | None] = {
    "total": None,
    "by day": Breakdown.DAY,
    "by influencer": Breakdown.INFLUENCER,
    "by link": Breakdown.LINK,
    "by country": Breakdown.COUNTRY,
}
MUST_NOT_GROW = ("total", "by day")


@dataclass
class World:
    """What there is to click on, and whose it is."""

    campaign_id: str
    headers: dict[str, str]
    links: list[str]
    first: date

    @property
    def window(self) -> Window:
        return Window(self.first, self.first + timedelta(days=DAYS))


def make_world(engine: Engine) -> World:
    with Session(engine) as session:
        if session.scalar(select(func.count()).select_from(Campaign)):
            raise SystemExit("that database is not empty")
        brand = factories.make_brand(session)
        campaign = factories.make_campaign(session, brand)
        for number in range(INFLUENCERS):
            influencer = factories.make_influencer(session, name=f"Anna {number}")
            application = factories.make_application(session, campaign, influencer)
            for _ in range(LINKS // INFLUENCERS):
                factories.make_link(session, application)
        owner = session.scalars(select(accounts.Membership)).first()
        assert owner is not None
        user = session.get_one(accounts.User, owner.user_id)
        _, secret = accounts.issue_token(session, user, name="bench", now=clock.now())
        links = list(session.scalars(select(TrackingLink.id)))
        first = clock.now().date() - timedelta(days=DAYS + 1)
        month = datetime(first.year, first.month, 1, tzinfo=UTC)
        while partitions.prepare_next(session, now=month):
            session.commit()
            session.begin()
        session.commit()
        headers = {"Authorization": f"Bearer {secret}"}
        return World(campaign.id, headers, links, first)


def load(
    context: JobContext, world: World, number: int, batch: int, seed: int
) -> float:
    """Write so many clicks down and bring them in, by turns; seconds of the latter."""
    chance, settings = random.Random(seed), context.settings
    codec = click_codec(settings.keyring)
    people = random.Random(seed)
    lines = clicks(world.links, world.first, DAYS, number, people)
    took, done = 0.0, 0
    while done < number:
        size = min(batch, number - done)
        writer = SpoolWriter(settings.spool, settings.node_id)
        for _ in range(size):
            if not writer.append(spool_line(next(lines), codec, chance)):
                raise SystemExit("the spool's disk is full")
        writer.close()
        begun = time.perf_counter()
        while ingest_clicks.run(context):
            pass
        took += time.perf_counter() - begun
        done += size
        for path in settings.spool.iterdir():
            path.unlink()
        print(f"  {done:>10,} in, {done / took:>7,.0f}/s", flush=True)
    return took


def report_times(
    engine: Engine, settings: Settings, world: World, runs: int
) -> dict[str, float]:
    """Median milliseconds of each report, as it is made and as HTTP answers it.

    They take turns, so that whatever else goes on slows down all of them alike; the
    first turn does not count.
    """
    app, now = create_app(settings), clock.now()
    client, window = app.test_client(), world.window
    url = f"/v1/campaigns/{world.campaign_id}/kpis?from={window.start}&to={window.end}"

    def made(by: Breakdown | None) -> None:
        with Session(engine) as session:
            scope = kpis.campaign_scope(session.get_one(Campaign, world.campaign_id))
            kpis.report(session, scope, window=window, by=by, now=now)

    def asked(more: str) -> None:
        answer = client.get(url + more, headers=world.headers)
        assert answer.status_code == 200, answer.text

    work: dict[str, Callable[[], None]] = {
        **{name: partial(made, by) for name, by in REPORTS.items()},
        "HTTP": partial(asked, ""),
        "HTTP by day": partial(asked, "&by=day"),
    }
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(runs + 1):
        for name, each in work.items():
            begun = time.perf_counter()
            each()
            times[name].append((time.perf_counter() - begun) * 1000)
    with app.app_context():
        db.engine.dispose()
    return {name: statistics.median(found[1:]) for name, found in times.items()}


def settle(engine: Engine) -> None:
    """What the database does by itself once it has the time."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
            plain.execute(text("SET statement_timeout = 0"))
            plain.execute(text("VACUUM (ANALYZE)"))
    else:
        with engine.connect() as plain:
            plain.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def prove(engine: Engine, world: World, number: int) -> None:
    """Every click is there, once, and the campaign's cells say so."""
    own = TrafficCell.scope_id == world.campaign_id
    with Session(engine) as session:
        stored = session.scalar(select(func.count()).select_from(Click))
        gross = session.scalar(
            select(func.sum(TrafficCell.gross)).where(
                own, TrafficCell.dimension == Dimension.ALL
            )
        )
        rows = session.scalar(select(func.count()).select_from(TrafficCell))
    if not stored == gross == number:
        raise SystemExit(f"written {number:,}, stored {stored:,}, in cells {gross:,}")
    print(f"  all {number:,} clicks stored; {rows:,} cells", flush=True)
    if number <= CHECKED:
        broken = {name: rows for name, rows in violations(engine).items() if rows}
        if broken:
            raise SystemExit(f"cells differ from their clicks: {str(broken)[:2000]}")
        print("  every cell says what its clicks say", flush=True)


def measure(settings: Settings, sizes: list[int], batch: int, runs: int) -> bool:
    """Load and time at each size; whether nothing grew that must not."""
    engine = make_engine(settings.database_url)
    migrate(engine)
    world, context = make_world(engine), JobContext(engine, settings)
    times: dict[int, dict[str, float]] = {}
    there = 0
    for seed, size in enumerate(sizes):
        took = load(context, world, size - there, batch, seed)
        print(f"  ingest: {(size - there) / took:,.0f} clicks/s", flush=True)
        there = size
        settle(engine)
        prove(engine, world, size)
        times[size] = report_times(engine, settings, world, runs)
    first, last = times[sizes[0]], times[sizes[-1]]
    for _ in range(2):
        if not has_grown(first, last):
            break
        print("  longer than at first; once more, should the machine be busy")
        again = report_times(engine, settings, world, runs)
        last |= {name: min(took, again[name]) for name, took in last.items()}
    engine.dispose()
    show(times, runs)
    return not has_grown(first, last)


def has_grown(first: dict[str, float], last: dict[str, float]) -> bool:
    return any(last[name] > LIMIT * first[name] for name in MUST_NOT_GROW)


def show(times: dict[int, dict[str, float]], runs: int) -> None:
    print(f"\nreport of {DAYS} days, ms (medians of {runs}), and ÷ the first")
    print(f"{'clicks':14}" + "".join(f"{size:>20,}" for size in times))
    first = next(iter(times.values()))
    for name in first:
        cells = (f"{t[name]:.1f} ({t[name] / first[name]:.2f})" for t in times.values())
        print(f"{name:14}" + "".join(f"{cell:>20}" for cell in cells))


def main() -> None:
    """Load, measure, and say what grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=USUAL)
    parser.add_argument("--full", action="store_true", help=f"{FULL:,} clicks")
    parser.add_argument(
        "--batch", type=int, default=250_000, help="in the spool at once"
    )
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--database-url", default="")
    options = parser.parse_args()
    number = FULL if options.full else options.clicks
    if number < 100 * DAYS or options.runs < 5 or options.batch < 1:
        parser.error(f"--clicks from {100 * DAYS:,} on, --runs from 5 on")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory() as folder:
        told = {"INSTANCE": folder, "NODE_ID": "bench", "SECRET_KEY": "x" * 32}
        if options.database_url:
            told["DATABASE_URL"] = options.database_url
        sizes = [number // 100, number // 10, number]
        if not measure(Settings.from_env(told), sizes, options.batch, options.runs):
            raise SystemExit(f"more than {LIMIT} times as long: clicks make it slower")


if __name__ == "__main__":
    main()

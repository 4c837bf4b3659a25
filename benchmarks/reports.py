"""Reports over ten million clicks and a million orders, and over a tenth of them.

    python -m benchmarks reports [--rounds 7] [--clicks 10000000] [--orders 1000000]
                                 [--database-url postgresql:///test]

On a PostgreSQL database that it makes and drops: a brand with 50 influencers, 300 posts
and 90 days of all that, raw rows and the cells they leave; and beside it a brand with a
tenth. Forty KPIs over the 90 days, by influencer and by day, over HTTP (Flask's client),
must take less than 150 ms (medians), and at most half as long again as those of a tenth:
a report costs by its cells, not by what happened. Returning customers, who are distinct
people over all orders, are shown apart: their sketches grow with them. Exits with 1
beyond a limit.
"""

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.database import db, make_engine, migrate
from marketplace.kpis import CATALOGUE

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from benchmarks.report_rows import happen, without_indexes
from benchmarks.report_world import DAY, World

LIMIT, GROWTH = 0.150, 1.5  # seconds; of a tenth
TENTH = 10
# Distinct over all orders of a window, so that every customer's hash must be read: shown
# beside the limits.
DISTINCT = ("returning_customers", "returning_customer_rate")
KPIS = (
    *("clicks", "clicks_gross", "unique_clickers", "visitors", "social_visitors"),
    *("new_visitors", "visits", "bounce_rate", "conversions", "conversion_rate"),
    *("revenue", "orders", "average_order_value", "new_customers", "repeat_buyers"),
    *("repeat_buyers_90d", "repeat_rate", "code_redemptions", "refunded_amount"),
    *("refund_rate", "cost", "gross_profit", "net_profit", "profit_per_visitor"),
    *("gross_profit_per_visitor", "cpa", "cost_per_conversion", "cpc", "cpm", "roi"),
    *("roas", "impressions", "views", "likes", "comments", "shares", "saves"),
    *("engagement", "engagement_rate", "ctr"),
)


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """A migrated database of one's own on that server, dropped afterwards."""
    server = make_url(url).set(drivername="postgresql+psycopg")
    name = f"marketplace_reports_{uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        own = server.set(database=name).render_as_string(hide_password=False)
        engine = make_engine(own)
        migrate(engine)
        engine.dispose()
        yield own
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def load(session: Session, clicks: int, orders: int) -> dict[str, World]:
    """Both brands; foreign keys are not looked at, for the rows are known to fit."""
    session.execute(text("SET session_replication_role = replica"))
    session.execute(text("SET synchronous_commit = off"))
    session.execute(text("SET statement_timeout = 0"))
    worlds: dict[str, World] = {}
    parts = {"all": 1, "tenth": TENTH}
    for name, part in parts.items():
        begun = time.perf_counter()
        worlds[name] = World(session, name)
        worlds[name].roll_up(clicks // part, orders // part)
        print(f"{name:6} cells: {time.perf_counter() - begun:.0f} s", flush=True)
    begun = time.perf_counter()
    with without_indexes(session):
        for name, part in parts.items():
            happen(worlds[name], clicks // part, orders // part)
    session.commit()
    took = time.perf_counter() - begun
    print(f"{clicks} clicks, {orders} orders, and a tenth: {took:.0f} s", flush=True)
    tidy(session.get_bind().engine)
    size = session.scalar(
        text("SELECT pg_size_pretty(pg_database_size(current_database()))")
    )
    print(f"the database has {size}; load {os.getloadavg()[0]:.1f}", flush=True)
    return worlds


def tidy(engine: Engine) -> None:
    """What PostgreSQL does by itself a minute later, and then beside the reports."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.execute(text("SET statement_timeout = 0"))
        plain.execute(text("VACUUM (ANALYZE)"))


def measure(
    client: FlaskClient, world: World, by: str, kpis: Sequence[str], rounds: int
) -> tuple[float, float, float]:
    """Seconds that a report takes (median, least), and of these in Python (median)."""
    end = world.days[-1] + DAY
    query = urlencode(
        {"from": world.days[0], "to": end, "by": by, "kpis": ",".join(kpis)}
    )
    headers = world.token()
    took, worked = [], []
    for _ in range(rounds + 1):
        begun, busy = time.perf_counter(), time.process_time()
        answer = client.get(
            f"/v1/campaigns/{world.campaign.id}/kpis?{query}", headers=headers
        )
        took.append(time.perf_counter() - begun)
        worked.append(time.process_time() - busy)
        assert answer.status_code == 200, answer.text
    return statistics.median(took[1:]), min(took[1:]), statistics.median(worked[1:])


def main() -> None:
    """Load, measure, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--clicks", type=int, default=10_000_000)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--database-url", default="postgresql:///test")
    told = parser.parse_args()
    unknown = sorted({*KPIS} - {*CATALOGUE})
    assert not unknown, f"no such KPIs: {unknown}"
    kept = True
    with (
        own_database(told.database_url) as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        engine = make_engine(url)
        with Session(engine, expire_on_commit=False) as session:
            worlds = load(session, told.clicks, told.orders)
            names = {"INSTANCE": folder, "DATABASE_URL": url, "SECRET_KEY": "s" * 40}
            app = create_app(Settings.from_env({**names, "NODE_ID": "bench"}))
            client = app.test_client()
            gc.collect()
            gc.freeze()  # as the web server's workers do
            for by in ("influencer", "day"):
                kept = compare(client, worlds, by, told.rounds) and kept
            took, *_ = measure(
                client, worlds["all"], "influencer", DISTINCT, told.rounds
            )
            print(f"returning customers by influencer: {took * 1000:.0f} ms")
            app.extensions["redirect"].close()
            with app.app_context():
                db.engine.dispose()
        engine.dispose()
    sys.exit(not kept)


def compare(
    client: FlaskClient, worlds: Mapping[str, World], by: str, rounds: int
) -> bool:
    """One breakdown over all and over a tenth; whether it keeps both limits."""
    whole, least, worked = measure(client, worlds["all"], by, KPIS, rounds)
    tenth, *_ = measure(client, worlds["tenth"], by, KPIS, rounds)
    print(
        f"by {by:10} {whole * 1000:6.0f} ms (at best {least * 1000:.0f};"
        f" {worked * 1000:.0f} in Python), {whole / LIMIT:.2f} of its limit;"
        f" {whole / tenth:.2f} times a tenth; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return whole < LIMIT and whole < GROWTH * tenth


if __name__ == "__main__":
    main()

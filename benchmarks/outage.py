"""A minute without a database, under load: what was answered, and what was lost.

    python -m benchmarks.outage [--seconds 60] [--database-url postgresql:///test]

A real `marketplace serve` gets clicks, webhooks and questions after its health; then its
database goes away (PostgreSQL: connections cut and refused; SQLite: somebody else
writes all the time) and comes back. Afterwards every answered click must be in the
database once. A database of PostgreSQL is made for this and dropped.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BEFORE = AFTER = 5.0  # seconds of load on either side


@contextmanager
def empty_database(url: str, folder: Path) -> Iterator[str]:
    """A database of one's own: on that server, or a file of SQLite's."""
    from sqlalchemy import create_engine, make_url, text

    if not url:
        yield f"sqlite:///{folder / 'outage.db'}"
        return
    server = make_url(url).set(drivername="postgresql+psycopg")
    name = f"marketplace_outage_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def run(url: str, folder: Path, seconds: float) -> tuple[Any, dict[str, float]]:
    """The load, and when the database went, came back and was caught up with."""
    from outages import PROXIED, Load, outage_of
    from serving import serving, wait_for
    from stage import Stage

    marks: dict[str, float] = {}
    with (
        outage_of(url) as outage,
        serving(folder / "instance", outage.url, **PROXIED) as server,
    ):
        stage = Stage(server.address)
        load = Load(stage)
        try:
            time.sleep(BEFORE)
            marks["gone"] = time.monotonic()
            outage.begin()
            time.sleep(seconds)
            outage.end()
            marks["back"] = time.monotonic()
            wait_for(server.ready)
            marks["ready"] = time.monotonic()
            time.sleep(AFTER)
        finally:
            load.stop()
        wait_for(stage.quiet, seconds=120)
        marks["quiet"] = time.monotonic()
        stage.http.close()
        environment = {**server.env, "INSTANCE": str(server.instance)}
        subprocess.run(
            [sys.executable, "-m", "marketplace.cli", "ledger", "check"],
            env={**environment, "DATABASE_URL": url},
            check=True,
        )
    return load, marks


def stored_clicks(url: str) -> set[str]:
    """The ids of all clicks in the database."""
    from sqlalchemy import select
    from sqlalchemy.orm import Session

    from marketplace.database import make_engine
    from marketplace.tracking.traffic_models import Click

    engine = make_engine(url)
    with Session(engine) as session:
        found = set(session.scalars(select(Click.id)))
    engine.dispose()
    return found


def show(load: Any, marks: dict[str, float], seconds: float) -> None:
    """How it went, before, without and after the database."""
    phases = (
        ("with", 0.0, marks["gone"]),
        ("without", marks["gone"], marks["back"]),
        ("after", marks["back"], float("inf")),
    )
    for name, begun, ended in phases:
        clicks = [click for click in load.clicks if begun < click.at <= ended]
        took = sorted(click.took * 1000 for click in clicks)
        sent = Counter(status for at, status, _ in load.webhooks if begun < at <= ended)
        asked = Counter(status for at, status in load.health if begun < at <= ended)
        print(
            f"{name:8} {len(clicks):7,} clicks {dict(Counter(c.status for c in clicks))}"
            f", median {statistics.median(took):.1f} ms"
            f", p99 {took[int(len(took) * 0.99)]:.1f} ms, worst {took[-1]:.0f} ms"
            f"; webhooks {dict(sent)}; readyz {dict(asked)}"
        )
    print(
        f"away {seconds:.0f} s; ready {marks['ready'] - marks['back']:.1f} s after, "
        f"nothing left to ingest {marks['quiet'] - marks['back']:.1f} s after"
    )


def main() -> None:
    """Take it away, give it back, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--database-url", default="")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with empty_database(options.database_url, folder) as url:
            load, marks = run(url, folder, options.seconds)
            stored = stored_clicks(url)
    show(load, marks, options.seconds)
    answered = {click.click for click in load.clicks}
    print(f"clicks answered {len(load.clicks):,}, stored {len(stored):,}")
    failed = load.unanswered + sum(click.status != 302 for click in load.clicks)
    if failed or answered != stored or len(answered) != len(load.clicks):
        raise SystemExit(f"{failed} clicks failed, {len(answered ^ stored)} differ")


if __name__ == "__main__":
    main()

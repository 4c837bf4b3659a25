"""Webhooks against a bare view that only keeps the body; then what processing takes.

    python -m benchmarks webhooks [--count 400] [--rounds 5] [--threads 24]
                                  [--database-url postgresql:///test]

Orders of four kinds of shops, of real size, no two alike. Accepting one (verify, store,
commit) is compared with a Flask view that inserts the raw body and commits, on the same
server, by engines alike, in interleaved rounds: in this process, and over HTTP from wrk.
What counts are the ratios of the medians; those of the processor's time bear other load
on the machine. Afterwards the job processes a part of what was accepted, and every
webhook that was answered must be in the inbox. A database of PostgreSQL is made for this
and dropped. Needs wrk.
"""

import argparse
import gc
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Flask, request
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, func, select
from sqlalchemy.orm import Session

from benchmarks.outage import empty_database
from benchmarks.posting import Took, post
from benchmarks.redirect import ROOT, WORKERS, free_port, granian, running
from benchmarks.sales import PLATFORMS, Sent, Shop, webhooks
from marketplace import clock, shops
from marketplace.app import create_app
from marketplace.cli.ledger import violations
from marketplace.cli.webserver import THREADS
from marketplace.config import Settings
from marketplace.database import make_engine, migrate
from marketplace.jobs import JobContext, process_webhooks
from marketplace.shops import WebhookEvent, WebhookStatus
from marketplace.shops.rules import ShopPlatform

sys.path.insert(0, str(ROOT / "tests"))
import factories

CONNECTIONS = (1, 16)
BODIES = Table(
    "benchmark_bodies",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)


def bare() -> Flask:
    """The least that keeps a body: one insert, one commit."""
    engine = make_engine(Settings.from_env().database_url)
    engine = engine.execution_options(writing=True)
    app = Flask("bare")

    @app.post("/webhooks/<shop_id>")
    def keep(shop_id: str) -> Mapping[str, str]:
        with engine.begin() as connection:
            connection.execute(BODIES.insert().values(body=request.get_data()))
        return {"status": "received"}

    gc.collect()
    gc.freeze()  # as the server does
    return app


def instance(folder: Path, url: str) -> dict[str, str]:
    """Its environment, with an empty database."""
    told = {
        "INSTANCE": str(folder),
        "NODE_ID": "bench",
        "SECRET_KEY": "x" * 32,
        "DATABASE_URL": url,
    }
    engine = make_engine(url)
    migrate(engine)
    BODIES.create(engine)
    engine.dispose()
    return told


def make_world(settings: Settings) -> tuple[list[Shop], list[str]]:
    """A brand's shops, one of each kind, and promo codes of its campaign."""
    engine = make_engine(settings.database_url)
    made, codes = [], [f"CODE{n}" for n in range(20)]
    with Session(engine) as session:
        brand = factories.make_brand(
            session, customer_key=settings.keyring.seal("customer-key", b"k" * 32)
        )
        campaign = factories.make_campaign(session, brand, margin_bps=4_000)
        for code in codes:
            influencer = factories.make_influencer(session)
            application = factories.make_application(session, campaign, influencer)
            factories.make_code(session, application, code)
        for platform in PLATFORMS:
            shop, secret = shops.connect(
                session,
                brand,
                platform=ShopPlatform(platform),
                name=platform,
                domain=f"{platform}.example",
                currency="EUR",
                timezone="Europe/Amsterdam",
                secret=None,
                history_complete_since=None,
                keyring=settings.keyring,
                now=clock.now(),
            )
            made.append(Shop(platform, f"/webhooks/{shop.id}", secret))
        session.commit()
    engine.dispose()
    return made, codes


def environ_of(sent: Sent) -> dict[str, Any]:
    """The request as a WSGI server passes it on."""
    headers = {
        f"HTTP_{k.upper().replace('-', '_')}": v for k, v in sent.headers.items()
    }
    content_type = headers.pop("HTTP_CONTENT_TYPE")
    return {
        **headers,
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": sent.path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(sent.body)),
        "HTTP_HOST": "bench.example",
        "HTTP_USER_AGENT": "Shopify-Captain-Hook",
        "REMOTE_ADDR": "192.0.2.1",
        "SERVER_NAME": "bench.example",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(sent.body),
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def call(app: Flask, sent: list[Sent]) -> Took:
    """One after another, in this process."""
    environs = [environ_of(each) for each in sent]
    statuses: list[str] = []
    begun, busy = time.perf_counter(), time.process_time()
    for environ in environs:
        answer = app(environ, lambda status, headers: statuses.append(status))
        b"".join(answer)
        if close := getattr(answer, "close", None):
            close()
    busy, took = time.process_time() - busy, time.perf_counter() - begun
    if {status[:3] for status in statuses} != {"200"}:
        raise SystemExit(f"some were refused: {sorted(set(statuses))}")
    return Took(len(sent) / took, busy * 1000 / len(sent))


def compare(name: str, rounds: int, ways: Mapping[str, Callable[[], Took]]) -> None:
    """By turns; prints the medians and what ours are of the bare view's."""
    found: dict[str, list[Took]] = {way: [] for way in ways}
    for each in ways.values():  # warm
        each()
    for _ in range(rounds):
        for way, each in ways.items():
            found[way].append(each())
    ours, least = (
        Took(*(statistics.median(column) for column in zip(*values, strict=True)))
        for values in found.values()
    )
    print(
        f"{name:20} {ours.rate:7,.0f}/s of {least.rate:7,.0f}/s: "
        f"{ours.rate / least.rate:4.0%}   processor {ours.cpu:5.2f} ms of "
        f"{least.cpu:5.2f} ms: {least.cpu / ours.cpu:4.0%}",
        flush=True,
    )


def in_process(told: dict[str, str], queue: Iterator[Sent], options: Any) -> None:
    """Without a server: the WSGI callables themselves."""
    ours = create_app(Settings.from_env(told))
    os.environ.update(told)
    least = bare()
    compare(
        "in process",
        options.rounds,
        {
            "webhooks": lambda: call(ours, list(islice(queue, options.count))),
            "bare": lambda: call(least, list(islice(queue, options.count))),
        },
    )
    ours.extensions["redirect"].close()


def over_http(
    told: dict[str, str], queue: Iterator[Sent], folder: Path, options: Any
) -> None:
    """The same from real servers."""
    targets = {
        "webhooks": "marketplace.cli.webserver:application",
        "bare": "benchmarks.webhooks:bare",
    }
    with ExitStack() as stack:
        servers = {}
        for name, target in targets.items():
            port = free_port()
            command = [*granian(target, port, options.threads), "--factory"]
            environment = {**os.environ, **told}
            server = stack.enter_context(running(command, port, environment))
            servers[name] = (f"http://127.0.0.1:{port}/", server.pid)
        for connections in CONNECTIONS:

            def one(name: str, connections: int = connections) -> Took:
                sent = list(islice(queue, options.count + connections))
                return post(*servers[name], sent, connections, folder)

            compare(
                f"HTTP, {connections} connections",
                options.rounds,
                {"webhooks": lambda: one("webhooks"), "bare": lambda: one("bare")},
            )


def process(settings: Settings, rounds: int) -> None:
    """What the job does in a second, alone."""
    engine = make_engine(settings.database_url)
    context = JobContext(engine, settings)
    process_webhooks.run(context)  # warm
    found = []
    for _ in range(rounds):
        begun, busy = time.perf_counter(), time.process_time()
        done = process_webhooks.run(context)
        busy, took = time.process_time() - busy, time.perf_counter() - begun
        found.append(Took(done / took, busy * 1000 / done))
    rate, cpu = (statistics.median(column) for column in zip(*found, strict=True))
    print(f"processed {rate:,.0f}/s, {cpu:.2f} ms of the processor each")
    with Session(engine) as session:
        wrong = violations(engine)
        failed = session.scalar(
            select(func.count()).where(
                WebhookEvent.status.in_([WebhookStatus.FAILED, WebhookStatus.IGNORED])
            )
        )
    engine.dispose()
    wrong = {name: found for name, found in wrong.items() if found}
    if wrong or failed:
        raise SystemExit(f"{failed} were not understood; {wrong}")


def stored(settings: Settings) -> int:
    engine = make_engine(settings.database_url)
    with Session(engine) as session:
        found = session.scalar(select(func.count()).select_from(WebhookEvent)) or 0
    engine.dispose()
    return found


def main() -> None:
    """Accept by turns, count, process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400, help="webhooks of a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--database-url", default="")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("skipped: wrk is not installed")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with empty_database(options.database_url, folder) as url:
            told = instance(folder, url)
            settings = Settings.from_env(told)
            queue = webhooks(*make_world(settings), 0)
            print(f"granian {WORKERS}x{options.threads}, medians of {options.rounds}")
            in_process(told, queue, options)
            over_http(told, queue, folder, options)
            answered = options.count * (options.rounds + 1) * (1 + len(CONNECTIONS))
            dropped = sum(CONNECTIONS) * (options.rounds + 1)
            print(f"webhooks answered {answered:,}, stored {stored(settings):,}")
            if not answered <= stored(settings) <= answered + dropped:
                raise SystemExit("webhooks answered and webhooks stored differ")
            process(settings, options.rounds)


if __name__ == "__main__":
    main()

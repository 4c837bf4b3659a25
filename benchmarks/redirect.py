"""The redirect against its limits: a bare WSGI callable, and nginx's `return 302`.

    python -m benchmarks redirect [--seconds 2] [--rounds 3] [--threads 2]

Everything on this machine over 127.0.0.1, driven by wrk with 1, 16 and 64 connections,
in interleaved rounds; what counts are the ratios of the medians. At the end every
answered click must be in the spool, and all of it in the database. Needs wrk; nginx if
there.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WORKERS, CONNECTIONS = 2, (1, 16, 64)
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
TARGET = "https://shop.example/spring?utm_source=instagram&utm_medium=influencer"
NGINX = """
daemon off; worker_processes {workers}; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  keepalive_requests 100000000;
  server {{ listen 127.0.0.1:{port}; location / {{ return 302 "{target}"; }} }}
}}
"""


def bare(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The least a WSGI callable can do."""
    headers = [("Location", TARGET), ("Content-Type", "text/plain")]
    start_response("302 Found", [*headers, ("Content-Length", "0")])
    return [b""]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: list[str], port: int, environment: dict[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """A server, from its first answer on."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, start_new_session=True
    )
    try:
        for _ in range(200):
            with (
                suppress(OSError),
                closing(socket.create_connection(("127.0.0.1", port))),
            ):
                break
            time.sleep(0.05)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def granian(target: str, port: int, threads: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-log"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", str(WORKERS)),
        *("--blocking-threads", str(threads), target),
    ]


def wrk(url: str, seconds: int, connections: int) -> tuple[float, float, int]:
    """Requests a second, 99th percentile in ms, and how many were answered."""
    printed = subprocess.run(
        [
            *(
                "wrk",
                f"-t{min(2, connections)}",
                f"-c{connections}",
                f"-d{seconds}s",
                "--latency",
            ),
            *("-H", f"User-Agent: {AGENT}", "-H", "Accept-Language: nl-NL,nl;q=0.9"),
            url,
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise SystemExit(f"some requests failed:\n{printed}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    tail = re.search(r"99%\s+([\d.]+)(us|ms|s)", printed)
    answered = re.search(r"(\d+) requests in", printed)
    if not (rate and tail and answered):
        raise SystemExit(f"wrk printed something else:\n{printed}")
    unit = {"us": 0.001, "ms": 1, "s": 1000}[tail[2]]
    return float(rate[1]), float(tail[1]) * unit, int(answered[1])


def instance(folder: Path) -> dict[str, str]:
    """An instance with one link, ``/r/bench``; its environment."""
    from sqlalchemy.orm import Session

    sys.path.insert(0, str(ROOT / "tests"))
    import factories

    from marketplace.config import Settings
    from marketplace.database import make_engine, migrate
    from marketplace.jobs.runner import run_once

    told = {
        "INSTANCE": str(folder),
        "NODE_ID": "bench",
        "SECRET_KEY": "x" * 32,
    }
    settings = Settings.from_env(told)
    engine = make_engine(settings.database_url)
    migrate(engine)
    with Session(engine) as session:
        campaign = factories.make_campaign(session, factories.make_brand(session))
        influencer = factories.make_influencer(session)
        application = factories.make_application(session, campaign, influencer)
        factories.make_link(session, application, slug="bench", target_url=TARGET)
        session.commit()
    engine.dispose()
    run_once("renew_salts", settings)
    return told


def spooled(folder: Path) -> int:
    """How many clicks were written down."""
    from marketplace.tracking.spool import read_lines, spool_files

    total = 0
    for path in spool_files(folder / "spool", "bench"):
        offset = 0
        while (lines := read_lines(path, offset, 100_000)).offset > offset:
            assert lines.damaged == 0
            total += sum(b'"click"' in payload for payload in lines.payloads)
            offset = lines.offset
    return total


def ingest(told: dict[str, str]) -> tuple[int, int]:
    """Bring all of it into the database; clicks a second, and clicks that are there."""
    from sqlalchemy import func, select
    from sqlalchemy.orm import Session

    from marketplace.config import Settings
    from marketplace.database import make_engine
    from marketplace.jobs import JobContext, ingest_clicks
    from marketplace.tracking.traffic_models import Click

    settings = Settings.from_env(told)
    engine = make_engine(settings.database_url)
    begun = time.perf_counter()
    while ingest_clicks.run(JobContext(engine, settings)):
        pass
    took = time.perf_counter() - begun
    with Session(engine) as session:
        stored = session.scalar(select(func.count()).select_from(Click)) or 0
    engine.dispose()
    return int(stored / took), stored


def servers(folder: Path, threads: int) -> dict[str, tuple[list[str], int]]:
    """What is compared: name → command and port."""
    ours, least, static = free_port(), free_port(), free_port()
    found = {
        "redirect": (granian("wsgi:redirects", ours, threads), ours),
        "bare WSGI": (granian("benchmarks.redirect:bare", least, threads), least),
    }
    if nginx := shutil.which("nginx"):
        config = folder / "nginx.conf"
        config.write_text(
            NGINX.format(folder=folder, port=static, target=TARGET, workers=WORKERS)
        )
        found["nginx"] = ([nginx, "-c", str(config), "-p", str(folder)], static)
    else:
        print("without nginx, which is not installed")
    return found


def measure(urls: dict[str, str], seconds: int, rounds: int) -> int:
    """Drive them by turns and print the medians; how many clicks ours answered."""
    found: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
    answered = 0
    for url in urls.values():  # warm
        count = wrk(url, 1, max(CONNECTIONS))[2]
        answered += count if url == urls["redirect"] else 0
    for _ in range(rounds):
        for connections in CONNECTIONS:
            for name, url in urls.items():
                rate, tail, count = wrk(url, seconds, connections)
                found[name, connections].append((rate, tail))
                answered += count if name == "redirect" else 0
    medians = {
        key: tuple(statistics.median(column) for column in zip(*values, strict=True))
        for key, values in found.items()
    }
    for (name, connections), (rate, tail) in medians.items():
        ratio = medians["redirect", connections][0] / rate
        print(
            f"{connections:3} connections  {name:10} {rate:9,.0f}/s"
            f"  p99 {tail:5.1f} ms  redirect ÷ it {ratio:.2f}"
        )
    return answered


def main() -> None:
    """Measure, then see that nothing is missing."""
    from marketplace.cli.webserver import THREADS  # the limit must not import it all

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=THREADS)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("skipped: wrk is not installed")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        told = instance(folder)
        with ExitStack() as stack:
            urls = {}
            for name, (command, port) in servers(folder, options.threads).items():
                stack.enter_context(running(command, port, {**os.environ, **told}))
                urls[name] = f"http://127.0.0.1:{port}/r/bench"
            print(f"granian {WORKERS}x{options.threads}, medians of {options.rounds}")
            answered = measure(urls, options.seconds, options.rounds)
        recorded = spooled(folder)
        rate, stored = ingest(told)
        print(f"clicks answered {answered:,}, spooled {recorded:,}, stored {stored:,}")
        print(f"ingest: {rate:,} clicks/s into SQLite")
        # wrk drops its connections at the end: those answers are not in its count.
        dropped = sum(CONNECTIONS) * options.rounds + max(CONNECTIONS)
        if not (answered <= recorded <= answered + dropped and stored == recorded):
            raise SystemExit("clicks answered and clicks recorded differ")


if __name__ == "__main__":
    main()

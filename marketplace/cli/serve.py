"""`marketplace serve`: schema, salts, web server and jobs, until SIGTERM."""

import os
import socket
import sys
import threading
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click
from sqlalchemy.exc import OperationalError

from marketplace.cli.options import environment, settings_in, with_instance
from marketplace.cli.processes import (
    Child,
    Supervisor,
    join_parent,
    lead_group,
    stop_on_signals,
)
from marketplace.config import Settings
from marketplace.database import make_engine, migrate
from marketplace.jobs.runner import run_once

DATABASE_PATIENCE = 30.0  # seconds to wait for a database that is not there yet
PORT_PATIENCE = 3.0  # seconds a predecessor may take to let go of the port
READY_PATIENCE = 60.0  # seconds from start to the first /readyz
MOST_DEATHS = 3  # of one child before that


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@with_instance
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=lambda: min(4, os.cpu_count() or 1),
    show_default="number of processors, at most 4",
    help="Web server processes.",
)
def serve(host: str, port: int, instance: Path | None, workers: int) -> None:
    """Migrate, then serve the web and run the jobs until SIGTERM."""
    join_parent()  # the demo's server goes with the demo
    lead_group()
    stopping = threading.Event()
    stop_on_signals(stopping)
    address = f"http://{url_host(host)}:{port}"
    env = environment(instance)
    env["PUBLIC_URL"] = env.get("PUBLIC_URL") or address
    settings = settings_in(env)
    env["INSTANCE"] = str(settings.instance)
    if not port_is_free(host, port):
        sys.exit(
            f"marketplace: port {port} of {host} is taken; choose another (--port)"
        )
    prepare(settings, stopping)
    supervisor = Supervisor(children(host, port, workers, env), stopping)
    try:
        announce(supervisor, address, settings)
        supervisor.watch_until(lambda: False)
    finally:
        clean = supervisor.stop()
    if not clean:
        sys.exit("marketplace: a process had to be killed")


def children(host: str, port: int, workers: int, env: dict[str, str]) -> list[Child]:
    """The processes of one instance."""
    web = ["--host", host, "--port", str(port), "--workers", str(workers)]
    return [
        Child("web server", ["marketplace.cli.webserver", *web], env),
        Child("jobs", ["marketplace.cli", "jobs", "start"], env),
    ]


def prepare(settings: Settings, stopping: threading.Event) -> None:
    """Bring the schema up to date; see that today's salts and partitions are there."""
    deadline = time.monotonic() + DATABASE_PATIENCE
    while not stopping.is_set():
        engine = make_engine(settings.database_url)
        try:
            migrate(engine)
            run_once("renew_salts", settings)
            run_once("prepare_partitions", settings)
            return
        except OperationalError as error:
            if time.monotonic() > deadline:
                sys.exit(f"marketplace: the database is away: {error.orig}")
            stopping.wait(1)
        finally:
            engine.dispose()


def announce(supervisor: Supervisor, address: str, settings: Settings) -> None:
    """Wait until the server is ready and say where to look; give up after a minute."""
    deadline = time.monotonic() + READY_PATIENCE

    def hopeless() -> bool:
        dying = any(child.deaths >= MOST_DEATHS for child in supervisor.children)
        return dying or time.monotonic() > deadline

    supervisor.watch_until(lambda: hopeless() or is_ready(address))
    if supervisor.stopping.is_set():
        return
    if hopeless():
        sys.exit(f"marketplace: {address}/readyz did not become ready")
    click.echo(
        f"The marketplace is at {address}\n"
        f"  API    {address}/docs\n"
        f"  health {address}/readyz\n"
        f"  data   {settings.instance}\n"
        "Ctrl-C or SIGTERM stops it."
    )


def is_ready(address: str) -> bool:
    """Whether /readyz says yes."""
    try:
        with urlopen(f"{address}/readyz", timeout=2) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def url_host(host: str) -> str:
    """The host as it stands in an address; every interface is reached by loopback."""
    if host in ("", "0.0.0.0"):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    if host == "::":
        return "[::1]"
    return f"[{host}]" if ":" in host else host


def port_is_free(host: str, port: int, patience: float = PORT_PATIENCE) -> bool:
    """Whether we could listen there; a predecessor gets a moment to let go."""
    deadline = time.monotonic() + patience
    while True:
        try:
            family, kind, protocol, _, where = socket.getaddrinfo(
                host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            with socket.socket(family, kind, protocol) as probe:
                # Without SO_REUSEPORT, so that another server of our kind is seen.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(where)
            return True
        except OSError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

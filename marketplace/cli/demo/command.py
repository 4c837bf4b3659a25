"""`marketplace demo`: serve a fresh instance, play the story on it, show the KPIs."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import click
import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from marketplace.cli.demo.play import Played, play, steps
from marketplace.cli.demo.show import explain, kpi_table
from marketplace.cli.options import environment
from marketplace.cli.processes import PARENT, PATIENCE, stop_on_signals
from marketplace.cli.serve import free_port, is_ready, port_is_free

START_PATIENCE = 90.0
WIDTH = 100  # of what is written to a file


@click.command()
@click.option("--exit", "then_exit", is_flag=True, help="Stop when it has been shown.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option(
    "--instance",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder without a database; default: a new one in instance/demo.",
)
def demo(then_exit: bool, port: int, instance: Path | None) -> None:
    """Play a believable story on a fresh database and show the KPIs.

    Takes a free port when its own is taken. Always on SQLite, whatever DATABASE_URL
    says: nobody's records are touched.
    """
    folder = fresh_folder(instance)
    if not port_is_free("127.0.0.1", port, patience=0):
        port = free_port()
    stopping = threading.Event()
    stop_on_signals(stopping)
    server = start(folder, port)
    try:
        wait_until_ready(server, port, stopping)
        if not stopping.is_set():
            perform(port)
        if not then_exit and not stopping.is_set():
            click.echo("Ctrl-C stops it.")
            while server.poll() is None and not stopping.wait(0.2):
                pass
    finally:
        status = stop(server)
    if status != 0:
        sys.exit(f"marketplace: the server ended with status {status}")


def fresh_folder(instance: Path | None) -> Path:
    """The folder asked for, if it has no database yet, else the next free one."""
    if instance is not None:
        if (instance / "marketplace.db").exists():
            sys.exit(f"marketplace: {instance} has a database already")
        return instance
    parent = Path("instance/demo")
    taken = [int(p.name) for p in parent.glob("*") if p.name.isdigit()]
    return parent / str(max(taken, default=0) + 1)


def start(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    """`marketplace serve` as a child; visitors differ by their forwarded address."""
    address = f"http://127.0.0.1:{port}"
    env = environment(
        folder,
        PUBLIC_URL=address,
        TRACKING_URL=address,
        TRUSTED_PROXIES="127.0.0.1",
        DATABASE_URL="",
        REDIS_URL="",
        EXCHANGE_RATES_URL="",
        **{PARENT: str(os.getpid())},
    )
    words = ["marketplace.cli", "serve", "--port", str(port), "--instance", str(folder)]
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", *words], env=env, stdout=subprocess.DEVNULL
    )


def wait_until_ready(
    server: "subprocess.Popen[bytes]", port: int, stopping: threading.Event
) -> None:
    """Wait for /readyz; exits if the server ends first."""
    deadline = time.monotonic() + START_PATIENCE
    while not stopping.is_set() and not is_ready(f"http://127.0.0.1:{port}"):
        if server.poll() is not None or time.monotonic() > deadline:
            sys.exit("marketplace: the server did not become ready")
        stopping.wait(0.1)


def perform(port: int) -> None:
    """Play the story and show what it came to."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    address = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=address, timeout=30) as client:
        with Progress(
            TextColumn("{task.description:28}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
        ) as bar:
            task = bar.add_task("", total=steps())
            played = play(
                client, lambda what: bar.update(task, advance=1, description=what)
            )
        show(console, played, address)


def show(console: Console, played: Played, address: str) -> None:
    """The table, an explanation, and where to look further."""
    console.print(kpi_table(played))
    explain(console, played)
    console.print(
        f"\nEverything is at {address}/docs\n"
        f"  token of the brand  {played.token}\n"
        f"  its campaign        {address}/v1/campaigns/{played.campaign_id}/kpis",
        soft_wrap=True,
        highlight=False,
    )


def stop(server: "subprocess.Popen[bytes]") -> int:
    """Ask the server to finish; its status."""
    server.terminate()
    try:
        return server.wait(PATIENCE + 5)
    except subprocess.TimeoutExpired:
        server.kill()
        return server.wait()

"""The web server of `marketplace serve`: granian with the whole application.

Threads are more than cores on purpose: an API request that waits for the database must
not hold up a redirect, which never does.
"""

import os

import click
from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from marketplace.app import create_app
from marketplace.cli.processes import PARENT, join_parent

THREADS = 8
DRAIN_SECONDS = 20


def application() -> Flask:
    """The application in a worker process, which never outlives the server's own."""
    join_parent()
    return create_app()


@click.command()
@click.option("--host", required=True)
@click.option("--port", type=int, required=True)
@click.option("--workers", type=int, required=True)
def main(host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM; requests under way are finished first."""
    join_parent()
    os.environ[PARENT] = str(os.getpid())  # of the workers, which are our children
    Granian(
        "marketplace.cli.webserver:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=DRAIN_SECONDS,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()

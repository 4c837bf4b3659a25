"""The web server of `marketplace serve`: granian with the whole application.

Threads are more than cores on purpose: an API request that waits for the database must
not hold up a redirect, which never does. Some of them no API request gets.
"""

import gc
import os
import signal
import threading
import time
from typing import Any

import click
from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.common import AbstractServer

from marketplace import api
from marketplace.app import create_app
from marketplace.cli.processes import PARENT, join_parent

THREADS = 24
RESERVED = 4  # of these, for redirects alone
DRAIN_SECONDS = 15


def application() -> Flask:
    """The application in a worker process, which never outlives the server's own."""
    join_parent()
    app = create_app()
    app.extensions["front"].leave_room(THREADS - RESERVED)
    # What is here for good the collector need not look through, a fifth of a second
    # each time, while everybody waits.
    gc.collect()
    gc.freeze()
    return app


def heed_signals() -> None:
    """In a worker just forked: let a stop end it until granian sets its own handlers.

    Those it inherits are the server's, which would swallow it.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def insist(server: AbstractServer[Any]) -> None:
    """Ask workers to stop until they do: one that is starting may not hear it once."""
    while True:
        time.sleep(0.5)
        if server.interrupt_signal:
            for worker in list(server.wrks):
                worker.terminate()


@click.command()
@click.option("--host", required=True)
@click.option("--port", type=int, required=True)
@click.option("--workers", type=int, required=True)
def main(host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM; requests under way are finished first."""
    join_parent()
    api.load()
    os.register_at_fork(after_in_child=heed_signals)
    os.environ[PARENT] = str(os.getpid())  # of the workers, which are our children
    server = Granian(
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
        log_level=LogLevels.error,
    )
    threading.Thread(target=insist, args=(server,), daemon=True).start()
    server.serve()


if __name__ == "__main__":
    main()

"""Taking database or disk away from a real server under load, and giving them back."""

import http.client
import resource
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
from serving import Server, free_port
from sqlalchemy import make_url
from stage import Stage

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"
# For `serving`: who follows a link is told by the header `Load` sends with it.
PROXIED = {"TRUSTED_PROXIES": "127.0.0.1"}


class Gate:
    """A TCP relay in front of a PostgreSQL server that can be shut."""

    def __init__(self, database_url: str) -> None:
        real = make_url(database_url).set(drivername="postgresql")
        with psycopg.connect(real.render_as_string(hide_password=False)) as connection:
            found = connection.info
            self._server = (found.host, found.port)
            user, password = found.user, found.password or None
        self.port = free_port()
        gated = real.set(
            host="127.0.0.1", port=self.port, username=user, password=password, query={}
        )
        self.url = gated.render_as_string(hide_password=False)
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.open()

    def open(self) -> None:
        """Let connections through."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._let_in, args=(self._listener,)).start()

    def shut(self) -> None:
        """Cut all connections; new ones are refused."""
        with suppress(OSError):  # wakes the thread that waits for the next one
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for each in self._sockets:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _let_in(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = self._dial()
            except OSError:
                client.close()
                continue
            with self._lock:
                self._sockets |= {client, server}
            threading.Thread(target=self._relay, args=(client, server)).start()

    def _dial(self) -> socket.socket:
        host, port = self._server
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        dialled = socket.socket(socket.AF_UNIX)
        dialled.connect(f"{host}/.s.PGSQL.{port}")
        return dialled

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        back = threading.Thread(target=_pump, args=(server, client))
        back.start()
        _pump(client, server)
        back.join()
        with self._lock:
            self._sockets -= {client, server}
        client.close()
        server.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(65_536):
            sink.sendall(block)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


class Outage(NamedTuple):
    """The address to give a server, and how to take what is behind it away and back.

    `reads_too`: whether nothing can be read either while it is away.
    """

    url: str
    begin: Callable[[], None]
    end: Callable[[], None]
    reads_too: bool


@contextmanager
def outage_of(database_url: str) -> Iterator[Outage]:
    """PostgreSQL: all connections cut, new ones refused.

    SQLite, where there is no server to stop: somebody else writes, all the time.
    """
    if not database_url.startswith("sqlite"):
        gate = Gate(database_url)
        try:
            yield Outage(gate.url, gate.shut, gate.open, reads_too=True)
        finally:
            gate.shut()
        return
    file = make_url(database_url).database or ""
    with closing(
        sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)
    ) as other:
        yield Outage(
            database_url,
            lambda: other.execute("BEGIN EXCLUSIVE") and None,
            lambda: other.rollback(),
            reads_too=False,
        )


class SmallDisk:
    """A little file system of its own under the spool."""

    def __init__(self, spool: Path) -> None:
        """OSError where that is not permitted: it takes the rights of root."""
        spool.mkdir(parents=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(spool)],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise OSError(done.stderr.decode())
        self._spool = spool
        self._ballast = spool / ".ballast"

    def fill(self, _: Server) -> None:
        with suppress(OSError), self._ballast.open("wb", buffering=0) as ballast:
            while True:
                ballast.write(b"x" * 4096)

    def empty(self, _: Server) -> None:
        self._ballast.unlink()

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self._spool)], check=True)


class SmallFiles:
    """Where nothing can be mounted: the web server's files may grow no further."""

    def __init__(self, spool: Path) -> None:
        self._spool = spool

    def fill(self, server: Server) -> None:
        sizes = [path.stat().st_size for path in self._spool.iterdir()]
        self._limit(server, min(size for size in sizes if size))

    def empty(self, server: Server) -> None:
        self._limit(server, resource.RLIM_INFINITY)

    def close(self) -> None:
        pass

    def _limit(self, server: Server, most: int) -> None:
        for pid in server.children("webserver"):
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hard))


class Clicked(NamedTuple):
    """One answer of the redirect; `at` by time.monotonic(), `took` in seconds."""

    at: float
    took: float
    status: int
    click: str


# Path, body and headers of a webhook.
Sent = tuple[str, bytes, dict[str, str]]


class Load:
    """Clicks of ever new visitors, webhooks and questions after health, until stopped.

    `unanswered`: clicks whose connection broke. `webhooks`, `health`: when, status
    (and what was sent); not with `only_clicks`.
    """

    def __init__(
        self,
        stage: Stage,
        *,
        clickers: int = 3,
        pause: float = 0.008,
        only_clicks: bool = False,
    ) -> None:
        self.stage = stage
        self.pause = pause
        self.clicks: list[Clicked] = []
        self.unanswered = 0
        self.webhooks: list[tuple[float, int, Sent]] = []
        self.health: list[tuple[float, int]] = []
        self._stopped = threading.Event()
        self._address = urlsplit(str(stage.http.base_url))
        others = [] if only_clicks else [self._send, self._ask]
        works = [self._click] * clickers + others
        self._threads = [
            threading.Thread(target=work, args=(number,))
            for number, work in enumerate(works)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _click(self, clicker: int) -> None:
        number = 0
        while not self._stopped.is_set():
            with closing(
                http.client.HTTPConnection(
                    self._address.hostname or "", self._address.port, timeout=30
                )
            ) as connection:
                try:
                    while not self._stopped.is_set():
                        number += 1
                        self.clicks.append(self._follow(connection, clicker, number))
                        time.sleep(self.pause)
                except (OSError, http.client.HTTPException):
                    self.unanswered += 1
                    time.sleep(0.05)

    def _follow(
        self, connection: http.client.HTTPConnection, clicker: int, number: int
    ) -> Clicked:
        headers = {
            "User-Agent": AGENT.format(100 + number % 40),
            "X-Forwarded-For": f"10.{clicker}.{number >> 8 & 255}.{number & 255}",
        }
        begun = time.monotonic()
        connection.request("GET", f"/r/{self.stage.slug}", headers=headers)
        answer = connection.getresponse()
        answer.read()
        query = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
        (click,) = query.get("mkt_click", [""])
        now = time.monotonic()
        return Clicked(now, now - begun, answer.status, click)

    def _send(self, _: int) -> None:
        number = 0
        with httpx.Client(base_url=self.stage.http.base_url, timeout=40) as sender:
            while not self._stopped.wait(0.1):
                number += 1
                path, body, headers = sent = self.stage.order(f"o{number}")
                status = 0
                with suppress(httpx.TransportError):
                    answer = sender.post(path, content=body, headers=headers)
                    status = answer.status_code
                self.webhooks.append((time.monotonic(), status, sent))

    def _ask(self, _: int) -> None:
        with httpx.Client(base_url=self.stage.http.base_url, timeout=40) as asker:
            while not self._stopped.wait(0.25):
                with suppress(httpx.TransportError):
                    status = asker.get("/readyz").status_code
                    self.health.append((time.monotonic(), status))

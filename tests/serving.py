"""`marketplace serve` as a process, for tests that need a real one."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

SERVE = [sys.executable, "-m", "marketplace.cli", "serve"]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], object], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def parent_of(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    fields = stat.rpartition(")")[2].split()
    return 0 if fields[0] == "Z" else int(fields[1])


def descendants(pid: int) -> set[int]:
    pids = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit()]
    parents = {p: parent_of(p) for p in pids}
    found = {pid}
    while True:
        more = {p for p, parent in parents.items() if parent in found} - found
        if not more:
            return found - {pid}
        found |= more


def arguments_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Server:
    """One running `marketplace serve`."""

    def __init__(self, instance: Path, database_url: str, **env: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.env = {**os.environ, "DATABASE_URL": database_url, **env}
        self.instance = instance
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [*SERVE, "--port", str(self.port), "--instance", str(self.instance)],
            env=self.env,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> bool:
        assert self.process.poll() is None, "serve ended"
        asker = HTTPConnection("127.0.0.1", self.port, timeout=2)
        with closing(asker), suppress(OSError, HTTPException):
            asker.request("GET", "/readyz")
            return asker.getresponse().status == 200
        return False

    def children(self, words: str) -> set[int]:
        return {p for p in descendants(self.process.pid) if words in arguments_of(p)}


@contextmanager
def serving(instance: Path, database_url: str, **env: str) -> Iterator[Server]:
    """A server that answers; killed in the end, if it still runs, with all it made."""
    server = Server(instance, database_url, **env)
    try:
        wait_for(server.ready)
        yield server
    finally:
        left = descendants(server.process.pid)
        server.process.kill()
        server.process.communicate()
        wait_for(lambda: not any(parent_of(pid) for pid in left))

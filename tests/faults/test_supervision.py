"""`marketplace serve` as a process: what it starts lives and dies as it should."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

SERVE = [sys.executable, "-m", "marketplace.cli", "serve"]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], object], seconds: float = 40) -> None:
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

    def __init__(self, instance: Path, database_url: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.env = {**os.environ, "DATABASE_URL": database_url}
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
        try:
            return httpx.get(f"{self.address}/readyz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def children(self, words: str) -> set[int]:
        return {p for p in descendants(self.process.pid) if words in arguments_of(p)}


@pytest.fixture
def server(tmp_path: Path, database_url: str) -> Iterator[Server]:
    server = Server(tmp_path / "instance", database_url)
    try:
        wait_for(server.ready)
        yield server
    finally:
        left = descendants(server.process.pid)
        server.process.kill()
        server.process.communicate()
        wait_for(lambda: not any(parent_of(pid) for pid in left))


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
def test_it_says_where_to_look_and_stops_cleanly(server: Server) -> None:
    family = descendants(server.process.pid)
    assert os.getpgid(server.process.pid) == server.process.pid
    assert {os.getpgid(pid) for pid in family} == {server.process.pid}
    server.process.send_signal(signal.SIGTERM)
    said, _ = server.process.communicate(timeout=30)
    assert server.process.returncode == 0
    assert f"{server.address}/docs" in said
    assert not any(parent_of(pid) for pid in family)


@linux
def test_dead_children_are_started_again(server: Server) -> None:
    jobs = server.children("jobs start")
    web = server.children("webserver")
    assert len(jobs) == 1
    for pid in jobs | web:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: server.children("jobs start") - jobs)
    wait_for(lambda: server.children("webserver") - web and server.ready())
    workers = server.children("webserver") - web
    # A worker that dies is replaced by the web server itself.
    worker = max(pid for pid in workers if parent_of(pid) in workers)
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: server.children("webserver") - workers)
    wait_for(server.ready)


@linux
def test_nothing_outlives_a_killed_server_and_it_starts_again(server: Server) -> None:
    family = descendants(server.process.pid)
    assert len(family) >= 3
    server.process.kill()
    server.process.communicate()
    wait_for(lambda: not any(parent_of(pid) for pid in family), seconds=10)
    server.start()
    wait_for(server.ready)


def test_a_taken_port_is_said_and_nothing_starts(tmp_path: Path) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = subprocess.run(
            [*SERVE, "--port", str(port), "--instance", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert result.returncode == 1
    assert f"port {port}" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "marketplace.db").exists()


def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    url = f"postgresql://nobody:secret@127.0.0.1:{free_port()}/none"
    process = subprocess.Popen(
        [*SERVE, "--port", str(free_port()), "--instance", str(tmp_path)],
        env={**os.environ, "DATABASE_URL": url},
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(4)
    assert process.poll() is None  # it waits for it
    process.terminate()
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "secret" not in said


def test_nonsense_in_the_settings_stops_the_start(tmp_path: Path) -> None:
    result = subprocess.run(
        [*SERVE, "--instance", str(tmp_path)],
        env={**os.environ, "DATABASE_URL": "mysql://here"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert "DATABASE_URL" in result.stderr
    assert "Traceback" not in result.stderr

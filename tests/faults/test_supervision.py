"""`marketplace serve` as a process: what it starts lives and dies as it should."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from serving import SERVE, Server, descendants, free_port, parent_of, serving, wait_for


@pytest.fixture
def server(tmp_path: Path, database_url: str) -> Iterator[Server]:
    with serving(tmp_path / "instance", database_url) as server:
        yield server


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
def test_it_says_where_to_look_and_stops_cleanly(server: Server) -> None:
    family = descendants(server.process.pid)
    assert os.getpgid(server.process.pid) == server.process.pid
    assert {os.getpgid(pid) for pid in family} == {server.process.pid}
    assert server.process.stdout is not None
    said = iter(server.process.stdout.readline, "")
    assert any(f"{server.address}/docs" in line for line in said)
    server.process.send_signal(signal.SIGTERM)
    server.process.communicate(timeout=30)
    assert server.process.returncode == 0
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
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        nobody.settimeout(90)
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        url = f"postgresql://nobody:secret@{address}/none?sslmode=disable"
        process = subprocess.Popen(
            [*SERVE, "--port", str(free_port()), "--instance", str(tmp_path)],
            env={**os.environ, "DATABASE_URL": url, "PGGSSENCMODE": "disable"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3):  # it waits for it, and asks again
            nobody.accept()[0].close()
        assert process.poll() is None
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


@linux
def test_a_stop_while_it_starts_is_heard(tmp_path: Path, database_url: str) -> None:
    with serving(tmp_path / "instance", database_url) as server:
        for child in server.children("webserver"):
            if parent_of(child) == server.process.pid:
                os.kill(child, signal.SIGKILL)
        wait_for(lambda: len(server.children("webserver")) > 1)  # workers are loading
        asked = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.communicate(timeout=30)
        assert server.process.returncode == 0
        assert time.monotonic() - asked < 10

"""Child processes: kept alive, stopped cleanly, never outliving their parent."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import click

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LONGEST_PAUSE = 30.0  # seconds before a child that keeps dying is started again
HEALTHY_AFTER = 30.0  # seconds after which earlier deaths are forgotten
PATIENCE = 30.0  # seconds a child has to stop cleanly


def die_with(parent: int) -> None:
    """Be killed when that process, our parent, is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it went before we asked
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.25)
    os.kill(os.getpid(), signal.SIGKILL)


def lead_group() -> None:
    """Lead a process group, unless a terminal's Ctrl-C would then miss us."""
    if os.getpgrp() == os.getpid():
        return
    try:
        with open("/dev/tty") as terminal:
            in_foreground = os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        in_foreground = False
    if not in_foreground:
        os.setpgid(0, 0)


class Child:
    """One process that should be running."""

    def __init__(
        self, name: str, arguments: Sequence[str], env: Mapping[str, str]
    ) -> None:
        self.name = name
        self.arguments = [sys.executable, "-m", *arguments]
        self.env = dict(env, **{PARENT: str(os.getpid())})
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths = 0
        self.started_at = 0.0
        self.start_at = 0.0

    def watch(self) -> None:
        """Start it if it is not running and its pause is over."""
        now = time.monotonic()
        if self.process is not None:
            status = self.process.poll()
            if status is None:
                return
            self.process = None
            if now - self.started_at > HEALTHY_AFTER:
                self.deaths = 0
            pause = min(LONGEST_PAUSE, 0.25 * 2**self.deaths) if self.deaths else 0.0
            self.deaths = min(self.deaths + 1, 10)
            self.start_at = now + pause
            click.echo(
                f"{self.name} ended ({_ending(status)}); starts again"
                + (f" in {pause:g} s" if pause else ""),
                err=True,
            )
        if now >= self.start_at:
            self.started_at = now
            self.process = subprocess.Popen(self.arguments, env=self.env)  # noqa: S603 - our own modules


PARENT = "MARKETPLACE_PARENT"


def _ending(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"


def join_parent() -> None:
    """In a child: do not outlive the process that started us as a `Child`."""
    if parent := os.environ.get(PARENT):
        die_with(int(parent))


@dataclass
class Supervisor:
    """Keeps children running until told to stop."""

    children: list[Child]
    stopping: threading.Event

    def watch_until(self, done: Callable[[], bool]) -> None:
        """Keep the children running until `done()` or the wish to stop."""
        while not self.stopping.is_set() and not done():
            for child in self.children:
                child.watch()
            self.stopping.wait(0.1)

    def stop(self) -> bool:
        """Ask all to finish, wait, kill who does not; True if none had to be killed."""
        running = [c.process for c in self.children if c.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + PATIENCE
        clean = True
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                clean = False
        return clean


def stop_on_signals(stopping: threading.Event) -> None:
    """SIGTERM and SIGINT set the event."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())

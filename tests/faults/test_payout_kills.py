"""Killed at every step between storing, asking Stripe and recording: one transfer each.

A step is a moment before or after a commit, and before or after a request to Stripe. The
run is killed at the first of them, everything is started again and finished; then at the
second, and so on until a run lives.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from payout_world import PayoutWorld, payout_world
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from stripe_server import KEY, SECRET, FakeStripe, stripe_server

from marketplace.config import Settings
from marketplace.jobs import JobContext
from marketplace.payouts.stripe_api import _Wire


class Killed(BaseException):
    """The process is gone: nobody catches this."""


@dataclass
class Death:
    """Comes at the moment of that number; counts those that passed."""

    at: int = -1
    passed: int = 0

    def moment(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Killed

    def armed(self, at: int) -> None:
        self.at, self.passed = at, 0


@pytest.fixture
def death(monkeypatch: pytest.MonkeyPatch) -> Death:
    """Moments around every commit of a job, and every request to Stripe."""
    death = Death()
    step, request = JobContext.step, _Wire.request

    @contextmanager
    def deadly_step(context: JobContext) -> Iterator[Session]:
        with step(context) as session:
            yield session
            death.moment()
        death.moment()

    def deadly_request(wire: _Wire, *args: object, **more: object) -> object:
        death.moment()
        found = request(wire, *args, **more)  # type: ignore[arg-type]
        death.moment()
        return found

    monkeypatch.setattr(JobContext, "step", deadly_step)
    monkeypatch.setattr(_Wire, "request", deadly_request)
    return death


@pytest.fixture
def world(engine: Engine, settings: Settings) -> Iterator[PayoutWorld]:
    with stripe_server() as fake, payout_world(engine, settings, fake) as world:
        yield world


def killed_everywhere(
    world: PayoutWorld,
    death: Death,
    begin: Callable[[int], None],
    *,
    tell: bool,
    forget_keys: bool,
) -> int:
    """Kill at every step of what follows `begin`; how many steps there were."""
    for number in range(1, 500):
        begin(number)
        death.armed(number)
        try:
            world.work(tell=tell)
        except Killed:
            death.armed(-1)
            world.pass_time()
            if forget_keys:
                world.stripe.forget_keys()
            world.work(tell=tell)
            world.check()
        else:
            return number - 1
    raise AssertionError("it never lived")


@pytest.mark.parametrize("forget_keys", [False, True])
@pytest.mark.parametrize("tell", [False, True])
def test_a_transfer_is_made_once_whenever_it_is_killed(
    world: PayoutWorld, death: Death, tell: bool, forget_keys: bool
) -> None:
    world.prefund(1_000_000)
    world.influencer("bo")

    def begin(number: int) -> None:
        world.owe(1_000 + number)
        world.owe(2_000 + number, "bo")
        world.request()

    steps = killed_everywhere(world, death, begin, tell=tell, forget_keys=forget_keys)
    assert steps >= 12
    assert set(world.states().values()) == {"paid"}
    assert len(world.sent()) == 2 * (steps + 1)
    assert all(len(amounts) == 1 for amounts in world.sent().values())


@pytest.mark.parametrize("forget_keys", [False, True])
def test_money_is_collected_once_whenever_it_is_killed(
    world: PayoutWorld, death: Death, forget_keys: bool
) -> None:
    world.prefund(1_000)  # leaves a payment method: from now on nobody is asked
    before = len(world.stripe.intents)

    def begin(number: int) -> None:
        world.owe(world.available() + 1_000 + number)
        world.request()

    steps = killed_everywhere(world, death, begin, tell=True, forget_keys=forget_keys)
    assert steps >= 12
    assert len(world.stripe.intents) == before + steps + 1
    assert set(world.states().values()) == {"paid"}
    assert world.available() == 0


def test_a_return_is_made_once_whenever_it_is_killed(
    world: PayoutWorld, death: Death
) -> None:
    world.prefund(1_000_000)
    world.influencer()

    def begin(number: int) -> None:
        world.owe(1_000 + number)
        world.request()
        world.work()
        world.stripe.pay_out(world.account_of("anna"), failed=True)

    steps = killed_everywhere(world, death, begin, tell=True, forget_keys=True)
    assert steps >= 12
    assert set(world.states().values()) == {"failed"}
    assert world.available() == 1_000_000
    assert all(amounts == [0] for amounts in world.sent().values())


@pytest.mark.skipif(sys.platform != "linux", reason="needs kill -9")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_kill_nine_in_the_middle_of_the_request(
    world: PayoutWorld, settings: Settings, tmp_path: Path, moment: str
) -> None:
    """The real process, killed by the very server that it asks."""
    world.prefund(10_000)
    world.owe(3_000)
    (payout,) = world.request().payouts
    job = subprocess.Popen(
        [sys.executable, "-m", "marketplace.cli", "jobs", "run", "send_payouts"],
        env={
            **os.environ,
            "INSTANCE": str(settings.instance),
            "DATABASE_URL": settings.database_url,
            "SECRET_KEY": settings.secret_key.decode(),
            "STRIPE_API_KEY": KEY,
            "STRIPE_API_BASE": world.stripe.url,
            "STRIPE_CONNECT_WEBHOOK_SECRET": SECRET,
        },
        stderr=subprocess.PIPE,
    )
    kill_when_asked(world.stripe, job, moment)
    _, said = job.communicate(timeout=60)
    assert job.returncode == -signal.SIGKILL, said.decode()
    assert len(world.stripe.transfers) == (moment == "after")
    assert world.states() == {payout.id: "sending"}
    world.pass_time()
    world.work(tell=False)
    assert world.states() == {payout.id: "paid"}
    assert world.sent() == {payout.id: [3_000]}
    world.check()


def kill_when_asked(
    fake: FakeStripe, job: "subprocess.Popen[bytes]", moment: str
) -> None:
    do = fake.on_post_transfers

    def deadly(form: dict[str, object]) -> dict[str, object]:
        fake.on_post_transfers = do  # type: ignore[method-assign]
        made = do(form) if moment == "after" else None
        job.kill()
        job.wait()
        if made is None:
            raise ConnectionAbortedError
        return made

    fake.on_post_transfers = deadly  # type: ignore[method-assign]

"""The runner: what fails is tried again, what does something is run again, all stop."""

import itertools
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.api.models import KeptAnswer
from marketplace.config import Settings
from marketplace.currencies import ExchangeRate, import_rates
from marketplace.jobs import JobContext, forget_idempotency_keys, runner

RATES = "Date,USD\n2026-03-06,1.05\n"


@pytest.fixture
def context(engine: Engine, settings: Settings) -> JobContext:
    return JobContext(engine, settings)


def jobs_are(
    monkeypatch: pytest.MonkeyPatch, **functions: Callable[[JobContext], int]
) -> None:
    monkeypatch.setattr(runner, "JOBS", dict.fromkeys(functions, 0.05))
    monkeypatch.setattr(runner, "function_of", functions.__getitem__)


def test_a_step_is_kept_whole_or_undone_whole(context: JobContext) -> None:
    def count() -> int:
        with context.sessions() as session:
            rows = select(func.count()).select_from(ExchangeRate)
            return session.scalar(rows) or 0

    def half() -> None:
        with context.step() as session:
            import_rates(session, RATES)
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        half()
    assert count() == 0
    with context.step() as session:
        import_rates(session, RATES)
    assert count() == 1


def test_what_did_something_runs_again_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [3, 2, 1, 0]
    jobs_are(monkeypatch, one=lambda _: left.pop(0))
    assert runner.run_once("one", settings) == 6
    assert left == []


def test_a_failing_job_pauses_longer_each_time_and_recovers(
    context: JobContext,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    tries: list[float] = []
    broken = [True]

    def fail(_: JobContext) -> int:
        tries.append(now[0])
        if broken[0]:
            raise OperationalError("SELECT 1", {}, Exception("the database is away"))
        return 0

    jobs_are(monkeypatch, fail=fail)
    turn = runner.Turn("fail", context, threading.Event())
    for _ in range(2000):
        now[0] += 0.1
        turn.take()
    pauses = [later - sooner for sooner, later in itertools.pairwise(tries)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 1 < 25 < pauses[-1] < 31
    broken[0] = False
    now[0] += 31
    turn.take()
    turn.take()
    assert tries[-2:] == [now[0], now[0]]
    assert "runs again" in caplog.text


def test_one_job_s_failure_stops_no_other_and_a_stop_finishes_what_runs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping, started, finished = threading.Event(), threading.Event(), []
    runs = {"good": 0}

    def good(_: JobContext) -> int:
        runs["good"] += 1
        return 0

    def bad(_: JobContext) -> int:
        raise ValueError("a bug")

    def slow(_: JobContext) -> int:
        started.set()
        stopping.wait(10)
        time.sleep(0.2)
        finished.append(True)
        return 1  # would run again at once, were it not for the stop

    jobs_are(monkeypatch, good=good, bad=bad, slow=slow)
    runs_all = threading.Thread(target=runner.run_all, args=(settings, stopping))
    runs_all.start()
    assert started.wait(10)
    deadline = time.monotonic() + 10
    while runs["good"] < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    stopping.set()
    runs_all.join(10)
    assert not runs_all.is_alive()
    assert runs["good"] >= 3
    assert finished == [True]


def test_an_unknown_job_is_refused(settings: Settings) -> None:
    with pytest.raises(runner.NoSuchJob):
        runner.run_once("os.system", settings)


def test_kept_answers_are_forgotten_after_a_week(
    context: JobContext, session: Session
) -> None:
    for key, days in (("old", 8), ("new", 6)):
        session.add(
            KeptAnswer(
                scope="brd_1",
                key=key,
                request_hash="0" * 64,
                status=201,
                content_type="application/json",
                sealed_body=b"sealed",
                created_at=clock.now() - timedelta(days=days),
            )
        )
    session.commit()
    assert forget_idempotency_keys.run(context) == 1
    assert forget_idempotency_keys.run(context) == 0
    session.expire_all()
    assert session.scalars(select(KeptAnswer.key)).all() == ["new"]

"""Runs every job by the clock, each in a thread of its own, until told to stop.

A run does what is there to do; between runs others get at the database. A job that
failed (a database that is away, a bug) is logged and tried again with a growing pause,
and never stops the others.
"""

import importlib
import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from marketplace.config import Settings
from marketplace.database import make_engine
from marketplace.errors import NotFound
from marketplace.jobs import JobContext

# Name → seconds between two runs. The name is that of the module with its `run`.
JOBS: dict[str, float] = {
    "answer_queries": 60,
    "approve_commissions": 2,
    "check_ledger": 3600,
    "close_giveaways": 10,
    "collect_fundings": 2,
    "count_target_audiences": 5,
    "expire_clicks": 300,
    "fill_exchange_rates": 2,
    "fetch_content": 5,
    "fetch_exchange_rates": 3600,
    "fetch_from_shops": 0.5,
    "forget_entrants": 3600,
    "forget_idempotency_keys": 60,
    "forget_old_bodies": 60,
    "ingest_clicks": 0.5,
    "issue_statements": 10,
    "judge_clicks_again": 5,
    "keep_platform_terms": 6 * 3600,
    "mail_entrants": 2,
    "mail_reports": 10,
    "prepare_partitions": 3600,
    "process_connect_events": 1,
    "process_webhooks": 0.25,
    "read_comments": 2,
    "reconcile_orders": 5,
    "record_giveaway_leads": 1,
    "renew_salts": 3600,
    "settle_claims": 2,
    "settle_clicks": 60,
    "send_payouts": 2,
    "settle_leads": 1,
    "settle_orders": 1,
    "sync_promo_codes": 10,
    "watch_comments": 10,
    "watch_for_fraud": 10,
    "watch_goals": 5,
}
LONGEST_PAUSE = 30.0  # seconds between two tries of a job that keeps failing

log = logging.getLogger(__name__)


class NoSuchJob(NotFound):
    """No job has that name."""


def function_of(name: str) -> Callable[[JobContext], int]:
    """The `run` of a job's module."""
    if name not in JOBS:
        raise NoSuchJob(f"there is no job {name!r}")
    module = importlib.import_module(f"marketplace.jobs.{name}")
    run: Callable[[JobContext], int] = module.run
    return run


def run_once(name: str, settings: Settings) -> int:
    """Run one job until nothing is left for it; how many things it did."""
    run = function_of(name)
    engine = make_engine(settings.database_url)
    try:
        context = JobContext(engine, settings)
        total = 0
        while done := run(context):
            total += done
        return total
    finally:
        engine.dispose()


class Turn:
    """One job's place in the runner: its turns, and its pause while it fails."""

    def __init__(
        self, name: str, context: JobContext, stopping: threading.Event
    ) -> None:
        self.name = name
        self.context = context
        self.stopping = stopping
        self.failures = 0
        self.not_before = 0.0

    def take(self) -> None:
        """Run the job once, unless it is pausing after a failure."""
        if time.monotonic() < self.not_before:
            return
        try:
            if not self.stopping.is_set():
                function_of(self.name)(self.context)
        except Exception:
            self.failures += 1
            pause = min(LONGEST_PAUSE, 0.25 * 2 ** min(self.failures, 10))
            self.not_before = time.monotonic() + pause
            log.exception("job %s failed; next try in %.1f s", self.name, pause)
        else:
            if self.failures:
                log.warning("job %s runs again", self.name)
            self.failures = 0


def run_all(settings: Settings, stopping: threading.Event) -> None:
    """Run all jobs until `stopping` is set; what is under way is finished first."""
    # It warns each time a job is still busy when its next turn comes, which is normal.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    engine = make_engine(settings.database_url)
    context = JobContext(engine, settings)
    scheduler = BackgroundScheduler(
        timezone=UTC, executors={"default": ThreadPoolExecutor(len(JOBS))}
    )
    for name in JOBS:  # imported here: threads that import at once block each other
        function_of(name)
    for name, seconds in JOBS.items():
        scheduler.add_job(
            Turn(name, context, stopping).take,
            "interval",
            seconds=seconds,
            id=name,
            next_run_time=datetime.now(UTC),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
    scheduler.start()
    stopping.wait()
    scheduler.shutdown(wait=True)
    engine.dispose()


def main(settings: Settings) -> None:
    """Run all jobs until SIGTERM or SIGINT."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    run_all(settings, stopping)

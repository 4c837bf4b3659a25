"""Every hour: ask the European Central Bank for the rates it published and nobody has.

It publishes once a working day, at four in the afternoon in Frankfurt; where that was
taken in nothing is asked. Of its files the smallest is taken that reaches back to the
first day that lacks. Rates that are there already stay; orders that waited for one are
decided again. What went wrong is logged, and in the audit log, once a day.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import httpx
import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace import attribution, clock, currencies, events, orders
from marketplace.config import Settings
from marketplace.currencies.published import FILES, Rates, read_file
from marketplace.errors import Invalid
from marketplace.events import Event
from marketplace.jobs import JobContext
from marketplace.outbound import Asked, ask, open_client

NOT_FETCHED = "exchange_rates.not_fetched"
TOLD_AGAIN_AFTER = timedelta(days=1)

log = structlog.get_logger()


class NotPublished(Exception):
    """The other side did not answer with a file; says what it did."""


def run(context: JobContext) -> int:
    """Take in what is published; 1 if anything was."""
    if not context.settings.exchange_rates_url:
        return 0
    now = clock.now()
    with context.sessions() as session:
        lacking = currencies.days_lacking(session, now=now)
    if not lacking:
        return 0
    try:
        rates = _published(context.settings, lacking, now)
    except (NotPublished, Invalid, httpx.HTTPError) as failure:
        with context.step() as session:
            _tell(session, context.settings, failure, now)
        return 0
    with context.step() as session:
        days = currencies.add_published(session, rates, lacking=lacking, now=now)
        if days is None:  # it is late today
            return 0
        waiting = attribution.orders_to_convert(days)
        orders.request_settlement(session, waiting, now=now)
        return 1


def _published(settings: Settings, lacking: Sequence[date], now: datetime) -> Rates:
    """What the first file says that reaches back to the first day that lacks."""
    url, tomorrow = settings.exchange_rates_url, now.date() + timedelta(days=1)
    rates: Rates = {}
    with open_client(url, permitted=settings.outbound_networks) as client:
        for name in FILES:
            answer = ask(client, Asked("GET", f"{url}/{name}"))
            if answer.status != httpx.codes.OK:
                raise NotPublished(f"{name} was answered with {answer.status}")
            rates = read_file(name, answer.body, until=tomorrow)
            if min(day for _, day in rates) <= lacking[0]:
                break
    return rates


def _tell(
    session: Session, settings: Settings, failure: Exception, now: datetime
) -> None:
    """Say it, if nobody did within a day."""
    told = exists().where(
        Event.brand_id.is_(None),
        Event.kind == NOT_FETCHED,
        Event.at > now - TOLD_AGAIN_AFTER,
    )
    if session.scalar(select(told)):
        return
    why = str(failure) or type(failure).__name__
    until = currencies.rates_until(session)
    said = {
        "url": settings.exchange_rates_url,
        "failure": why[:200],
        "rates_until": until and until.isoformat(),
    }
    events.publish(session, NOT_FETCHED, now=now, data=said)
    log.warning("exchange rates not fetched", **said)

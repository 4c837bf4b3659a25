"""Every second: do what Stripe's events say, from their rows, in whatever order.

An event ends in the transaction in which what it says becomes visible. What a payout to
a bank consisted of is asked of Stripe before that.
"""

import logging

from marketplace import clock
from marketplace.database import is_passing
from marketplace.errors import Refusal
from marketplace.jobs import JobContext
from marketplace.payouts import connect_inbox as inbox
from marketplace.payouts import connect_news as news
from marketplace.payouts.models import ConnectEvent
from marketplace.payouts.queries import due_events
from marketplace.payouts.rules import EventStatus
from marketplace.payouts.stated import NotUnderstood, StatedEvent, identity
from marketplace.payouts.stripe_api import StripeRefused, StripeSilent, open_stripe

log = logging.getLogger(__name__)
AT_ONCE = 200  # events of one run


def run(context: JobContext) -> int:
    """Process what is due; how many events were looked at."""
    with context.sessions() as session:
        due = session.scalars(due_events(clock.now()).limit(AT_ONCE)).all()
    return sum(_process(context, event_id) for event_id in due)


def _process(context: JobContext, event_id: str) -> int:
    try:
        payments = _payments(context, event_id)
        return _take_in(context, event_id, payments)
    except (news.NotKnownYet, StripeSilent) as error:
        _postpone(context, event_id, str(error))
    except (NotUnderstood, Refusal, StripeRefused, ValueError) as error:
        log.warning("event of Stripe not processed: %s: %s", event_id, error)
        _give_up(context, event_id, str(error))
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("event of Stripe not processed: %s", event_id)
        _postpone(context, event_id, type(error).__name__)
    return 1


def _payments(context: JobContext, event_id: str) -> list[str]:
    """What a payout to a bank consisted of; nothing for any other event."""
    settings = context.settings
    with context.sessions() as session:
        event = _opened(context, session.get_one(ConnectEvent, event_id))
    if not news.asks_for(event):
        return []
    if not settings.stripe_api_key:
        raise StripeSilent("there is no STRIPE_API_KEY to ask with")
    with open_stripe(settings.stripe_api_key, settings.stripe_api_base) as stripe:
        bank_payout_id = identity(event.subject, "id")
        return stripe.payments_in(bank_payout_id, event.account_id)


def _take_in(context: JobContext, event_id: str, payments: list[str]) -> int:
    now, keyring = clock.now(), context.settings.keyring
    with context.step() as session:
        row = inbox.claim_event(session, event_id, now=now)
        if row is None:
            return 0
        event = _opened(context, row)
        is_ours = news.take_in(
            session, event, payments=payments, keyring=keyring, now=now
        )
        status = EventStatus.PROCESSED if is_ours else EventStatus.IGNORED
        inbox.conclude(row, status, now=now)
    return 1


def _opened(context: JobContext, row: ConnectEvent) -> StatedEvent:
    return inbox.open_event(row, context.settings.keyring)


def _postpone(context: JobContext, event_id: str, reason: str) -> None:
    now = clock.now()
    with context.step() as session:
        row = inbox.claim_event(session, event_id, now=now)
        if row is not None:
            inbox.postpone(row, reason=reason, now=now)


def _give_up(context: JobContext, event_id: str, reason: str) -> None:
    now = clock.now()
    with context.step() as session:
        row = inbox.claim_event(session, event_id, now=now)
        if row is not None:
            inbox.conclude(row, EventStatus.FAILED, reason=reason, now=now)

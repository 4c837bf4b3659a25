"""Every two seconds: send what is ready by Stripe Connect, take back what a bank refused.

Each payout is claimed and committed before Stripe is asked, and its outcome recorded
after; whatever may have been sent before is looked up first. So it may be killed at any
moment, and run twice at once.
"""

import logging
from collections.abc import Sequence

from marketplace import clock
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.payouts import sending
from marketplace.payouts.queries import due_payouts
from marketplace.payouts.sending import Errand
from marketplace.payouts.stated import StatedTransfer
from marketplace.payouts.stripe_api import (
    StripeApi,
    StripeRefused,
    StripeSilent,
    open_stripe,
)

log = logging.getLogger(__name__)
AT_ONCE = 50  # payouts of one run
MOST_SILENCES = 3  # in a row, after which Stripe is left alone until the next run


def run(context: JobContext) -> int:
    """Send what is due; how many payouts were asked about."""
    settings = context.settings
    if not settings.stripe_api_key:
        return 0
    _resume(context)
    with context.sessions() as session:
        due = session.scalars(due_payouts(clock.now()).limit(AT_ONCE)).all()
    if not due:
        return 0
    with open_stripe(settings.stripe_api_key, settings.stripe_api_base) as stripe:
        return _send(context, stripe, due)


def _resume(context: JobContext) -> None:
    """Payouts that waited for an account which can be paid by now are ready."""
    with context.sessions() as session:
        waiting = session.scalars(sending.resumable().limit(AT_ONCE)).all()
    for payout_id in waiting:
        with context.step() as session:
            sending.resume(session, payout_id, now=clock.now())


def _send(context: JobContext, stripe: StripeApi, due: Sequence[str]) -> int:
    """One after another; one that fails keeps no other from being sent."""
    asked = silences = 0
    for payout_id in due:
        with context.step() as session:
            errand = sending.claim(session, payout_id, now=clock.now())
        if errand is None:
            continue
        asked += 1
        silences = 0 if _settle(context, stripe, errand) else silences + 1
        if silences == MOST_SILENCES:
            break
    return asked


def _settle(context: JobContext, stripe: StripeApi, errand: Errand) -> bool:
    """Ask, and record what came of it; False if Stripe did not answer."""
    try:
        transfer = _ask(stripe, errand)
    except StripeRefused as refused:
        with context.step() as session:
            sending.refuse(
                session,
                errand.payout_id,
                code=refused.code,
                reason=str(refused),
                now=clock.now(),
            )
        return True
    except StripeSilent as silent:
        _put_off(context, errand, str(silent))
        return False
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("payout not sent: %s", errand.payout_id)
        _put_off(context, errand, type(error).__name__)
        return True
    with context.step() as session:
        recorded = sending.record_transfer(
            session, errand.payout_id, transfer, now=clock.now()
        )
    if not recorded:
        _put_off(context, errand, f"Stripe has another transfer for it: {transfer.id}")
    return True


def _ask(stripe: StripeApi, errand: Errand) -> StatedTransfer:
    """Make Stripe do it, unless it did before."""
    if errand.transfer_id:
        return stripe.return_transfer(errand.transfer_id, key=errand.key)
    if errand.may_exist:
        found = stripe.find_transfer(errand.payout_id)
        if found is not None:
            return found
    return stripe.create_transfer(
        payout_id=errand.payout_id,
        amount=errand.amount,
        currency=errand.currency,
        destination=errand.account_id,
        key=errand.key,
    )


def _put_off(context: JobContext, errand: Errand, reason: str) -> None:
    with context.step() as session:
        sending.put_off(session, errand.payout_id, reason=reason, now=clock.now())

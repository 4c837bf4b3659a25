"""Every two seconds: ask Stripe for the payments by which brands fund their payouts.

Claimed and committed first, asked then, recorded after; what may have been asked before
is looked up by the brand's customer. With a payment method the brand has left the money
is collected at once; otherwise the brand pays with the client secret.
"""

import logging

from marketplace import clock
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.payouts import collecting, fundings
from marketplace.payouts.collecting import FundingErrand
from marketplace.payouts.queries import due_fundings
from marketplace.payouts.stated import StatedIntent
from marketplace.payouts.stripe_api import (
    CardDeclined,
    StripeApi,
    StripeRefused,
    StripeSilent,
    open_stripe,
)

log = logging.getLogger(__name__)
AT_ONCE = 50  # fundings of one run


def run(context: JobContext) -> int:
    """Ask for what is due; how many fundings were asked for."""
    settings = context.settings
    if not settings.stripe_api_key:
        return 0
    with context.sessions() as session:
        due = session.scalars(due_fundings(clock.now()).limit(AT_ONCE)).all()
    if not due:
        return 0
    asked = 0
    with open_stripe(settings.stripe_api_key, settings.stripe_api_base) as stripe:
        for funding_id in due:
            with context.step() as session:
                errand = collecting.claim_funding(session, funding_id, now=clock.now())
            if errand is not None:
                asked += 1
                _collect(context, stripe, errand)
    return asked


def _collect(context: JobContext, stripe: StripeApi, errand: FundingErrand) -> None:
    try:
        intent = _ask(context, stripe, errand)
    except CardDeclined as declined:
        intent = declined.intent
    except StripeRefused as refused:
        with context.step() as session:
            collecting.decline(
                session, errand.funding_id, reason=str(refused), now=clock.now()
            )
        return
    except StripeSilent as silent:
        _put_off(context, errand, str(silent))
        return
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("funding not asked for: %s", errand.funding_id)
        _put_off(context, errand, type(error).__name__)
        return
    with context.step() as session:
        fundings.note_intent(
            session,
            errand.funding_id,
            intent,
            at=intent.created_at,
            keyring=context.settings.keyring,
            now=clock.now(),
        )


def _ask(context: JobContext, stripe: StripeApi, errand: FundingErrand) -> StatedIntent:
    customer_id = errand.customer_id
    if customer_id is None:
        made = stripe.create_customer(
            brand_id=errand.brand_id,
            name=errand.brand_name,
            key=f"{errand.brand_id}:customer",
        )
        with context.step() as session:
            customer_id = collecting.record_customer(
                session, errand.brand_id, made, now=clock.now()
            )
    if errand.may_exist:
        found = stripe.find_intent(customer_id, errand.funding_id)
        if found is not None:
            return found
    params = {**errand.params, "customer": customer_id}
    return stripe.create_intent(params, key=errand.key)


def _put_off(context: JobContext, errand: FundingErrand, reason: str) -> None:
    with context.step() as session:
        collecting.put_off_funding(
            session, errand.funding_id, reason=reason, now=clock.now()
        )

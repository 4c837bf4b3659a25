"""Every minute: empty the raw webhook bodies that are old enough, and forget to which
customer, anonymous by now, the orders of erased shoppers belonged.
"""

from datetime import timedelta

from marketplace import clock, orders, shops
from marketplace.jobs import JobContext
from marketplace.payouts.connect_inbox import forget_event_bodies

# How long orders that come late still join their customer. The law allows a month.
LINKED = timedelta(days=30)


def run(context: JobContext) -> int:
    """Forget a batch; how many bodies and links."""
    now, kept = clock.now(), timedelta(days=context.settings.webhook_body_days)
    with context.step() as session:
        links = orders.forget_links(session, before=now - LINKED)
        bodies = shops.forget_bodies(session, before=now - kept)
        return links + bodies + forget_event_bodies(session, before=now - kept)

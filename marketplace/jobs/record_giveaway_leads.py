"""Every second: tell of new entrants of giveaways as leads, once for each giveaway.

Who credits them is decided as for every lead, by their click and code.
"""

from marketplace import accounts, clock, orders
from marketplace.jobs import JobContext
from marketplace.jobs.pipeline import keys_of
from marketplace.keys import Keyring
from marketplace.orders import LeadKind, LeadSaid
from marketplace.tracking.giveaway_entries import address_of
from marketplace.tracking.giveaway_models import GiveawayEntry
from marketplace.tracking.giveaway_queries import brands_with_leads_due, leads_due

BATCH = 100


def run(context: JobContext) -> int:
    """Record a batch for each brand; how many entries were looked at."""
    with context.sessions() as session:
        brand_ids = session.scalars(brands_with_leads_due(clock.now())).all()
    return sum(_work_on(context, brand_id) for brand_id in brand_ids)


def _work_on(context: JobContext, brand_id: str) -> int:
    keyring = context.settings.keyring
    with context.step() as session:
        brand = accounts.claim_brand(session, brand_id)
        if brand is None:  # another worker has it
            return 0
        due = leads_due(brand_id, clock.now()).limit(BATCH)
        entries = session.scalars(due.with_for_update(skip_locked=True)).all()
        key = keys_of(brand, keyring).customer_key
        for entry in entries:
            said = _said(entry, keyring)
            if said is not None:
                orders.record_lead(
                    session, brand, said, customer_key=key, now=clock.now()
                )
            entry.lead_due_at = None
        return len(entries)


def _said(entry: GiveawayEntry, keyring: Keyring) -> LeadSaid | None:
    """The lead an entry is; None where its entrant was forgotten in the meantime."""
    address = address_of(entry, keyring)
    if address is None:
        return None
    return LeadSaid(
        kind=LeadKind.GIVEAWAY,
        external_id=f"{entry.giveaway_id}:{entry.id}",
        occurred_at=entry.entered_at,
        email=address,
        click_id=entry.click_id,
        promo_code=entry.code,
    )

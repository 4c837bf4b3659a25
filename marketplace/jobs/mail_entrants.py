"""Every two seconds: mail entrants of giveaways the link by which they confirm.

Each mail is claimed and committed, handed over outside any transaction, and what became
of it recorded. Cut off in between, it is sent again under the same Message-ID.
"""

import logging

from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts.models import Brand
from marketplace.config import Settings
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.mail import Letter, MailNotTaken, send
from marketplace.tracking import giveaway_confirming as confirming
from marketplace.tracking.giveaway_entries import address_of
from marketplace.tracking.giveaway_letters import written_to
from marketplace.tracking.giveaway_models import Giveaway, GiveawayEntry
from marketplace.tracking.giveaway_queries import mails_due

log = logging.getLogger(__name__)
AT_ONCE = 20  # mails of one run


def run(context: JobContext) -> int:
    """Send what is due; how many mails were tried."""
    if not context.settings.smtp_url:
        return 0
    with context.sessions() as session:
        due = session.scalars(mails_due(clock.now()).limit(AT_ONCE)).all()
    return sum(_send(context, entry_id) for entry_id in due)


def _send(context: JobContext, entry_id: str) -> int:
    with context.step() as session:
        claimed = confirming.claim_mail(session, entry_id, now=clock.now())
        if claimed is None:
            return 0
        letter = _letter(session, context.settings, *claimed)
        lease = claimed[1].mail_due_at
    failed, for_good = True, False
    try:
        send(context.settings.smtp_url, letter)
        failed = False
    except MailNotTaken as refused:
        for_good = refused.for_good
        # Not to whom: an address does not belong into logs.
        log.warning("entrant not mailed: %s", entry_id)
    except Exception as unforeseen:
        if is_passing(unforeseen):
            raise
        log.exception("entrant not mailed: %s", entry_id)
    with context.step() as session:
        confirming.record_mail(
            session, entry_id, lease, failed=failed, for_good=for_good, now=clock.now()
        )
    return 1


def _letter(
    session: Session, settings: Settings, giveaway: Giveaway, entry: GiveawayEntry
) -> Letter:
    token = confirming.token_of(entry, settings.keyring)
    brand = session.get_one(Brand, giveaway.brand_id)
    url = f"{giveaway.url}/confirm/{token}?lang={entry.language}"
    written = written_to(giveaway, brand, entry, url)
    return Letter(
        sender=settings.mail_from,
        recipient=address_of(entry, settings.keyring) or "",
        subject=written.subject,
        text=written.text,
        html=written.html,
        message_id=f"<{entry.id}.{entry.mails_asked}@{settings.mail_domain}>",
        written_at=clock.now(),
        headers={"Auto-Submitted": "auto-generated"},
    )

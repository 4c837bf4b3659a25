"""Every ten seconds: mail the reports that are due.

Which mails there are is committed first, each is claimed and committed, handed over
outside any transaction, and what became of it recorded. Cut off in between, it is sent
again under the same Message-ID: rather twice than never.
"""

import logging

from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.config import Settings
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.kpis import report_mails as mails
from marketplace.kpis.papers.letters import files_of, html_of, subject_of, text_of
from marketplace.kpis.report_links import Shown, shown_document
from marketplace.kpis.report_models import ReportMail, ReportSchedule
from marketplace.mail import Letter, MailNotTaken, send
from marketplace.tracking.backlog import ingested_until

log = logging.getLogger(__name__)
AT_ONCE = 20  # mails of one run


def run(context: JobContext) -> int:
    """Plan and send what is due; how many mails were made or tried."""
    if not context.settings.smtp_url:
        return 0
    with context.sessions() as session:
        schedules = session.scalars(
            mails.due_schedules(clock.now()).limit(AT_ONCE)
        ).all()
    made = 0
    for schedule_id in schedules:
        with context.step() as session:
            made += mails.plan_mails(session, schedule_id, now=clock.now())
    with context.sessions() as session:
        due = session.scalars(mails.due_mails(clock.now()).limit(AT_ONCE)).all()
    return made + sum(_send(context, mail_id) for mail_id in due)


def _send(context: JobContext, mail_id: str) -> int:
    with context.step() as session:
        mail = mails.claim_mail(session, mail_id, now=clock.now())
    if mail is None:
        return 0
    error, for_good = "", False
    try:
        with context.sessions() as session:
            letter = _letter(session, context.settings, mail)
        send(context.settings.smtp_url, letter)
    except MailNotTaken as refused:
        error, for_good = str(refused), refused.for_good
    except Exception as unforeseen:
        if is_passing(unforeseen):
            raise
        log.exception("report not mailed: %s", mail_id)
        error = type(unforeseen).__name__
    with context.step() as session:
        mails.record_mail(
            session, mail_id, error=error, for_good=for_good, now=clock.now()
        )
    return 1


def _letter(session: Session, settings: Settings, mail: ReportMail) -> Letter:
    now = clock.now()
    schedule = session.get_one(ReportSchedule, mail.schedule_id)
    brand = session.get_one(Brand, schedule.brand_id)
    campaign = (
        session.get(Campaign, schedule.campaign_id) if schedule.campaign_id else None
    )
    shown = Shown(
        language=schedule.language,
        kpis=schedule.kpis,
        tells_spending=schedule.kpis is None,
        by_influencer=schedule.by_influencer,
        start=mail.start_on,
        end=mail.end_on,
    )
    until = ingested_until(session, settings.spool, settings.node_id, now=now)
    document = shown_document(
        session,
        brand,
        campaign,
        shown,
        clicks_until=until,
        now=now,
    )
    url = stop_url(settings, mail)
    name = f"{campaign.id if campaign else brand.id}-{mail.start_on}"
    return Letter(
        sender=settings.mail_from,
        recipient=mail.recipient,
        subject=subject_of(document),
        text=text_of(document, url),
        html=html_of(document, url),
        message_id=f"<{mail.id}@{settings.mail_domain}>",
        written_at=now,
        headers={
            "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
        attachments=files_of(document, schedule.formats, name),
    )


def stop_url(settings: Settings, mail: ReportMail) -> str:
    """Where whoever gets that mail asks for no more of them."""
    key = mails.stop_key(settings.keyring, mail)
    return f"{settings.public_url}/reports/mails/{mail.id}/{key}"

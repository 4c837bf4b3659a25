"""Reports that are mailed by themselves: schedules, and the mails they make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.accounts.rules import Actor
from marketplace.campaigns.models import Campaign
from marketplace.errors import Invalid
from marketplace.keys import Keyring
from marketplace.kpis.report_calendar import next_due, stretch_before
from marketplace.kpis.report_links import Shown, check
from marketplace.kpis.report_models import (
    Every,
    MailStatus,
    ReportMail,
    ReportSchedule,
)

FORMATS = ("pdf", "xlsx")
MOST_RECIPIENTS = 10
TRIES = 8
LONGEST_PAUSE = timedelta(hours=6)
# After this a mail that was handed over and not heard of is tried again.
LOST_AFTER = timedelta(minutes=10)


class ScheduleNotValid(Invalid):
    """No reports can be mailed like that; says why, field by field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """How often, at what hour of the brand's day, to whom and as what files."""

    every: Every
    hour: int
    recipients: Sequence[str]
    formats: Sequence[str] = ("pdf",)


def schedule_report(
    session: Session,
    brand: Brand,
    campaign: Campaign | None,
    planned: Planned,
    shown: Shown,
    *,
    by: Actor,
    now: datetime,
) -> ReportSchedule:
    """Have a report of a campaign, or of all, mailed from now on.

    ScheduleNotValid names every wrong field; UnknownKpi.
    """
    check(session, brand, shown)
    _check(planned)
    schedule = ReportSchedule(
        brand_id=brand.id,
        campaign_id=campaign.id if campaign else None,
        every=planned.every,
        hour=planned.hour,
        recipients=list(dict.fromkeys(planned.recipients)),
        formats=list(dict.fromkeys(planned.formats)),
        language=shown.language,
        kpis=list(shown.kpis) if shown.kpis is not None else None,
        by_influencer=shown.by_influencer,
        created_by=by.user_id,
        created_at=now,
        next_at=next_due(planned.every, planned.hour, brand.timezone, after=now),
    )
    session.add(schedule)
    session.flush()
    _publish(session, "report_schedule.made", schedule, by=by.user_id, now=now)
    return schedule


def stop_schedule(
    session: Session, schedule: ReportSchedule, *, by: Actor, now: datetime
) -> None:
    """Mail nothing more; what is not yet sent is dropped."""
    if schedule.next_at is None:
        return
    schedule.next_at = None
    _drop(session, schedule.id)
    session.flush()
    _publish(session, "report_schedule.stopped", schedule, by=by.user_id, now=now)


def stop_for(session: Session, mail: ReportMail, *, now: datetime) -> None:
    """Whoever got that mail wants no more of them; without anybody left it stops."""
    schedule = session.get_one(ReportSchedule, mail.schedule_id)
    if mail.recipient not in schedule.recipients:
        return
    schedule.recipients = [
        each for each in schedule.recipients if each != mail.recipient
    ]
    _drop(session, schedule.id, mail.recipient)
    if not schedule.recipients:
        schedule.next_at = None
    session.flush()
    _publish(session, "report_schedule.left", schedule, by=None, now=now)


def title_of(session: Session, schedule: ReportSchedule) -> str:
    """What its reports are called: the campaign, or the brand."""
    if schedule.campaign_id is not None:
        return session.get_one(Campaign, schedule.campaign_id).title
    return session.get_one(Brand, schedule.brand_id).name


def stop_key(keyring: Keyring, mail: ReportMail) -> str:
    """What the address to stop them by holds, so that nobody else can make it up."""
    return keyring.digest("report mail", f"{mail.id} {mail.recipient}")[:32]


def schedules_of(
    brand_ids: Sequence[str], campaign_id: str | None
) -> Select[ReportSchedule]:
    """The schedules of these brands, of one campaign or of all."""
    statement = select(ReportSchedule).where(ReportSchedule.brand_id.in_(brand_ids))
    if campaign_id is not None:
        statement = statement.where(ReportSchedule.campaign_id == campaign_id)
    return statement


def mails_of(schedule: ReportSchedule) -> Select[ReportMail]:
    """What became of the mails of a schedule."""
    return select(ReportMail).where(
        ReportMail.brand_id == schedule.brand_id,
        ReportMail.schedule_id == schedule.id,
    )


def due_schedules(now: datetime) -> Select[str]:
    """The ids of those whose next report is due, the longest waiting first."""
    return (
        select(ReportSchedule.id)
        .where(ReportSchedule.next_at <= now)
        .order_by(ReportSchedule.next_at)
    )


def due_mails(now: datetime) -> Select[str]:
    """The ids of mails to be tried now."""
    lost = (ReportMail.status == MailStatus.SENDING) & (ReportMail.not_before <= now)
    waiting = (ReportMail.status == MailStatus.DUE) & (ReportMail.not_before <= now)
    return select(ReportMail.id).where(or_(waiting, lost)).order_by(ReportMail.id)


def plan_mails(session: Session, schedule_id: str, *, now: datetime) -> int:
    """Make the mails of a schedule that is due, one per address; how many.

    Only the latest stretch: after a long time away nobody wants the old ones. Made by
    two at once they are made once, for the row is locked.
    """
    schedule = session.scalars(
        select(ReportSchedule).where(ReportSchedule.id == schedule_id).with_for_update()
    ).one()
    due_at = schedule.next_at
    if due_at is None or due_at > now:
        return 0
    timezone = session.get_one(Brand, schedule.brand_id).timezone
    following = next_due(schedule.every, schedule.hour, timezone, after=due_at)
    while following <= now:
        due_at = following
        following = next_due(schedule.every, schedule.hour, timezone, after=due_at)
    start, end = stretch_before(schedule.every, due_at, timezone)
    for recipient in schedule.recipients:
        session.add(
            ReportMail(
                schedule_id=schedule.id,
                brand_id=schedule.brand_id,
                recipient=recipient,
                start_on=start,
                end_on=end,
                due_at=due_at,
                status=MailStatus.DUE,
                not_before=now,
            )
        )
    schedule.next_at = following
    session.flush()
    return len(schedule.recipients)


def claim_mail(session: Session, mail_id: str, *, now: datetime) -> ReportMail | None:
    """Take a mail to be handed over; None if somebody else has it or it is no more."""
    mail = session.scalars(
        select(ReportMail)
        .where(ReportMail.id == mail_id)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if mail is None or mail.not_before > now:
        return None
    if mail.status not in (MailStatus.DUE, MailStatus.SENDING):
        return None
    mail.status = MailStatus.SENDING
    mail.attempts += 1
    mail.not_before = now + LOST_AFTER
    session.flush()
    return mail


def record_mail(
    session: Session,
    mail_id: str,
    *,
    error: str = "",
    for_good: bool = False,
    now: datetime,
) -> None:
    """What became of handing it over: sent, to be tried again, or failed for good."""
    mail = session.get_one(ReportMail, mail_id)
    mail.error = error[:300]
    if not error:
        mail.status, mail.sent_at = MailStatus.SENT, now
    elif for_good or mail.attempts >= TRIES:
        mail.status = MailStatus.FAILED
        schedule = session.get_one(ReportSchedule, mail.schedule_id)
        _publish(session, "report_mail.failed", schedule, by=None, now=now)
    else:
        pause = timedelta(minutes=2) * 3 ** (mail.attempts - 1)
        mail.status, mail.not_before = MailStatus.DUE, now + min(pause, LONGEST_PAUSE)
    session.flush()


def _check(planned: Planned) -> None:
    wrong: dict[str, list[str]] = {}
    if not 0 <= planned.hour <= 23:
        wrong["hour"] = ["Must be 0 to 23."]
    if not 1 <= len(set(planned.recipients)) <= MOST_RECIPIENTS:
        wrong["recipients"] = [f"Must be 1 to {MOST_RECIPIENTS} addresses."]
    if not planned.formats or not set(planned.formats) <= set(FORMATS):
        wrong["formats"] = [f"Must be among {', '.join(FORMATS)}."]
    if wrong:
        raise ScheduleNotValid(wrong)


def _drop(session: Session, schedule_id: str, recipient: str | None = None) -> None:
    waiting = select(ReportMail).where(
        ReportMail.schedule_id == schedule_id, ReportMail.status == MailStatus.DUE
    )
    if recipient is not None:
        waiting = waiting.where(ReportMail.recipient == recipient)
    for mail in session.scalars(waiting):
        mail.status = MailStatus.DROPPED


def _publish(
    session: Session,
    kind: str,
    schedule: ReportSchedule,
    *,
    by: str | None,
    now: datetime,
) -> None:
    events.publish(
        session,
        kind,
        now=now,
        subject_id=schedule.id,
        brand_id=schedule.brand_id,
        actor_id=by,
        data={"campaign_id": schedule.campaign_id},
    )

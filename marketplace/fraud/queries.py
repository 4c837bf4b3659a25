"""What flags there are, what they come to, and what campaigns do about the rules."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution import Attribution, LeadAttribution
from marketplace.fraud.models import Flag, FraudSetting
from marketplace.fraud.rules import (
    APPLICATION,
    DEFAULTS,
    KEEPS_MONEY,
    OF_THE_SALE,
    Action,
    FlagStatus,
    Rule,
    Settings,
    Verdict,
    setting_of,
    severest,
    subject_of,
)
from marketplace.fraud.wording import told

_CLICKS = "clicks:"  # how the source of what a day's clicks earn begins


def verdict_on(
    session: Session,
    *,
    application_id: str,
    order_id: str | None = None,
    lead_id: str | None = None,
    source: str | None = None,
) -> Verdict:
    """The severest action of the flags on one thing that earns; see `Commission`.

    An open flag on the whole application holds all it earns; a confirmed one takes only
    what was earned on the days that were judged.
    """
    subject = subject_of(order_id=order_id, lead_id=lead_id, source=source)
    about = _is_about(application_id, subject)
    if order_id is not None:
        about = or_(about, _is_about_sale(order_id))
    flags = session.scalars(
        select(Flag)
        .where(
            about,
            Flag.status.in_((FlagStatus.OPEN, FlagStatus.CONFIRMED)),
        )
        .order_by(Flag.key)
    ).all()
    if not flags:
        return Verdict()
    day = None
    if any(flag.subject == APPLICATION for flag in flags):
        day = _day_of(session, order_id, lead_id, source)
    return severest([_verdict(flag, day) for flag in flags])


def _is_about(application_id: str, subject: str) -> ColumnElement[bool]:
    return (Flag.application_id == application_id) & Flag.subject.in_(
        (subject, APPLICATION)
    )


def _is_about_sale(order_id: str) -> ColumnElement[bool]:
    """Flags on the sale itself are about everybody who is paid for it."""
    return (Flag.order_id == order_id) & Flag.rule.in_(sorted(OF_THE_SALE))


def _verdict(flag: Flag, day: date | None) -> Verdict:
    action = flag.action
    if flag.subject == APPLICATION and action is Action.REJECT:
        open_ = flag.status is FlagStatus.OPEN
        if not _judged(flag, day):
            action = Action.HOLD if open_ else Action.ALLOW
    return Verdict(action, told(flag.rule)[0] if action in KEEPS_MONEY else "")


def _judged(flag: Flag, day: date | None) -> bool:
    """Whether what was earned on that day is among what the flag is about."""
    since, until = flag.evidence.get("since"), flag.evidence.get("until")
    if day is None or since is None or until is None:
        return False
    return date.fromisoformat(since) <= day <= date.fromisoformat(until)


def _day_of(
    session: Session, order_id: str | None, lead_id: str | None, source: str | None
) -> date | None:
    """The brand's day of what earns; none for what belongs to no day."""
    if order_id is not None:
        order = session.get(Attribution, order_id)
        return order.day_on if order else None
    if lead_id is not None:
        lead = session.get(LeadAttribution, lead_id)
        return lead.day_on if lead else None
    try:
        return date.fromisoformat((source or "").removeprefix(_CLICKS))
    except ValueError:
        return None


def flags_of(*, brand_ids: Collection[str], influencer_id: str | None) -> Select[Flag]:
    """The flags of these brands, and those that keep this influencer's money."""
    return select(Flag).where(
        or_(
            Flag.brand_id.in_(brand_ids),
            (Flag.influencer_id == influencer_id) & Flag.action.in_(KEEPS_MONEY),
        )
    )


def flags_on_order(order_id: str) -> Select[Flag]:
    """Every flag on an order, resolved ones too."""
    return select(Flag).where(Flag.order_id == order_id)


def flags_on_applications(brand_id: str) -> Select[Flag]:
    """The flags on a brand's applications themselves, and on days of their clicks."""
    return select(Flag).where(Flag.brand_id == brand_id, Flag.order_id.is_(None))


def open_flags(campaign_id: str, rules: Collection[Rule]) -> Select[Flag]:
    """The open flags of these rules in a campaign."""
    return select(Flag).where(
        Flag.campaign_id == campaign_id,
        Flag.rule.in_(rules),
        Flag.status == FlagStatus.OPEN,
    )


def settings_rows(campaign_ids: Collection[str]) -> Select[FraudSetting]:
    """What these campaigns chose."""
    return select(FraudSetting).where(FraudSetting.campaign_id.in_(campaign_ids))


def settings_of(session: Session, campaign_ids: Collection[str]) -> dict[str, Settings]:
    """What each of these campaigns does about every rule."""
    rows = session.scalars(settings_rows(sorted(campaign_ids))).all()
    return {each: _settings(each, rows) for each in campaign_ids}


def _settings(campaign_id: str, rows: Sequence[FraudSetting]) -> Settings:
    own = {
        row.rule: setting_of(row.rule, row.action, row.thresholds)
        for row in rows
        if row.campaign_id == campaign_id
    }
    return {**DEFAULTS, **own}

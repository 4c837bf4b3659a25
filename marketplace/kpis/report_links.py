"""Links by which anybody may read one report, until they expire or are withdrawn."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.accounts.rules import Actor
from marketplace.campaigns.models import Campaign
from marketplace.clock import local_day
from marketplace.errors import Invalid
from marketplace.kpis.catalogue import pick
from marketplace.kpis.own_series import own_series
from marketplace.kpis.papers import LANGUAGES, Document, document_of, open_kpis
from marketplace.kpis.period import window_of
from marketplace.kpis.report_models import ReportLink
from marketplace.kpis.rules import LONGEST_WINDOW, Window
from marketplace.kpis.scope import ReportScope, brand_scope, campaign_scope

LONGEST_LIFE = timedelta(days=366)


class ReportLinkNotValid(Invalid):
    """Such a link cannot be made; says why, field by field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a report for others shows.

    `kpis`: their ids; None for all, without those that tell what the brand spent unless
    `tells_spending`. The days
    `[start, end)`, or the last `last_days` up to and with today, or (neither) all.
    """

    language: str = "en"
    kpis: Sequence[str] | None = None
    by_influencer: bool = False
    start: date | None = None
    end: date | None = None
    last_days: int | None = None
    tells_spending: bool = False


def share_report(
    session: Session,
    brand: Brand,
    campaign: Campaign | None,
    shown: Shown,
    *,
    label: str,
    expires_at: datetime,
    by: Actor,
    now: datetime,
) -> tuple[ReportLink, str]:
    """A new link to the report of a campaign, or of all, and its secret, shown once.

    ReportLinkNotValid for an expiry in the past or more than a year ahead, or nonsense
    in what is shown; UnknownKpi for an id that is not in the catalogue.
    """
    check(session, brand, shown)
    if not now < expires_at <= now + LONGEST_LIFE:
        raise ReportLinkNotValid({"expires_at": ["Must lie ahead, by a year at most."]})
    secret = secrets.token_urlsafe(32)
    link = ReportLink(
        brand_id=brand.id,
        campaign_id=campaign.id if campaign else None,
        secret_hash=_hash(secret),
        label=label,
        language=shown.language,
        kpis=list(shown.kpis) if shown.kpis is not None else None,
        by_influencer=shown.by_influencer,
        start_on=shown.start,
        end_on=shown.end,
        last_days=shown.last_days,
        created_by=by.user_id,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(link)
    session.flush()
    _publish(session, "report_link.made", link, by=by, now=now)
    return link, secret


def withdraw_report(
    session: Session, link: ReportLink, *, by: Actor, now: datetime
) -> None:
    """End a link now; once ended, nothing more happens."""
    if link.withdrawn_at is None:
        link.withdrawn_at = now
        session.flush()
        _publish(session, "report_link.withdrawn", link, by=by, now=now)


def links_of(brand_ids: Sequence[str], campaign_id: str | None) -> Select[ReportLink]:
    """The links of these brands, of one campaign or of all."""
    statement = select(ReportLink).where(ReportLink.brand_id.in_(brand_ids))
    if campaign_id is not None:
        statement = statement.where(ReportLink.campaign_id == campaign_id)
    return statement


def link_behind(session: Session, secret: str, *, now: datetime) -> ReportLink | None:
    """The link with that secret, if it still works."""
    link = session.scalars(
        select(ReportLink).where(ReportLink.secret_hash == _hash(secret))
    ).one_or_none()
    if link is None or link.withdrawn_at is not None or link.expires_at <= now:
        return None
    return link


def read_link(
    session: Session,
    link: ReportLink,
    *,
    language: str | None = None,
    clicks_until: datetime | None = None,
    now: datetime,
) -> Document:
    """The report behind a link, as it is now, in its language or another one."""
    shown = Shown(
        language=language or link.language,
        kpis=link.kpis,
        by_influencer=link.by_influencer,
        start=link.start_on,
        end=link.end_on,
        last_days=link.last_days,
    )
    brand = session.get_one(Brand, link.brand_id)
    campaign = session.get(Campaign, link.campaign_id) if link.campaign_id else None
    return shown_document(
        session, brand, campaign, shown, clicks_until=clicks_until, now=now
    )


def shown_document(
    session: Session,
    brand: Brand,
    campaign: Campaign | None,
    shown: Shown,
    *,
    clicks_until: datetime | None = None,
    now: datetime,
) -> Document:
    """The report of a campaign (None: of all of the brand's) as `shown` says."""
    scope = campaign_scope(campaign) if campaign else brand_scope(brand)
    return document_of(
        session,
        scope,
        title=campaign.title if campaign else brand.name,
        brand=brand.name,
        window=_window(session, scope, brand, shown, now),
        kpis=_shown_kpis(shown),
        language=shown.language,
        by_influencer=shown.by_influencer,
        clicks_until=clicks_until,
        now=now,
    )


def check(session: Session, brand: Brand, shown: Shown) -> None:
    """ReportLinkNotValid, naming every wrong field; UnknownKpi."""
    wrong: dict[str, list[str]] = {}
    if shown.language not in LANGUAGES:
        wrong["language"] = [f"Must be one of {', '.join(LANGUAGES)}."]
    if shown.last_days is not None and not 1 <= shown.last_days <= LONGEST_WINDOW:
        wrong["last_days"] = [f"Must be 1 to {LONGEST_WINDOW}."]
    if shown.last_days is not None and (shown.start or shown.end):
        wrong["last_days"] = ["Leave it out, or leave out from and to."]
    if shown.start and shown.end and shown.start >= shown.end:
        wrong["from"] = ["Must lie before the end of the window."]
    if shown.kpis is not None and not shown.kpis:
        wrong["kpis"] = ["Must name at least one; leave it out for the usual ones."]
    if wrong:
        raise ReportLinkNotValid(wrong)
    if shown.kpis is not None:
        pick(shown.kpis, own_series(session, brand_scope(brand)).kpis)


def _shown_kpis(shown: Shown) -> Sequence[str] | None:
    if shown.kpis is None and not shown.tells_spending:
        return open_kpis()
    return shown.kpis


def _window(
    session: Session, scope: ReportScope, brand: Brand, shown: Shown, now: datetime
) -> Window:
    if shown.last_days is not None:
        tomorrow = local_day(now, brand.timezone) + timedelta(days=1)
        return Window(tomorrow - timedelta(days=shown.last_days), tomorrow)
    return window_of(session, scope, start=shown.start, end=shown.end, now=now)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _publish(
    session: Session, kind: str, link: ReportLink, *, by: Actor, now: datetime
) -> None:
    events.publish(
        session,
        kind,
        now=now,
        subject_id=link.id,
        brand_id=link.brand_id,
        actor_id=by.user_id,
        data={"campaign_id": link.campaign_id},
    )

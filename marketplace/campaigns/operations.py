"""Making, changing, publishing, pausing and closing campaigns."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.accounts.rules import Actor
from marketplace.campaigns.checks import (
    CampaignNotReady,
    refuse_currency,
    refuse_nonsense,
    refuse_past_end,
    refuse_unready,
)
from marketplace.campaigns.facets import Facets, facet_rows, replace_facets
from marketplace.campaigns.models import Campaign, Terms
from marketplace.campaigns.rules import MOVES, CampaignStatus, Objective, Offer
from marketplace.errors import Conflict
from marketplace.orm import change


class MoveNotPermitted(Conflict):
    """The campaign is in a status from which this cannot be done."""


class CampaignClosed(Conflict):
    """A closed campaign does not change any more."""


def create(
    session: Session,
    brand: Brand,
    *,
    title: str,
    offer: Offer,
    landing_url: str = "",
    description: str = "",
    currency: str | None = None,
    objective: Objective | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    questions: Iterable[Mapping[str, Any]] = (),
    auto_accept: bool = False,
    code_pattern: str = "{HANDLE}{PERCENT}",
    fallback_url: str = "",
    utm: Mapping[str, str] | None = None,
    landing_page: Mapping[str, str] | None = None,
    auto_apply_code: bool = False,
    repeat_minutes: int = 60,
    budget_amount: int | None = None,
    margin_bps: int | None = None,
    facets: Facets | None = None,
    by: Actor | None,
    now: datetime,
) -> Campaign:
    """A draft with the first version of its terms; the brand's currency by default.

    Amounts are minor units of the campaign's currency. Invalid names what is wrong.
    """
    campaign = Campaign(
        brand_id=brand.id,
        title=title,
        description=description,
        landing_url=landing_url,
        currency=currency or brand.currency,
        objective=objective,
        status=CampaignStatus.DRAFT,
        starts_at=starts_at,
        ends_at=ends_at,
        questions=[dict(question) for question in questions],
        auto_accept=auto_accept,
        code_pattern=code_pattern,
        fallback_url=fallback_url,
        utm=dict(utm or {}),
        landing_page=landing_page and dict(landing_page),
        auto_apply_code=auto_apply_code,
        repeat_minutes=repeat_minutes,
        budget_amount=budget_amount,
        margin_bps=margin_bps,
        terms_version=1,
        created_at=now,
        facets=facet_rows(facets or {}),
    )
    refuse_nonsense(campaign, offer)
    session.add(campaign)
    session.flush()
    _write_terms(session, campaign, offer, now)
    session.refresh(campaign, ["terms", "brand"])
    _tell(session, "campaign.created", campaign, by, now)
    return campaign


def update(
    session: Session,
    campaign: Campaign,
    *,
    changes: Mapping[str, Any],
    terms: Mapping[str, Any] | None = None,
    facets: Facets | None = None,
    by: Actor | None,
    now: datetime,
) -> None:
    """Change what is named; a change of `terms` (fields of `Offer`) is a new version.

    Accepted applications keep theirs. `facets` replaces the kinds it names.
    CampaignClosed, CurrencyFixed, Invalid.
    """
    _lock(session, campaign)
    if campaign.status is CampaignStatus.CLOSED:
        raise CampaignClosed("A closed campaign cannot be changed.")
    refuse_currency(campaign, changes)
    changed = change(campaign, changes)
    before = offer_of(campaign.terms)
    offer = replace(before, **(terms or {}))
    refuse_nonsense(campaign, offer)
    if "ends_at" in changes and campaign.published_at is not None:
        refuse_past_end(campaign, now)
    if campaign.status is not CampaignStatus.DRAFT:
        refuse_unready(campaign, offer)
    if facets and replace_facets(campaign, facets):
        changed = True
    if offer != before:
        campaign.terms_version += 1
        session.flush()
        _write_terms(session, campaign, offer, now)
        session.refresh(campaign, ["terms"])
        changed = True
    if changed:
        session.flush()
        _tell(session, "campaign.updated", campaign, by, now)


def publish(
    session: Session, campaign: Campaign, *, by: Actor | None, now: datetime
) -> None:
    """Open it to everybody; CampaignNotReady while something they need is missing."""
    _refuse_move(session, campaign, "publish")
    refuse_unready(campaign, offer_of(campaign.terms))
    if campaign.ends_at is not None and campaign.ends_at <= now:
        raise CampaignNotReady("The campaign would have ended already (ends_at).")
    if campaign.published_at is None:
        campaign.published_at = now
    _move(session, campaign, "publish", "campaign.published", by, now)


def pause(
    session: Session, campaign: Campaign, *, by: Actor | None, now: datetime
) -> None:
    """Take no applications for a while; what was accepted goes on."""
    _refuse_move(session, campaign, "pause")
    _move(session, campaign, "pause", "campaign.paused", by, now)


def close(
    session: Session, campaign: Campaign, *, by: Actor | None, now: datetime
) -> None:
    """End it for good. Nothing is deleted; links go on leading somewhere."""
    _refuse_move(session, campaign, "close")
    campaign.closed_at = now
    _move(session, campaign, "close", "campaign.closed", by, now)


def offer_of(terms: Terms) -> Offer:
    """What a stored version of the terms says."""
    return Offer(**{field.name: getattr(terms, field.name) for field in fields(Offer)})


def _write_terms(
    session: Session, campaign: Campaign, offer: Offer, now: datetime
) -> None:
    said = asdict(offer)
    version = campaign.terms_version
    session.add(Terms(campaign_id=campaign.id, version=version, created_at=now, **said))
    session.flush()


def _lock(session: Session, campaign: Campaign) -> None:
    """Read it afresh, so that two changes at once follow one another."""
    columns = [column.key for column in Campaign.__mapper__.column_attrs]
    session.refresh(campaign, columns, with_for_update=True)
    session.refresh(campaign, ["terms", "facets", "brand"])


def _refuse_move(session: Session, campaign: Campaign, verb: str) -> None:
    _lock(session, campaign)
    if campaign.status not in MOVES[verb][0]:
        raise MoveNotPermitted(
            f"The campaign is {campaign.status.value}: {verb} is not possible."
        )


def _move(
    session: Session,
    campaign: Campaign,
    verb: str,
    kind: str,
    by: Actor | None,
    now: datetime,
) -> None:
    campaign.status = MOVES[verb][1]
    session.flush()
    _tell(session, kind, campaign, by, now)


def _tell(
    session: Session, kind: str, campaign: Campaign, by: Actor | None, now: datetime
) -> None:
    events.publish(
        session,
        kind,
        now=now,
        brand_id=campaign.brand_id,
        subject_id=campaign.id,
        actor_id=by.user_id if by else None,
        data={"terms_version": campaign.terms_version},
    )

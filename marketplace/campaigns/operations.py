"""Making, changing, publishing, pausing and closing campaigns."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.accounts.rules import Actor, Platform
from marketplace.accounts.urls import web_url
from marketplace.campaigns.models import Campaign, CampaignFacet, Terms
from marketplace.campaigns.rules import (
    MOVES,
    CampaignStatus,
    Facet,
    Objective,
    Offer,
    pattern_error,
)
from marketplace.errors import Conflict, Invalid
from marketplace.orm import change

Facets = Mapping[Facet, Iterable[str]]


class MoveNotPermitted(Conflict):
    """The campaign is in a status from which this cannot be done."""


class CampaignNotReady(Conflict):
    """Something that applicants must know is still missing."""


class CurrencyFixed(Conflict):
    """The currency cannot change once others rely on it."""


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
        budget_amount=budget_amount,
        margin_bps=margin_bps,
        terms_version=1,
        created_at=now,
        facets=_facet_rows(facets or {}),
    )
    _check(campaign, offer)
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
    _refuse_currency(campaign, changes)
    changed = change(campaign, changes)
    before = offer_of(campaign.terms)
    offer = replace(before, **(terms or {}))
    _check(campaign, offer)
    if "ends_at" in changes and campaign.published_at is not None:
        _refuse_past_end(campaign, now)
    if campaign.status is not CampaignStatus.DRAFT:
        _refuse_unready(campaign, offer)
    if facets and _replace_facets(campaign, facets):
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
    _refuse_unready(campaign, offer_of(campaign.terms))
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


def _refuse_past_end(campaign: Campaign, now: datetime) -> None:
    """An end in the past would take back what was earned after it."""
    if campaign.ends_at is not None and campaign.ends_at < now:
        raise Invalid(
            {"ends_at": ["must be in the future: close the campaign instead"]}
        )


def _refuse_unready(campaign: Campaign, offer: Offer) -> None:
    missing = [
        name
        for name, there in (
            ("landing_url", bool(campaign.landing_url)),
            ("commission", offer.decided),
        )
        if not there
    ]
    if missing:
        raise CampaignNotReady(f"Applicants must know: {', '.join(missing)}.")


def _refuse_currency(campaign: Campaign, changes: Mapping[str, Any]) -> None:
    wanted = changes.get("currency", campaign.currency)
    if wanted != campaign.currency and campaign.published_at is not None:
        raise CurrencyFixed("The currency cannot change once it was published.")


def _check(campaign: Campaign, offer: Offer) -> None:
    """Invalid for everything that makes no sense, at once; tidies the landing page."""
    errors = offer.errors()
    if campaign.landing_url:
        try:
            campaign.landing_url = web_url(campaign.landing_url)
        except ValueError as error:
            errors["landing_url"] = [str(error)]
    if reason := pattern_error(campaign.code_pattern):
        errors["code_pattern"] = [reason]
    starts_at, ends_at = campaign.starts_at, campaign.ends_at
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        errors["ends_at"] = ["must be after starts_at"]
    ids = [question["id"] for question in campaign.questions]
    if len(ids) != len(set(ids)):
        errors["questions"] = ["must have different ids"]
    if errors:
        raise Invalid(errors)


def _facet_rows(facets: Facets) -> list[CampaignFacet]:
    found = {
        (kind, _facet_value(kind, text))
        for kind, texts in facets.items()
        for text in texts
    }
    return [CampaignFacet(kind=kind, value=value) for kind, value in sorted(found)]


def _facet_value(kind: Facet, text: str) -> str:
    """One spelling per value, so that a search finds it."""
    if kind is Facet.COUNTRY:
        return text.strip().upper()
    if kind is Facet.PLATFORM:
        return Platform(text).value
    return text.strip() if kind is Facet.LANGUAGE else text.strip().casefold()


def _replace_facets(campaign: Campaign, facets: Facets) -> bool:
    wanted = {(row.kind, row.value): row for row in _facet_rows(facets)}
    there = {
        (row.kind, row.value): row for row in campaign.facets if row.kind in facets
    }
    for key in there.keys() - wanted.keys():
        campaign.facets.remove(there[key])
    campaign.facets.extend(wanted[key] for key in wanted.keys() - there.keys())
    return wanted.keys() != there.keys()

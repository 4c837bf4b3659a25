"""What a campaign may not be, or not yet: refusals, each with everything wrong."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.accounts.urls import web_url
from marketplace.campaigns.links import (
    MOST_REPEAT_MINUTES,
    page_errors,
    page_said,
    utm_errors,
)
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.rules import Offer, pattern_error
from marketplace.errors import Conflict, Invalid


class CampaignNotReady(Conflict):
    """Something that applicants must know is still missing."""


class CurrencyFixed(Conflict):
    """The currency cannot change once others rely on it."""


def refuse_past_end(campaign: Campaign, now: datetime) -> None:
    """An end in the past would take back what was earned after it."""
    if campaign.ends_at is not None and campaign.ends_at < now:
        raise Invalid(
            {"ends_at": ["must be in the future: close the campaign instead"]}
        )


def refuse_unready(campaign: Campaign, offer: Offer) -> None:
    """CampaignNotReady names what applicants must know and cannot yet."""
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


def refuse_currency(campaign: Campaign, changes: Mapping[str, Any]) -> None:
    """CurrencyFixed for another currency after the campaign was published."""
    wanted = changes.get("currency", campaign.currency)
    if wanted != campaign.currency and campaign.published_at is not None:
        raise CurrencyFixed("The currency cannot change once it was published.")


def refuse_nonsense(campaign: Campaign, offer: Offer) -> None:
    """Invalid for everything that makes no sense, at once; tidies addresses."""
    errors = offer.errors() | _link_errors(campaign)
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


def _link_errors(campaign: Campaign) -> dict[str, list[str]]:
    """What is wrong with where its links lead and what its pages say."""
    errors = utm_errors(campaign.utm)
    for name in ("landing_url", "fallback_url"):
        if url := getattr(campaign, name):
            try:
                setattr(campaign, name, web_url(url))
            except ValueError as error:
                errors[name] = [str(error)]
    if campaign.landing_page is not None:
        errors |= page_errors(campaign.landing_page)
        campaign.landing_page = page_said(campaign.landing_page)
    if not 0 <= campaign.repeat_minutes <= MOST_REPEAT_MINUTES:
        errors["repeat_minutes"] = [f"must be 0 to {MOST_REPEAT_MINUTES}"]
    return errors

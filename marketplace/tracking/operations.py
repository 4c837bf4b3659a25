"""Making and ending tracked links."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.accounts.models import Channel
from marketplace.campaigns.links import UTM_NAMES
from marketplace.campaigns.models import Campaign
from marketplace.errors import Conflict, Invalid
from marketplace.ids import random_slug
from marketplace.tracking.link_rules import slug_error, tidy_slug
from marketplace.tracking.link_targets import hold_campaign, listed_url, retarget
from marketplace.tracking.models import LinkSlug, TrackingLink
from marketplace.tracking.queries import link_numbers, links_of, slugs_like
from marketplace.tracking.rejudging import judged_by, request_if_moved
from marketplace.tracking.rules import Contract

SLUG_LENGTH = 8
MOST_LINKS = 200  # of one application


class SlugTaken(Conflict):
    """Another link is, or once was, called so."""


class TooManyLinks(Conflict):
    """The application has as many links as it may have."""


def create_link(
    session: Session,
    application: Contract,
    channel: Channel | None,
    *,
    label: str = "",
    destination_url: str | None = None,
    slug: str | None = None,
    utm: Mapping[str, str] | None = None,
    expires_at: datetime | None = None,
    fallback_url: str | None = None,
    now: datetime,
) -> TrackingLink:
    """A tracked link to the landing page, or to a page of a host the brand has listed.

    `slug`: what it is to be called, else random. A relative `destination_url` or
    `fallback_url` starts from the landing page. `utm` overrides the campaign's
    template, by name (``utm_term``). SlugTaken, TooManyLinks; Invalid names `slug`,
    `destination_path`, `fallback_url` or `utm`.
    """
    campaign = hold_campaign(session, application.campaign_id)
    said = checked(
        session,
        campaign,
        {
            "destination_url": destination_url,
            "utm": utm,
            "fallback_url": fallback_url,
            **({} if slug is None else {"slug": slug}),
        },
    )
    if (session.scalar(link_numbers(application.id)) or 0) >= MOST_LINKS:
        raise TooManyLinks(f"An application has at most {MOST_LINKS} links.")
    wanted = said.pop("slug", None)
    link = TrackingLink(
        slug="",
        application_id=application.id,
        brand_id=application.brand_id,
        campaign_id=application.campaign_id,
        channel_id=channel.id if channel else None,
        platform=channel.platform if channel else None,
        label=label,
        target_url="",
        created_at=now,
        changed_at=now,
        expires_at=expires_at and max(expires_at, now),
        **said,
    )
    _store(session, link, wanted)
    retarget(session, campaign, TrackingLink.id == link.id, now)
    return link


def end_links(session: Session, application: Contract, *, now: datetime) -> None:
    """Clicks on its links no longer count; the links go on leading somewhere."""
    for link in session.scalars(links_of([application.id])):
        if link.ended_at is None:
            before = judged_by(link)
            link.ended_at = link.changed_at = now
            request_if_moved(session, link, before, now=now)
    session.flush()


def checked(
    session: Session, campaign: Campaign, said: Mapping[str, Any]
) -> dict[str, Any]:
    """What is said of a link as it is stored; Invalid names everything wrong with it.

    Looks at `slug`, `destination_url`, `fallback_url` and `utm`; what else there is
    stays as it is. Null is the landing page, no fallback, nothing chosen.
    """
    errors: dict[str, list[str]] = {}
    stored = dict(said)
    for name, field, none in (
        ("destination_url", "destination_path", campaign.landing_url),
        ("fallback_url", "fallback_url", ""),
    ):
        if name not in said:
            continue
        try:
            url = said[name]
            stored[name] = listed_url(session, campaign, url) if url else none
        except ValueError as error:
            errors[field] = [str(error)]
    if "slug" in said:
        stored["slug"] = tidy_slug(said["slug"])
        if reason := slug_error(stored["slug"]):
            errors["slug"] = [reason]
    if "utm" in said:
        stored["utm"] = dict(said["utm"] or {})
        for name in stored["utm"].keys() - set(UTM_NAMES):
            errors[f"utm.{name}"] = ["is no UTM parameter"]
    if errors:
        raise Invalid(errors)
    return stored


def refuse_taken(session: Session, slug: str, link_id: str | None) -> bool:
    """Whether it leads to this link already; SlugTaken if it leads, or once led, to
    another one, be it but for capitals.
    """
    owner = session.get(LinkSlug, slug)
    owners = [owner.link_id] if owner else session.scalars(slugs_like(slug))
    if any(owner_id != link_id for owner_id in owners):
        raise taken()
    return owner is not None


def taken() -> SlugTaken:
    """The refusal of a slug."""
    return SlugTaken("This slug was used before; a slug leads to one link for ever.")


def _store(session: Session, link: TrackingLink, wanted: str | None) -> None:
    """Insert it under a slug nobody has; 57^8 of them make a second try rare."""
    if wanted is not None:
        refuse_taken(session, wanted, None)
    for _ in range(5):
        link.slug = wanted or random_slug(SLUG_LENGTH)
        try:
            with session.begin_nested():
                session.add(link)
                session.flush()
                session.add(LinkSlug(slug=link.slug, link_id=link.id))
        except IntegrityError as error:  # somebody was faster
            if wanted is not None:
                raise taken() from error
            continue
        return
    raise Conflict("No free slug was found; try again.")

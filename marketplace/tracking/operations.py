"""Minting and wording promo codes; making, moving and ending tracked links."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from urllib.parse import urljoin

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand, Channel
from marketplace.accounts.rules import Actor
from marketplace.accounts.urls import host_of, normalise_host, web_url
from marketplace.campaigns.models import Campaign, Terms
from marketplace.errors import Conflict, Invalid
from marketplace.ids import random_slug
from marketplace.tracking.models import PromoCode, PromoCodeName, TrackingLink
from marketplace.tracking.queries import (
    code_named,
    landing_pages,
    links_of,
    names_taken,
    shop_domains,
)
from marketplace.tracking.rules import (
    UTM_NAMES,
    PromoCodeStatus,
    alternatives,
    code_error,
    normalise_code,
    random_letters,
    slug_of,
    with_utm,
    worded,
)

SLUG_LENGTH = 8


class CodeTaken(Conflict):
    """Another code of the brand is, or once was, worded so."""


class Contract(Protocol):
    """What an accepted application is to codes and links."""

    @property
    def id(self) -> str:
        """Its own id."""

    @property
    def brand_id(self) -> str:
        """Whose campaign it is in."""

    @property
    def campaign_id(self) -> str:
        """Which campaign that is."""


def mint_promo_code(
    session: Session,
    application: Contract,
    *,
    campaign: Campaign,
    terms: Terms,
    handle: str,
    now: datetime,
) -> PromoCode:
    """The application's code, worded by the campaign's pattern, unique in the brand."""
    wording = worded(campaign.code_pattern, handle=handle, percent=_percent(terms))
    promo_code = PromoCode(
        application_id=application.id,
        brand_id=application.brand_id,
        code=wording,
        status=PromoCodeStatus.ACTIVE,
        created_at=now,
    )
    session.add(promo_code)
    session.flush()
    wordings = {
        normalise_code(code): code for code in [wording, *alternatives(wording)]
    }
    taken = set(session.scalars(names_taken(application.brand_id, wordings)))
    free = [code for name, code in wordings.items() if name not in taken]
    for code in [*free, random_letters(12)]:
        if _name(session, promo_code, code):
            promo_code.code = code
            session.flush()
            return promo_code
    raise CodeTaken("Every wording tried was taken in the meantime; try again.")


def rename_promo_code(
    session: Session,
    promo_code: PromoCode,
    *,
    code: str,
    by: Actor | None,
    now: datetime,
) -> None:
    """Word it otherwise. Its earlier wordings go on meaning it, for ever."""
    code = code.strip()
    if reason := code_error(code):
        raise Invalid({"code": [reason]})
    if code == promo_code.code:
        return
    owner = session.scalar(code_named(promo_code.brand_id, code))
    if owner is None and not _name(session, promo_code, code):
        owner = session.scalar(code_named(promo_code.brand_id, code))
    if owner is not None and owner.id != promo_code.id:
        raise CodeTaken("This code was used before; a code is unique for ever.")
    promo_code.code = code
    session.flush()
    _tell(session, "promo_code.renamed", promo_code, by, now)


def disable_promo_code(
    session: Session, promo_code: PromoCode, *, by: Actor | None, now: datetime
) -> None:
    """Orders from now on earn nothing by it."""
    if promo_code.status is PromoCodeStatus.ACTIVE:
        promo_code.status, promo_code.disabled_at = PromoCodeStatus.DISABLED, now
        session.flush()
        _tell(session, "promo_code.disabled", promo_code, by, now)


def enable_promo_code(
    session: Session, promo_code: PromoCode, *, by: Actor | None, now: datetime
) -> None:
    """Let it earn again."""
    if promo_code.status is PromoCodeStatus.DISABLED:
        promo_code.status, promo_code.disabled_at = PromoCodeStatus.ACTIVE, None
        session.flush()
        _tell(session, "promo_code.enabled", promo_code, by, now)


def create_link(
    session: Session,
    application: Contract,
    channel: Channel | None,
    *,
    label: str = "",
    destination_url: str | None = None,
    utm: Mapping[str, str] | None = None,
    now: datetime,
) -> TrackingLink:
    """A tracked link to the landing page, or to a page of a host the brand has listed.

    A relative `destination_url` starts from the landing page. `utm` overrides the
    defaults, by name (``utm_term``). Invalid names `destination_path` or `utm`.
    """
    campaign = session.get_one(Campaign, application.campaign_id)
    if destination_url is None:
        destination = campaign.landing_url
    else:
        destination = _listed(session, campaign, destination_url)
    said = {**_default_utm(campaign, channel, label), **(utm or {})}
    if unknown := [name for name in said if name not in UTM_NAMES]:
        raise Invalid({f"utm.{name}": ["is no UTM parameter"] for name in unknown})
    link = TrackingLink(
        slug="",
        application_id=application.id,
        brand_id=application.brand_id,
        campaign_id=application.campaign_id,
        channel_id=channel.id if channel else None,
        platform=channel.platform if channel else None,
        label=label,
        destination_url=destination,
        target_url=_target(destination, said),
        utm=said,
        created_at=now,
        changed_at=now,
    )
    _store(session, link)
    return link


def move_links(
    session: Session, campaign: Campaign, *, old_landing_url: str, now: datetime
) -> int:
    """Let links that led to the old landing page lead to the new one; how many."""
    moved = session.scalars(
        select(TrackingLink).where(
            TrackingLink.campaign_id == campaign.id,
            TrackingLink.destination_url == old_landing_url,
        )
    ).all()
    for link in moved:
        link.destination_url = campaign.landing_url
        link.target_url = _target(campaign.landing_url, link.utm)
        link.changed_at = now
    session.flush()
    return len(moved)


def end_links(session: Session, application: Contract, *, now: datetime) -> None:
    """Clicks on its links no longer count; the links go on leading somewhere."""
    for link in session.scalars(links_of([application.id])):
        if link.ended_at is None:
            link.ended_at = link.changed_at = now
    session.flush()


def _percent(terms: Terms) -> str:
    """What stands for {PERCENT}: the discount, else the commission, else nothing."""
    bps = terms.discount_bps if terms.discount_bps is not None else terms.commission_bps
    return str(bps // 100) if bps else ""


def _name(session: Session, promo_code: PromoCode, code: str) -> bool:
    """Give it this wording, unless somebody was faster."""
    name = PromoCodeName(
        brand_id=promo_code.brand_id,
        normalised=normalise_code(code),
        promo_code_id=promo_code.id,
    )
    try:
        with session.begin_nested():
            session.add(name)
    except IntegrityError:
        return False
    return True


def _tell(
    session: Session, kind: str, promo_code: PromoCode, by: Actor | None, now: datetime
) -> None:
    events.publish(
        session,
        kind,
        now=now,
        brand_id=promo_code.brand_id,
        subject_id=promo_code.id,
        actor_id=by.user_id if by else None,
        data={"application_id": promo_code.application_id},
    )


def _default_utm(
    campaign: Campaign, channel: Channel | None, label: str
) -> dict[str, str]:
    return {
        "utm_source": channel.platform.value if channel else "other",
        "utm_medium": "influencer",
        "utm_campaign": slug_of(campaign.title) or campaign.id,
        "utm_content": channel.handle if channel else "",
        "utm_term": label,
    }


def _listed(session: Session, campaign: Campaign, destination: str) -> str:
    """The address in full, if its host is one the brand has listed."""
    try:
        url = web_url(urljoin(campaign.landing_url, destination.strip()))
    except ValueError as error:
        raise Invalid({"destination_path": [str(error)]}) from error
    if host_of(url) not in _hosts(session, campaign.brand_id):
        reason = "leads to a host that the brand has not listed"
        raise Invalid({"destination_path": [reason]})
    return url


def _hosts(session: Session, brand_id: str) -> set[str]:
    """Listed by the brand, and implied by its landing pages and shops."""
    hosts = set(session.get_one(Brand, brand_id).hosts)
    hosts |= {host_of(url) for url in session.scalars(landing_pages(brand_id))}
    for domain in session.scalars(shop_domains(brand_id)):
        try:
            hosts.add(normalise_host(domain))
        except ValueError:  # no host name, so nothing leads there
            continue
    return hosts


def _target(destination: str, utm: Mapping[str, str]) -> str:
    try:
        return with_utm(destination, utm)
    except ValueError as error:
        raise Invalid({"utm": [str(error)]}) from error


def _store(session: Session, link: TrackingLink) -> None:
    """Insert it under a slug nobody has; 57^8 of them make a second try rare."""
    for _ in range(5):
        link.slug = random_slug(SLUG_LENGTH)
        try:
            with session.begin_nested():
                session.add(link)
        except IntegrityError:
            continue
        return
    raise Conflict("No free slug was found; try again.")

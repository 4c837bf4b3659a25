"""How codes and links are shown, wherever they are."""

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import quote

from marshmallow import fields
from sqlalchemy.orm import Session

from marketplace import tracking
from marketplace.api.fields import Answer, Moment
from marketplace.api.transactions import settings
from marketplace.collaborations import Application
from marketplace.tracking import LandingPage, TrackingLink


class PromoCodeOut(Answer):
    """The code of one application; `leaked_at`: since when anybody could find it."""

    id = fields.String()
    application_id = fields.String()
    code = fields.String()
    status = fields.String()
    created_at = Moment()
    disabled_at = Moment(allow_none=True)
    leaked_at = Moment(allow_none=True)


class LinkOut(Answer):
    """A tracked link; `url` is what to publish, `utm` what its destination is told."""

    id = fields.String()
    application_id = fields.String()
    slug = fields.String()
    url = fields.String()
    channel_id = fields.String(allow_none=True)
    platform = fields.String(allow_none=True)
    label = fields.String()
    destination_url = fields.String()
    target_url = fields.String()
    utm = fields.Dict(keys=fields.String(), values=fields.String())
    created_at = Moment()
    expires_at = Moment(allow_none=True)
    fallback_url = fields.String(allow_none=True)
    ended_at = Moment(allow_none=True)


class LandingPageOfApplication(Answer):
    """The influencer's own page; `url` is what to publish."""

    id = fields.String()
    slug = fields.String()
    url = fields.String()


class ApplicationOut(Answer):
    """An application; accepted, it has a promo code, links and perhaps a page."""

    id = fields.String()
    status = fields.String()
    campaign_id = fields.String()
    brand_id = fields.String()
    influencer_id = fields.String()
    terms_version = fields.Integer()
    message = fields.String()
    answers = fields.Dict(keys=fields.String())
    channel_ids = fields.List(fields.String())
    proposed_fee = fields.Integer(attribute="proposed_fee_amount", allow_none=True)
    reject_reason = fields.String(allow_none=True)
    note = fields.String()
    created_at = Moment()
    decided_at = Moment(allow_none=True)
    accepted_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
    promo_code = fields.Nested(PromoCodeOut, allow_none=True)
    links = fields.List(fields.Nested(LinkOut))
    landing_page = fields.Nested(LandingPageOfApplication, allow_none=True)


def tracking_urls(session: Session, brand_ids: Collection[str]) -> dict[str, str]:
    """Brand → where its links are followed: its first verified domain, else ours."""
    urls = dict.fromkeys(brand_ids, settings().tracking_url)
    own: dict[str, str] = {}
    for domain in session.scalars(tracking.domains_of(urls)):
        if domain.verified_at is not None:
            own.setdefault(domain.brand_id, f"https://{domain.host}")
    return urls | own


def link_url(link: TrackingLink, base: str) -> str:
    """The address to publish; a slug of another alphabet is percent-encoded in it."""
    return f"{base}/r/{quote(link.slug)}"


def links_shown(
    session: Session, links: Sequence[TrackingLink]
) -> list[dict[str, Any]]:
    """Links with their addresses: one statement for any number of them."""
    urls = tracking_urls(session, {link.brand_id for link in links}) if links else {}
    columns = TrackingLink.__mapper__.column_attrs.keys()
    return [
        {name: getattr(link, name) for name in columns}
        | {
            "url": link_url(link, urls[link.brand_id]),
            "utm": tracking.utm_of(link.target_url),
            "fallback_url": link.fallback_url or None,
        }
        for link in links
    ]


def pages_shown(session: Session, pages: Sequence[LandingPage]) -> list[dict[str, Any]]:
    """Landing pages with their addresses: one statement for any number of them."""
    urls = tracking_urls(session, {page.brand_id for page in pages}) if pages else {}
    columns = LandingPage.__mapper__.column_attrs.keys()
    return [
        {name: getattr(page, name) for name in columns}
        | {"url": f"{urls[page.brand_id]}/i/{page.slug}"}
        for page in pages
    ]


def applications_shown(
    session: Session, applications: Sequence[Application]
) -> list[dict[str, Any]]:
    """Applications with code, links and page: five statements for any number."""
    ids = [application.id for application in applications]
    codes = {
        code.application_id: code for code in session.scalars(tracking.codes_of(ids))
    }
    links: dict[str, list[dict[str, Any]]] = {}
    for link in links_shown(session, session.scalars(tracking.links_of(ids)).all()):
        links.setdefault(link["application_id"], []).append(link)
    shown = session.scalars(tracking.pages_shown(ids)).all()
    pages = {page["application_id"]: page for page in pages_shown(session, shown)}
    columns = Application.__mapper__.column_attrs.keys()
    return [
        {name: getattr(application, name) for name in columns}
        | {
            "promo_code": codes.get(application.id),
            "links": links.get(application.id, []),
            "landing_page": pages.get(application.id),
        }
        for application in applications
    ]

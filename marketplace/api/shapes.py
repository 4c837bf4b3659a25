"""How codes and links are shown, wherever they are."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from marketplace import tracking
from marketplace.api.fields import Answer, Moment
from marketplace.api.transactions import settings
from marketplace.collaborations import Application
from marketplace.tracking import TrackingLink


class PromoCodeOut(Answer):
    """The code of one application."""

    id = fields.String()
    application_id = fields.String()
    code = fields.String()
    status = fields.String()
    created_at = Moment()
    disabled_at = Moment(allow_none=True)


class LinkOut(Answer):
    """A tracked link; `url` is what to publish."""

    id = fields.String()
    application_id = fields.String()
    slug = fields.String()
    url = fields.Function(lambda link: link_url(link), metadata={"type": "string"})
    channel_id = fields.String(allow_none=True)
    platform = fields.String(allow_none=True)
    label = fields.String()
    destination_url = fields.String()
    target_url = fields.String()
    utm = fields.Dict(keys=fields.String(), values=fields.String())
    created_at = Moment()
    ended_at = Moment(allow_none=True)


class ApplicationOut(Answer):
    """An application; accepted, it has a promo code and links."""

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


def link_url(link: TrackingLink) -> str:
    """The address to publish."""
    return f"{settings().tracking_url}/r/{link.slug}"


def applications_shown(
    session: Session, applications: Sequence[Application]
) -> list[dict[str, Any]]:
    """Applications with code and links: two statements for any number of them."""
    ids = [application.id for application in applications]
    codes = {
        code.application_id: code for code in session.scalars(tracking.codes_of(ids))
    }
    links: dict[str, list[TrackingLink]] = {}
    for link in session.scalars(tracking.links_of(ids)):
        links.setdefault(link.application_id, []).append(link)
    columns = Application.__mapper__.column_attrs.keys()
    return [
        {name: getattr(application, name) for name in columns}
        | {
            "promo_code": codes.get(application.id),
            "links": links.get(application.id, []),
        }
        for application in applications
    ]

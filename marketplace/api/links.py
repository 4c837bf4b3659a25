"""Tracked links: looking at them, changing them, and their QR codes."""

import io
from typing import Any

import segno
from flask import Response
from marshmallow import fields
from marshmallow.validate import Range

from marketplace import collaborations
from marketplace.accounts import Scope
from marketplace.api.fields import Query
from marketplace.api.frame import Resource, actor, begin, reads, writes
from marketplace.api.link_fields import LinkSaid
from marketplace.api.shapes import LinkOut, links_shown
from marketplace.clock import now
from marketplace.collaborations import Application
from marketplace.errors import NotFound
from marketplace.tracking import TrackingLink

blp = Resource("links", description="Tracked links")
LARGEST_SCALE = 40  # some 2,000 pixels


class LinkPatch(LinkSaid):
    """What changes of a link. Its earlier slugs go on leading to it."""


class QrQuery(Query):
    """How large the drawing is to be: pixels per module."""

    scale = fields.Integer(load_default=8, validate=Range(min=1, max=LARGEST_SCALE))


@blp.route("/links/<link_id>")
@reads
@blp.response(200, LinkOut)
def get_link(link_id: str) -> dict[str, Any]:
    """Look at a link."""
    link, _ = _found(link_id, Scope.READ)
    return links_shown(begin(), [link])[0]


@blp.route("/links/<link_id>", methods=["PATCH"])
@writes
@blp.arguments(LinkPatch)
@blp.response(200, LinkOut)
def change_link(body: dict[str, Any], link_id: str) -> dict[str, Any]:
    """Change a link: its owner, or the brand. Null is the usual again."""
    session, (link, application) = begin(), _found(link_id, Scope.WRITE)
    collaborations.change_link(
        session, application, link, changes=body, by=actor(), now=now()
    )
    return links_shown(session, [link])[0]


@blp.route("/links/<link_id>/qr.svg")
@reads
@blp.arguments(QrQuery, location="query")
@blp.response(200, content_type="image/svg+xml")
def get_qr_code(query: dict[str, Any], link_id: str) -> Response:
    """The link as a QR code, to print."""
    return _drawn(link_id, "svg", "image/svg+xml", query["scale"])


@blp.route("/links/<link_id>/qr.png")
@reads
@blp.arguments(QrQuery, location="query")
@blp.response(200, content_type="image/png")
def get_qr_picture(query: dict[str, Any], link_id: str) -> Response:
    """The link as a QR code, to show on a screen."""
    return _drawn(link_id, "png", "image/png", query["scale"])


def _drawn(link_id: str, kind: str, mimetype: str, scale: int) -> Response:
    link, _ = _found(link_id, Scope.READ)
    (shown,) = links_shown(begin(), [link])
    drawing = io.BytesIO()
    code = segno.make_qr(shown["url"], error="m")
    code.save(drawing, kind=kind, scale=scale, border=4)
    return Response(drawing.getvalue(), mimetype=mimetype)


def _found(link_id: str, scope: Scope) -> tuple[TrackingLink, Application]:
    """A link the caller is party to, and its application."""
    session = begin()
    link = session.get(TrackingLink, link_id)
    if link is None:
        raise NotFound("There is no such link, or it is not yours.")
    application = session.get_one(Application, link.application_id)
    collaborations.require_party(application, actor(), scope)
    return link, application

"""Tracked links, and their QR codes."""

import io

import segno
from flask import Response

from marketplace import collaborations
from marketplace.accounts import Scope
from marketplace.api.frame import Resource, actor, begin, reads
from marketplace.api.shapes import LinkOut, link_url
from marketplace.collaborations import Application
from marketplace.errors import NotFound
from marketplace.tracking import TrackingLink

blp = Resource("links", description="Tracked links")


@blp.route("/links/<link_id>")
@reads
@blp.response(200, LinkOut)
def get_link(link_id: str) -> TrackingLink:
    """Look at a link."""
    return _link(link_id)


@blp.route("/links/<link_id>/qr.svg")
@reads
@blp.response(200, content_type="image/svg+xml")
def get_qr_code(link_id: str) -> Response:
    """The link as a QR code, to print."""
    drawing = io.BytesIO()
    code = segno.make_qr(link_url(_link(link_id)), error="m")
    code.save(drawing, kind="svg", scale=8, border=4)
    return Response(drawing.getvalue(), mimetype="image/svg+xml")


def _link(link_id: str) -> TrackingLink:
    """A link the caller is party to."""
    link = begin().get(TrackingLink, link_id)
    if link is None:
        raise NotFound("There is no such link, or it is not yours.")
    application = begin().get_one(Application, link.application_id)
    collaborations.require_party(application, actor(), Scope.READ)
    return link

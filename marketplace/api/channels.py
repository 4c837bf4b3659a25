"""Channels: a brand's own ones, and what is observed of any."""

from collections.abc import Sequence
from typing import Any

from flask import Response
from marshmallow import fields

from marketplace import accounts, collaborations, content
from marketplace.accounts import BrandChannel, Platform, Scope
from marketplace.api.content_access import own_channel
from marketplace.api.content_fields import (
    DISTRIBUTIONS,
    LATEST_DIVIDED,
    SNAPSHOTS,
    DistributionsQuery,
    LookQuery,
    RecordedOut,
    content_in,
    dated,
    loaded,
    look_bodies,
    reading_of,
    recorded,
    telling,
)
from marketplace.api.fields import Answer, Body, Choice, Moment, Text, WebUrl
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_brand,
    reads,
    writes,
    writes_raw,
)
from marketplace.api.look_shapes import ChannelSnapshotIn
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.clock import now
from marketplace.content import (
    ChannelReading,
    ChannelSnapshot,
    Distribution,
    grants,
    shapes,
    sheets,
)
from marketplace.errors import Invalid, NotFound

blp = Resource("channels", description="Channels, and what was observed of them")
OLDEST = Sort("created_at", BrandChannel.created_at, BrandChannel.id, descending=False)
LATEST = Sort("observed_at", ChannelSnapshot.observed_at, ChannelSnapshot.id)


class BrandChannelIn(Body):
    """One of the brand's own accounts."""

    platform = Choice(Platform, required=True)
    handle = Text(required=True, shortest=1, longest=100)
    url = WebUrl(load_default=None, allow_none=True)


class BrandChannelOut(Answer):
    """One of the brand's own accounts, whose followers it watches."""

    id = fields.String()
    brand_id = fields.String()
    platform = Choice(Platform)
    handle = fields.String()
    url = fields.String(allow_none=True)
    created_at = Moment()


@blp.route("/brands/<brand_id>/channels", methods=["POST"])
@writes
@blp.arguments(BrandChannelIn)
@blp.response(201, BrandChannelOut)
def add_brand_channel(body: dict[str, Any], brand_id: str) -> BrandChannel:
    """Add one of the brand's own accounts, to watch its followers."""
    brand = own_brand(Scope.WRITE, brand_id)
    return accounts.add_brand_channel(begin(), brand, **body, by=actor(), now=now())


@blp.route("/brands/<brand_id>/channels")
@reads
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(BrandChannelOut))
def list_brand_channels(query: dict[str, Any], brand_id: str) -> dict[str, Any]:
    """The brand's own accounts, in the order they were added."""
    brand = own_brand(Scope.READ, brand_id)
    return page(begin(), accounts.brand_channels_of(brand.id), OLDEST, query)


@blp.route("/channels/<channel_id>", methods=["DELETE"])
@writes
@blp.response(204)
def remove_channel(channel_id: str) -> None:
    """Delete a channel of one's own, with what was observed of it: its influencer, or of
    a brand's own channel the brand.

    409 says what is of it and stays: a grant that is active, posts, tracked links, an
    application that is open or was ever accepted.
    """
    session = begin()
    channel = grants.channel_of(session, channel_id)
    if isinstance(channel, BrandChannel):
        actor().require_brand(channel.brand_id, Scope.WRITE)
    elif channel is None or channel.influencer_id != actor().influencer_id:
        raise NotFound("There is no such channel, or it is not yours.")
    else:
        actor().require(Scope.WRITE)
    collaborations.remove_channel(session, channel, by=actor(), now=now())


@blp.route("/channels/<channel_id>/snapshots", methods=["POST"])
@writes_raw
@blp.arguments(LookQuery, location="query")
@blp.doc(requestBody=look_bodies(ChannelSnapshotIn, sheets.CHANNEL_COLUMNS))
@blp.response(201, RecordedOut)
def record_channel_figures(query: dict[str, Any], channel_id: str) -> Response:
    """Tell what was observed of a channel: its influencer, a brand they work for, or of
    a brand's own channel the brand. In the same forms as of posts.

    `followers` is a level; the other figures count since ever.
    """
    body = content_in()
    readings: Sequence[ChannelReading]
    single = False
    if query["shape"] is not None:
        told = body.value if body.text is None else body.text
        readings = shapes.read_channels(query["shape"], told)
        places = [str(position) for position in range(len(readings))]
    elif body.text is not None:
        rows = sheets.channel_rows(body.text)
        readings = [reading for _, reading in rows]
        places = [f"lines.{line}" for line, _ in rows]
    else:
        looks, places = loaded(ChannelSnapshotIn(), body.value)
        readings = [reading_of(ChannelReading, look) for look in looks]
        single = places == [""]
    if not readings:
        raise Invalid({"body": ["tells of no channel"]})
    session, channel = begin(), own_channel(channel_id, Scope.WRITE)
    found = content.record_channel(
        session, channel, dated(readings, query), telling(places)
    )
    return recorded(found, single=single)


@blp.route("/channels/<channel_id>/snapshots")
@reads
@blp.arguments(PageQuery, location="query")
@blp.response(200, SNAPSHOTS)
def list_channel_figures(query: dict[str, Any], channel_id: str) -> dict[str, Any]:
    """What was observed of a channel, the latest first."""
    channel = own_channel(channel_id, Scope.READ)
    return page(begin(), content.channel_snapshots_of(channel.id), LATEST, query)


@blp.route("/channels/<channel_id>/snapshots/<snapshot_id>", methods=["DELETE"])
@writes
@blp.response(204)
def withdraw_channel_figures(channel_id: str, snapshot_id: str) -> None:
    """Take back figures entered by mistake: who entered them, or the brand of its own."""
    session, channel = begin(), own_channel(channel_id, Scope.WRITE)
    snapshot = session.get(ChannelSnapshot, snapshot_id)
    if snapshot is None or snapshot.channel_id != channel.id:
        raise NotFound("There is no such snapshot of this channel.")
    content.withdraw_from_channel(session, channel, snapshot, by=actor(), now=now())


@blp.route("/channels/<channel_id>/distributions")
@reads
@blp.arguments(DistributionsQuery, location="query")
@blp.response(200, DISTRIBUTIONS)
def list_channel_distributions(
    query: dict[str, Any], channel_id: str
) -> dict[str, Any]:
    """How its people were divided, the latest first."""
    channel = own_channel(channel_id, Scope.READ)
    rows = content.distributions_of(channel.id)
    if "kind" in query:
        rows = rows.where(Distribution.kind == query["kind"])
    return page(begin(), rows, LATEST_DIVIDED, query)

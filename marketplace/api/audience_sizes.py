"""How many people a campaign could reach, as its brand declares."""

from typing import Any

from marshmallow import fields

from marketplace import content
from marketplace.accounts import Scope
from marketplace.accounts.rules import Platform
from marketplace.api.fields import Answer, Body, Choice, Moment, Text, Whole
from marketplace.api.frame import Resource, actor, begin, own_campaign, reads, writes
from marketplace.api.paging import ShortListQuery, page_of, page_of_short
from marketplace.clock import now
from marketplace.errors import Invalid

LARGEST_AUDIENCE = 10_000_000_000

blp = Resource("audience_sizes", description="How many people there are to reach")


class AudienceSizeIn(Body):
    """How many people there are on a platform; without one: on all of them together,
    each person once. `source`: where the number is from.
    """

    platform = Choice(Platform, load_default=None, allow_none=True)
    size = Whole(required=True, least=1, most=LARGEST_AUDIENCE)
    source = Text(longest=200, load_default="")


class AudienceSizeOut(Answer):
    """As it was declared."""

    platform = fields.Function(
        lambda each: each.platform or None,
        metadata={"type": "string", "nullable": True},
    )
    size = fields.Integer()
    source = fields.String()
    updated_at = Moment()


AudienceSizesOut = page_of(AudienceSizeOut)


@blp.route("/campaigns/<campaign_id>/audiences")
@reads
@blp.arguments(ShortListQuery, location="query")
@blp.response(200, AudienceSizesOut)
def list_audiences(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """How many people a campaign could reach, by platform."""
    campaign = own_campaign(campaign_id, Scope.READ)
    found = begin().scalars(content.audiences_of([campaign.id])).all()
    return page_of_short(found, query)


@blp.route("/campaigns/<campaign_id>/audiences", methods=["PUT"])
@writes
@blp.arguments(AudienceSizeIn(many=True))
@blp.response(200, AudienceSizesOut)
def set_audiences(body: list[dict[str, Any]], campaign_id: str) -> dict[str, Any]:
    """Declare them anew, all at once; reach is estimated out of so many people, and is
    never told to be more.
    """
    campaign = own_campaign(campaign_id, Scope.WRITE)
    sizes = [(each["platform"], each["size"], each["source"]) for each in body]
    platforms = [platform for platform, _, _ in sizes]
    twice = {
        f"{n}.platform": ["is there twice"]
        for n, each in enumerate(platforms)
        if each in platforms[:n]
    }
    if twice:
        raise Invalid(twice)
    session = begin()
    set_ = content.set_audiences(session, campaign, sizes, by=actor(), now=now())
    shown = sorted(set_, key=lambda each: each.platform)
    return {"data": shown, "next_cursor": None}

"""Influencers: registering, one's own profile, and what others see of it."""

from typing import Any

from marshmallow import fields
from marshmallow.validate import Length

from marketplace import accounts
from marketplace.accounts import Influencer, NewChannel, Platform
from marketplace.api.fields import (
    Answer,
    Body,
    Choice,
    Country,
    Email,
    Language,
    Moment,
    Password,
    Text,
    WebUrl,
    Whole,
)
from marketplace.api.frame import Resource, actor, begin, public, reads, writes
from marketplace.api.limits import REGISTERING
from marketplace.clock import now
from marketplace.errors import Forbidden, NotFound

blp = Resource("influencers", description="People who promote, and their channels")
MOST_CHANNELS = 50


class NotYourProfile(Forbidden):
    """Only an influencer changes their own profile."""


class ChannelIn(Body):
    """An account on a platform; followers as stated."""

    platform = Choice(Platform, required=True)
    handle = Text(required=True, shortest=1, longest=100)
    url = WebUrl(load_default=None, allow_none=True)
    followers = Whole(load_default=None, allow_none=True)


class InfluencerIn(Body):
    """An influencer and their login."""

    name = Text(required=True, shortest=1)
    email = Email(required=True, longest=254)
    password = Password(required=True)
    country = Country(required=True)
    language = Language(required=True)
    bio = Text(longest=5000)
    channels = fields.List(
        fields.Nested(ChannelIn), load_default=list, validate=Length(max=MOST_CHANNELS)
    )


class InfluencerPatch(Body):
    """What can change; channels stated are added or updated, never taken away."""

    name = Text(shortest=1)
    country = Country()
    language = Language()
    bio = Text(longest=5000)
    channels = fields.List(fields.Nested(ChannelIn), validate=Length(max=MOST_CHANNELS))


class ChannelOut(Answer):
    """An account on a platform."""

    id = fields.String()
    platform = Choice(Platform)
    handle = fields.String()
    url = fields.String(allow_none=True)
    followers = fields.Integer(allow_none=True)


class InfluencerOut(Answer):
    """The public profile."""

    id = fields.String()
    name = fields.String()
    country = fields.String()
    language = fields.String()
    bio = fields.String()
    channels = fields.List(fields.Nested(ChannelOut))
    created_at = Moment()


class InfluencerRegistered(Answer):
    """The influencer, and a token of theirs; the token is shown once."""

    influencer = fields.Nested(InfluencerOut)
    token = fields.String()


@blp.route("/influencers", methods=["POST"])
@public(limit=REGISTERING)
@blp.arguments(InfluencerIn)
@blp.response(201, InfluencerRegistered)
def register_influencer(body: dict[str, Any]) -> dict[str, Any]:
    """Register an influencer."""
    body["password_hash"] = accounts.hash_password(body.pop("password"))
    body["channels"] = [NewChannel(**channel) for channel in body["channels"]]
    session, at = begin(), now()
    influencer, user = accounts.register_influencer(session, **body, now=at)
    _, secret = accounts.issue_token(session, user, name="registration", now=at)
    return {"influencer": influencer, "token": secret}


@blp.route("/influencers/<influencer_id>")
@reads
@blp.response(200, InfluencerOut)
def get_influencer(influencer_id: str) -> Influencer:
    """Look at a profile: a brand at any, an influencer at their own."""
    if not actor().memberships and influencer_id != actor().influencer_id:
        raise NotFound("There is no such influencer, or it is not you.")
    return _influencer(influencer_id)


@blp.route("/influencers/<influencer_id>", methods=["PATCH"])
@writes
@blp.arguments(InfluencerPatch)
@blp.response(200, InfluencerOut)
def change_influencer(body: dict[str, Any], influencer_id: str) -> Influencer:
    """Change one's own profile."""
    begin()
    influencer = _own_profile(influencer_id)
    stated = body.pop("channels", None)
    channels = None if stated is None else [NewChannel(**one) for one in stated]
    accounts.update_influencer(
        begin(), influencer, changes=body, channels=channels, by=actor(), now=now()
    )
    return influencer


def _own_profile(influencer_id: str) -> Influencer:
    """The caller's own profile; 403 for a brand, who sees it, 404 for others."""
    if influencer_id != actor().influencer_id:
        if actor().memberships:
            _influencer(influencer_id)
            raise NotYourProfile("Only the influencer changes this.")
        raise NotFound("There is no such influencer, or it is not you.")
    return _influencer(influencer_id)


def _influencer(influencer_id: str) -> Influencer:
    query = accounts.influencers_with_channels()
    found = begin().scalar(query.where(Influencer.id == influencer_id))
    if found is None:
        raise NotFound("There is no such influencer.")
    return found

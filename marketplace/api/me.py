"""Who one is."""

from typing import Any

from marshmallow import fields

from marketplace import accounts
from marketplace.accounts import Influencer, Role, Scope, User
from marketplace.api.fields import Answer, Choice
from marketplace.api.frame import Resource, actor, begin, reads

blp = Resource("me", description="Who the token belongs to")


class MyUser(Answer):
    """The login."""

    id = fields.String()
    name = fields.String()
    email = fields.String()


class MyBrand(Answer):
    """A brand one is a member of."""

    id = fields.String()
    name = fields.String()
    currency = fields.String()
    timezone = fields.String()
    role = Choice(Role)


class MyChannel(Answer):
    """One's own channel."""

    id = fields.String()
    platform = fields.String()
    handle = fields.String()


class MyInfluencer(Answer):
    """The influencer one is."""

    id = fields.String()
    name = fields.String()
    channels = fields.List(fields.Nested(MyChannel))


class MeOut(Answer):
    """A user, in every part they have."""

    user = fields.Nested(MyUser)
    brands = fields.List(fields.Nested(MyBrand))
    influencer = fields.Nested(MyInfluencer, allow_none=True)
    scopes = fields.List(Choice(Scope))


@blp.route("/me")
@reads
@blp.response(200, MeOut)
def get_me() -> dict[str, Any]:
    """Say who the token belongs to and what it may do."""
    asking, session = actor(), begin()
    profile = accounts.influencers_with_channels()
    return {
        "user": session.get_one(User, asking.user_id),
        "brands": _brands(),
        "influencer": session.scalar(
            profile.where(Influencer.user_id == asking.user_id)
        ),
        "scopes": [scope for scope in Scope if scope in asking.scopes],
    }


def _brands() -> list[dict[str, Any]]:
    asking = actor()
    return [
        {
            "id": brand.id,
            "name": brand.name,
            "currency": brand.currency,
            "timezone": brand.timezone,
            "role": asking.memberships[brand.id],
        }
        for brand in begin().scalars(accounts.brands_among(asking.brand_ids))
    ]

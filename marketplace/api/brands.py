"""Brands: registering, looking at and changing one's own."""

from typing import Any

from marshmallow import fields
from marshmallow.validate import Length
from sqlalchemy import select

from marketplace import accounts, attribution
from marketplace.accounts import Brand, Scope
from marketplace.api.fields import (
    Answer,
    Body,
    Country,
    Currency,
    Email,
    Moment,
    Password,
    Text,
    Whole,
)
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_brand,
    public,
    reads,
    settings,
    writes,
)
from marketplace.api.limits import REGISTERING
from marketplace.api.names import Host, Zone
from marketplace.campaigns.models import Campaign
from marketplace.clock import now
from marketplace.errors import Conflict

blp = Resource("brands", description="Organisations that run campaigns")


class TimezoneFixed(Conflict):
    """The days of what was counted already are those of the old time zone."""


class BrandIn(Body):
    """A brand and its first user, who becomes its owner."""

    name = Text(required=True, shortest=1)
    email = Email(required=True, longest=254)
    password = Password(required=True)
    country = Country(required=True)
    currency = Currency(required=True)
    timezone = Zone(load_default=None, allow_none=True)


class BrandPatch(Body):
    """What can change. `hosts`: where links may lead."""

    name = Text(shortest=1)
    country = Country()
    timezone = Zone()
    hosts = fields.List(Host(), validate=Length(max=100))
    query_days = Whole(
        least=attribution.SHORTEST_QUERY_DAYS,
        most=attribution.LONGEST_QUERY_DAYS,
        metadata={
            "description": "within how many days it answers influencers' queries"
        },
    )


class BrandOut(Answer):
    """A brand as its members see it."""

    id = fields.String()
    name = fields.String()
    country = fields.String()
    currency = fields.String()
    timezone = fields.String()
    hosts = fields.List(fields.String())
    query_days = fields.Integer()
    created_at = Moment()


class BrandRegistered(Answer):
    """The brand, and a token of its owner; the token is shown once."""

    brand = fields.Nested(BrandOut)
    token = fields.String()


@blp.route("/brands", methods=["POST"])
@public(limit=REGISTERING)
@blp.arguments(BrandIn)
@blp.response(201, BrandRegistered)
def register_brand(body: dict[str, Any]) -> dict[str, Any]:
    """Register a brand."""
    body["password_hash"] = accounts.hash_password(body.pop("password"))
    session, at, keyring = begin(), now(), settings().keyring
    brand, user = accounts.register_brand(session, **body, keyring=keyring, now=at)
    _, secret = accounts.issue_token(session, user, name="registration", now=at)
    return {"brand": brand, "token": secret}


@blp.route("/brands/<brand_id>")
@reads
@blp.response(200, BrandOut)
def get_brand(brand_id: str) -> Brand:
    """Look at one's own brand."""
    return own_brand(Scope.READ, brand_id)


@blp.route("/brands/<brand_id>", methods=["PATCH"])
@writes
@blp.arguments(BrandPatch)
@blp.response(200, BrandOut)
def change_brand(body: dict[str, Any], brand_id: str) -> Brand:
    """Change name, country, time zone or the hosts links may lead to."""
    brand = own_brand(Scope.WRITE, brand_id)
    if body.get("timezone", brand.timezone) != brand.timezone:
        _refuse_new_timezone(brand)
    accounts.update_brand(begin(), brand, changes=body, by=actor(), now=now())
    return brand


def _refuse_new_timezone(brand: Brand) -> None:
    counted = select(Campaign.id).where(
        Campaign.brand_id == brand.id, Campaign.published_at.is_not(None)
    )
    if begin().scalars(counted.limit(1)).first() is not None:
        raise TimezoneFixed("The time zone is fixed once a campaign was published.")

"""Access to a shop's own API: its credentials are taken, and never shown again."""

from typing import Any

from marshmallow import fields

from marketplace import clock
from marketplace.accounts import LONGEST_URL, Scope
from marketplace.api.fields import Answer, Body, Choice, Moment, Text
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_shop,
    reads,
    settings,
    writes,
)
from marketplace.shops import Shop, ShopAccess, ShopPlatform, access
from marketplace.shops.access import LONGEST_CREDENTIAL
from marketplace.shops.apis.shop_client import ApiFailure
from marketplace.tracking import shop_codes

blp = Resource("shop_access", description="Credentials for the APIs of webshops")


class AccessIn(Body):
    """All credentials together; `needs` says which. Those before are forgotten."""

    credentials = fields.Dict(
        keys=Text(longest=64, shortest=1),
        values=Text(longest=LONGEST_CREDENTIAL),
        required=True,
    )
    api_url = Text(
        longest=LONGEST_URL,
        load_default="",
        metadata={"description": "Where the API is, if not at its usual address"},
    )


class AccessOut(Answer):
    """What is known of the access to a shop, without its secrets.

    `needs`: what the platform asks for: name → what it is; empty if it has no API here.
    `credentials`: the names of those that are stored. `checked_at`: when they last
    worked; `failure`: why they last did not. Orders changed before `reconciled_until`
    are known here. `next_attempt_at`: null once they were refused; set them anew.
    """

    shop_id = fields.String()
    platform = Choice(ShopPlatform)
    needs = fields.Dict(keys=fields.String(), values=fields.String())
    is_set = fields.Boolean()
    credentials = fields.List(fields.String())
    api_url = fields.String()
    set_at = Moment(allow_none=True)
    checked_at = Moment(allow_none=True)
    failure = fields.String(allow_none=True)
    reconciled_until = Moment(allow_none=True)
    next_attempt_at = Moment(allow_none=True)


@blp.route("/shops/<shop_id>/access", methods=["PUT"])
@writes
@blp.arguments(AccessIn)
@blp.response(200, AccessOut)
def set_access(body: dict[str, Any], shop_id: str) -> dict[str, Any]:
    """Let us ask the shop: for orders that never arrived, and for discount codes."""
    shop, at = own_shop(shop_id, Scope.WRITE), clock.now()
    access.set_access(
        begin(),
        shop,
        body["credentials"],
        body["api_url"],
        keyring=settings().keyring,
        now=at,
        by=actor(),
    )
    shop_codes.try_again(begin(), begin().scalars(shop_codes.failed_in(shop)), now=at)
    return _shown(shop)


@blp.route("/shops/<shop_id>/access")
@reads
@blp.response(200, AccessOut)
def get_access(shop_id: str) -> dict[str, Any]:
    """Whether the shop can be asked, what it needs for that, and how it goes."""
    return _shown(own_shop(shop_id, Scope.READ))


@blp.route("/shops/<shop_id>/access", methods=["DELETE"])
@writes
@blp.response(204)
def remove_access(shop_id: str) -> None:
    """Forget the credentials. What was made in the shop with them stays there."""
    shop = own_shop(shop_id, Scope.WRITE)
    access.remove_access(begin(), shop, now=clock.now(), by=actor())


def _shown(shop: Shop) -> dict[str, Any]:
    row = begin().get(ShopAccess, shop.id)
    shown: dict[str, Any] = {
        "shop_id": shop.id,
        "platform": shop.platform,
        "needs": dict(access.credentials_of(shop)),
        "is_set": row is not None,
        "credentials": _names(shop),
        "api_url": row.api_url if row else "",
        "set_at": row.created_at if row else None,
    }
    for name in ("checked_at", "failure", "reconciled_until", "next_attempt_at"):
        shown[name] = getattr(row, name, None)
    return shown


def _names(shop: Shop) -> list[str]:
    """Of the stored credentials; none where they cannot be opened any more."""
    try:
        opened = access.open_access(begin(), shop, settings().keyring)
    except ApiFailure:
        opened = None
    return sorted(opened[0]) if opened else []

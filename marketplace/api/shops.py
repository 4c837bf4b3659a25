"""/v1/shops and /v1/webhook-events: shops, their secrets, inbox and costs of goods."""

from typing import Any

from marshmallow import fields, pre_dump

from marketplace import accounts, clock, orders, shops, tracking
from marketplace.accounts import Scope
from marketplace.api.fields import (
    Answer,
    Body,
    Choice,
    Currency,
    Day,
    Moment,
    Text,
)
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_brand,
    own_shop,
    reads,
    settings,
    writes,
)
from marketplace.api.names import Host, Zone
from marketplace.api.paging import (
    PageQuery,
    ShortListQuery,
    Sort,
    page,
    page_of,
    page_of_short,
)
from marketplace.errors import Invalid
from marketplace.orm import change
from marketplace.shops import Shop, ShopPlatform
from marketplace.shops.adapters import standard_webhooks
from marketplace.shops.adapters.signatures import hex_key, rsa_key, symmetric_key
from marketplace.shops.queries import secrets_of, shops_of

MOST_COSTS = 5000
# Platforms that have no signature of their own, and what a secret of theirs must be.
RELAYED = {
    ShopPlatform.MAGENTO: "must be base64 after whsec_, or Adobe's RSA key in PEM",
    ShopPlatform.PRESTASHOP: "must be base64 after whsec_",
}
LONGEST_SECRET = 2000  # an RSA key of 8192 bits

blp = Resource("shops", description="Webshops, their secrets and what they sent")


class ShopIn(Body):
    """A shop to connect."""

    brand_id = Text()
    platform = Choice(ShopPlatform, required=True)
    name = Text(required=True, shortest=1)
    domain = Host(required=True)
    currency = Currency()
    timezone = Zone()
    secret = Text(trim=False, shortest=8, longest=LONGEST_SECRET)
    history_complete_since = Day(allow_none=True)


class ShopChange(Body):
    """What can be changed of a shop."""

    name = Text(shortest=1)
    timezone = Zone()
    history_complete_since = Day(allow_none=True)


class SecretIn(Body):
    """A further secret; made when none is given."""

    secret = Text(trim=False, shortest=8, longest=LONGEST_SECRET)


class ShopOut(Answer):
    """A connected shop."""

    id = fields.String()
    brand_id = fields.String()
    platform = Choice(ShopPlatform)
    name = fields.String()
    domain = fields.String()
    currency = fields.String()
    timezone = fields.String()
    history_complete_since = Day(allow_none=True)
    webhook_url = fields.Function(lambda shop: webhook_url(shop))
    created_at = Moment()
    disconnected_at = Moment(allow_none=True)
    reconnected_at = Moment(allow_none=True)


class SecretOut(Answer):
    """A valid secret, without the secret."""

    id = fields.String()
    created_at = Moment()


class NewSecretOut(SecretOut):
    """A new secret, shown this once."""

    secret = fields.String()


class NewShopOut(ShopOut):
    """A new shop and its secret, shown this once."""

    secret = fields.String()

    @pre_dump
    def _flatten(self, made: dict[str, Any], **_: Any) -> Any:
        made["shop"].secret = made["secret"]  # a plain attribute, not a column
        return made["shop"]


def webhook_url(shop: Shop) -> str:
    """Where the shop is to send its webhooks."""
    return f"{settings().public_url}/webhooks/{shop.id}"


def _checked(platform: ShopPlatform, secret: str | None) -> str | None:
    if secret is not None and not secret.strip():
        raise Invalid({"secret": ["must not be blank"]})
    usable = secret is None or secret.startswith("whpk_") or symmetric_key(secret)
    if platform is ShopPlatform.GENERIC and not usable:
        raise Invalid({"secret": ["must be base64 after whsec_ (or whpk_)"]})
    if platform is ShopPlatform.SQUARESPACE and secret and not hex_key(secret):
        raise Invalid({"secret": ["must be hex digits, as Squarespace shows it"]})
    if secret and platform in RELAYED and not _can_sign(platform, secret):
        raise Invalid({"secret": [RELAYED[platform]]})
    return secret


def _can_sign(platform: ShopPlatform, secret: str) -> bool:
    is_adobes = platform is ShopPlatform.MAGENTO and rsa_key(secret) is not None
    return is_adobes or standard_webhooks.is_usable(secret)


@blp.route("/shops", methods=["POST"])
@writes
@blp.arguments(ShopIn)
@blp.response(201, NewShopOut)
def connect_shop(body: dict[str, Any]) -> dict[str, Any]:
    """Connect a webshop; the answer says where it must send its webhooks.

    One that was disconnected is connected again: the same shop, with a new secret.
    """
    secret = _checked(body["platform"], body.get("secret"))
    brand = own_brand(Scope.WRITE, body.get("brand_id"))
    session, at = begin(), clock.now()
    accounts.lock_brand(session, brand.id)  # or an order could miss the change
    shop, secret = shops.connect(
        session,
        brand,
        platform=body["platform"],
        name=body["name"],
        domain=body["domain"],
        currency=body.get("currency", brand.currency),
        timezone=body.get("timezone", brand.timezone),
        secret=secret,
        history_complete_since=body.get("history_complete_since"),
        keyring=settings().keyring,
        now=at,
    )
    if shop.reconnected_at == at:
        orders.request_settlement_since(session, shop, None, now=at)
    tracking.retarget_brand(session, brand.id, now=at)
    return {"shop": shop, "secret": secret}


@blp.route("/shops", methods=["GET"])
@reads
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(ShopOut))
def list_shops(query: dict[str, Any]) -> dict[str, Any]:
    """The caller's shops."""
    sort = Sort("created_at", Shop.created_at, Shop.id)
    return page(begin(), shops_of(actor().brand_ids), sort, query)


@blp.route("/shops/<shop_id>", methods=["GET"])
@reads
@blp.response(200, ShopOut)
def get_shop(shop_id: str) -> Shop:
    """One shop."""
    return own_shop(shop_id, Scope.READ)


@blp.route("/shops/<shop_id>", methods=["PATCH"])
@writes
@blp.arguments(ShopChange)
@blp.response(200, ShopOut)
def change_shop(body: dict[str, Any], shop_id: str) -> Shop:
    """Change a shop; what it declares of its history decides its orders again."""
    shop = own_shop(shop_id, Scope.WRITE)
    accounts.lock_brand(begin(), shop.brand_id)  # or an order could miss the change
    if change(shop, body):
        orders.request_settlement_since(begin(), shop, None, now=clock.now())
    return shop


@blp.route("/shops/<shop_id>/secrets", methods=["POST"])
@writes
@blp.arguments(SecretIn)
@blp.response(201, NewSecretOut)
def add_secret(body: dict[str, Any], shop_id: str) -> dict[str, Any]:
    """Make a further secret valid (rotation: add the new, then delete the old)."""
    shop = own_shop(shop_id, Scope.WRITE)
    secret = _checked(shop.platform, body.get("secret")) or shops.make_secret(shop)
    row = shops.add_secret(
        begin(), shop, secret, keyring=settings().keyring, now=clock.now()
    )
    return {"id": row.id, "created_at": row.created_at, "secret": secret}


@blp.route("/shops/<shop_id>/secrets", methods=["GET"])
@reads
@blp.arguments(ShortListQuery, location="query")
@blp.response(200, page_of(SecretOut))
def list_secrets(query: dict[str, Any], shop_id: str) -> dict[str, Any]:
    """A shop's valid secrets, without the secrets."""
    shop = own_shop(shop_id, Scope.READ)
    return page_of_short(begin().scalars(secrets_of(shop)).all(), query)


@blp.route("/shops/<shop_id>/secrets/<secret_id>", methods=["DELETE"])
@writes
@blp.response(204)
def remove_secret(shop_id: str, secret_id: str) -> None:
    """Make a secret invalid; never the last one."""
    shops.remove_secret(begin(), own_shop(shop_id, Scope.WRITE), secret_id)

"""/v1/shops and /v1/webhook-events: shops, their secrets, inbox and costs of goods."""

import csv
import io
from datetime import date
from typing import Any

from flask import request
from marshmallow import ValidationError, fields, pre_dump
from werkzeug.exceptions import BadRequest

from marketplace import accounts, clock, orders, shops
from marketplace.accounts import Scope
from marketplace.api.fields import (
    Amount,
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
    reads,
    settings,
    writes,
    writes_raw,
)
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.api.parsing import field_errors, parser
from marketplace.clock import zone
from marketplace.errors import Invalid
from marketplace.money import to_minor
from marketplace.orm import change
from marketplace.shops import Shop, ShopNotFound, ShopPlatform, WebhookStatus
from marketplace.shops.adapters.signatures import symmetric_key
from marketplace.shops.models import WebhookEvent
from marketplace.shops.queries import secrets_of, shops_of, webhook_events_of

MOST_COSTS = 5000

blp = Resource("shops", description="Webshops, their secrets and what they sent")


class Zone(Text):
    """An IANA time zone."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        try:
            return zone(super()._deserialize(*args, **kwargs)).key
        except ValueError as error:
            raise ValidationError(
                "Must be a time zone such as Europe/Paris."
            ) from error


class Host(Text):
    """A host name, in the form in which it is stored."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        try:
            return accounts.normalise_host(super()._deserialize(*args, **kwargs))
        except ValueError as error:
            raise ValidationError(
                "Must be a host name such as shop.example."
            ) from error


class ShopIn(Body):
    """A shop to connect."""

    brand_id = Text()
    platform = Choice(ShopPlatform, required=True)
    name = Text(required=True, shortest=1)
    domain = Host(required=True, shortest=1, longest=253)
    currency = Currency()
    timezone = Zone()
    secret = Text(trim=False, shortest=8, longest=500)
    history_complete_since = Day(allow_none=True)


class ShopChange(Body):
    """What can be changed of a shop."""

    name = Text(shortest=1)
    timezone = Zone()
    history_complete_since = Day(allow_none=True)


class SecretIn(Body):
    """A further secret; made when none is given."""

    secret = Text(trim=False, shortest=8, longest=500)


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


class SecretsOut(Answer):
    """A shop's valid secrets."""

    data = fields.List(fields.Nested(SecretOut))


class WebhookEventQuery(PageQuery):
    """Which of a shop's webhooks."""

    status = Choice(WebhookStatus, load_default=None)


class WebhookEventOut(Answer):
    """One stored webhook and what became of it."""

    id = fields.String()
    shop_id = fields.String()
    topic = fields.String()
    delivery_key = fields.String()
    body_sha256 = fields.String()
    status = Choice(WebhookStatus)
    reason = fields.String(allow_none=True)
    order_external_id = fields.String(allow_none=True)
    attempts = fields.Integer()
    received_at = Moment()
    processed_at = Moment(allow_none=True)


class CostIn(Body):
    """What an article costs from a day on."""

    sku = Text(required=True, shortest=1)
    unit_cost = fields.Raw(
        required=True,
        metadata={"description": "decimal text, or whole minor units as a number"},
    )
    currency = Currency(required=True)
    valid_from = Day(required=True)


class CostsOut(Answer):
    """How many costs were set."""

    set = fields.Integer()


def webhook_url(shop: Shop) -> str:
    """Where the shop is to send its webhooks."""
    return f"{settings().public_url}/webhooks/{shop.id}"


def own_shop(shop_id: str, scope: Scope) -> Shop:
    """The caller's shop of that id; ShopNotFound for anybody else's."""
    shop = begin().get(Shop, shop_id)
    if shop is None:
        raise ShopNotFound("There is no such shop.")
    actor().require_brand(shop.brand_id, scope)
    return shop


def _checked(platform: ShopPlatform, secret: str | None) -> str | None:
    usable = secret is None or secret.startswith("whpk_") or symmetric_key(secret)
    if platform is ShopPlatform.GENERIC and not usable:
        raise Invalid({"secret": ["must be base64 after whsec_ (or whpk_)"]})
    return secret


@blp.route("/shops", methods=["POST"])
@writes
@blp.arguments(ShopIn)
@blp.response(201, NewShopOut)
def connect_shop(body: dict[str, Any]) -> dict[str, Any]:
    """Connect a webshop; the answer says where it must send its webhooks."""
    secret = _checked(body["platform"], body.get("secret"))
    brand = own_brand(Scope.WRITE, body.get("brand_id"))
    shop, secret = shops.connect(
        begin(),
        brand,
        platform=body["platform"],
        name=body["name"],
        domain=body["domain"],
        currency=body.get("currency", brand.currency),
        timezone=body.get("timezone", brand.timezone),
        secret=secret,
        history_complete_since=body.get("history_complete_since"),
        keyring=settings().keyring,
        now=clock.now(),
    )
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
@blp.response(200, SecretsOut)
def list_secrets(shop_id: str) -> dict[str, Any]:
    """A shop's valid secrets, without the secrets."""
    shop = own_shop(shop_id, Scope.READ)
    return {"data": begin().scalars(secrets_of(shop)).all()}


@blp.route("/shops/<shop_id>/secrets/<secret_id>", methods=["DELETE"])
@writes
@blp.response(204)
def remove_secret(shop_id: str, secret_id: str) -> None:
    """Make a secret invalid; never the last one."""
    shops.remove_secret(begin(), own_shop(shop_id, Scope.WRITE), secret_id)


@blp.route("/shops/<shop_id>/webhook-events", methods=["GET"])
@reads
@blp.arguments(WebhookEventQuery, location="query")
@blp.response(200, page_of(WebhookEventOut))
def list_webhook_events(query: dict[str, Any], shop_id: str) -> dict[str, Any]:
    """What the shop sent, newest first, and what became of each."""
    shop = own_shop(shop_id, Scope.READ)
    rows = webhook_events_of(shop, status=query["status"])
    sort = Sort("received_at", WebhookEvent.received_at, WebhookEvent.id)
    return page(begin(), rows, sort, query)


@blp.route("/webhook-events/<event_id>/replay", methods=["POST"])
@writes
@blp.response(200, WebhookEventOut)
def replay_webhook_event(event_id: str) -> WebhookEvent:
    """Process a stored webhook again."""
    event = begin().get(WebhookEvent, event_id, with_for_update=True)
    if event is None:
        raise shops.WebhookEventNotFound("There is no such webhook event.")
    actor().require_brand(event.brand_id, Scope.WRITE)
    shops.replay(event, now=clock.now())
    return event


@blp.route("/shops/<shop_id>/costs", methods=["PUT"])
@writes_raw
@blp.response(200, CostsOut)
def set_costs(shop_id: str) -> dict[str, int]:
    """Set what articles cost: a JSON list, or CSV (text/csv) with the same columns.

    `unit_cost` is decimal text ("4.20"), or whole minor units as a JSON number (420).
    """
    costs = _costs(_cost_rows())
    shop = own_shop(shop_id, Scope.WRITE)
    session = begin()
    shops.set_unit_costs(session, shop, costs)
    if costs:
        since = min(valid_from for _, valid_from, _, _ in costs)
        orders.request_settlement_since(session, shop, since, now=clock.now())
    return {"set": len(costs)}


def _cost_rows() -> list[dict[str, Any]]:
    """The rows of the body, each field checked by itself."""
    schema = CostIn(many=True)
    if request.mimetype != "text/csv":
        rows = parser.parse(schema, request, location="json")
        return list(rows)
    try:
        text = request.get_data(cache=True).decode("utf-8-sig")
        return list(schema.load(list(csv.DictReader(io.StringIO(text), strict=True))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadRequest("The body is not CSV in UTF-8.") from error
    except ValidationError as error:
        raise Invalid(field_errors(error.messages)) from error


def _costs(rows: list[dict[str, Any]]) -> list[tuple[str, date, int, str]]:
    """(sku, valid from, minor units, currency) of each; Invalid names wrong ones."""
    costs, errors = [], {}
    if len(rows) > MOST_COSTS:
        raise Invalid({"body": [f"at most {MOST_COSTS} rows at once"]})
    for position, row in enumerate(rows):
        value, currency = row["unit_cost"], row["currency"]
        try:
            if isinstance(value, str):
                amount = to_minor(value, currency, exact=True)
            else:
                amount = Amount().deserialize(value)
            if amount < 0:
                raise ValueError("must be at least 0")
        except (ValueError, ValidationError) as error:
            errors[f"{position}.unit_cost"] = [str(error)]
            continue
        costs.append((row["sku"], row["valid_from"], amount, currency))
    if errors:
        raise Invalid(errors)
    return costs

"""What every request of the API goes through: who asks, may they, is it well formed.

Then `transactions` calls the view and commits.
"""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import wraps
from typing import Any

from flask import Flask, Response, g, request
from flask_smorest import Blueprint
from limits import parse

from marketplace import accounts, clock
from marketplace.accounts import Actor, Scope
from marketplace.api import idempotency, limits
from marketplace.api.document import MarketplaceApi
from marketplace.api.encoding import JSONProvider
from marketplace.api.fields import Body, Day, Moment
from marketplace.api.parsing import parser
from marketplace.api.transactions import (
    READING,
    answered,
    begin,
    begin_plain,
    commit_first,
    reading,
    settings,
)
from marketplace.campaigns.models import Campaign
from marketplace.database import db
from marketplace.errors import Forbidden, Invalid, NotFound, Unauthenticated
from marketplace.shops import Shop

__all__ = [
    "NotABrand",
    "NotAnInfluencer",
    "Resource",
    "actor",
    "administers",
    "authenticated",
    "begin",
    "begin_plain",
    "commit_first",
    "money",
    "own_brand",
    "own_influencer_id",
    "public",
    "reading",
    "reads",
    "settings",
    "tokens",
    "writes",
]
BODY_LIMIT = 1024 * 1024
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_BEARER = re.compile(r"Bearer +([\x21-\x7e]{1,200})", re.IGNORECASE)
View = Callable[..., Any]


class NotABrand(Forbidden):
    """The caller is no member of any brand."""


class NotAnInfluencer(Forbidden):
    """The caller is no influencer."""


class Resource(Blueprint):
    """A resource of version 1: a smorest blueprint that must say who may."""

    ARGUMENTS_PARSER = parser

    def __init__(self, name: str, *, description: str, url_prefix: str = "/v1") -> None:
        module = f"marketplace.api.{name}"
        super().__init__(name, module, url_prefix=url_prefix, description=description)

    def add_url_rule(
        self, rule: str, endpoint: Any = None, view_func: Any = None, **options: Any
    ) -> None:
        """Register a view, unless nobody said who may call it."""
        if not hasattr(view_func, "access"):
            raise TypeError(f"{view_func!r} needs @reads, @writes, ... under its route")
        super().add_url_rule(rule, endpoint, view_func, **options)


def install(app: Flask) -> MarketplaceApi:
    """Configure the application for the API; its resources are registered on this."""
    app.config.update(
        API_TITLE="Marketplace",
        API_VERSION="1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/v1",
        OPENAPI_JSON_PATH="openapi.json",
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        API_SPEC_OPTIONS={
            "components": {
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}
            },
            "security": [{"bearer": []}],
        },
    )
    app.json = JSONProvider(app)
    api = MarketplaceApi(app)
    api.register_field(Moment, "string", "date-time")
    api.register_field(Day, "string", "date")
    return api


def actor() -> Actor:
    """Who asks; only in a view whose decorator demands a token."""
    found: Actor = g.actor
    return found


def own_brand(scope: Scope, brand_id: str | None = None) -> accounts.Brand:
    """The brand the caller acts for: the one named, else the only one they have."""
    asking = actor()
    if brand_id is None:
        if not asking.memberships:
            raise NotABrand("Only a brand can do this.")
        if len(asking.memberships) > 1:
            raise Invalid({"brand_id": ["you act for several brands: say which"]})
        brand_id = asking.brand_ids[0]
    asking.require_brand(brand_id, scope)
    brand = begin().get(accounts.Brand, brand_id)
    if brand is None:
        raise NotFound("There is no such brand.")
    return brand


def own_campaign(campaign_id: str, scope: Scope) -> Campaign:
    """The campaign of that id, of a brand of the caller's; NotFound for a stranger."""
    campaign = begin().get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound("There is no such campaign, or it is not yours.")
    actor().require_brand(campaign.brand_id, scope)
    return campaign


def own_shop(shop_id: str, scope: Scope) -> Shop:
    """The caller's shop of that id; ShopNotFound for anybody else's."""
    shop = begin().get(Shop, shop_id)
    if shop is None:
        raise NotFound("There is no such shop.")
    actor().require_brand(shop.brand_id, scope)
    return shop


def own_influencer_id() -> str:
    """The influencer the caller is; Forbidden for everybody else."""
    found = actor().influencer_id
    if found is None:
        raise NotAnInfluencer("Only an influencer can do this.")
    return found


def authenticated() -> Actor | None:
    """The bearer of the request's token, null without one; wrong ones are refused."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    match = _BEARER.fullmatch(header.strip())
    if match is None:
        raise Unauthenticated("Authorization must be: Bearer <token>.")
    return accounts.authenticate(db.session(), match[1], clock.now())


def public(*, limit: str | None = None, raw: bool = False) -> Callable[[View], View]:
    """Anybody may, so many times per address; raw: body and query are the view's."""
    return _access("public", None, limit=limit, raw=raw)


def _access(
    name: str,
    scope: Scope | None,
    *,
    limit: str | None = None,
    raw: bool = False,
    admin: bool = False,
) -> Callable[[View], View]:
    rate = parse(limit) if limit else None

    def decorate(view: View) -> View:
        documented = deepcopy(getattr(view, "_apidoc", {}))
        parameters = documented.get("arguments", {}).get("parameters", [])
        takes = {parameter["in"] for parameter in parameters}

        @wraps(view)
        def wrapper(**arguments: Any) -> Response:
            g.pop("actor", None)  # an outer context would keep another request's
            if rate is not None:
                limits.spend(rate, view.__name__, limits.client_address())
            _refuse_bad_ids(arguments)
            if scope is not None:
                _identify(scope, admin=admin)
            if not raw:
                _refuse_untaken(takes)
            key = None
            if not raw or scope is not None:  # shops put their own keys into webhooks
                key = idempotency.key_of(request, _key_scope)
            return answered(lambda: view(**arguments), key)

        manual = documented.setdefault("manual_doc", {})
        manual.setdefault("responses", {})["default"] = "DEFAULT_ERROR"
        if scope is None:
            manual["security"] = []
        wrapper._apidoc = documented  # type: ignore[attr-defined]
        wrapper.access = name  # type: ignore[attr-defined]
        return wrapper

    return decorate


reads = _access("reads", Scope.READ)
writes = _access("writes", Scope.WRITE)
writes_raw = _access("writes", Scope.WRITE, raw=True)  # the view reads its body
money = _access("money", Scope.MONEY)
tokens = _access("tokens", Scope.TOKENS)
administers = _access("administers", Scope.WRITE, admin=True)


def _identify(scope: Scope, *, admin: bool) -> None:
    found = authenticated()
    if found is None:
        raise Unauthenticated("This needs a token: Authorization: Bearer <token>.")
    found.require(scope)
    if admin:
        found.require_admin()
    g.actor = found


def _refuse_bad_ids(arguments: Mapping[str, Any]) -> None:
    for value in arguments.values():
        if isinstance(value, str) and not _ID.fullmatch(value):
            raise NotFound("There is no such thing.")


def _refuse_untaken(takes: set[str]) -> None:
    """Refuse a query or a body that the view would never look at."""
    if "query" not in takes and request.args:
        raise Invalid({name: ["Unknown field."] for name in request.args})
    if "json" not in takes and request.method not in READING:
        parser.parse(Body(), request, location="json")


def _key_scope() -> str:
    """Whose keys they are: the user's, or of an address by its keyed hash.

    In a public view they are of the token alone, where one is shown: what it answers
    may be a secret, and another token of the user may lack the scope for it.
    """
    if "actor" in g:
        return actor().user_id
    asking = authenticated()
    if asking is not None:
        return f"token:{asking.token_id}"
    address = settings().keyring.digest("idempotency:1", limits.client_address())
    return f"public:{address[:40]}"

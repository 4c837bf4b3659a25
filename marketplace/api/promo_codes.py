"""Promo codes: their wording and whether they earn."""

from typing import Any

from marshmallow import fields

from marketplace import attribution, collaborations, orders, tracking
from marketplace.accounts import Scope
from marketplace.api.fields import Answer, Body, Choice, Moment, Text
from marketplace.api.frame import Resource, actor, begin, reads, writes
from marketplace.api.shapes import PromoCodeOut
from marketplace.clock import now
from marketplace.collaborations import Application
from marketplace.errors import Invalid, NotFound
from marketplace.orders.leads import leads_since
from marketplace.tracking import PromoCode, PromoCodeStatus, ShopCode, shop_codes
from marketplace.tracking.rules import ShopCodeStatus

blp = Resource("promo_codes", description="The codes influencers hand out")


class PromoCodePatch(Body):
    """The brand's own wording; active or disabled; whether anybody can find it.

    `leaked_at`: since when, if not since now.
    """

    code = Text(longest=64)
    status = Choice(PromoCodeStatus)
    leaked = fields.Boolean(truthy={True}, falsy={False})
    leaked_at = Moment()


class ShopCodeOut(Answer):
    """A promo code as a shop's own discount code.

    `failure`: why it could not be made or ended there; for the brand only.
    """

    shop_id = fields.String()
    status = Choice(ShopCodeStatus)
    failure = fields.String(allow_none=True)
    updated_at = Moment()


class PromoCodeInShopsOut(PromoCodeOut):
    """A promo code, and how far it is in the brand's shops that can be asked."""

    shops = fields.List(fields.Nested(ShopCodeOut))


@blp.route("/promo-codes/<code_id>")
@reads
@blp.response(200, PromoCodeInShopsOut)
def get_promo_code(code_id: str) -> dict[str, Any]:
    """Look at a promo code."""
    promo_code, application = _found(code_id)
    collaborations.require_party(application, actor(), Scope.READ)
    return _shown(promo_code)


@blp.route("/promo-codes/<code_id>", methods=["PATCH"])
@writes
@blp.arguments(PromoCodePatch)
@blp.response(200, PromoCodeInShopsOut)
def change_promo_code(body: dict[str, Any], code_id: str) -> dict[str, Any]:
    """Word a code otherwise, or switch it. Earlier wordings go on meaning it."""
    promo_code, application = _found(code_id)
    collaborations.require_brand_side(application, actor(), Scope.WRITE)
    if "code" in body:
        tracking.rename_promo_code(
            begin(), promo_code, code=body["code"], by=actor(), now=now()
        )
    if "status" in body:
        _switch(promo_code, application, body["status"])
    if "leaked" in body or "leaked_at" in body:
        _mark_leaked(promo_code, body)
    return _shown(promo_code)


@blp.route("/promo-codes/<code_id>/shops/<shop_id>/retry", methods=["POST"])
@writes
@blp.response(200, PromoCodeInShopsOut)
def retry_in_shop(code_id: str, shop_id: str) -> dict[str, Any]:
    """Try again what failed in a shop; what did not fail stays as it is."""
    promo_code, application = _found(code_id)
    collaborations.require_brand_side(application, actor(), Scope.WRITE)
    row = begin().get(ShopCode, (code_id, shop_id), with_for_update=True)
    if row is None:
        raise NotFound("This code is not wanted in such a shop.")
    shop_codes.try_again(begin(), [row], now=now())
    return _shown(promo_code)


def _switch(
    promo_code: PromoCode, application: Application, status: PromoCodeStatus
) -> None:
    session, by, at = begin(), actor(), now()
    if status is PromoCodeStatus.DISABLED:
        tracking.disable_promo_code(session, promo_code, by=by, now=at)
    else:
        collaborations.enable_promo_code(
            session, application, promo_code, by=by, now=at
        )


def _mark_leaked(promo_code: PromoCode, body: dict[str, Any]) -> None:
    """Orders since then are decided again by what the campaign says about leaks."""
    session, at = begin(), now()
    leaked_at = body.get("leaked_at", promo_code.leaked_at or at)
    if not body.get("leaked", True):
        if "leaked_at" in body:
            raise Invalid({"leaked_at": ["does not go with a code that is not leaked"]})
        leaked_at = None
    elif leaked_at > at:
        raise Invalid({"leaked_at": ["is in the future"]})
    since = tracking.mark_leaked(
        session, promo_code, leaked_at=leaked_at, by=actor(), now=at
    )
    if since is not None:
        asked = attribution.orders_with_code(
            promo_code.brand_id, promo_code.application_id, since
        )
        orders.request_settlement(session, asked, now=at)
        leads = leads_since(promo_code.brand_id, since)
        orders.request_leads(session, leads, now=at)


def _shown(promo_code: PromoCode) -> dict[str, Any]:
    """The code with its shops; their failures are the brand's own affair."""
    is_brand = promo_code.brand_id in actor().memberships
    columns = PromoCode.__mapper__.column_attrs.keys()
    rows = begin().scalars(shop_codes.shop_codes_of(promo_code.id))
    return {name: getattr(promo_code, name) for name in columns} | {
        "shops": [
            {
                "shop_id": row.shop_id,
                "status": row.status,
                "failure": row.failure if is_brand else None,
                "updated_at": row.updated_at,
            }
            for row in rows
        ]
    }


def _found(code_id: str) -> tuple[PromoCode, Application]:
    promo_code = begin().get(PromoCode, code_id)
    if promo_code is None:
        raise NotFound("There is no such promo code, or it is not yours.")
    return promo_code, begin().get_one(Application, promo_code.application_id)

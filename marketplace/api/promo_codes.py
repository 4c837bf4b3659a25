"""Promo codes: their wording and whether they earn."""

from typing import Any

from marketplace import collaborations, tracking
from marketplace.accounts import Scope
from marketplace.api.fields import Body, Choice, Text
from marketplace.api.frame import Resource, actor, begin, reads, writes
from marketplace.api.shapes import PromoCodeOut
from marketplace.clock import now
from marketplace.collaborations import Application
from marketplace.errors import NotFound
from marketplace.tracking import PromoCode, PromoCodeStatus

blp = Resource("promo_codes", description="The codes influencers hand out")


class PromoCodePatch(Body):
    """The brand's own wording; active or disabled."""

    code = Text(longest=64)
    status = Choice(PromoCodeStatus)


@blp.route("/promo-codes/<code_id>")
@reads
@blp.response(200, PromoCodeOut)
def get_promo_code(code_id: str) -> PromoCode:
    """Look at a promo code."""
    promo_code, application = _found(code_id)
    collaborations.require_party(application, actor(), Scope.READ)
    return promo_code


@blp.route("/promo-codes/<code_id>", methods=["PATCH"])
@writes
@blp.arguments(PromoCodePatch)
@blp.response(200, PromoCodeOut)
def change_promo_code(body: dict[str, Any], code_id: str) -> PromoCode:
    """Word a code otherwise, or switch it. Earlier wordings go on meaning it."""
    promo_code, application = _found(code_id)
    collaborations.require_brand_side(application, actor(), Scope.WRITE)
    if "code" in body:
        tracking.rename_promo_code(
            begin(), promo_code, code=body["code"], by=actor(), now=now()
        )
    if "status" in body:
        _switch(promo_code, application, body["status"])
    return promo_code


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


def _found(code_id: str) -> tuple[PromoCode, Application]:
    promo_code = begin().get(PromoCode, code_id)
    if promo_code is None:
        raise NotFound("There is no such promo code, or it is not yours.")
    return promo_code, begin().get_one(Application, promo_code.application_id)

"""How a campaign's terms are said and shown in JSON."""

from typing import Any

from marshmallow import fields

from marketplace.api.fields import Amount, Answer, Body, Choice, Whole
from marketplace.campaigns import (
    LONGEST_WINDOW_DAYS,
    AttributionModel,
    CommissionKind,
    CommissionOn,
    DiscountKind,
    Precedence,
    RepeatOrders,
    SelfReferral,
    Terms,
)


class CommissionIn(Body):
    """What the influencer gets: a rate, or an amount in the campaign's currency.

    The figure that the kind does not use is null in answers, and may be here.
    """

    kind = Choice(CommissionKind)
    rate_bps = Whole(most=10_000, allow_none=True)
    amount = Amount(allow_none=True)
    on = Choice(CommissionOn)


class DiscountIn(Body):
    """What the code gives the shopper; null as in a commission."""

    kind = Choice(DiscountKind)
    value_bps = Whole(most=10_000, allow_none=True)
    amount = Amount(allow_none=True)


class AttributionIn(Body):
    """Which evidence counts, and for how long."""

    window_days = Whole(least=1, most=LONGEST_WINDOW_DAYS)
    precedence = Choice(Precedence)
    model = Choice(AttributionModel)
    new_customers_only = fields.Boolean(truthy={True}, falsy={False})
    self_referral = Choice(SelfReferral)
    repeat_orders = Choice(RepeatOrders)


class OfferedCommission(Answer):
    """What the influencer gets."""

    kind = fields.String()
    rate_bps = fields.Integer(allow_none=True)
    amount = fields.Integer(allow_none=True)
    on = fields.String()


class OfferedDiscount(Answer):
    """What the code gives the shopper."""

    kind = fields.String()
    value_bps = fields.Integer(allow_none=True)
    amount = fields.Integer(allow_none=True)


class OfferedAttribution(Answer):
    """Which evidence counts, and for how long."""

    window_days = fields.Integer()
    precedence = fields.String()
    model = fields.String()
    new_customers_only = fields.Boolean()
    self_referral = fields.String()
    repeat_orders = fields.String()


def terms_said(body: dict[str, Any]) -> dict[str, Any]:
    """Take what a body says of the terms out of it, as fields of `Offer`."""
    said = dict(body.pop("attribution", {}))
    if "hold_days" in body:
        said["hold_days"] = body.pop("hold_days")
    if "commission" in body:
        said |= _commission(body.pop("commission"))
    if "discount" in body:
        said |= _discount(body.pop("discount"))
    return said


def _commission(given: dict[str, Any]) -> dict[str, Any]:
    """Of the kind given, else of the one whose figure is given."""
    said: dict[str, Any] = {}
    given = _stated(given)
    if "on" in given:
        said["commission_on"] = given["on"]
    kind = given.get("kind")
    if kind is None and "rate_bps" in given:
        kind = CommissionKind.PERCENT
    elif kind is None and "amount" in given:
        kind = CommissionKind.FLAT
    if kind is not None:
        other = "amount" if kind is CommissionKind.PERCENT else "rate_bps"
        said["commission_kind"] = kind
        for name, column in (
            ("rate_bps", "commission_bps"),
            ("amount", "commission_amount"),
        ):
            if name in given or name == other:
                said[column] = given.get(name)
    return said


def _stated(given: dict[str, Any]) -> dict[str, Any]:
    """Without the nulls, so that what was shown can be sent back as it is."""
    return {name: value for name, value in given.items() if value is not None}


def _discount(given: dict[str, Any] | None) -> dict[str, Any]:
    """None at all for null; otherwise it replaces the former one."""
    given = _stated(given or {})
    kind = given.get("kind")
    if kind is None and "value_bps" in given:
        kind = DiscountKind.PERCENT
    elif kind is None and "amount" in given:
        kind = DiscountKind.AMOUNT
    return {
        "discount_kind": kind,
        "discount_bps": given.get("value_bps"),
        "discount_amount": given.get("amount"),
    }


def terms_shown(terms: Terms) -> dict[str, Any]:
    """The terms as the schemas above show them; null for what is not decided."""
    decided = (terms.commission_bps, terms.commission_amount) != (None, None)
    commission = {
        "kind": terms.commission_kind,
        "rate_bps": terms.commission_bps,
        "amount": terms.commission_amount,
        "on": terms.commission_on,
    }
    discount = {
        "kind": terms.discount_kind,
        "value_bps": terms.discount_bps,
        "amount": terms.discount_amount,
    }
    return {
        "commission": commission if decided else None,
        "discount": discount if terms.discount_kind else None,
        "attribution": {
            name: getattr(terms, name) for name in OfferedAttribution().fields
        },
        "hold_days": terms.hold_days,
    }

"""How a campaign's terms are said and shown in JSON."""

import enum
from typing import Any

from marshmallow import fields
from marshmallow.validate import Length

from marketplace.api.fields import (
    Answer,
    Body,
    Choice,
    Text,
    Whole,
)
from marketplace.api.money_fields import MoneyOrAmount
from marketplace.campaigns import (
    LONGEST_LAPSE_DAYS,
    LONGEST_RECURRING_MONTHS,
    LONGEST_WINDOW_DAYS,
    AttributionModel,
    BonusGoal,
    CapOf,
    CommissionKind,
    CommissionOn,
    CustomerKind,
    DiscountKind,
    LeakedCodes,
    Period,
    Precedence,
    RepeatOrders,
    SelfReferral,
    StackedCodes,
    Terms,
    VolumeOf,
)

_FEW = Length(max=50)


class VolumeIn(Body):
    """From which volume of the influencer's in a period a rule holds."""

    of = Choice(VolumeOf, required=True)
    period = Choice(Period, required=True)
    at_least = Whole(required=True)


class WhenIn(Body):
    """What a rule is for; what is not said does not matter."""

    skus = fields.List(Text(shortest=1, longest=100), validate=Length(max=500))
    categories = fields.List(Text(shortest=1, longest=100), validate=Length(max=500))
    customers = fields.List(Choice(CustomerKind), validate=_FEW)
    volume = fields.Nested(VolumeIn, allow_none=True)


class CommissionRuleIn(Body):
    """A rate for part of what is sold; the first rule that fits a line holds.

    A flat amount is for each piece where products are named, else for the order.
    """

    when = fields.Nested(WhenIn)
    kind = Choice(CommissionKind, required=True)
    rate_bps = Whole(most=10_000, allow_none=True)
    amount: fields.Field[Any] = MoneyOrAmount(allow_none=True)


class CapIn(Body):
    """At most this much for one order, customer, influencer or the whole campaign."""

    of = Choice(CapOf, required=True)
    period = Choice(Period)
    amount: fields.Field[Any] = MoneyOrAmount(required=True)


class BonusIn(Body):
    """Paid once per period in which the influencer reached the goal."""

    goal = Choice(BonusGoal, required=True)
    period = Choice(Period)
    at_least = Whole(required=True)
    amount: fields.Field[Any] = MoneyOrAmount(required=True)


class CommissionIn(Body):
    """What the influencer gets: a rate, or an amount in the campaign's currency.

    The figure that the kind does not use is null in answers, and may be here.
    """

    kind = Choice(CommissionKind)
    rate_bps = Whole(most=10_000, allow_none=True)
    amount = MoneyOrAmount(allow_none=True)
    on = Choice(CommissionOn)
    rules = fields.List(fields.Nested(CommissionRuleIn), validate=_FEW)
    caps = fields.List(fields.Nested(CapIn), validate=_FEW)
    bonuses = fields.List(fields.Nested(BonusIn), validate=_FEW)
    recurring_months = Whole(
        most=LONGEST_RECURRING_MONTHS,
        allow_none=True,
        metadata={
            "description": "How long after a customer's first credited order later "
            "ones earn; null: without end"
        },
    )


class DiscountIn(Body):
    """What the code gives the shopper; null as in a commission."""

    kind = Choice(DiscountKind)
    value_bps = Whole(most=10_000, allow_none=True)
    amount = MoneyOrAmount(allow_none=True)


class AttributionIn(Body):
    """Which evidence counts, and for how long."""

    window_days = Whole(least=1, most=LONGEST_WINDOW_DAYS)
    precedence = Choice(Precedence)
    model = Choice(AttributionModel)
    new_customers_only = fields.Boolean(truthy={True}, falsy={False})
    self_referral = Choice(SelfReferral)
    repeat_orders = Choice(RepeatOrders)
    half_life_days = Whole(least=1, most=LONGEST_WINDOW_DAYS)
    stacked_codes = Choice(StackedCodes)
    leaked_codes = Choice(LeakedCodes)
    lapsed_after_days = Whole(least=1, most=LONGEST_LAPSE_DAYS, allow_none=True)


class OfferedRule(CommissionRuleIn):
    """A rate for part of what is sold."""

    amount = fields.Integer(allow_none=True)


class OfferedCap(CapIn):
    """At most this much."""

    amount = fields.Integer()


class OfferedBonus(BonusIn):
    """Paid once per period in which the influencer reached the goal."""

    amount = fields.Integer()


class OfferedCommission(Answer):
    """What the influencer gets; without a rate or an amount not decided yet."""

    kind = fields.String()
    rate_bps = fields.Integer(allow_none=True)
    amount = fields.Integer(allow_none=True)
    on = fields.String()
    rules = fields.List(fields.Nested(OfferedRule))
    caps = fields.List(fields.Nested(OfferedCap))
    bonuses = fields.List(fields.Nested(OfferedBonus))
    recurring_months = fields.Integer(allow_none=True)


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
    half_life_days = fields.Integer()
    stacked_codes = fields.String()
    leaked_codes = fields.String()
    lapsed_after_days = fields.Integer(allow_none=True)


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
    said: dict[str, Any] = {
        f"commission_{name}": [_plain(each) for each in given[name]]
        for name in ("rules", "caps", "bonuses")
        if name in given
    }
    if "recurring_months" in given:
        said["recurring_months"] = given["recurring_months"]
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


def _plain(said: Any) -> Any:
    """What was loaded, as the JSON it came from."""
    if isinstance(said, dict):
        return {name: _plain(value) for name, value in said.items()}
    if isinstance(said, list):
        return [_plain(value) for value in said]
    return said.value if isinstance(said, enum.Enum) else said


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
    """The terms as the schemas above show them; a discount is null where there is none."""
    commission = {
        "kind": terms.commission_kind,
        "rate_bps": terms.commission_bps,
        "amount": terms.commission_amount,
        "on": terms.commission_on,
        "rules": terms.commission_rules,
        "caps": terms.commission_caps,
        "bonuses": terms.commission_bonuses,
        "recurring_months": terms.recurring_months,
    }
    discount = {
        "kind": terms.discount_kind,
        "value_bps": terms.discount_bps,
        "amount": terms.discount_amount,
    }
    return {
        "commission": commission,
        "discount": discount if terms.discount_kind else None,
        "attribution": {
            name: getattr(terms, name) for name in OfferedAttribution().fields
        },
        "hold_days": terms.hold_days,
    }

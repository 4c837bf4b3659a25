"""How a campaign and its terms are said and shown in JSON."""

from typing import Any

from marshmallow import fields
from marshmallow.validate import Length

from marketplace.accounts import Platform
from marketplace.api.fields import (
    Amount,
    Answer,
    Body,
    Choice,
    Country,
    Currency,
    Language,
    Moment,
    MoneyOrAmount,
    MoneyOut,
    Text,
    WebUrl,
    Whole,
)
from marketplace.campaigns import (
    LONGEST_HOLD_DAYS,
    LONGEST_WINDOW_DAYS,
    AttributionModel,
    CommissionKind,
    CommissionOn,
    DiscountKind,
    Objective,
    Precedence,
    QuestionKind,
    RepeatOrders,
    SelfReferral,
    Terms,
)

_FEW = Length(max=50)


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


class QuestionIn(Body):
    """A question to applicants."""

    id = Text(required=True, shortest=1, longest=64)
    prompt = Text(required=True, shortest=1, longest=500)
    kind = Choice(QuestionKind, load_default=QuestionKind.TEXT)
    required = fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class CampaignPatch(Body):
    """What a campaign says; for a change, only what changes."""

    title = Text(shortest=1)
    description = Text(longest=20_000)
    landing_url = WebUrl()
    currency = Currency()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)
    platforms = fields.List(Choice(Platform), validate=_FEW)
    categories = fields.List(Text(shortest=1, longest=64), validate=_FEW)
    countries = fields.List(Country(), validate=Length(max=250))
    languages = fields.List(Language(), validate=_FEW)
    objective = Choice(Objective, allow_none=True)
    commission = fields.Nested(CommissionIn)
    discount = fields.Nested(DiscountIn, allow_none=True)
    attribution = fields.Nested(AttributionIn)
    hold_days = Whole(most=LONGEST_HOLD_DAYS)
    budget = MoneyOrAmount(allow_none=True)
    margin_bps = Whole(most=10_000, allow_none=True)
    questions = fields.List(fields.Nested(QuestionIn), validate=_FEW)
    auto_accept = fields.Boolean(truthy={True}, falsy={False})
    code_pattern = Text(longest=64)


class CampaignIn(CampaignPatch):
    """A campaign to be; the brand where the caller has several."""

    title = Text(required=True, shortest=1)
    brand_id = Text(longest=64, load_default=None)


class CampaignBrand(Answer):
    """Whose campaign it is."""

    id = fields.String()
    name = fields.String()


class QuestionOut(Answer):
    """A question to applicants."""

    id = fields.String()
    prompt = fields.String()
    kind = fields.String()
    required = fields.Boolean()


class CampaignOut(Answer):
    """A campaign; budget and margin only for its own brand."""

    id = fields.String()
    brand_id = fields.String()
    brand = fields.Nested(CampaignBrand)
    title = fields.String()
    description = fields.String()
    landing_url = fields.String()
    currency = fields.String()
    objective = fields.String(allow_none=True)
    status = fields.String()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)
    platforms = fields.List(fields.String())
    categories = fields.List(fields.String())
    countries = fields.List(fields.String())
    languages = fields.List(fields.String())
    commission = fields.Nested(OfferedCommission, allow_none=True)
    discount = fields.Nested(OfferedDiscount, allow_none=True)
    attribution = fields.Nested(OfferedAttribution)
    hold_days = fields.Integer()
    budget = fields.Nested(MoneyOut, allow_none=True)
    margin_bps = fields.Integer(allow_none=True)
    questions = fields.List(fields.Nested(QuestionOut))
    auto_accept = fields.Boolean()
    code_pattern = fields.String()
    terms_version = fields.Integer()
    created_at = Moment()
    published_at = Moment(allow_none=True)
    closed_at = Moment(allow_none=True)


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

"""How a campaign is said and shown in JSON."""

from typing import Any

from marshmallow import fields
from marshmallow.validate import Length, OneOf

from marketplace.accounts import Platform
from marketplace.api.fields import (
    Answer,
    Body,
    Choice,
    Country,
    Currency,
    Language,
    Moment,
    MoneyOut,
    Text,
    WebUrl,
    Whole,
)
from marketplace.api.money_fields import MoneyOrAmount
from marketplace.api.terms_shapes import (
    AttributionIn,
    CommissionIn,
    DiscountIn,
    OfferedAttribution,
    OfferedCommission,
    OfferedDiscount,
)
from marketplace.campaigns import (
    LONGEST_HOLD_DAYS,
    LONGEST_UTM,
    MOST_REPEAT_MINUTES,
    PAGE_WORDS,
    PLACEHOLDERS,
    UTM_NAMES,
    Objective,
    QuestionKind,
)
from marketplace.errors import Invalid

_FEW = Length(max=50)
_BRACES = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))


class QuestionIn(Body):
    """A question to applicants."""

    id = Text(required=True, shortest=1, longest=64)
    prompt = Text(required=True, shortest=1, longest=500)
    kind = Choice(QuestionKind, load_default=QuestionKind.TEXT)
    required = fields.Boolean(truthy={True}, falsy={False}, load_default=False)


class OptionalUrl(WebUrl):
    """An http(s) address, or empty for none."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return super()._deserialize(value, *args, **kwargs) if value != "" else ""


class LandingPageIn(Body):
    """What the pages of its influencers show besides their codes; plain text."""

    headline = Text(required=True, shortest=1, longest=PAGE_WORDS["headline"])
    text = Text(longest=PAGE_WORDS["text"], load_default="")
    picture_url = OptionalUrl(
        load_default="", metadata={"description": "https only; empty for none"}
    )
    button = Text(
        longest=PAGE_WORDS["button"],
        load_default="",
        metadata={"description": "What its button says; empty for the usual words"},
    )


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
    fallback_url = OptionalUrl(
        metadata={"description": "Where links lead once over; empty: as before"}
    )
    utm = fields.Dict(
        keys=Text(validate=OneOf(UTM_NAMES)),
        values=Text(longest=LONGEST_UTM),
        metadata={"description": f"Templates of UTM parameters, with {_BRACES}"},
    )
    landing_page = fields.Nested(LandingPageIn, allow_none=True)
    auto_apply_code = fields.Boolean(truthy={True}, falsy={False})
    repeat_minutes = Whole(most=MOST_REPEAT_MINUTES)


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


class LandingPageShown(Answer):
    """What the pages of its influencers show besides their codes."""

    headline = fields.String()
    text = fields.String()
    picture_url = fields.String()
    button = fields.String()


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
    commission = fields.Nested(OfferedCommission)
    discount = fields.Nested(OfferedDiscount, allow_none=True)
    attribution = fields.Nested(OfferedAttribution)
    hold_days = fields.Integer()
    budget = fields.Nested(MoneyOut, allow_none=True)
    margin_bps = fields.Integer(allow_none=True)
    questions = fields.List(fields.Nested(QuestionOut))
    auto_accept = fields.Boolean()
    code_pattern = fields.String()
    fallback_url = fields.String()
    utm = fields.Dict(keys=fields.String(), values=fields.String())
    landing_page = fields.Nested(LandingPageShown, allow_none=True)
    auto_apply_code = fields.Boolean()
    repeat_minutes = fields.Integer()
    terms_version = fields.Integer()
    created_at = Moment()
    published_at = Moment(allow_none=True)
    closed_at = Moment(allow_none=True)


def amounts_said(body: dict[str, Any], currency: str) -> None:
    """Replace what is said of money in a body by plain amounts; `budget` by its own.

    Invalid names everything that is not in the campaign's currency.
    """
    wrong: dict[str, list[str]] = {}
    for name in ("budget", "commission", "discount"):
        if name in body:
            body[name] = _amounts(body[name], currency, name, wrong)
    if wrong:
        raise Invalid(wrong)
    if "budget" in body:
        body["budget_amount"] = body.pop("budget")


def _amounts(said: Any, currency: str, path: str, wrong: dict[str, list[str]]) -> Any:
    if isinstance(said, list):
        return [
            _amounts(each, currency, f"{path}.{position}", wrong)
            for position, each in enumerate(said)
        ]
    if not isinstance(said, dict):
        return said
    if said.keys() != {"amount", "currency"}:  # no money, as `MoneyOrAmount` loads it
        return {
            name: _amounts(each, currency, f"{path}.{name}", wrong)
            for name, each in said.items()
        }
    if said["currency"] not in (None, currency):
        wrong[f"{path}.currency"] = [f"must be the campaign's, {currency}"]
    return said["amount"]

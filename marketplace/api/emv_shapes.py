"""How rates and terms of earned media value look in JSON."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from marshmallow import ValidationError, fields, pre_load

from marketplace import kpis
from marketplace.accounts.rules import Platform
from marketplace.api.fields import (
    Answer,
    Body,
    Choice,
    Currency,
    Day,
    MoneyIn,
    Query,
    Text,
)
from marketplace.api.kpi_schemas import DayOrMoment, figure
from marketplace.api.paging import ShortListQuery, page_of
from marketplace.content import LARGEST_RATE, RATE_DECIMALS, EmvAction, RateOwner
from marketplace.kpis.outcome import decimal_of_fraction, plain
from marketplace.kpis.worth import Worth
from marketplace.money import decimal_of, exponent, to_decimal


class Stated(NamedTuple):
    """The value of a rate, and its currency if that was told with it."""

    value: Decimal
    currency: str | None = None


class RateValue(fields.Field[Stated]):
    """Decimal money, such as "0.21", as text or a number; or a money object."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Stated:
        currency = None
        if isinstance(value, dict):
            money = MoneyIn().load(value)
            value, currency = to_decimal(**money), money["currency"]
        elif isinstance(value, float):
            value = str(value)  # as it was written: 0.1 is 0.1
        try:
            number = decimal_of(value)
        except ValueError:
            number = Decimal(-1)
        if not 0 <= number <= LARGEST_RATE:
            raise ValidationError('Must be decimal money from 0 on, such as "0.21".')
        if number != round(number, RATE_DECIMALS):
            raise ValidationError(f"At most {RATE_DECIMALS} decimals.")
        return Stated(number, currency)


class Acted(Choice):
    """An action, as one or as many: ``like`` or ``likes``."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, str) and value.removesuffix("s") in {*EmvAction}:
            value = value.removesuffix("s")
        return super()._deserialize(value, *args, **kwargs)


class EmvRatesQuery(ShortListQuery):
    """The rates of a brand (the caller's) that hold on a day (today)."""

    brand_id = Text(longest=64, load_default=None)
    platform = Choice(Platform, load_default=None)
    on = Day(load_default=None)


class EmvRatesTarget(Query):
    """Whose rates are set: a brand's, or as an admin those of the instance."""

    brand_id = Text(longest=64, load_default=None)
    instance = fields.Boolean(load_default=False)


class EmvRateIn(Body):
    """What an action is worth on a platform from a day on; impressions per thousand.

    One, a list, or a list as `rates`. `value`: decimal, or a money object.
    """

    platform = Choice(Platform, required=True)
    action = Acted(EmvAction, required=True)
    value = RateValue(
        required=True,
        allow_none=True,
        metadata={"type": "string", "description": "null takes a rate back"},
    )
    currency = Currency(
        load_default=None,
        metadata={"description": "the brand's, if nothing is said"},
    )
    valid_from = Day(
        load_default=None,
        metadata={"description": "today, if nothing is said"},
    )
    source = Text(load_default="", shortest=1, longest=200)

    @pre_load(pass_collection=True)
    def _listed(self, told: Any, *, many: bool, **_: Any) -> Any:
        if not (many and isinstance(told, Mapping)):
            return told
        listed = set(told) == {"rates"} and isinstance(told["rates"], list)
        return told["rates"] if listed else [told]


class EmvRateOut(Answer):
    """A rate: decimal money for one action, for a thousand impressions (`per`).

    `owner`: brand, instance, or shipped: a published example that comes with the
    product. `version`: how often it was set for that day.
    """

    platform = Choice(Platform)
    action = Choice(EmvAction)
    value = fields.Function(
        lambda rate: None if rate.value is None else plain(rate.value),
        metadata={"type": "string", "nullable": True},
    )
    currency = fields.String()
    per = fields.Function(lambda rate: rate.action.per, metadata={"type": "integer"})
    valid_from = Day()
    owner = Choice(RateOwner)
    example = fields.Function(
        lambda rate: rate.owner is RateOwner.SHIPPED, metadata={"type": "boolean"}
    )
    source = fields.String()
    version = fields.Integer()


EmvRatesOut = page_of(EmvRateOut)


class AppraisalQuery(Query):
    """The days ``[from, to)``, as in a report, and the currency of its money."""

    start = DayOrMoment(data_key="from", load_default=None)
    end = DayOrMoment(data_key="to", load_default=None)
    currency = Currency(load_default=None)


class EmvTermOut(Answer):
    """So many of an action times its rate. `from`: the first of the days it is of.

    `exchange_rate`: units of the report's currency per unit of the rate's, as it was on
    `converted_on`. `amount`: decimal minor units, exactly; null for a `reason`.
    """

    platform = Choice(Platform)
    action = Choice(EmvAction)
    part = fields.String()
    start = Day(data_key="from")
    count = fields.Integer(allow_none=True)
    rate = fields.Nested(EmvRateOut, allow_none=True)
    exchange_rate = fields.String(allow_none=True)
    converted_on = Day(allow_none=True)
    amount = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class AppraisalOut(Answer):
    """Earned media value and every term of it; values as in a report of KPIs."""

    start = Day(data_key="from")
    end = Day(data_key="to")
    currency = fields.String()
    emv = fields.Raw(allow_none=True)
    emv_engagement = fields.Raw(allow_none=True)
    emv_exposure = fields.Raw(allow_none=True)
    reason = fields.String(allow_none=True)
    missing = fields.List(fields.String())
    terms = fields.List(fields.Nested(EmvTermOut))


def appraisal_shown(found: kpis.Appraisal) -> dict[str, Any]:
    """An appraisal as `AppraisalOut` shows it."""
    made = found.made
    return {
        "start": made.window.start,
        "end": made.window.end,
        "currency": made.currency,
        **{name: figure(value.value) for name, value in made.totals.items()},
        "reason": made.totals["emv"].reason,
        "missing": list(made.totals["emv"].missing),
        "terms": [_term(each, made.currency) for each in found.terms],
    }


def _term(worth: Worth, currency: str) -> dict[str, Any]:
    price, amount = worth.price, worth.amount
    exchange = None
    if price.converted_on is not None and price.unit is not None and price.rate:
        scale = exponent(price.rate.currency) - exponent(currency)
        minor = price.rate.minor
        exchange = price.unit / minor * 10**scale if minor else None
    return {
        "platform": price.platform,
        "action": price.action,
        "part": "engagement" if price.is_engagement else "exposure",
        "start": price.first,
        "count": worth.count,
        "rate": price.rate,
        "exchange_rate": None if exchange is None else _decimal(exchange),
        "converted_on": price.converted_on,
        "amount": None if amount is None else _decimal(amount),
        "reason": worth.reason,
    }


def _decimal(value: Any) -> str:
    return plain(decimal_of_fraction(value))

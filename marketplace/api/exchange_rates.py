"""Exchange rates: what one euro was worth, by currency and day."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields

from marketplace import attribution, currencies, events
from marketplace.api.fields import Answer, Body, Currency, Day, Text
from marketplace.api.frame import Resource, actor, administers, begin, reads
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.clock import now
from marketplace.currencies import EURO, ExchangeRate
from marketplace.errors import Invalid
from marketplace.money import decimal_of

MOST_RATES = 5000

blp = Resource("exchange_rates", description="Dated rates against the euro")

NEWEST = Sort("rate_on", ExchangeRate.rate_on, ExchangeRate.currency, date)


class PerEuro(Text):
    """Units of a currency per euro: decimal text above 0."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs)
        try:
            rate = decimal_of(text)
        except ValueError:
            rate = Decimal(0)
        if rate <= 0:
            raise ValidationError('Must be a decimal text above 0, such as "1.0931".')
        return text


class RatesQuery(PageQuery):
    """Of one currency or all, from the first to the last of these days."""

    currency = Currency(load_default=None)
    first = Day(data_key="from", load_default=None)
    last = Day(data_key="to", load_default=None)


class RateIn(Body):
    """What one euro was worth on a day."""

    currency = Currency(required=True)
    rate_on = Day(required=True)
    per_euro = PerEuro(required=True, longest=40)


class RateOut(Answer):
    """Units of the currency per euro on that day; decimal text."""

    currency = fields.String()
    rate_on = Day()
    per_euro = fields.Function(
        lambda rate: format(rate.per_euro, "f"), metadata={"type": "string"}
    )


class RatesOut(Answer):
    """How many rates were set, and how many of them had been others."""

    set = fields.Integer()
    corrected = fields.Integer()


@blp.route("/exchange-rates")
@reads
@blp.arguments(RatesQuery, location="query")
@blp.response(200, page_of(RateOut))
def list_rates(query: dict[str, Any]) -> dict[str, Any]:
    """The rates that are known, newest day first; those of the ECB unless corrected."""
    found = currencies.rates_of(
        currency=query["currency"], first=query["first"], last=query["last"]
    )
    return page(begin(), found, NEWEST, query)


@blp.route("/exchange-rates", methods=["PUT"])
@administers
@blp.arguments(RateIn(many=True))
@blp.response(200, RatesOut)
def set_rates(body: list[dict[str, Any]]) -> dict[str, int]:
    """Set rates, as an admin; orders that used another one are converted again."""
    session, at = begin(), now()
    stored = currencies.set_rates(session, _rates(body))
    attribution.convert_again(session, stored.corrected, now=at)
    counts = {"set": stored.count, "corrected": len(stored.corrected)}
    events.publish(
        session,
        "exchange_rates.set",
        now=at,
        actor_id=actor().user_id,
        data=counts,
    )
    return counts


def _rates(body: list[dict[str, Any]]) -> dict[tuple[str, date], Decimal]:
    """By currency and day; Invalid names what cannot be a rate."""
    rates: dict[tuple[str, date], Decimal] = {}
    errors: dict[str, list[str]] = {}
    if len(body) > MOST_RATES:
        raise Invalid({"body": [f"at most {MOST_RATES} rates at once"]})
    tomorrow = now().date() + timedelta(days=1)
    for position, row in enumerate(body):
        key = row["currency"], row["rate_on"]
        if row["currency"] == EURO:
            errors[f"{position}.currency"] = ["a euro is always one euro"]
        elif row["rate_on"] > tomorrow:
            errors[f"{position}.rate_on"] = ["lies in the future"]
        elif key in rates:
            errors[f"{position}.rate_on"] = ["is there twice for this currency"]
        rates[key] = decimal_of(row["per_euro"])
    if errors:
        raise Invalid(errors)
    return rates

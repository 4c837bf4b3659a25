"""How a forecast looks in JSON."""

from decimal import Decimal
from typing import Any

from marshmallow import fields

from marketplace.api.fields import Answer, Choice, Day
from marketplace.api.kpi_schemas import figure
from marketplace.kpis.forecast import (
    CONFIDENCE,
    Costs,
    Evidence,
    Forecast,
    IntervalBasis,
)
from marketplace.kpis.outcome import decimal_of_fraction, plain


class KnownCostsOut(Answer):
    """Costs that are known, each counted once; minor units.

    `booked`: so far, commissions on what is sold left out. To come: `dated` (entered with
    a day still to come), `recurring` (by the rhythm of those entered at even distances),
    `promised` (fees accepted influencers asked for, of which nothing was booked). `held`:
    commissions that returns may still lower.

    Of `cost` itself: `commissions` so far, and `commissions_coming` at `rate` per unit of
    the forecast of `per` (a KPI id); null where it was not forecast so.
    """

    booked = fields.Integer()
    dated = fields.Integer()
    recurring = fields.Integer()
    promised = fields.Integer()
    held = fields.Integer()
    commissions = fields.Integer(allow_none=True)
    commissions_coming = fields.Integer(allow_none=True)
    per = fields.String(allow_none=True)
    rate = fields.String(allow_none=True)


class ForecastOut(Answer):
    """A KPI at the end of `until`. Null is unknown, and `reason` says why.

    Between `low` and `high` it lies with `confidence`; as likely above `expected` as
    below. `basis`: whether that was calibrated on forecasts of the past. `evidence`:
    what it rests on. `so_far`: what there is by now. `coverage`: the share of the posts
    it is of; of the others nobody knows anything. `costs`: what of its costs is known,
    for a KPI that has any in it. Where nothing is to come any more `basis` is `actual`,
    the three are what there is, and no confidence is claimed.
    """

    low = fields.Raw(allow_none=True)
    expected = fields.Raw(allow_none=True)
    high = fields.Raw(allow_none=True)
    confidence = fields.String(allow_none=True)
    basis = Choice(IntervalBasis, allow_none=True)
    evidence = fields.List(Choice(Evidence))
    reason = fields.String(allow_none=True)
    so_far = fields.Raw(allow_none=True)
    coverage = fields.String(allow_none=True)
    costs = fields.Nested(KnownCostsOut, allow_none=True)
    until = Day()


def forecast_shown(found: Forecast) -> dict[str, Any]:
    """For `ForecastOut`; no number without its interval."""
    return {
        "low": figure(found.low),
        "expected": figure(found.expected),
        "high": figure(found.high),
        "confidence": plain(CONFIDENCE) if _is_interval(found) else None,
        "basis": found.basis,
        "evidence": sorted(found.evidence),
        "reason": found.reason,
        "so_far": figure(found.so_far),
        "coverage": None
        if found.expected is None
        else plain(decimal_of_fraction(found.coverage)),
        "costs": found.costs and _costs_shown(found.costs),
        "until": found.until,
    }


def _is_interval(found: Forecast) -> bool:
    return found.expected is not None and found.basis is not IntervalBasis.ACTUAL


def _costs_shown(costs: Costs) -> dict[str, Any]:
    names = (
        *("booked", "dated", "recurring", "promised", "held"),
        *("commissions", "commissions_coming", "per"),
    )
    rate = None if costs.rate is None else plain(Decimal(f"{costs.rate:.6g}"))
    return {**{name: getattr(costs, name) for name in names}, "rate": rate}

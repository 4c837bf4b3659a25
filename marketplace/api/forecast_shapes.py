"""How a forecast looks in JSON."""

from typing import Any

from marshmallow import fields

from marketplace.api.fields import Answer, Choice, Day
from marketplace.api.kpi_schemas import figure
from marketplace.kpis.forecast import CONFIDENCE, Evidence, Forecast, IntervalBasis
from marketplace.kpis.outcome import decimal_of_fraction, plain


class ForecastOut(Answer):
    """A KPI at the end of `until`. Null is unknown, and `reason` says why.

    Between `low` and `high` it lies with `confidence`; as likely above `expected` as
    below. `basis`: whether that was calibrated on forecasts of the past. `evidence`:
    what it rests on. `so_far`: what there is by now. `coverage`: the share of the posts
    it is of; of the others nobody knows anything.
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
    until = Day()


def forecast_shown(found: Forecast) -> dict[str, Any]:
    """For `ForecastOut`; no number without its interval."""
    return {
        "low": figure(found.low),
        "expected": figure(found.expected),
        "high": figure(found.high),
        "confidence": None if found.expected is None else plain(CONFIDENCE),
        "basis": found.basis,
        "evidence": sorted(found.evidence),
        "reason": found.reason,
        "so_far": figure(found.so_far),
        "coverage": None
        if found.expected is None
        else plain(decimal_of_fraction(found.coverage)),
        "until": found.until,
    }

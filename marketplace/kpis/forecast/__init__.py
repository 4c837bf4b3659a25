"""Forecasts: what KPIs will come to, each with the interval it lies in."""

from marketplace.kpis.forecast.content import Plan
from marketplace.kpis.forecast.costs import Costs
from marketplace.kpis.forecast.entry import Evidence, Forecast, IntervalBasis
from marketplace.kpis.forecast.intervals import CONFIDENCE
from marketplace.kpis.forecast.outlook import (
    USUAL,
    BadHorizon,
    forecast,
    forecast_days,
)

__all__ = [
    "CONFIDENCE",
    "USUAL",
    "BadHorizon",
    "Costs",
    "Evidence",
    "Forecast",
    "IntervalBasis",
    "Plan",
    "forecast",
    "forecast_days",
]

"""KPIs: formulas over the facts of the pipeline, explained by their parts."""

from marketplace.kpis.catalogue import CATALOGUE, Kpi, UnknownKpi, pick
from marketplace.kpis.describe import describe, is_stale
from marketplace.kpis.groups import FIELDS
from marketplace.kpis.period import window_of
from marketplace.kpis.queries import contract_of
from marketplace.kpis.report import Line, Report, report
from marketplace.kpis.rules import (
    BadWindow,
    Basis,
    Breakdown,
    Direction,
    Goal,
    Provenance,
    Unit,
    Window,
)
from marketplace.kpis.scope import (
    ReportScope,
    application_scope,
    brand_scope,
    campaign_scope,
    influencer_scope,
)
from marketplace.kpis.values import Value

__all__ = [
    "CATALOGUE",
    "FIELDS",
    "BadWindow",
    "Basis",
    "Breakdown",
    "Direction",
    "Goal",
    "Kpi",
    "Line",
    "Provenance",
    "Report",
    "ReportScope",
    "Unit",
    "UnknownKpi",
    "Value",
    "Window",
    "application_scope",
    "brand_scope",
    "campaign_scope",
    "contract_of",
    "describe",
    "influencer_scope",
    "is_stale",
    "pick",
    "report",
    "window_of",
]

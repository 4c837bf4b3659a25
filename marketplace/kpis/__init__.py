"""KPIs: formulas over the facts of the pipeline, explained by their parts."""

from marketplace.kpis.appraisal import Appraisal, appraise
from marketplace.kpis.catalogue import CATALOGUE, Kpi, UnknownKpi, pick
from marketplace.kpis.catalogue.bundles import BUNDLES, Bundle
from marketplace.kpis.describe import describe, is_stale
from marketplace.kpis.distributions import Divided, distributions
from marketplace.kpis.groups import FIELDS
from marketplace.kpis.own_series import OwnSeries, as_kpis, own_series
from marketplace.kpis.period import window_of
from marketplace.kpis.posting_times import posting_times
from marketplace.kpis.queries import contract_of
from marketplace.kpis.report import Line, Report, report
from marketplace.kpis.rules import (
    BadWindow,
    Basis,
    Breakdown,
    DatedBy,
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
    "BUNDLES",
    "CATALOGUE",
    "FIELDS",
    "Appraisal",
    "BadWindow",
    "Basis",
    "Breakdown",
    "Bundle",
    "DatedBy",
    "Direction",
    "Divided",
    "Goal",
    "Kpi",
    "Line",
    "OwnSeries",
    "Provenance",
    "Report",
    "ReportScope",
    "Unit",
    "UnknownKpi",
    "Value",
    "Window",
    "application_scope",
    "appraise",
    "as_kpis",
    "brand_scope",
    "campaign_scope",
    "contract_of",
    "describe",
    "distributions",
    "influencer_scope",
    "is_stale",
    "own_series",
    "pick",
    "posting_times",
    "report",
    "window_of",
]

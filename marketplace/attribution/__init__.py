"""Which influencer, content and platform caused an order, and why."""

from marketplace.attribution.cells import CellKey, check_cells, rebuild
from marketplace.attribution.conversions import convert_again
from marketplace.attribution.evidence import Keys
from marketplace.attribution.models import Attribution, OrderCell, Touch
from marketplace.attribution.operations import discard, settle
from marketplace.attribution.queries import (
    applications_of,
    orders_credited,
    orders_credited_to,
    orders_to_convert,
    orders_with_clicks,
)
from marketplace.attribution.reasons import SENTENCES, Reason
from marketplace.attribution.rules import Method

__all__ = [
    "SENTENCES",
    "Attribution",
    "CellKey",
    "Keys",
    "Method",
    "OrderCell",
    "Reason",
    "Touch",
    "applications_of",
    "check_cells",
    "convert_again",
    "discard",
    "orders_credited",
    "orders_credited_to",
    "orders_to_convert",
    "orders_with_clicks",
    "rebuild",
    "settle",
]

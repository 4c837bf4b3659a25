"""Costs: what a campaign spent besides commissions."""

from marketplace.costs.models import Cost
from marketplace.costs.operations import CostNotValid, add
from marketplace.costs.queries import costs_of
from marketplace.costs.rules import CostKind

__all__ = ["Cost", "CostKind", "CostNotValid", "add", "costs_of"]

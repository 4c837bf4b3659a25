"""Costs: what a campaign spent besides commissions."""

from marketplace.costs.allocation import (
    Allocated,
    Weights,
    posts_by_application,
    shares_of,
    shares_of_posts,
    weights_of,
)
from marketplace.costs.models import Cost
from marketplace.costs.operations import CostNotValid, CostVoided, add, revise, void
from marketplace.costs.queries import costs_of
from marketplace.costs.rules import Allocation, CostKind

__all__ = [
    "Allocated",
    "Allocation",
    "Cost",
    "CostKind",
    "CostNotValid",
    "CostVoided",
    "Weights",
    "add",
    "costs_of",
    "posts_by_application",
    "revise",
    "shares_of",
    "shares_of_posts",
    "void",
    "weights_of",
]

"""The ledger: what influencers earn, hold and give back."""

from marketplace.commissions.budget import (
    BudgetExceeded,
    committed,
    follow_budget,
    note_budget,
)
from marketplace.commissions.cells import CellKey, rebuild
from marketplace.commissions.clicks import (
    brands_with_clicks_to_settle,
    settle_clicks,
)
from marketplace.commissions.goodwill import settle_goodwill
from marketplace.commissions.ledger_check import check_ledger
from marketplace.commissions.models import Claim, Commission, CommissionCell
from marketplace.commissions.operations import (
    CommissionNotFound,
    CommissionNotHeld,
    CommissionOnHold,
    adjust,
    agree_fee,
    approve,
    approve_matured,
    reject,
)
from marketplace.commissions.rules import ClaimOf, EntryKind, EntryStatus
from marketplace.commissions.settlement import (
    absorb,
    grant_again,
    settle,
    settle_again,
    settle_lead,
)

__all__ = [
    "BudgetExceeded",
    "CellKey",
    "Claim",
    "ClaimOf",
    "Commission",
    "CommissionCell",
    "CommissionNotFound",
    "CommissionNotHeld",
    "CommissionOnHold",
    "EntryKind",
    "EntryStatus",
    "absorb",
    "adjust",
    "agree_fee",
    "approve",
    "approve_matured",
    "brands_with_clicks_to_settle",
    "check_ledger",
    "committed",
    "follow_budget",
    "grant_again",
    "note_budget",
    "rebuild",
    "reject",
    "settle",
    "settle_again",
    "settle_clicks",
    "settle_goodwill",
    "settle_lead",
]

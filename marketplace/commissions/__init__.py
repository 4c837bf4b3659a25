"""The ledger: what influencers earn, hold and give back."""

from marketplace.commissions.cells import CellKey, check_ledger, rebuild
from marketplace.commissions.models import Commission, CommissionCell
from marketplace.commissions.operations import (
    CommissionNotFound,
    CommissionNotHeld,
    adjust,
    approve,
    approve_matured,
    note_budget,
    reject,
)
from marketplace.commissions.rules import EntryKind, EntryStatus
from marketplace.commissions.settlement import absorb, settle

__all__ = [
    "CellKey",
    "Commission",
    "CommissionCell",
    "CommissionNotFound",
    "CommissionNotHeld",
    "EntryKind",
    "EntryStatus",
    "absorb",
    "adjust",
    "approve",
    "approve_matured",
    "check_ledger",
    "note_budget",
    "rebuild",
    "reject",
    "settle",
]

"""Payouts: collecting what brands owe, and transferring it to influencers."""

from marketplace.payouts.balances import CollectedBalance, balances_of
from marketplace.payouts.checks import check
from marketplace.payouts.fundings import FundingNotFound, client_secret, fund
from marketplace.payouts.models import (
    ConnectEvent,
    Funding,
    FundingSource,
    Payout,
    PayoutAccount,
    PayoutLine,
)
from marketplace.payouts.operations import (
    CarriedOver,
    PayoutNotCancellable,
    PayoutNotExternal,
    PayoutNotFound,
    Requested,
    Wish,
    cancel,
    confirm_external,
    request_payouts,
    return_external,
)
from marketplace.payouts.queries import fundings_of, lines_of, payouts_of
from marketplace.payouts.rules import (
    AccountStatus,
    EventStatus,
    FundingStatus,
    PayoutMethod,
    PayoutStatus,
)

__all__ = [
    "AccountStatus",
    "CarriedOver",
    "CollectedBalance",
    "ConnectEvent",
    "EventStatus",
    "Funding",
    "FundingNotFound",
    "FundingSource",
    "FundingStatus",
    "Payout",
    "PayoutAccount",
    "PayoutLine",
    "PayoutMethod",
    "PayoutNotCancellable",
    "PayoutNotExternal",
    "PayoutNotFound",
    "PayoutStatus",
    "Requested",
    "Wish",
    "balances_of",
    "cancel",
    "check",
    "client_secret",
    "confirm_external",
    "fund",
    "fundings_of",
    "lines_of",
    "payouts_of",
    "request_payouts",
    "return_external",
]

"""Payouts and fundings: their states and moves, and amounts as Stripe has them. Pure."""

import enum
from collections.abc import Mapping
from datetime import timedelta

from marketplace.money import exponent
from marketplace.shops.adapters.stripe_money import EXPONENTS


class PayoutMethod(enum.StrEnum):
    """By a transfer of Stripe Connect, or by the brand itself outside this system."""

    STRIPE = "stripe"
    EXTERNAL = "external"


class PayoutStatus(enum.StrEnum):
    """Where a payout is; `MOVES` says what may follow what."""

    AWAITING_FUNDING = "awaiting_funding"
    AWAITING_ACCOUNT = "awaiting_account"
    READY = "ready"
    SENDING = "sending"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    PAID = "paid"
    RETURNING = "returning"
    FAILED = "failed"
    REVERSED = "reversed"
    CANCELLED = "cancelled"


_S = PayoutStatus
_WAITING = (_S.AWAITING_FUNDING, _S.AWAITING_ACCOUNT, _S.READY)
# From `sending` back to waiting only when Stripe said that there is no transfer.
MOVES: Mapping[PayoutStatus, frozenset[PayoutStatus]] = {
    **dict.fromkeys(
        _WAITING, frozenset({*_WAITING, _S.SENDING, _S.PAID, _S.FAILED, _S.CANCELLED})
    ),
    _S.SENDING: frozenset({*_WAITING, _S.PAID, _S.FAILED}),
    _S.AWAITING_CONFIRMATION: frozenset({_S.PAID, _S.CANCELLED}),
    _S.PAID: frozenset({_S.RETURNING, _S.REVERSED}),
    _S.RETURNING: frozenset({_S.PAID, _S.FAILED}),
    _S.FAILED: frozenset(),
    _S.REVERSED: frozenset(),
    _S.CANCELLED: frozenset(),
}
# Those whose entries were released: what they held may be in another payout by now.
ENDED = (_S.FAILED, _S.REVERSED, _S.CANCELLED)
CANCELLABLE = (*_WAITING, _S.AWAITING_CONFIRMATION)
# Those for which the brand's collected money is set aside or gone.
COVERED = (_S.AWAITING_ACCOUNT, _S.READY, _S.SENDING, _S.PAID, _S.RETURNING)
SETTLED = (_S.PAID, _S.RETURNING)  # the influencer has the money


class FundingStatus(enum.StrEnum):
    """requested → awaiting_payment → processing → succeeded; or failed, cancelled.

    `requested`: Stripe has not been asked yet. A failed one can still be paid.
    """

    REQUESTED = "requested"
    AWAITING_PAYMENT = "awaiting_payment"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


# Those from which money may still come by itself, or by the brand's paying.
EXPECTED = (
    FundingStatus.REQUESTED,
    FundingStatus.AWAITING_PAYMENT,
    FundingStatus.PROCESSING,
)


class AccountStatus(enum.StrEnum):
    """An influencer's account at Stripe; transfers go to enabled ones only."""

    REQUESTED = "requested"
    ONBOARDING = "onboarding"
    RESTRICTED = "restricted"
    ENABLED = "enabled"
    CLOSED = "closed"


class EventStatus(enum.StrEnum):
    """What became of an event that Stripe sent."""

    RECEIVED = "received"
    PROCESSED = "processed"
    IGNORED = "ignored"
    FAILED = "failed"


class NotExact(ValueError):
    """Stripe has no such small parts of this currency."""


# Stripe wants three decimals of these to end in 0.
_TENS = ("BHD", "JOD", "KWD", "OMR", "TND")
FIRST_PAUSE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(hours=1)
SMALLEST = 100  # of a currency with two decimals


def to_stripe(amount: int, currency: str) -> int:
    """Minor units as Stripe counts them; NotExact where it cannot say that amount.

    UGX and ISK have no decimals but are sent ×100, MGA has two and is sent without;
    three decimals end in 0. (HUF and TWD are only rounded in payouts to banks, which
    Stripe makes by itself.)
    """
    more, fewer = _shift(currency)
    stated, lost = divmod(amount * more, fewer)
    if lost or (currency in _TENS and stated % 10):
        raise NotExact(f"Stripe cannot transfer exactly this amount of {currency}")
    return stated


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's minor units as ours; what is smaller than ours is left out."""
    more, fewer = _shift(currency)
    return amount * fewer // more


def _shift(currency: str) -> tuple[int, int]:
    """By what to multiply and to divide, from ours to Stripe's."""
    shift = EXPONENTS.get(currency, 2) - exponent(currency)
    power: int = 10 ** abs(shift)
    return (power, 1) if shift >= 0 else (1, power)


def rounded_up(amount: int, currency: str) -> int:
    """The least amount from this one on that Stripe can say."""
    step = max(_shift(currency)[1], 10 if currency in _TENS else 1)
    return -(-amount // step) * step


def is_exact(amount: int, currency: str) -> bool:
    """Whether Stripe can transfer exactly that."""
    try:
        to_stripe(amount, currency)
    except NotExact:
        return False
    return True


def scaled(amount: int, currency: str) -> int:
    """An amount of a currency with two decimals, as about as much in this one: a yen
    stands for a cent, ten thousandths of a dinar for one.
    """
    power: int = 10 ** max(exponent(currency) - 2, 0)
    return amount * power


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts in vain."""
    doubled: int = 2 ** min(max(attempts - 1, 0), 16)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)

"""What Stripe states of its objects, in answers and events alike, read strictly."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace import clock
from marketplace.money import EXPONENTS, LARGEST_AMOUNT
from marketplace.payouts.rules import AccountStatus, FundingStatus, from_stripe

Stated = Mapping[str, Any]
LONGEST_ID = 255
MOST_REQUIREMENTS = 50


class NotUnderstood(Exception):
    """Stripe's object is not of the form it is documented to have."""


@dataclass(frozen=True, slots=True)
class StatedTransfer:
    """Money moved to a connected account; amounts in our minor units."""

    id: str
    group: str
    destination: str
    destination_payment: str | None
    currency: str
    amount: int
    returned_amount: int


@dataclass(frozen=True, slots=True)
class StatedIntent:
    """A payment by a brand. `payment_method_id`: only what it left for the next time."""

    id: str
    created_at: datetime
    funding_id: str
    status: FundingStatus
    reason: str
    currency: str
    received_amount: int
    charge_id: str | None
    client_secret: str
    payment_method_id: str | None


@dataclass(frozen=True, slots=True)
class StatedAccount:
    """An influencer's account."""

    id: str
    influencer_id: str
    status: AccountStatus
    requirements: list[str]
    disabled_reason: str


@dataclass(frozen=True, slots=True)
class StatedLoss:
    """What was taken back of a payment: altogether (refunds), or by one dispute."""

    funding_id: str
    charge_id: str
    payment_intent_id: str | None
    amount: int
    dispute_id: str = ""
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class StatedEvent:
    """An event's envelope; `subject` is the object it is about, as it was then."""

    id: str
    kind: str
    account_id: str
    stated_at: datetime
    subject: Stated


def read_event(body: object) -> StatedEvent:
    """The envelope; NotUnderstood for anything else that is authentic JSON."""
    event = _mapping(body, "event")
    if event.get("object") != "event":
        raise NotUnderstood("this is no event")
    return StatedEvent(
        id=identity(event, "id"),
        kind=_text(event.get("type"), 100),
        account_id=_text(event.get("account"), LONGEST_ID),
        stated_at=_moment(event.get("created")),
        subject=_mapping(_mapping(event.get("data"), "data").get("object"), "object"),
    )


def read_transfer(stated: Stated) -> StatedTransfer:
    """A transfer; one whose figures are not there is not understood."""
    currency = _currency(stated)
    return StatedTransfer(
        id=identity(stated, "id"),
        group=_text(stated.get("transfer_group"), LONGEST_ID),
        destination=identity(stated, "destination"),
        destination_payment=_linked(stated.get("destination_payment")),
        currency=currency,
        amount=_amount(stated.get("amount"), currency),
        returned_amount=_amount(stated.get("amount_reversed", 0), currency),
    )


def read_intent(stated: Stated) -> StatedIntent:
    """A payment intent; `reason`: why the last attempt to pay it failed."""
    currency = _currency(stated)
    error = stated.get("last_payment_error")
    reason = _text(error.get("message"), 500) if isinstance(error, Mapping) else ""
    status = _INTENTS.get(_text(stated.get("status"), 40))
    if status is None:
        raise NotUnderstood(f"payment intent in state {stated.get('status')!r}"[:200])
    if status is FundingStatus.AWAITING_PAYMENT and isinstance(error, Mapping):
        status = FundingStatus.FAILED
    left = stated.get("setup_future_usage") == "off_session"
    return StatedIntent(
        id=identity(stated, "id"),
        created_at=_moment(stated.get("created")),
        funding_id=_text(_metadata(stated).get("funding_id"), 40),
        status=status,
        reason=reason,
        currency=currency,
        received_amount=_amount(stated.get("amount_received") or 0, currency),
        charge_id=_linked(stated.get("latest_charge")),
        client_secret=_text(stated.get("client_secret"), 500),
        payment_method_id=_linked(stated.get("payment_method")) if left else None,
    )


_INTENTS: Mapping[str, FundingStatus] = {
    "requires_payment_method": FundingStatus.AWAITING_PAYMENT,
    "requires_confirmation": FundingStatus.AWAITING_PAYMENT,
    "requires_action": FundingStatus.AWAITING_PAYMENT,
    "processing": FundingStatus.PROCESSING,
    "succeeded": FundingStatus.SUCCEEDED,
    "canceled": FundingStatus.CANCELLED,
}


def read_account(stated: Stated) -> StatedAccount:
    """An account: enabled if it can be sent transfers and pays out to a bank."""
    needs = stated.get("requirements")
    needs = needs if isinstance(needs, Mapping) else {}
    capabilities = stated.get("capabilities")
    capabilities = capabilities if isinstance(capabilities, Mapping) else {}
    takes = capabilities.get("transfers", "active") == "active"
    if stated.get("payouts_enabled") is True and takes:
        status = AccountStatus.ENABLED
    elif stated.get("details_submitted") is True:
        status = AccountStatus.RESTRICTED
    else:
        status = AccountStatus.ONBOARDING
    due = needs.get("currently_due")
    names = [_text(one, 200) for one in due] if isinstance(due, list) else []
    return StatedAccount(
        id=identity(stated, "id"),
        influencer_id=_text(_metadata(stated).get("influencer_id"), 40),
        status=status,
        requirements=[name for name in names if name][:MOST_REQUIREMENTS],
        disabled_reason=_text(needs.get("disabled_reason"), 200),
    )


def read_refunded_charge(stated: Stated) -> StatedLoss:
    """A charge of which something was refunded; the amount is of all its refunds."""
    return StatedLoss(
        funding_id=_text(_metadata(stated).get("funding_id"), 40),
        charge_id=identity(stated, "id"),
        payment_intent_id=_linked(stated.get("payment_intent")),
        amount=_amount(stated.get("amount_refunded"), _currency(stated)),
    )


def read_dispute(stated: Stated) -> StatedLoss:
    """A dispute; what was won, or only asked about, takes nothing."""
    status = _text(stated.get("status"), 40)
    takes = status in ("needs_response", "under_review", "lost")
    amount = _amount(stated.get("amount"), _currency(stated))
    return StatedLoss(
        funding_id="",
        charge_id=_linked(stated.get("charge")) or "",
        payment_intent_id=_linked(stated.get("payment_intent")),
        amount=amount if takes else 0,
        dispute_id=identity(stated, "id"),
        is_closed=status in ("won", "lost", "warning_closed"),
    )


def identity(stated: Stated, name: str) -> str:
    """An id that must be there."""
    found = _linked(stated.get(name))
    if found is None:
        raise NotUnderstood(f"{name} is missing")
    return found


def _linked(value: object) -> str | None:
    """An id, or that of the object that stands in its place when it was expanded."""
    if isinstance(value, Mapping):
        value = value.get("id")
    text = _text(value, LONGEST_ID)
    return text if text and text.isascii() and text.isprintable() else None


def _mapping(value: object, name: str) -> Stated:
    if not isinstance(value, Mapping):
        raise NotUnderstood(f"{name} is no object")
    return value


def _metadata(stated: Stated) -> Stated:
    found = stated.get("metadata")
    return found if isinstance(found, Mapping) else {}


def _text(value: object, longest: int) -> str:
    """Text that can be stored; empty for anything else."""
    if not isinstance(value, str):
        return ""
    kept = value.encode("utf-8", "replace").decode().replace("\x00", "")
    return kept[:longest]


def _currency(stated: Stated) -> str:
    code = _text(stated.get("currency"), 3).upper()
    if code not in EXPONENTS:
        raise NotUnderstood(f"currency {code!r} is not known")
    return code


def _amount(value: object, currency: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotUnderstood("an amount is no whole number")
    if not 0 <= value <= LARGEST_AMOUNT:
        raise NotUnderstood("an amount is below 0 or too large")
    return from_stripe(value, currency)


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotUnderstood("created is no time")
    try:
        return clock.from_timestamp(value)
    except ValueError as error:
        raise NotUnderstood("created is no time") from error

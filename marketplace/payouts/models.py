"""Payouts and their lines, money collected for them, accounts at Stripe, its events."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice
from marketplace.payouts.rules import (
    AccountStatus,
    EventStatus,
    FundingStatus,
    PayoutMethod,
    PayoutStatus,
)

_StripeId = String(255)


class Payout(Model):
    """One transfer that settles a set of ledger entries of one influencer.

    `reason`: why it waits, failed or was cancelled. `from_own_balance`: out of the
    instance's own balance at Stripe (single-brand mode), not of what was collected.
    `account_id`, `idempotency_key`: with what Stripe was last asked; stored before it
    is asked. `returned_amount`: how much of the transfer was reversed. `paid_on`,
    `reference`: as the brand states them (external), or the transfer's day and id.
    `arrived_at`: when Stripe had it in the influencer's bank account. `batch_id`: in which
    file for the brand's bank it is (external).
    """

    __tablename__ = "payouts"
    __table_args__ = (
        Index("ix_payouts_brand_id_created_at", "brand_id", "created_at"),
        Index("ix_payouts_influencer_id_created_at", "influencer_id", "created_at"),
        Index("ix_payouts_status_next_attempt_at", "status", "next_attempt_at"),
        Index("ix_payouts_destination_payment", "destination_payment"),
        Index("ix_payouts_batch_id", "batch_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("pay"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    influencer_id: Mapped[str] = mapped_column(ForeignKey("influencers.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int]
    method: Mapped[PayoutMethod] = mapped_column(choice(PayoutMethod))
    status: Mapped[PayoutStatus] = mapped_column(choice(PayoutStatus))
    reason: Mapped[str] = mapped_column(String(500), default="")
    from_own_balance: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(Id)
    updated_at: Mapped[datetime]
    account_id: Mapped[str | None] = mapped_column(_StripeId)
    idempotency_key: Mapped[str] = mapped_column(String(80))
    transfer_id: Mapped[str | None] = mapped_column(_StripeId, unique=True)
    destination_payment: Mapped[str | None] = mapped_column(_StripeId)
    returned_amount: Mapped[int] = mapped_column(default=0)
    paid_at: Mapped[datetime | None]
    paid_on: Mapped[date | None] = mapped_column(Date)
    reference: Mapped[str] = mapped_column(String(255), default="")
    arrived_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    batch_id: Mapped[str | None] = mapped_column(Id)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]


class PayoutLine(Model):
    """One ledger entry in a payout, with its amount then; stays when the payout fails."""

    __tablename__ = "payout_lines"

    payout_id: Mapped[str] = mapped_column(ForeignKey("payouts.id"), primary_key=True)
    commission_id: Mapped[str] = mapped_column(
        ForeignKey("commissions.id"), primary_key=True, index=True
    )
    amount: Mapped[int]


class Funding(Model):
    """A brand's money, collected (or to be collected) for its payouts.

    `amount`: what it adds to the brand's collected balance; `fee_amount`: what is charged
    on top. `received_amount`: what was paid, fee included; `refunded_amount` and
    `disputed_amount`: what was taken back of that. `disputes`: Stripe's id → [is closed,
    Unix time, amount] as it was stated last. `stated_at`: when Stripe stated the status.
    `charge_at_once`: with the payment method the brand has left, nobody at a screen.
    """

    __tablename__ = "fundings"
    __table_args__ = (
        Index("ix_fundings_brand_id_created_at", "brand_id", "created_at"),
        Index("ix_fundings_status_next_attempt_at", "status", "next_attempt_at"),
        Index("ix_fundings_charge_id", "charge_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("fnd"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int]
    fee_amount: Mapped[int] = mapped_column(default=0)
    status: Mapped[FundingStatus] = mapped_column(choice(FundingStatus))
    reason: Mapped[str] = mapped_column(String(500), default="")
    charge_at_once: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(Id)
    updated_at: Mapped[datetime]
    payment_intent_id: Mapped[str | None] = mapped_column(_StripeId, unique=True)
    sealed_client_secret: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    charge_id: Mapped[str | None] = mapped_column(_StripeId)
    received_amount: Mapped[int] = mapped_column(default=0)
    refunded_amount: Mapped[int] = mapped_column(default=0)
    disputed_amount: Mapped[int] = mapped_column(default=0)
    disputes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    succeeded_at: Mapped[datetime | None]
    stated_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]


class FundingSource(Model):
    """A brand as Stripe's customer, and the payment method it left for the next time."""

    __tablename__ = "funding_sources"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    customer_id: Mapped[str | None] = mapped_column(_StripeId, unique=True)
    payment_method_id: Mapped[str | None] = mapped_column(_StripeId)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class PayoutAccount(Model):
    """An influencer's Express account at Stripe, as far as Stripe has told.

    `number`: the how manieth it is; part of the idempotency key with which it is made.
    `requirements`: what Stripe still wants to know. `stated_at`: when it said so.
    """

    __tablename__ = "payout_accounts"

    influencer_id: Mapped[str] = mapped_column(
        ForeignKey("influencers.id"), primary_key=True
    )
    account_id: Mapped[str | None] = mapped_column(_StripeId, unique=True)
    number: Mapped[int] = mapped_column(default=1)
    status: Mapped[AccountStatus] = mapped_column(choice(AccountStatus))
    requirements: Mapped[list[str]] = mapped_column(default=list)
    disabled_reason: Mapped[str] = mapped_column(String(200), default="")
    stated_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ConnectEvent(Model):
    """One authentic event of Stripe's, as received; Stripe's id is unique for ever.

    `account_id`: the connected account it is about, empty for our own. `sealed_body`:
    the raw bytes, encrypted; empty once expired.
    """

    __tablename__ = "connect_events"
    __table_args__ = (
        Index("ix_connect_events_status_next_attempt_at", "status", "next_attempt_at"),
    )

    id: Mapped[str] = mapped_column(_StripeId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(100))
    account_id: Mapped[str] = mapped_column(_StripeId, default="")
    sealed_body: Mapped[bytes] = mapped_column(LargeBinary)
    stated_at: Mapped[datetime]
    received_at: Mapped[datetime]
    status: Mapped[EventStatus] = mapped_column(choice(EventStatus))
    reason: Mapped[str] = mapped_column(String(500), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]

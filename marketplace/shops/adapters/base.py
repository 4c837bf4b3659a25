"""The neutral order events every adapter makes, and what it is told.

Money is whole minor units of the order's currency, times are aware UTC, ids are text.
An adapter does no I/O: it looks at headers and bytes and answers.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


class NotAuthentic(Exception):
    """The signature is missing, malformed, too old or wrong."""


class NotReadable(Exception):
    """Authentic, but not JSON: kept as failed, answered 400."""


class OrderStatus(enum.StrEnum):
    """The state of an order as a sender states it (refunds are apart)."""

    PENDING = "pending"
    PAID = "paid"
    CANCELLED = "cancelled"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `net_amount`: the whole line after discounts, without tax.

    `unit_cost_amount`: null unless the shop states it; a gift card is bought money.
    `category`: in the shop's words, for terms by category; null where it says none.
    """

    external_id: str | None
    sku: str | None
    quantity: Decimal
    net_amount: int
    unit_cost_amount: int | None = None
    gift_card: bool = False
    category: str | None = None


@dataclass(frozen=True, slots=True)
class RefundLine:
    """So many of one order line came back."""

    line_external_id: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Customer:
    """Who bought, as far as the shop says. Only hashes of it leave the operation.

    `address`: where it is sent, else billed, by `buyers.address_text`;
    `payment_account`: by `buyers.account_text`. `mailbox` and `email_domain` are made
    of the e-mail where it is hashed (`orders.versions.pseudonymous`).
    """

    external_id: str | None = None
    email: str | None = None
    orders_count: int | None = None
    address: str | None = None
    payment_account: str | None = None
    mailbox: str | None = None
    email_domain: str | None = None


@dataclass(frozen=True, slots=True)
class RefundState:
    """One refund as it now is. Version: (`updated_at`, then content).

    `amount`: all that went back. `product_amount`: the part for goods without tax and
    shipping, or null to take it in proportion. `succeeded` false takes it back.
    `counted_in_total`: a `RefundTotal` of its order holds it too; a dispute's money is
    beside every total.
    """

    external_id: str
    amount: int
    product_amount: int | None
    created_at: datetime
    updated_at: datetime
    succeeded: bool = True
    lines: tuple[RefundLine, ...] = ()
    counted_in_total: bool = True


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order as a sender sees it at `updated_at`; the newest of the highest
    `authority` holds, and at equal times the higher `rank`.

    `aliases`: other ids of the same sale (Stripe has four). `base_amount`: what
    commission is computed on: lines after discounts, without tax, shipping and gift
    cards. `refunds`: all of them, or null where this message does not say.
    `ignored_reason`: why it is no sale (test, draft), else null. `is_disputed`: whether
    its payment is disputed by now, or null where this message does not say.
    """

    external_id: str
    updated_at: datetime
    placed_at: datetime
    status: OrderStatus
    currency: str
    base_amount: int
    total_amount: int
    aliases: tuple[str, ...] = ()
    authority: int = 0
    rank: int = 0
    name: str = ""
    subtotal_amount: int | None = None
    discount_amount: int | None = None
    tax_amount: int | None = None
    shipping_amount: int | None = None
    presentment_currency: str | None = None
    presentment_amount: int | None = None
    lines: tuple[Line, ...] = ()
    codes: tuple[str, ...] = ()
    click_ids: tuple[str, ...] = ()
    customer: Customer = field(default_factory=Customer)
    refunds: tuple[RefundState, ...] | None = None
    ignored_reason: str | None = None
    is_disputed: bool | None = None


def rank_of(status: OrderStatus, *, refunded: bool) -> int:
    """The `rank` of a state: of two equally new ones, the one that comes later in life."""
    if status is OrderStatus.PAID:
        return 2 if refunded else 1
    return 3 if status is OrderStatus.CANCELLED else 0


@dataclass(frozen=True, slots=True)
class RefundReported:
    """A refund told apart from its order; waits (parked) until the order is known."""

    order_external_id: str
    refund: RefundState
    aliases: tuple[str, ...] = ()
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class RefundTotal:
    """All that was ever refunded on an order, as of `updated_at` (cumulative).

    `product_amount`: the part of it for goods, or null to take it in proportion.
    """

    order_external_id: str
    amount: int
    updated_at: datetime
    aliases: tuple[str, ...] = ()
    currency: str | None = None
    product_amount: int | None = None


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """The order was cancelled or deleted, and the message says no more than that."""

    order_external_id: str
    updated_at: datetime
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DisputeReported:
    """A payer disputes the payment of an order with their bank, or no longer does.

    The newest of a dispute holds; at equal times the one that ends it. An inquiry is not
    open yet. It moves no money: what is taken back is a refund besides.
    """

    order_external_id: str
    dispute_id: str
    is_open: bool
    opened_at: datetime
    updated_at: datetime
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErasureAsked:
    """Forget a shopper (by customer id, e-mail, orders), or with `whole_shop` all of
    them. `domain`: of which shop, as an app in several has one address for all.
    """

    customer_external_id: str | None = None
    email: str | None = None
    order_external_ids: tuple[str, ...] = ()
    whole_shop: bool = False
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class DisclosureAsked:
    """A shopper wants to know what is stored; a person must answer within 30 days."""

    customer_external_id: str | None = None
    email: str | None = None
    order_external_ids: tuple[str, ...] = ()
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class ShopClosed:
    """The shop took its connection back: what it still sends is ignored."""

    reason: str
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """A message that only points at something: what to ask the shop's own API for.

    `paths`: name → path and query below the address of the shop's API, with nothing of
    the body in them but checked ids. What comes back is stored as a delivery of its
    own, ``{"fetched": {name: answer}}``, and read instead; replay never fetches.
    """

    paths: Mapping[str, str]
    order_external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Authentic and understood, but nothing to do: says why."""

    reason: str


OrderEvent = (
    OrderState | RefundReported | RefundTotal | OrderCancelled | DisputeReported
)


@dataclass(frozen=True, slots=True)
class Partly:
    """Of several things in one message some were understood: says why not the rest."""

    events: tuple[OrderEvent, ...]
    reason: str


ShopEvent = ErasureAsked | DisclosureAsked | ShopClosed


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message: header names in lower case, the raw body.

    `is_fetched`: not sent by the shop but asked for, so there is no signature.
    """

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    is_fetched: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """One thing read from a shop's API, to be stored as a delivery.

    `key`: equal for the same thing in the same state. `headers`: those by which the
    platform's adapter reads it, as if the shop had sent it.
    """

    key: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """What an adapter may need to know of the shop to read a body."""

    domain: str
    currency: str
    timezone: str

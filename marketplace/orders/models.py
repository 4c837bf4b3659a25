"""Orders as the fold of all their versions; refunds; customers by keyed hash."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.ids import id_maker
from marketplace.orders.rules import LeadKind, OrderStatus
from marketplace.orm import Id, Model, choice


class Customer(Model):
    """A shopper of one brand. Who it is stands only in its keys, hashed; without any
    key it is nobody, and still one: its orders remain those of one shopper.

    `bought_before_at`: a purchase that is no order here, as a list of past customers
    says; the earliest.
    """

    __tablename__ = "customers"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("cus"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), index=True)
    bought_before_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class CustomerKey(Model):
    """One thing a customer is known by: a hashed e-mail or a shop's own customer id."""

    __tablename__ = "customer_keys"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)


class ErasedKey(Model):
    """What an erased shopper, order or shop would be recognised by, so that what comes
    late does not bring them back.

    `key`: hashed once more under the brand's key, so that it is the key of nothing
    else. `customer_id`: which customer, now anonymous, further orders from before
    `erased_at` belong to; null once that is forgotten, too.
    """

    __tablename__ = "erased_keys"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    customer_id: Mapped[str | None] = mapped_column(
        ForeignKey("customers.id"), index=True
    )
    erased_at: Mapped[datetime] = mapped_column(index=True)


class Order(Model):
    """A purchase as it now stands: the fold of its `OrderVersion` rows.

    Amounts are minor units of `currency`. `base_amount`: lines after discounts without
    tax, shipping and gift cards. `refunded_amount`: the part of it given back.
    `net_amount` = base − refunded. `goods_cost_amount`: cost of the goods that stayed
    sold, for the lines whose cost is known; `table_costed_amount`: the net amount of
    those whose cost the shop's table says, `uncosted_amount`: of those whose cost is
    not known. `is_new`: null where it cannot be known.
    `lines`: per line its `sku`, `category`, `quantity` and `net_amount` as sold, and
    `kept_quantity`, `kept_amount` after what came back (quantities as text).
    `mailbox_hash` (the address without what its mailbox ignores), `email_domain_hash`,
    `address_hash`, `payment_hash`: keyed like `email_hash`.
    `disputed_at`: since when a dispute about its payment is open; null: none.
    `settle_requested_at`: something outside the order changed; decide again.
    `sold_on`: the day it stands under in `sales_cells`; null while it is not sold.
    `erased_at`: its shopper was forgotten, and so is what its shop says of them later;
    `email_hash` is null then, or says which influencer's own purchase it was.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("shop_id", "external_id"),
        Index("ix_orders_brand_id_placed_at", "brand_id", "placed_at"),
        Index("ix_orders_customer_id", "customer_id"),
        Index("ix_orders_settle_requested_at", "settle_requested_at"),
        Index("ix_orders_address_hash_placed_at", "address_hash", "placed_at"),
        Index("ix_orders_payment_hash_placed_at", "payment_hash", "placed_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("ord"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    external_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200), default="")
    status: Mapped[OrderStatus] = mapped_column(choice(OrderStatus))
    ignored_reason: Mapped[str | None] = mapped_column(String(200))
    placed_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    was_paid: Mapped[bool] = mapped_column(default=False)
    currency: Mapped[str] = mapped_column(String(3))
    subtotal_amount: Mapped[int | None]
    discount_amount: Mapped[int | None]
    tax_amount: Mapped[int | None]
    shipping_amount: Mapped[int | None]
    total_amount: Mapped[int]
    presentment_currency: Mapped[str | None] = mapped_column(String(3))
    presentment_amount: Mapped[int | None]
    base_amount: Mapped[int]
    refunded_amount: Mapped[int] = mapped_column(default=0)
    net_amount: Mapped[int]
    goods_cost_amount: Mapped[int] = mapped_column(default=0)
    table_costed_amount: Mapped[int] = mapped_column(default=0)
    uncosted_amount: Mapped[int] = mapped_column(default=0)
    codes: Mapped[list[str]] = mapped_column(default=list)
    click_ids: Mapped[list[str]] = mapped_column(default=list)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    email_hash: Mapped[str | None] = mapped_column(String(64))
    mailbox_hash: Mapped[str | None] = mapped_column(String(64))
    email_domain_hash: Mapped[str | None] = mapped_column(String(64))
    address_hash: Mapped[str | None] = mapped_column(String(64))
    payment_hash: Mapped[str | None] = mapped_column(String(64))
    orders_count: Mapped[int | None]
    is_new: Mapped[bool | None]
    disputed_at: Mapped[datetime | None]
    settle_requested_at: Mapped[datetime | None]
    sold_on: Mapped[date | None] = mapped_column(Date)
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SalesCell(Model):
    """Roll-up of all sold orders of a shop, whoever they are credited to, in the
    currency they were paid in; added to as orders change.

    Key: brand, shop, brand-timezone day, currency. One of which all orders went again
    says 0. `revenue_amount`: their net amount, in minor units.
    """

    __tablename__ = "sales_cells"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    orders: Mapped[int]
    revenue_amount: Mapped[int]


class Lead(Model):
    """A credited action that is no purchase, told by the brand's own server.

    `external_id`: what the brand calls it, unique per brand and kind.
    `qualified_at`: when it was told that it is a qualified one; null: not so far.
    `settle_requested_at`: it is new, or something about it changed; decide (again).
    `erased_at`: who it was is forgotten; the hashes are those of an order.
    """

    __tablename__ = "leads"
    __table_args__ = (
        UniqueConstraint("brand_id", "kind", "external_id"),
        Index("ix_leads_brand_id_occurred_at", "brand_id", "occurred_at"),
        Index("ix_leads_customer_id", "customer_id"),
        Index("ix_leads_settle_requested_at", "settle_requested_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("lea"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    kind: Mapped[LeadKind] = mapped_column(choice(LeadKind))
    external_id: Mapped[str] = mapped_column(String(200))
    occurred_at: Mapped[datetime]
    codes: Mapped[list[str]] = mapped_column(default=list)
    click_ids: Mapped[list[str]] = mapped_column(default=list)
    email_hash: Mapped[str | None] = mapped_column(String(64))
    mailbox_hash: Mapped[str | None] = mapped_column(String(64))
    email_domain_hash: Mapped[str | None] = mapped_column(String(64))
    is_new: Mapped[bool | None]
    qualified_at: Mapped[datetime | None]
    settle_requested_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class LeadClick(Model):
    """A click id the decision about a lead looked at, so that a click judged otherwise
    finds it; text, as in `Touch`.
    """

    __tablename__ = "lead_clicks"

    lead_id: Mapped[str] = mapped_column(ForeignKey("leads.id"), primary_key=True)
    click_id: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)


class OrderAlias(Model):
    """Every id a shop calls one sale by (Stripe: payment intent, invoice, session…).

    `order_id` is chosen before the order is known, hence no foreign key.
    """

    __tablename__ = "order_aliases"

    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    alias: Mapped[str] = mapped_column(String(200), primary_key=True)
    order_id: Mapped[str] = mapped_column(Id, index=True)


class OrderVersion(Model):
    """One thing one delivery said about an order, in neutral form, e-mail hashed."""

    __tablename__ = "order_versions"

    webhook_event_id: Mapped[str] = mapped_column(
        ForeignKey("webhook_events.id"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"))
    order_id: Mapped[str] = mapped_column(Id, index=True)
    kind: Mapped[str] = mapped_column(String(32))
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Refund(Model):
    """Money given back on an order; rewritten from the order's versions.

    How much less it made the order's `goods_cost_amount`, `table_costed_amount` and
    `uncosted_amount`; null until the order is folded again, of one from before that was
    kept.
    """

    __tablename__ = "refunds"
    __table_args__ = (Index("ix_refunds_refunded_at", "refunded_at"),)

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    amount: Mapped[int]
    product_amount: Mapped[int]
    refunded_at: Mapped[datetime]
    goods_cost_amount: Mapped[int | None]
    table_costed_amount: Mapped[int | None]
    uncosted_amount: Mapped[int | None]

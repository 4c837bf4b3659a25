"""Orders as the fold of all their versions; refunds; customers by keyed hash."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.ids import id_maker
from marketplace.orders.rules import OrderStatus
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
    `settle_requested_at`: something outside the order changed; decide again.
    `erased_at`: its shopper was forgotten, and so is what its shop says of them later;
    `email_hash` is null then, or says which influencer's own purchase it was.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("shop_id", "external_id"),
        Index("ix_orders_brand_id_placed_at", "brand_id", "placed_at"),
        Index("ix_orders_customer_id", "customer_id"),
        Index("ix_orders_settle_requested_at", "settle_requested_at"),
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
    email_hash: Mapped[str | None] = mapped_column(String(64))
    orders_count: Mapped[int | None]
    is_new: Mapped[bool | None]
    settle_requested_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


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
    """Money given back on an order; rewritten from the order's versions."""

    __tablename__ = "refunds"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    amount: Mapped[int]
    product_amount: Mapped[int]
    refunded_at: Mapped[datetime]

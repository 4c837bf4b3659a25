"""The decision about an order, the touches it considered, and its roll-up."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.attribution.reasons import Reason
from marketplace.attribution.rules import Method
from marketplace.currencies import NO_EXCHANGE_RATE
from marketplace.orm import Id, Model, choice


class Attribution(Model):
    """The decision about one order; there is one for every order, winner or not.

    `credits`: per application `share_bps`, and `own_purchase` (email, address, payment)
    where the influencer bought it and the campaign wants that held.
    `code_used`, `click_used`: a code or click of the credited application qualified,
    whichever decided. The `…_amount` facts are in the campaign's currency at `rate`
    (campaign units per order unit) of `rate_on`; null where no rate is known.
    `discount_amount`: all discounts on the order, where its shop tells them.
    `goods_cost_amount` is null where part of the order's cost is unknown and the
    campaign has no margin. Of the net amount, `table_costed_amount` is what the cost
    table and `margin_costed_amount` what the campaign's margin gave a cost.
    `customer_id`: whose order it was when it was decided; null where unknown.
    `final_at`: since when who is credited is settled for good, because the ledger has
    approved it; figures still follow refunds.
    `is_first`: the customer's first credited order in this campaign. `next_order_at`:
    that customer's next paid order of any kind.
    """

    __tablename__ = "attributions"
    __table_args__ = (
        Index(
            "ix_attributions_cell",
            "campaign_id",
            "application_id",
            "link_id",
            "shop_id",
            "day_on",
        ),
        Index("ix_attributions_application_id", "application_id"),
        Index("ix_attributions_brand_id_day_on", "brand_id", "day_on"),
    )

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"))
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"))
    application_id: Mapped[str | None] = mapped_column(ForeignKey("applications.id"))
    influencer_id: Mapped[str | None] = mapped_column(ForeignKey("influencers.id"))
    link_id: Mapped[str | None] = mapped_column(ForeignKey("tracking_links.id"))
    # No foreign key: customers merge, and the order is decided again.
    customer_id: Mapped[str | None] = mapped_column(Id)
    method: Mapped[Method | None] = mapped_column(choice(Method))
    model: Mapped[str | None] = mapped_column(String(32))
    policy_version: Mapped[int | None]
    credits: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    decided_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)
    day_on: Mapped[date] = mapped_column(Date)
    code_used: Mapped[bool] = mapped_column(default=False)
    click_used: Mapped[bool] = mapped_column(default=False)
    rate: Mapped[Decimal | None]
    rate_on: Mapped[date | None] = mapped_column(Date)
    base_amount: Mapped[int | None]
    net_amount: Mapped[int | None]
    discount_amount: Mapped[int | None]
    goods_cost_amount: Mapped[int | None]
    table_costed_amount: Mapped[int | None]
    margin_costed_amount: Mapped[int | None]
    is_first: Mapped[bool] = mapped_column(default=False)
    next_order_at: Mapped[datetime | None]
    final_at: Mapped[datetime | None]

    @property
    def reason(self) -> str | None:
        """Why its money is in no KPI and earns nothing yet; null where that is known."""
        is_waiting = self.campaign_id is not None and self.rate is None
        return NO_EXCHANGE_RATE if is_waiting else None


class LeadAttribution(Model):
    """The decision about one lead; there is one for every lead, winner or not.

    `touches`: every piece of evidence with its reason, as those of an order show.
    """

    __tablename__ = "lead_attributions"
    __table_args__ = (
        Index("ix_lead_attributions_application_id_day_on", "application_id", "day_on"),
        Index("ix_lead_attributions_brand_id_day_on", "brand_id", "day_on"),
    )

    lead_id: Mapped[str] = mapped_column(ForeignKey("leads.id"), primary_key=True)
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"))
    application_id: Mapped[str | None] = mapped_column(ForeignKey("applications.id"))
    influencer_id: Mapped[str | None] = mapped_column(ForeignKey("influencers.id"))
    link_id: Mapped[str | None] = mapped_column(ForeignKey("tracking_links.id"))
    method: Mapped[Method | None] = mapped_column(choice(Method))
    model: Mapped[str | None] = mapped_column(String(32))
    policy_version: Mapped[int | None]
    touches: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    decided_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)
    day_on: Mapped[date] = mapped_column(Date)
    final_at: Mapped[datetime | None]


class LeadCell(Model):
    """Roll-up of credited leads; rewritten from their rows when one changes.

    Key: campaign, application, link (empty for a code), brand-timezone day. `leads`: of
    every kind. `qualified_leads`: those of the kind, or told to be qualified since. The
    rest are those of one kind.
    """

    __tablename__ = "lead_cells"

    campaign_id: Mapped[str] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True
    )
    application_id: Mapped[str] = mapped_column(
        ForeignKey("applications.id"), primary_key=True
    )
    link_id: Mapped[str] = mapped_column(Id, primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True, index=True)
    leads: Mapped[int]
    qualified_leads: Mapped[int] = mapped_column(default=0)
    registrations: Mapped[int] = mapped_column(default=0)
    enrolments: Mapped[int] = mapped_column(default=0)
    subscriptions: Mapped[int] = mapped_column(default=0)
    newsletter_signups: Mapped[int] = mapped_column(default=0)
    giveaway_leads: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]


class Touch(Model):
    """One piece of evidence considered for an order, won or with its reason why not.

    `click_id` is text, not a foreign key: its row may come later, or never. Of a landing
    page or a visit it is the id of that view or visit.
    """

    __tablename__ = "touches"
    __table_args__ = (Index("ix_touches_click_id", "click_id"),)

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[Method] = mapped_column(choice(Method))
    at: Mapped[datetime | None]
    application_id: Mapped[str | None] = mapped_column(ForeignKey("applications.id"))
    link_id: Mapped[str | None] = mapped_column(ForeignKey("tracking_links.id"))
    code: Mapped[str | None] = mapped_column(String(100))
    click_id: Mapped[str | None] = mapped_column(String(64))
    won: Mapped[bool]
    reason: Mapped[Reason] = mapped_column(choice(Reason))


class OrderCell(Model):
    """Roll-up of credited, sold orders; rewritten from their rows when one changes.

    Key: campaign, application, link (empty for a code), shop, brand-timezone day.
    Amounts are minor units of the campaign's currency; `table_…`, `margin_costed…`:
    the parts of `costed_revenue_amount` costed that way. `refunded_amount`: of the
    converted orders, what was given back. `code_…`: of the orders with the promo code,
    those converted and their net amount; those of them whose discount is known
    (`discounted_orders`) and the discount. The rest are theta sketches of customer ids:
    `customers` and `repeat_buyers…` at their first credited order in the campaign,
    `known_buyers` of all whose buyer is known to be new or not and kept something,
    `returning_customers` of those of them who had bought before. Who is counted at
    their first order is in one cell of a campaign: `…_count` is how many these are, so
    that a campaign's report adds up numbers and reads no sketch.
    """

    __tablename__ = "order_cells"

    campaign_id: Mapped[str] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True
    )
    application_id: Mapped[str] = mapped_column(
        ForeignKey("applications.id"), primary_key=True
    )
    link_id: Mapped[str] = mapped_column(Id, primary_key=True)
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True, index=True)
    orders: Mapped[int] = mapped_column(default=0)
    refunded_orders: Mapped[int] = mapped_column(default=0)
    click_orders: Mapped[int] = mapped_column(default=0)
    code_orders: Mapped[int] = mapped_column(default=0)
    new_customers: Mapped[int] = mapped_column(default=0)
    known_customers: Mapped[int] = mapped_column(default=0)
    converted_orders: Mapped[int] = mapped_column(default=0)
    revenue_amount: Mapped[int] = mapped_column(default=0)
    costed_orders: Mapped[int] = mapped_column(default=0)
    costed_revenue_amount: Mapped[int] = mapped_column(default=0)
    table_costed_revenue_amount: Mapped[int] = mapped_column(default=0)
    margin_costed_revenue_amount: Mapped[int] = mapped_column(default=0)
    goods_cost_amount: Mapped[int] = mapped_column(default=0)
    refunded_amount: Mapped[int] = mapped_column(default=0)
    code_converted_orders: Mapped[int] = mapped_column(default=0)
    code_revenue_amount: Mapped[int] = mapped_column(default=0)
    discounted_orders: Mapped[int] = mapped_column(default=0)
    discount_amount: Mapped[int] = mapped_column(default=0)
    customers: Mapped[bytes | None] = mapped_column(LargeBinary)
    repeat_buyers: Mapped[bytes | None] = mapped_column(LargeBinary)
    repeat_buyers_30d: Mapped[bytes | None] = mapped_column(LargeBinary)
    repeat_buyers_60d: Mapped[bytes | None] = mapped_column(LargeBinary)
    repeat_buyers_90d: Mapped[bytes | None] = mapped_column(LargeBinary)
    repeat_buyers_365d: Mapped[bytes | None] = mapped_column(LargeBinary)
    known_buyers: Mapped[bytes | None] = mapped_column(LargeBinary)
    returning_customers: Mapped[bytes | None] = mapped_column(LargeBinary)
    customers_count: Mapped[int] = mapped_column(default=0)
    repeat_buyers_count: Mapped[int] = mapped_column(default=0)
    repeat_buyers_30d_count: Mapped[int] = mapped_column(default=0)
    repeat_buyers_60d_count: Mapped[int] = mapped_column(default=0)
    repeat_buyers_90d_count: Mapped[int] = mapped_column(default=0)
    repeat_buyers_365d_count: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]

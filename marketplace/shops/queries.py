"""Which shops, secrets, webhook events and costs of goods there are."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import Session

from marketplace.clock import local_day
from marketplace.currencies import convert, rate_on
from marketplace.shops.models import (
    Shop,
    ShopFetch,
    ShopSecret,
    UnitCost,
    WebhookEvent,
)
from marketplace.shops.rules import WebhookStatus

MOST_AT_ONCE = 1000  # parameters of one statement; every driver has its limit


def shops_of(brand_ids: Collection[str]) -> Select[Shop]:
    """A brand's shops."""
    return select(Shop).where(Shop.brand_id.in_(brand_ids))


def secrets_of(shop: Shop) -> Select[ShopSecret]:
    """A shop's valid secrets, newest first."""
    return (
        select(ShopSecret)
        .where(ShopSecret.shop_id == shop.id)
        .order_by(ShopSecret.created_at.desc(), ShopSecret.id)
    )


def webhook_events_of(
    shop: Shop, *, status: WebhookStatus | None = None
) -> Select[WebhookEvent]:
    """A shop's inbox."""
    query = select(WebhookEvent).where(WebhookEvent.shop_id == shop.id)
    return query if status is None else query.where(WebhookEvent.status == status)


def is_now(status: WebhookStatus) -> ColumnElement[bool]:
    """The condition of a webhook event having that status.

    Written out in the statement: the index of just those events serves no other form.
    """
    kind = WebhookEvent.__table__.c.status.type
    return WebhookEvent.status == bindparam(
        None, status, type_=kind, literal_execute=True
    )


def due_events(brand_id: str, now: datetime) -> Select[WebhookEvent]:
    """Webhook events of a brand that are to be processed, oldest first; imported ones
    once nothing else is, for there may be very many.
    """
    return (
        select(WebhookEvent)
        .where(
            WebhookEvent.brand_id == brand_id,
            is_now(WebhookStatus.RECEIVED),
            WebhookEvent.next_attempt_at <= now,
        )
        .order_by(WebhookEvent.is_import, WebhookEvent.received_at, WebhookEvent.id)
    )


def brands_with_due_events(now: datetime) -> Select[str]:
    """Brands that have any."""
    return (
        select(WebhookEvent.brand_id)
        .where(
            is_now(WebhookStatus.RECEIVED),
            WebhookEvent.next_attempt_at <= now,
        )
        .distinct()
    )


def parked_events(
    shop: Shop, external_ids: Collection[str] | Select[str]
) -> Select[WebhookEvent]:
    """Events of a shop that wait for one of these orders, and not for its API."""
    unanswered = select(ShopFetch.webhook_event_id).where(
        ShopFetch.webhook_event_id == WebhookEvent.id,
        ShopFetch.fetched_event_id.is_(None),
    )
    return select(WebhookEvent).where(
        WebhookEvent.shop_id == shop.id,
        is_now(WebhookStatus.PARKED),
        WebhookEvent.order_external_id.in_(external_ids),
        ~unanswered.exists(),
    )


def fetch_answered_by(fetched: WebhookEvent) -> Select[WebhookEvent]:
    """The events for which this one was fetched."""
    return (
        select(WebhookEvent)
        .join(ShopFetch, ShopFetch.webhook_event_id == WebhookEvent.id)
        .where(ShopFetch.fetched_event_id == fetched.id)
    )


def articles(
    session: Session,
    shop: Shop,
    skus: Collection[str],
    placed_at: datetime,
    currency: str,
) -> tuple[dict[str, int], dict[str, str]]:
    """What these articles cost on that day, by SKU, in that currency (prices in others
    by the rate of the day, or not at all); and of which category they are, as said last.
    """
    asked, day = sorted(skus), local_day(placed_at, shop.timezone)
    newest: dict[str, UnitCost] = {}
    categories: dict[str, str] = {}
    for start in range(0, len(asked), MOST_AT_ONCE):
        rows = session.scalars(
            select(UnitCost)
            .where(
                UnitCost.shop_id == shop.id,
                UnitCost.sku.in_(asked[start : start + MOST_AT_ONCE]),
                UnitCost.valid_from <= day,
            )
            .order_by(UnitCost.valid_from)
        ).all()
        newest |= {row.sku: row for row in rows}
        categories |= {row.sku: row.category for row in rows if row.category}
    rates = {
        each: rate_on(session, each, currency, day)
        for each in {row.currency for row in newest.values()}
    }
    costs = {
        sku: convert(row.unit_cost_amount, row.currency, currency, found[0])
        for sku, row in newest.items()
        if (found := rates[row.currency]) is not None
    }
    return costs, categories

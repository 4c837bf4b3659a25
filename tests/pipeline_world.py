"""A brand with two influencers, to which shops say things without HTTP."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from factories import (
    KEYRING,
    make_application,
    make_brand,
    make_campaign,
    make_code,
    make_influencer,
    make_link,
    make_shop,
)
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace import orders
from marketplace.accounts.models import Brand
from marketplace.attribution import Attribution, Touch
from marketplace.attribution.models import OrderCell
from marketplace.commissions import Commission
from marketplace.commissions.models import (
    Claim,
    ClaimDay,
    ClaimRequest,
    CommissionCell,
)
from marketplace.events import Event
from marketplace.fraud import Flag
from marketplace.ids import id_bytes
from marketplace.jobs.pipeline import Stale, absorb, decide, keys_of, settle
from marketplace.orders import Order, Refund
from marketplace.orders.models import (
    Customer,
    CustomerKey,
    ErasedKey,
    OrderAlias,
    OrderVersion,
    SalesCell,
)
from marketplace.shops.adapters.base import OrderEvent, OrderState, RefundState
from marketplace.shops.adapters.base import OrderStatus as Stated
from marketplace.shops.models import Shop, WebhookEvent
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.models import TrackingLink

T0 = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
CODEC = ClickCodec(KEYRING.key("click-id:1"))


@dataclass
class World:
    """A brand with two influencers: codes ANNA and BO, a link each, one shop."""

    session: Session
    brand: Brand
    shop: Shop
    links: dict[str, TrackingLink]
    apps: dict[str, str]
    deliveries: int = 0

    def deliver(self, event: OrderEvent, number: int | None = None) -> None:
        """As a webhook would: a repeat has the same number."""
        self.deliveries += 1
        event_id = f"whe_{number if number is not None else self.deliveries}"
        if self.session.get(WebhookEvent, event_id) is None:
            self.session.add(
                WebhookEvent(
                    id=event_id,
                    shop_id=self.shop.id,
                    brand_id=self.brand.id,
                    delivery_key=event_id,
                    body_sha256="",
                    sealed_body=b"",
                    received_at=T0,
                    next_attempt_at=T0,
                )
            )
            self.session.flush()
        keys = keys_of(self.brand, KEYRING)
        recorded = orders.record(
            self.session,
            self.shop,
            event,
            webhook_event_id=event_id,
            position=0,
            customer_key=keys.customer_key,
            now=T0,
        )
        stale = Stale()
        absorb(self.session, recorded, stale)
        if recorded.order is not None:
            changed = [recorded.order]
            decide(self.session, self.brand, changed, stale, keys=keys, now=T0)
        stale.rebuild(self.session, now=T0)

    def settle_all(self) -> None:
        """Decide every order again, as if nothing were known of any."""
        keys = keys_of(self.brand, KEYRING)
        every = self.session.scalars(select(Order)).all()
        settle(self.session, self.brand, every, keys=keys, now=T0)

    def click(self, who: str, at: datetime) -> str:
        link = self.links[who]
        return CODEC.mint(id_bytes(link.id), int(at.timestamp() * 1000))

    def order(self, external_id: str) -> Order:
        return self.session.scalars(
            select(Order).where(Order.external_id == external_id)
        ).one()

    def decision(self, external_id: str) -> Attribution:
        return self.session.get_one(Attribution, self.order(external_id).id)

    def ledger(self) -> list[tuple[str, int, str]]:
        rows = self.session.scalars(select(Commission).order_by(Commission.created_at))
        return sorted((e.kind.value, e.amount, e.status.value) for e in rows)

    def clear(self) -> None:
        """Forget all orders, keep the brand and its influencers."""
        for table in (
            *(Flag, Touch, OrderCell, CommissionCell, Commission, Attribution, Refund),
            *(Claim, ClaimDay, ClaimRequest),
            *(Order, OrderVersion, OrderAlias, CustomerKey, ErasedKey, Customer),
            SalesCell,
            *(WebhookEvent, Event),
        ):
            self.session.execute(delete(table))
        self.session.expire_all()


def make_world(session: Session, mail: str = "example.com", **terms: Any) -> World:
    brand = make_brand(session)
    campaign = make_campaign(session, brand, terms=terms, margin_bps=4_000)
    links, apps = {}, {}
    for name in ("ANNA", "BO"):
        influencer = make_influencer(session, email=f"{name.lower()}@{mail}")
        application = make_application(session, campaign, influencer)
        make_code(session, application, name)
        links[name] = make_link(session, application)
        apps[name] = application.id
    shop = make_shop(session, brand)
    session.commit()
    return World(session, brand, shop, links, apps)


def sale(external_id: str = "1", minute: int = 0, **over: Any) -> OrderState:
    moment = T0 + timedelta(minutes=minute)
    return OrderState(
        **{  # type: ignore[arg-type]
            "external_id": external_id,
            "updated_at": moment,
            "placed_at": moment,
            "status": Stated.PAID,
            "currency": "EUR",
            "base_amount": 10_000,
            "total_amount": 12_100,
            "refunds": (),
            **over,
        }
    )


def refund(name: str, amount: int, minute: int) -> RefundState:
    moment = T0 + timedelta(minutes=minute)
    return RefundState(name, amount, None, created_at=moment, updated_at=moment)

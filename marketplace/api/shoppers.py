"""/v1/shops/{id}/erasures and /disclosures: what shoppers may ask a brand for."""

from collections.abc import Collection, Sequence
from typing import Any

from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import Length
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import accounts, clock, events, orders
from marketplace.accounts import Scope
from marketplace.api.fields import Answer, Body, Choice, Moment, MoneyOut, Text, money
from marketplace.api.frame import Resource, actor, begin, own_shop, settings, writes
from marketplace.attribution import Attribution, Method, Reason, Touch
from marketplace.orders import Customer, Lead, LeadKind, Order, OrderStatus
from marketplace.orders.erasure import Shopper
from marketplace.orders.models import CustomerKey
from marketplace.orders.versions import mails_in
from marketplace.shops import Shop
from marketplace.tracking.giveaway_models import GiveawayEntry

# More than any shopper has; who has more is asked about order by order.
MOST_ORDERS = 1000

blp = Resource("shoppers", description="Erasing shoppers, and telling what is stored")


class ShopperIn(Body):
    """Whom it is about: at least one of these."""

    email = Text(longest=320, load_default=None, allow_none=True)
    customer_id = Text(load_default=None, allow_none=True)
    order_ids = fields.List(
        Text(shortest=1), load_default=list, validate=Length(max=MOST_ORDERS)
    )

    @validates_schema
    def _names_somebody(self, body: dict[str, Any], **_: Any) -> None:
        if not (body.get("email") or body.get("customer_id") or body.get("order_ids")):
            raise ValidationError("Say who: email, customer_id or order_ids.")
        email = body.get("email")
        if email:
            try:
                accounts.normalise_email(email)
            except ValueError as error:
                raise ValidationError("Not an e-mail address.", "email") from error


class ErasedOut(Answer):
    """How much was forgotten; all 0 where nothing was stored (any more)."""

    customers = fields.Integer()
    orders = fields.Integer()
    bodies = fields.Integer()


class StoredTouchOut(Answer):
    """One piece of evidence considered for an order."""

    kind = Choice(Method)
    at = Moment(allow_none=True)
    code = fields.String(allow_none=True)
    click_id = fields.String(allow_none=True)
    reason = Choice(Reason)


class StoredLineOut(Answer):
    """What was bought: one line of an order."""

    sku = fields.String(allow_none=True)
    category = fields.String(allow_none=True)
    quantity = fields.String()


class StoredOrderOut(Answer):
    """One order of the shopper's.

    `known_by`: of what it has hashes; these cannot be shown.
    """

    id = fields.String()
    shop_id = fields.String()
    external_id = fields.String()
    name = fields.String()
    placed_at = Moment()
    status = Choice(OrderStatus)
    total = fields.Nested(MoneyOut)
    codes = fields.List(fields.String())
    is_new = fields.Boolean(allow_none=True)
    disputed_at = Moment(allow_none=True)
    lines = fields.List(fields.Nested(StoredLineOut))
    known_by = fields.List(fields.String())
    influencer_id = fields.String(allow_none=True)
    touches = fields.List(fields.Nested(StoredTouchOut))


class StoredLeadOut(Answer):
    """One lead of the shopper's; who it was is a hash."""

    id = fields.String()
    kind = Choice(LeadKind)
    external_id = fields.String()
    occurred_at = Moment()
    codes = fields.List(fields.String())
    click_ids = fields.List(fields.String())
    is_new = fields.Boolean(allow_none=True)


class StoredEntryOut(Answer):
    """One entry of the shopper's in a giveaway."""

    giveaway_id = fields.String()
    ticket = fields.String()
    entered_at = Moment()
    answer = fields.String()
    wants_newsletter = fields.Boolean()
    click_id = fields.String(allow_none=True)
    code = fields.String(allow_none=True)


class StoredCustomerOut(Answer):
    """The shopper as known here: by hashes only, so these cannot be shown."""

    id = fields.String()
    created_at = Moment()
    bought_before_at = Moment(allow_none=True)


class DisclosureOut(Answer):
    """All that is stored about a shopper; raw webhooks are kept for a while besides."""

    customers = fields.List(fields.Nested(StoredCustomerOut))
    orders = fields.List(fields.Nested(StoredOrderOut))
    leads = fields.List(fields.Nested(StoredLeadOut))
    giveaway_entries = fields.List(fields.Nested(StoredEntryOut))
    raw_bodies_kept_days = fields.Integer()


@blp.route("/shops/<shop_id>/erasures", methods=["POST"])
@writes
@blp.arguments(ShopperIn)
@blp.response(200, ErasedOut)
def erase_shopper(body: dict[str, Any], shop_id: str) -> orders.Erased:
    """Forget a shopper, in all shops of the brand; their orders' money stays.

    Orders that come late are recognised and stored without them. It can be repeated.
    """
    shop = own_shop(shop_id, Scope.WRITE)
    who, key = _shopper(shop, body)
    return orders.erase(
        begin(),
        who,
        keyring=settings().keyring,
        customer_key=key,
        at=clock.now(),
        now=clock.now(),
        by=actor().user_id,
    )


@blp.route("/shops/<shop_id>/disclosures", methods=["POST"])
@writes
@blp.arguments(ShopperIn)
@blp.response(200, DisclosureOut)
def disclose_shopper(body: dict[str, Any], shop_id: str) -> dict[str, Any]:
    """What is stored about a shopper, in all shops of the brand.

    A POST, as no mail address belongs into an address; that it was asked is recorded.
    """
    session, shop = begin(), own_shop(shop_id, Scope.WRITE)
    who, _ = _shopper(shop, body)
    found = orders.find(session, who)
    events.publish(
        session,
        "customer.disclosed",
        now=clock.now(),
        subject_id=shop.id,
        brand_id=shop.brand_id,
        actor_id=actor().user_id,
        data={"customer_ids": sorted(found.customer_ids)},
    )
    customers = select(Customer).where(Customer.id.in_(found.customer_ids))
    leads = select(Lead).where(Lead.customer_id.in_(found.customer_ids))
    return {
        "customers": session.scalars(customers.order_by(Customer.created_at)).all(),
        "orders": _orders(session, sorted(found.order_ids)[:MOST_ORDERS]),
        "leads": session.scalars(leads.order_by(Lead.occurred_at, Lead.id)).all(),
        "giveaway_entries": _entries(session, who, found.customer_ids),
        "raw_bodies_kept_days": settings().webhook_body_days,
    }


def _shopper(shop: Shop, body: dict[str, Any]) -> tuple[Shopper, bytes]:
    """Who is meant, and the key under which the brand knows them; the brand is locked,
    or an order just being stored would be overlooked.
    """
    brand = accounts.lock_brand(begin(), shop.brand_id)
    key = settings().keyring.open("customer-key", brand.customer_key)
    who = orders.shopper(
        shop,
        customer_external_id=body["customer_id"],
        email=body["email"],
        order_external_ids=body["order_ids"],
        customer_key=key,
    )
    return who, key


def _entries(
    session: Session, who: Shopper, customer_ids: Collection[str]
) -> Sequence[GiveawayEntry]:
    """What they entered, by the address that was named or any their orders had."""
    keys = select(CustomerKey.key).where(CustomerKey.customer_id.in_(customer_ids))
    mails = mails_in({*who.keys, *session.scalars(keys)})
    theirs = select(GiveawayEntry).where(
        GiveawayEntry.brand_id == who.shop.brand_id,
        GiveawayEntry.email_hash.in_(mails),
    )
    return session.scalars(theirs.order_by(GiveawayEntry.entered_at)).all()


def _orders(session: Session, ids: Sequence[str]) -> list[dict[str, Any]]:
    touches: dict[str, list[Touch]] = {}
    for touch in session.scalars(
        select(Touch).where(Touch.order_id.in_(ids)).order_by(Touch.position)
    ):
        touches.setdefault(touch.order_id, []).append(touch)
    rows = session.execute(
        select(Order, Attribution.influencer_id)
        .outerjoin(Attribution, Attribution.order_id == Order.id)
        .where(Order.id.in_(ids))
        .order_by(Order.placed_at, Order.id)
    )
    return [
        {
            **{name: getattr(order, name) for name in _PLAIN},
            "total": money(order.total_amount, order.currency),
            "known_by": [name for name in _HASHES if getattr(order, _HASHES[name])],
            "influencer_id": influencer_id,
            "touches": touches.get(order.id, []),
        }
        for order, influencer_id in rows
    ]


_PLAIN = (
    *("id", "shop_id", "external_id", "name", "placed_at", "status", "codes", "is_new"),
    *("disputed_at", "lines"),
)
_HASHES = {
    "email": "email_hash",
    "mailbox": "mailbox_hash",
    "email_domain": "email_domain_hash",
    "address": "address_hash",
    "payment_account": "payment_hash",
}

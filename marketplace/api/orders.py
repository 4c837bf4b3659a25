"""/v1/orders: what was bought, what became of it, and who is credited and why."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from marketplace import attribution
from marketplace.accounts import Scope
from marketplace.api.fields import money
from marketplace.api.frame import Resource, actor, begin, reads
from marketplace.api.order_schemas import (
    DecisionOut,
    ExplanationOut,
    OrderOut,
    OrderQuery,
)
from marketplace.api.paging import Sort, page, page_of
from marketplace.attribution import Attribution, Method
from marketplace.attribution.queries import attributions_of
from marketplace.campaigns.models import Campaign, Terms
from marketplace.commissions import Commission
from marketplace.commissions.queries import commissions_of_orders, orders_shared_with
from marketplace.commissions.worth import worth_of
from marketplace.orders import Order, OrderNotFound, Refund
from marketplace.orders.queries import orders_seen_by, refunds_of

blp = Resource("orders", description="Purchases and the decisions about them")


@blp.route("/orders", methods=["GET"])
@reads
@blp.arguments(OrderQuery, location="query")
@blp.response(200, page_of(OrderOut))
def list_orders(query: dict[str, Any]) -> dict[str, Any]:
    """A brand's orders, or those credited to the calling influencer; newest first."""
    session, asking = begin(), actor()
    theirs = union_all(
        attribution.orders_credited_to(asking.influencer_id),
        orders_shared_with(asking.influencer_id),
    ).subquery()
    rows = orders_seen_by(
        brand_ids=asking.brand_ids,
        influencer_orders=select(theirs.c.order_id),
        shop_id=query["shop_id"],
        status=query["status"],
    )
    for name in ("campaign_id", "influencer_id"):
        if query[name] is not None:
            rows = rows.where(
                Order.id.in_(attribution.orders_credited(**{name: query[name]}))
            )
    found = page(session, rows, Sort("placed_at", Order.placed_at, Order.id), query)
    return {**found, "data": _shown(session, found["data"])}


@blp.route("/orders/<order_id>", methods=["GET"])
@reads
@blp.response(200, OrderOut)
def get_order(order_id: str) -> dict[str, Any]:
    """One order."""
    session = begin()
    order = session.get(Order, order_id)
    if order is None or not _may_see(session, order):
        raise OrderNotFound("There is no such order.")
    return _shown(session, [order])[0]


@blp.route("/orders/<order_id>/attribution", methods=["GET"])
@reads
@blp.response(200, ExplanationOut)
def explain_order(order_id: str) -> dict[str, Any]:
    """The decision about an order, with every touch and its reason.

    An influencer sees their own touches.
    """
    session, asking = begin(), actor()
    row = session.get(Attribution, order_id)
    if row is None:
        raise OrderNotFound("There is no such order.")
    touches = attribution.explained_touches(session, order_id)
    if row.brand_id in asking.memberships:
        asking.require_brand(row.brand_id, Scope.READ)
        shown = _fields(row)
    else:
        touches = [t for t in touches if t.is_of(asking.influencer_id)]
        if not touches:
            raise OrderNotFound("There is no such order.")
        own = {touch.application_id for touch in touches}
        shown = _own_fields(row, {each for each in own if each is not None})
    is_shared = row.method is Method.CODE and bool(shown["credits"])
    is_theirs = is_shared or shown["application_id"] == row.application_id
    en, nl = attribution.sentence_of(row, is_theirs=is_theirs)
    terms = (shown["campaign_id"], shown["policy_version"])
    return {
        **shown,
        "order_id": row.order_id,
        "final_at": row.final_at,
        "explanation": en,
        "explanation_nl": nl,
        "policy": session.get(Terms, terms) if all(terms) else None,
        "worth": _worth(session, row, is_brand=row.brand_id in asking.memberships),
        "touches": touches,
    }


def _worth(
    session: Session, row: Attribution, *, is_brand: bool
) -> list[dict[str, Any]]:
    """What it earns whom, and why just that; to an influencer only their own."""
    order = session.get_one(Order, row.order_id)
    return [
        {
            **asdict(each),
            "amount": money(each.amount, each.currency),
            "on_hold": bool(each.hold_reason),
        }
        for each in worth_of(session, order, row)
        if is_brand or each.influencer_id == actor().influencer_id
    ]


def _fields(row: Attribution) -> dict[str, Any]:
    return {name: getattr(row, name) for name in DecisionOut._declared_fields}


def _own_fields(row: Attribution, own: set[str]) -> dict[str, Any]:
    """The decision as an influencer may see it: who else won stays unsaid."""
    shown = _fields(row)
    if row.application_id not in own:
        for name in ("application_id", "campaign_id", "influencer_id", "link_id"):
            shown[name] = None
        shown |= {"method": None, "model": None, "policy_version": None}
        shown["reason"] = None
    shown["credits"] = [c for c in row.credits if c["application_id"] in own]
    return shown


def _may_see(session: Session, order: Order) -> bool:
    if order.brand_id in actor().memberships:
        actor().require_brand(order.brand_id, Scope.READ)
        return True
    row = session.get(Attribution, order.id)
    influencer_id = actor().influencer_id
    return row is not None and bool(
        attribution.own_shares(session, [row], influencer_id)
    )


def _shown(session: Session, orders: Sequence[Order]) -> list[dict[str, Any]]:
    """Orders with all that belongs to them; the same few queries however many."""
    ids = [order.id for order in orders]
    decisions = {row.order_id: row for row in session.scalars(attributions_of(ids))}
    refunds: dict[str, list[Refund]] = {}
    for refund in session.scalars(refunds_of(ids)):
        refunds.setdefault(refund.order_id, []).append(refund)
    entries: dict[str, list[Commission]] = {}
    for entry in session.scalars(commissions_of_orders(ids)):
        entries.setdefault(entry.order_id or "", []).append(entry)
    influencer_id = actor().influencer_id
    own = attribution.own_shares(session, decisions.values(), influencer_id)
    campaign_ids = {row.campaign_id for row in decisions.values() if row.campaign_id}
    currencies = {
        campaign_id: currency
        for campaign_id, currency in session.execute(
            select(Campaign.id, Campaign.currency).where(Campaign.id.in_(campaign_ids))
        )
    }
    return [
        _order(
            order,
            decisions.get(order.id),
            refunds.get(order.id, []),
            entries.get(order.id, []),
            currencies,
            own,
        )
        for order in orders
    ]


def _order(
    order: Order,
    decision: Attribution | None,
    refunds: Sequence[Refund],
    entries: Sequence[Commission],
    currencies: dict[str, str],
    own: set[str],
) -> dict[str, Any]:
    is_brand = order.brand_id in actor().memberships
    customer = {"id": order.customer_id, "is_new": order.is_new}
    return {
        **{name: getattr(order, name) for name in _PLAIN},
        "codes": order.codes if is_brand else [],  # others' codes are not theirs
        "totals": _totals(order, refunds),
        "net_revenue": money(order.net_amount, order.currency),
        "gross_profit": _gross_profit(order, decision, currencies)
        if is_brand
        else None,
        "customer": customer if is_brand and order.customer_id else None,
        "refunds": [
            {
                "external_id": refund.external_id,
                "amount": money(refund.amount, order.currency),
                "product_amount": money(refund.product_amount, order.currency),
                "refunded_at": refund.refunded_at,
            }
            for refund in refunds
        ],
        "attribution": _credited(decision, own, is_brand=is_brand),
        "commissions": [
            {**_entry(entry), "amount": money(entry.amount, entry.currency)}
            for entry in entries
            if is_brand or entry.influencer_id == actor().influencer_id
        ],
    }


def _credited(
    decision: Attribution | None, own: set[str], *, is_brand: bool
) -> Attribution | dict[str, Any] | None:
    """Who is credited; an influencer is not told with whom the credit is shared."""
    if decision is None or decision.application_id is None:
        return None
    if is_brand:
        return decision
    return _own_fields(decision, own)


_PLAIN = (
    "id",
    "shop_id",
    "external_id",
    "name",
    "placed_at",
    "disputed_at",
    "updated_at",
    "status",
    "ignored_reason",
)


def _entry(entry: Commission) -> dict[str, Any]:
    names = (
        *("id", "kind", "status", "application_id", "reason", "created_at"),
        *("matures_at", "on_hold", "hold_reason"),
    )
    return {name: getattr(entry, name) for name in names}


def _totals(order: Order, refunds: Sequence[Refund]) -> dict[str, Any]:
    amounts = {
        name: money(getattr(order, f"{name}_amount"), order.currency)
        for name in ("subtotal", "discount", "tax", "shipping", "total")
    }
    given_back = sum(refund.amount for refund in refunds)
    amounts["refunded"] = money(given_back, order.currency)
    presentment = None
    if order.presentment_currency is not None:
        presentment = money(order.presentment_amount, order.presentment_currency)
    return {**amounts, "presentment": presentment}


def _gross_profit(
    order: Order, decision: Attribution | None, currencies: dict[str, str]
) -> dict[str, Any] | None:
    """Net revenue less cost of goods: in the campaign's currency once credited."""
    if decision is not None and decision.campaign_id is not None:
        net, cost = decision.net_amount, decision.goods_cost_amount
        if net is None or cost is None:
            return None
        return money(net - cost, currencies[decision.campaign_id])
    if order.uncosted_amount:
        return None
    return money(order.net_amount - order.goods_cost_amount, order.currency)

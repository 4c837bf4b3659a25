"""/v1/leads: what a brand's own server tells of actions that are no purchases."""

from collections.abc import Sequence
from typing import Any

from marshmallow import ValidationError, fields, validates_schema
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from marketplace import accounts, attribution, clock, orders
from marketplace.accounts import Scope
from marketplace.api.fields import Answer, Body, Choice, Email, Moment, Text
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    own_brand,
    own_shop,
    reads,
    settings,
    writes,
)
from marketplace.api.order_schemas import CustomerOut
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.attribution import LeadAttribution, Method
from marketplace.orders import Lead, LeadKind, LeadNotFound, LeadSaid

blp = Resource("leads", description="Credited actions that are no purchases")


class LeadIn(Body):
    """A lead; `kind` and `external_id` name it, for good."""

    kind = Choice(LeadKind, required=True)
    external_id = Text(required=True, shortest=1)
    occurred_at = Moment(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "now unless said; of a newsletter when the address was "
            "confirmed (the double opt-in), and tell of it only then"
        },
    )
    email = Email(
        load_default=None,
        allow_none=True,
        longest=320,
        metadata={"description": "kept as a hash only"},
    )
    customer_ref = Text(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "the id the customer has in the shop `shop_id`, or in the "
            "brand's only one; kept as a hash only"
        },
    )
    shop_id = Text(load_default=None, allow_none=True, longest=64)
    click_id = Text(load_default=None, allow_none=True)
    promo_code = Text(load_default=None, allow_none=True, longest=100)
    qualified = fields.Boolean(
        truthy={True},
        falsy={False},
        load_default=None,
        allow_none=True,
        metadata={
            "description": "whether it turned out to be a qualified lead; tell it again "
            "with this once that is known"
        },
    )
    brand_id = Text(load_default=None, allow_none=True, longest=64)

    @validates_schema
    def _names_somebody(self, body: dict[str, Any], **_: Any) -> None:
        if body.get("shop_id") and not body.get("customer_ref"):
            reason = "says whose the customer_ref is, and there is none."
            raise ValidationError(reason, "shop_id")


class LeadQuery(PageQuery):
    """Which leads."""

    kind = Choice(LeadKind, load_default=None)
    campaign_id = Text(load_default=None)
    influencer_id = Text(load_default=None)


class LeadTouchOut(Answer):
    """One piece of evidence for a lead, and why it won or did not."""

    kind = fields.String()
    at = fields.String(allow_none=True)
    application_id = fields.String(allow_none=True)
    link_id = fields.String(allow_none=True)
    code = fields.String(allow_none=True)
    click_id = fields.String(allow_none=True)
    won = fields.Boolean()
    reason = fields.String()
    explanation = fields.String()
    explanation_nl = fields.String()


class LeadDecisionOut(Answer):
    """Who a lead is credited to."""

    application_id = fields.String(allow_none=True)
    campaign_id = fields.String(allow_none=True)
    influencer_id = fields.String(allow_none=True)
    link_id = fields.String(allow_none=True)
    method = Choice(Method, allow_none=True)
    model = fields.String(allow_none=True)
    policy_version = fields.Integer(allow_none=True)
    decided_at = Moment()
    revision = fields.Integer()
    touches = fields.List(fields.Nested(LeadTouchOut))


class LeadOut(Answer):
    """A lead as it now stands; `attribution` is null until it was decided, a moment
    after it came.
    """

    id = fields.String()
    brand_id = fields.String()
    kind = Choice(LeadKind)
    external_id = fields.String(allow_none=True)
    occurred_at = Moment()
    qualified = fields.Boolean()
    created_at = Moment()
    customer = fields.Nested(CustomerOut, allow_none=True)
    attribution = fields.Nested(LeadDecisionOut, allow_none=True)


@blp.route("/leads", methods=["POST"])
@writes
@blp.arguments(LeadIn)
@blp.response(201, LeadOut)
@blp.alt_response(200, schema=LeadOut, description="It had been told before")
def record_lead(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Tell of a lead. Told again, the answer is 200 and the first one, which may turn
    out to be `qualified`, or not after all.
    """
    brand = own_brand(Scope.WRITE, body.pop("brand_id"))
    session, keyring = begin(), settings().keyring
    shop_id = body.pop("shop_id")
    shop = None if shop_id is None else own_shop(shop_id, Scope.WRITE)
    if shop is not None and shop.brand_id != brand.id:
        raise orders.LeadNotFound("There is no such shop of this brand.")
    brand = accounts.lock_brand(session, brand.id)
    lead, is_news = orders.record_lead(
        session,
        brand,
        LeadSaid(**body, shop=shop),
        customer_key=keyring.open("customer-key", brand.customer_key),
        now=clock.now(),
    )
    return _shown(session, [lead])[0], 201 if is_news else 200


@blp.route("/leads", methods=["GET"])
@reads
@blp.arguments(LeadQuery, location="query")
@blp.response(200, page_of(LeadOut))
def list_leads(query: dict[str, Any]) -> dict[str, Any]:
    """A brand's leads, or those credited to the calling influencer; newest first."""
    session = begin()
    rows = (
        select(Lead)
        .outerjoin(LeadAttribution, LeadAttribution.lead_id == Lead.id)
        .where(_seen())
    )
    if query["kind"] is not None:
        rows = rows.where(Lead.kind == query["kind"])
    for name in ("campaign_id", "influencer_id"):
        if query[name] is not None:
            rows = rows.where(getattr(LeadAttribution, name) == query[name])
    found = page(session, rows, Sort("occurred_at", Lead.occurred_at, Lead.id), query)
    return {**found, "data": _shown(session, found["data"])}


@blp.route("/leads/<lead_id>", methods=["GET"])
@reads
@blp.response(200, LeadOut)
def get_lead(lead_id: str) -> dict[str, Any]:
    """One lead, with every touch that was considered; an influencer sees their own."""
    session = begin()
    lead = session.scalars(
        select(Lead)
        .outerjoin(LeadAttribution, LeadAttribution.lead_id == Lead.id)
        .where(Lead.id == lead_id, _seen())
    ).one_or_none()
    if lead is None:
        raise LeadNotFound("There is no such lead, or it is not yours.")
    return _shown(session, [lead])[0]


def _seen() -> Any:
    """What the caller may see: their brands' leads, and those credited to them."""
    own, credited = actor().influencer_id, LeadAttribution.influencer_id
    return or_(
        Lead.brand_id.in_(actor().brand_ids), credited.is_not(None) & (credited == own)
    )


def _shown(session: Session, leads: Sequence[Lead]) -> list[dict[str, Any]]:
    """Leads with their decisions; the same two queries however many."""
    ids = [lead.id for lead in leads]
    rows = select(LeadAttribution).where(LeadAttribution.lead_id.in_(ids))
    decisions = {row.lead_id: row for row in session.scalars(rows)}
    return [_lead(lead, decisions.get(lead.id)) for lead in leads]


def _lead(lead: Lead, decision: LeadAttribution | None) -> dict[str, Any]:
    is_brand = lead.brand_id in actor().memberships
    customer = {"id": lead.customer_id, "is_new": lead.is_new}
    names = ("id", "brand_id", "kind", "occurred_at", "created_at")
    return {
        **{name: getattr(lead, name) for name in names},
        "qualified": lead.kind is LeadKind.QUALIFIED or lead.qualified_at is not None,
        "external_id": lead.external_id if is_brand else None,
        "customer": customer if is_brand and lead.customer_id else None,
        "attribution": decision and _decision(decision, is_brand=is_brand),
    }


def _decision(row: LeadAttribution, *, is_brand: bool) -> dict[str, Any]:
    """The decision; an influencer sees the touches of the application that won."""
    names = [name for name in LeadDecisionOut._declared_fields if name != "touches"]
    return {
        **{name: getattr(row, name) for name in names},
        "touches": [
            {**touch, **_in_words(touch["reason"])}
            for touch in row.touches
            if is_brand or touch["application_id"] == row.application_id
        ],
    }


def _in_words(reason: str) -> dict[str, str]:
    english, dutch = attribution.LEAD_SENTENCES[attribution.Reason(reason)]
    return {"explanation": english, "explanation_nl": dutch}

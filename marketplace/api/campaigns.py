"""Campaigns: making, changing, publishing, pausing, closing, finding."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from marshmallow import fields
from marshmallow.validate import OneOf, Range
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace import (
    accounts,
    attribution,
    campaigns,
    collaborations,
    commissions,
    orders,
    tracking,
)
from marketplace.accounts import Platform, Scope
from marketplace.api.campaign_shapes import (
    CampaignIn,
    CampaignOut,
    CampaignPatch,
    amounts_said,
)
from marketplace.api.fields import (
    Choice,
    Country,
    Language,
    Text,
    money,
)
from marketplace.api.frame import Resource, actor, begin, own_brand, reads, writes
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.api.terms_shapes import terms_said, terms_shown
from marketplace.campaigns import (
    Campaign,
    CampaignStatus,
    Facet,
    Objective,
    Offer,
    Terms,
)
from marketplace.clock import now
from marketplace.errors import NotFound

blp = Resource("campaigns", description="What brands offer")
SORTS = {
    "newest": Sort(
        "newest",
        func.coalesce(Campaign.published_at, Campaign.created_at),
        Campaign.id,
    ),
    "commission": Sort(
        "commission", func.coalesce(Terms.commission_bps, 0), Campaign.id, kind=int
    ),
    "title": Sort(
        "title", func.lower(Campaign.title), Campaign.id, kind=str, descending=False
    ),
}
# What links and landing pages are made of, or are over by.
FOLLOWED = frozenset(
    {"title", "landing_url", "fallback_url", "utm", "auto_apply_code", "ends_at"}
)
WATCHED = (*FOLLOWED, "landing_page", "margin_bps")
FACETS = {
    "platforms": Facet.PLATFORM,
    "categories": Facet.CATEGORY,
    "countries": Facet.COUNTRY,
    "languages": Facet.LANGUAGE,
}


class CampaignQuery(PageQuery):
    """What somebody looks for."""

    q = Text(load_default="")
    platform = Choice(Platform)
    category = Text(longest=64)
    country = Country()
    language = Language()
    objective = Choice(Objective, load_default=None)
    min_commission_bps = fields.Integer(
        load_default=None, validate=Range(min=0, max=10_000)
    )
    brand_id = Text(longest=64, load_default=None)
    status = Choice(CampaignStatus, load_default=None)
    mine = fields.Boolean(load_default=False)
    sort = fields.String(load_default="newest", validate=OneOf(list(SORTS)))


@blp.route("/campaigns", methods=["POST"])
@writes
@blp.arguments(CampaignIn)
@blp.response(201, CampaignOut)
def create_campaign(body: dict[str, Any]) -> dict[str, Any]:
    """Make a campaign; it starts as a draft."""
    brand = own_brand(Scope.WRITE, body.pop("brand_id"))
    amounts_said(body, body.get("currency", brand.currency))
    offer, facets = Offer(**terms_said(body)), _facets_said(body)
    session = begin()
    campaign = campaigns.create(
        session, brand, **body, offer=offer, facets=facets, by=actor(), now=now()
    )
    tracking.refuse_unlisted_fallback(session, campaign)
    return _shown(campaign)


@blp.route("/campaigns")
@reads
@blp.arguments(CampaignQuery, location="query")
@blp.response(200, page_of(CampaignOut))
def list_campaigns(query: dict[str, Any]) -> dict[str, Any]:
    """Find published campaigns, or with `mine` one's own of every status."""
    found = campaigns.campaigns_complete().where(*_wanted(query))
    answer = page(begin(), found, SORTS[query["sort"]], query)
    return answer | {"data": [_shown(campaign) for campaign in answer["data"]]}


@blp.route("/campaigns/<campaign_id>")
@reads
@blp.response(200, CampaignOut)
def get_campaign(campaign_id: str) -> dict[str, Any]:
    """Look at a campaign: published, one's own, or one that was applied to."""
    seen = collaborations.visible(
        brand_ids=actor().brand_ids, influencer_id=actor().influencer_id
    )
    query = campaigns.campaigns_complete().where(Campaign.id == campaign_id, seen)
    campaign = begin().scalar(query)
    if campaign is None:
        raise NotFound("There is no such campaign, or it is not yours to see.")
    return _shown(campaign)


@blp.route("/campaigns/<campaign_id>", methods=["PATCH"])
@writes
@blp.arguments(CampaignPatch)
@blp.response(200, CampaignOut)
def change_campaign(body: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Change a campaign; a change of terms makes a new version of them."""
    if "budget" in body:
        _lock_ledger(campaign_id)
    campaign, session, at = _own(campaign_id), begin(), now()
    budget = campaign.budget_amount
    before = {name: getattr(campaign, name) for name in WATCHED}
    judged_by = tracking.rejudging.judged_by(campaign)
    amounts_said(body, body.get("currency", campaign.currency))
    terms, facets = terms_said(body), _facets_said(body)
    campaigns.update(
        session, campaign, changes=body, terms=terms, facets=facets, by=actor(), now=at
    )
    changed = {name for name in before if before[name] != getattr(campaign, name)}
    _follow(session, campaign, changed, str(before["landing_url"]), at)
    tracking.rejudging.request_if_moved(session, campaign, judged_by, now=at)
    if "margin_bps" in changed:
        credited = attribution.orders_credited(campaign_id=campaign.id)
        orders.request_settlement(session, credited, now=at)
    if campaign.budget_amount != budget:
        commissions.follow_budget(session, campaign, was=budget, now=at)
    return _shown(campaign)


@blp.route("/campaigns/<campaign_id>/publish", methods=["POST"])
@writes
@blp.response(200, CampaignOut)
def publish_campaign(campaign_id: str) -> dict[str, Any]:
    """Open it to everybody."""
    return _moved(campaign_id, campaigns.publish)


@blp.route("/campaigns/<campaign_id>/pause", methods=["POST"])
@writes
@blp.response(200, CampaignOut)
def pause_campaign(campaign_id: str) -> dict[str, Any]:
    """Take no applications for a while."""
    return _moved(campaign_id, campaigns.pause)


@blp.route("/campaigns/<campaign_id>/close", methods=["POST"])
@writes
@blp.response(200, CampaignOut)
def close_campaign(campaign_id: str) -> dict[str, Any]:
    """End it for good; nothing is deleted."""
    campaign, session, at = _own(campaign_id), begin(), now()
    judged_by = tracking.rejudging.judged_by(campaign)
    campaigns.close(session, campaign, by=actor(), now=at)
    tracking.rejudging.request_if_moved(session, campaign, judged_by, now=at)
    tracking.retarget_links(session, campaign, now=at)
    return _shown(campaign)


def _follow(
    session: Session,
    campaign: Campaign,
    changed: Collection[str],
    old_landing_url: str,
    at: datetime,
) -> None:
    """Let links and landing pages follow what has changed about their campaign."""
    if "fallback_url" in changed:
        tracking.refuse_unlisted_fallback(session, campaign)
    if FOLLOWED.intersection(changed):
        tracking.retarget_links(
            session, campaign, old_landing_url=old_landing_url, now=at
        )
    if "landing_page" in changed:
        tracking.touch_pages(session, campaign, now=at)
        collaborations.publish_pages(session, campaign, now=at)


def _moved(campaign_id: str, move: Callable[..., None]) -> dict[str, Any]:
    campaign = _own(campaign_id)
    move(begin(), campaign, by=actor(), now=now())
    return _shown(campaign)


def _lock_ledger(campaign_id: str) -> None:
    """Hold the brand's lock, as who settles does, before the campaign's own."""
    session = begin()
    its = select(Campaign.brand_id).where(Campaign.id == campaign_id)
    brand_id = session.scalar(its)
    if brand_id is not None:
        actor().require_brand(brand_id, Scope.WRITE)
        accounts.lock_brand(session, brand_id)


def _own(campaign_id: str) -> Campaign:
    """A campaign of one's own brand, to change; nobody else does meanwhile."""
    query = campaigns.campaigns_complete().where(Campaign.id == campaign_id)
    campaign = begin().scalar(query.with_for_update(of=Campaign))
    if campaign is None:
        raise NotFound("There is no such campaign, or it is not yours.")
    actor().require_brand(campaign.brand_id, Scope.WRITE)
    return campaign


def _wanted(query: dict[str, Any]) -> list[Any]:
    """The conditions of a search: what may be seen, then what is looked for."""
    named = {facet.value: facet for facet in Facet}
    conditions = campaigns.matching(
        q=query["q"],
        facets=[(facet, query[name]) for name, facet in named.items() if name in query],
        objective=query["objective"],
        min_commission_bps=query["min_commission_bps"],
        brand_id=query["brand_id"],
    )
    if query["status"] is not None:
        conditions.append(Campaign.status == query["status"])
    seen = campaigns.published()
    if query["mine"]:
        seen = campaigns.of_brands(actor().brand_ids)
    return [seen, *conditions]


def _facets_said(body: dict[str, Any]) -> dict[Facet, list[str]]:
    return {kind: body.pop(name) for name, kind in FACETS.items() if name in body}


def _shown(campaign: Campaign) -> dict[str, Any]:
    own = campaign.brand_id in actor().memberships
    columns = Campaign.__mapper__.column_attrs.keys()
    return (
        {name: getattr(campaign, name) for name in columns}
        | {name: campaign.values(kind) for name, kind in FACETS.items()}
        | terms_shown(campaign.terms)
        | {
            "brand": campaign.brand,
            "budget": money(campaign.budget_amount, campaign.currency) if own else None,
            "margin_bps": campaign.margin_bps if own else None,
        }
    )

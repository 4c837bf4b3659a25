"""Giveaways of a campaign: announcing, changing, closing, drawing."""

from typing import Any

from sqlalchemy import select

from marketplace.accounts import Scope
from marketplace.api.fields import Body
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    public,
    reads,
    settings,
    writes,
)
from marketplace.api.giveaway_shapes import (
    DrawIn,
    DrawOut,
    GiveawayIn,
    GiveawayOut,
    GiveawayPatch,
    draw_shown,
    giveaways_shown,
)
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.campaigns.models import Campaign
from marketplace.clock import now
from marketplace.collaborations import Application
from marketplace.errors import Invalid, NotFound
from marketplace.kpis import contract_of
from marketplace.tracking import giveaway_draws, giveaway_queries, giveaways
from marketplace.tracking.giveaway_models import Giveaway
from marketplace.tracking.giveaway_rules import GiveawayNotFound

blp = Resource("giveaways", description="Prizes to be won, and draws to be checked")
PAGES = "/g/"
NEWEST = Sort("newest", Giveaway.created_at, Giveaway.id)


@blp.route("/campaigns/<campaign_id>/giveaways", methods=["POST"])
@writes
@blp.arguments(GiveawayIn)
@blp.response(201, GiveawayOut)
def announce_giveaway(body: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Announce a giveaway; what its draw will depend on is committed to at once."""
    session = begin()
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound("There is no such campaign, or it is not yours.")
    actor().require_brand(campaign.brand_id, Scope.WRITE)
    _require_own_application(body, campaign.id)
    body.setdefault("confirm_email", bool(settings().smtp_url))
    _require_mail(body)
    giveaway = giveaways.announce(
        session,
        campaign,
        page_url=f"{settings().public_url}{PAGES}",
        keyring=settings().keyring,
        by=actor().user_id,
        now=now(),
        **body,
    )
    return giveaways_shown(session, [giveaway])[0]


@blp.route("/campaigns/<campaign_id>/giveaways", methods=["GET"])
@reads
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(GiveawayOut))
def list_giveaways(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """A campaign's giveaways, newest first; for its brand and who is in it."""
    session, asking = begin(), actor()
    campaign = session.get(Campaign, campaign_id)
    contract = None
    if campaign is not None and asking.influencer_id is not None:
        contract = session.scalar(contract_of(asking.influencer_id, campaign_id))
    if campaign is None or (
        contract is None and campaign.brand_id not in asking.memberships
    ):
        raise NotFound("There is no such campaign, or it is not yours.")
    if contract is None:
        asking.require_brand(campaign.brand_id, Scope.READ)
    its = select(Giveaway).where(Giveaway.campaign_id == campaign_id)
    found = page(session, its, NEWEST, query)
    return found | {"data": giveaways_shown(session, found["data"])}


@blp.route("/giveaways/<giveaway_id>", methods=["GET"])
@reads
@blp.response(200, GiveawayOut)
def get_giveaway(giveaway_id: str) -> dict[str, Any]:
    """Look at a giveaway."""
    giveaway = _own_giveaway(giveaway_id, Scope.READ)
    return giveaways_shown(begin(), [giveaway])[0]


@blp.route("/giveaways/<giveaway_id>", methods=["PATCH"])
@writes
@blp.arguments(GiveawayPatch)
@blp.response(200, GiveawayOut)
def change_giveaway(body: dict[str, Any], giveaway_id: str) -> dict[str, Any]:
    """Change a giveaway; what entrants went by only before it opens."""
    giveaway = _own_giveaway(giveaway_id, Scope.WRITE)
    _require_own_application(body, giveaway.campaign_id)
    _require_mail(body)
    giveaways.change_giveaway(
        begin(), giveaway, changes=body, by=actor().user_id, now=now()
    )
    return giveaways_shown(begin(), [giveaway])[0]


@blp.route("/giveaways/<giveaway_id>/close", methods=["POST"])
@writes
@blp.arguments(Body)
@blp.response(200, GiveawayOut)
def close_giveaway(body: dict[str, Any], giveaway_id: str) -> dict[str, Any]:
    """Close it now, before its time; the list of tickets is public then."""
    giveaway = _own_giveaway(giveaway_id, Scope.WRITE)
    giveaways.close(begin(), giveaway, by=actor().user_id, now=now())
    return giveaways_shown(begin(), [giveaway])[0]


@blp.route("/giveaways/<giveaway_id>/draw", methods=["POST"])
@writes
@blp.arguments(DrawIn)
@blp.response(200, DrawOut)
def draw_giveaway(body: dict[str, Any], giveaway_id: str) -> dict[str, Any]:
    """Draw the winners that are missing, and reveal the seed; again it is the same."""
    giveaway = _own_giveaway(giveaway_id, Scope.WRITE)
    picks = giveaway_draws.draw(
        begin(),
        giveaway,
        **body,
        keyring=settings().keyring,
        by=actor().user_id,
        now=now(),
    )
    return draw_shown(begin(), giveaway, picks)


@blp.route("/giveaways/<giveaway_id>/draw", methods=["GET"])
@public(limit="120 per minute")
@blp.response(200, DrawOut)
def get_draw(giveaway_id: str) -> dict[str, Any]:
    """What anybody needs to check a draw."""
    session = begin()
    giveaway = session.get(Giveaway, giveaway_id)
    if giveaway is None:
        raise GiveawayNotFound("There is no such giveaway.")
    picks = session.scalars(giveaway_queries.picks_of(giveaway))
    return draw_shown(session, giveaway, picks)


def _own_giveaway(giveaway_id: str, scope: Scope) -> Giveaway:
    giveaway = begin().get(Giveaway, giveaway_id)
    if giveaway is None:
        raise GiveawayNotFound("There is no such giveaway, or it is not yours.")
    actor().require_brand(giveaway.brand_id, scope)
    return giveaway


def _require_mail(body: dict[str, Any]) -> None:
    """Invalid where addresses are to be confirmed, and no mail can be sent."""
    if body.get("confirm_email") and not settings().smtp_url:
        reason = "This instance sends no mail (SMTP_URL), so nobody could confirm."
        raise Invalid({"confirm_email": [reason]})


def _require_own_application(body: dict[str, Any], campaign_id: str) -> None:
    """Invalid unless the application it is to be of is one to its campaign."""
    application_id = body.get("application_id")
    if application_id is None:
        return
    application = begin().get(Application, application_id)
    if application is None or application.campaign_id != campaign_id:
        reason = "There is no such application to this campaign."
        raise Invalid({"application_id": [reason]})

"""Grants: leave to read a channel's figures from its platform, given by its owner there.

Whoever asks gets an address at the platform; there the owner consents, and comes back to
/oauth/{platform}/callback, which is a page for people.
"""

from typing import Any

import structlog
from flask import Response, request
from marshmallow import fields
from sqlalchemy import Select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts import BrandChannel, Channel, Platform, Scope
from marketplace.api.fields import Answer, Body, Choice, Moment
from marketplace.api.frame import (
    Resource,
    actor,
    begin,
    commit_first,
    public,
    reading,
    reads,
    settings,
    writes,
)
from marketplace.api.grant_pages import consent_page
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.content import grants
from marketplace.content.grant_models import Grant
from marketplace.content.grant_rules import (
    AnotherAccount,
    ConsentNotValid,
    GrantNotFound,
    GrantState,
    PlatformNotAsked,
    PlatformNotSetUp,
)
from marketplace.content.platforms import (
    Account,
    Owner,
    PlatformFailure,
    Tokens,
    Trouble,
    Way,
    way_to,
)
from marketplace.content.platforms import consent as consents
from marketplace.content.platforms.consent import Consent
from marketplace.errors import Conflict, NotFound

log = structlog.get_logger()
blp = Resource(
    "grants", description="Leave to read figures from platforms", url_prefix=""
)
NEWEST = Sort("granted_at", Grant.granted_at, Grant.id)


class ConsentOut(Answer):
    """Where the channel's owner consents, signed in at the platform; for ten minutes."""

    channel_id = fields.String()
    platform = Choice(Platform)
    authorization_url = fields.String()
    expires_at = Moment()


class GrantOut(Answer):
    """A grant, without its tokens.

    `account_handle`: whose account it is, as the platform says. `expires_at`: of the
    token, which is renewed before, where the platform lets us. `checked_at`: when the
    platform last told something; `failure`: why it last did not, or why the grant ended.
    """

    id = fields.String()
    channel_id = fields.String()
    platform = Choice(Platform)
    state = Choice(GrantState)
    account_handle = fields.String()
    account_name = fields.String()
    scopes = fields.List(fields.String())
    granted_at = Moment()
    expires_at = Moment(allow_none=True)
    checked_at = Moment(allow_none=True)
    failure = fields.String(allow_none=True)
    next_attempt_at = Moment(allow_none=True)


@blp.route("/v1/channels/<channel_id>/grants", methods=["POST"])
@writes
@blp.arguments(Body)
@blp.response(201, ConsentOut)
def ask_for_grant(body: dict[str, Any], channel_id: str) -> dict[str, Any]:
    """Have a channel's figures, and those of its posts, read from its platform.

    409 where the platform has no such API, or this instance is not registered there.
    A grant the channel has already stays until a new one is given.
    """
    channel = _own_channel(channel_id)
    way, at = _way(channel), clock.now()
    asked = consents.new_consent(channel.platform, channel.id, actor().user_id, now=at)
    url = consents.consent_url(asked, way.api, way.app, settings().keyring)
    return {
        "channel_id": channel.id,
        "platform": channel.platform,
        "authorization_url": url,
        "expires_at": asked.until,
    }


@blp.route("/v1/grants")
@reads
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(GrantOut))
def list_grants(query: dict[str, Any]) -> dict[str, Any]:
    """One's own grants: an influencer's channels', and a brand's own channels'."""
    return page(begin(), _own_grants(), NEWEST, query)


@blp.route("/v1/grants/<grant_id>")
@reads
@blp.response(200, GrantOut)
def get_grant(grant_id: str) -> Grant:
    """One grant, and how it goes."""
    found = begin().scalar(_own_grants().where(Grant.id == grant_id))
    if found is None:
        raise GrantNotFound("There is no such grant, or it is not yours.")
    return found


@blp.route("/v1/grants/<grant_id>", methods=["DELETE"])
@writes
@blp.response(204)
def revoke_grant(grant_id: str) -> None:
    """Take the leave back: nothing is read any more. Figures that were read stay, but
    those of platforms that limit how long they are kept: these go within a day.
    """
    grant = reading().scalar(_own_grants().where(Grant.id == grant_id))
    if grant is None:
        raise GrantNotFound("There is no such grant, or it is not yours.")
    if grant.brand_id is not None:
        actor().require_brand(grant.brand_id, Scope.WRITE)
    owner = Owner.BRAND if grant.brand_id else Owner.INFLUENCER
    platform, by, keyring = grant.platform, actor(), settings().keyring
    tokens = commit_first(
        lambda s: grants.revoke(s, grant_id, keyring, by=by, now=clock.now())
    )
    if tokens is not None:
        _tell_platform(platform, owner, tokens)


def _tell_platform(platform: Platform, owner: Owner, tokens: Tokens) -> None:
    """So that it forgets them, too; ours are gone, whatever it says."""
    told = settings()
    try:
        way = way_to(platform, owner, told.platforms, public_url=told.public_url)
        with way.door(tokens.access, permitted=told.outbound_networks) as door:
            way.api.revoke(door, tokens)
    except (PlatformFailure, Conflict) as failure:
        log.warning("platform not told of a revoked grant", why=str(failure))


@blp.route("/oauth/<platform>/callback")
@public(raw=True, limit="60 per minute")
@blp.response(200, {"type": "string"}, content_type="text/html")
def take_consent(platform: str) -> Response:
    """Where people come back to from a platform; a page that says what became of it."""
    if request.method == "HEAD":
        return Response()  # a code is for one use: looking does not use it
    try:
        consent = consents.open_consent(
            request.args.get("state", ""),
            platform,
            settings().keyring,
            now=clock.now(),
        )
    except ConsentNotValid:
        return consent_page("stale", 400)
    code = request.args.get("code", "")
    if not code or len(code) > consents.LONGEST_CODE:
        return consent_page("declined", 200)
    return _take(consent, code)


def _take(consent: Consent, code: str) -> Response:
    """Have tokens for the code, see whose they are, and keep them."""
    channel = grants.channel_of(reading(), consent.channel_id)
    if channel is None:
        return consent_page("stale", 404)
    owner, handle = grants.owner_of(channel), channel.handle
    reading().rollback()  # nobody waits for the platform in a transaction
    try:
        account, tokens = _exchange(consent, owner, code, handle)
        commit_first(lambda s: _keep(s, consent, account, tokens))
    except PlatformFailure as failure:
        log.warning("no grant", platform=consent.platform, why=str(failure))
        is_away = failure.trouble is Trouble.LATER
        return consent_page("away" if is_away else "refused", 503 if is_away else 409)
    except AnotherAccount:
        reading().rollback()
        return consent_page("another", 409, handle)
    except (PlatformNotAsked, PlatformNotSetUp):
        return consent_page("refused", 409)
    return consent_page("granted", 200, handle)


def _keep(session: Session, consent: Consent, account: Account, tokens: Tokens) -> None:
    channel = grants.channel_of(session, consent.channel_id)
    if channel is None:
        raise NotFound("There is no such channel any more.")
    grants.take(
        session,
        channel,
        account,
        tokens,
        user_id=consent.user_id,
        keyring=settings().keyring,
        now=clock.now(),
    )


def _exchange(
    consent: Consent, owner: Owner, code: str, handle: str
) -> tuple[Account, Tokens]:
    told = settings()
    way = way_to(consent.platform, owner, told.platforms, public_url=told.public_url)
    with way.door(permitted=told.outbound_networks) as door:
        secret = consents.verifier(consent, told.keyring)
        tokens = way.api.exchange(door, code, secret, clock.now())
        door.let_in_by(way.api.headers(tokens.access))
        return way.api.account(door, tokens, handle), tokens


def _way(channel: Channel | BrandChannel) -> Way:
    told = settings()
    return way_to(
        channel.platform,
        grants.owner_of(channel),
        told.platforms,
        public_url=told.public_url,
    )


def _own_channel(channel_id: str) -> Channel | BrandChannel:
    """The caller's channel; only its owner lets anybody read it."""
    channel = grants.channel_of(begin(), channel_id)
    if isinstance(channel, BrandChannel):
        actor().require_brand(channel.brand_id, Scope.WRITE)
    elif channel is None or channel.influencer_id != actor().influencer_id:
        raise NotFound("There is no such channel, or it is not yours.")
    return channel


def _own_grants() -> Select[Grant]:
    asking = actor()
    return grants.grants_of(
        brand_ids=asking.brand_ids, influencer_id=asking.influencer_id
    )

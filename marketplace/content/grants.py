"""Grants: taken, opened where they are used, renewed, and ended.

Tokens are sealed; in the clear they are only in the process that asks the platform.
"""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from marketplace import clock, events
from marketplace.accounts.models import BrandChannel, Channel
from marketplace.accounts.rules import Actor
from marketplace.content.cells import lock_channel
from marketplace.content.grant_models import Grant, PostFetch
from marketplace.content.grant_rules import AnotherAccount, GrantNotFound, GrantState
from marketplace.content.platforms.asking import Account, Owner, Tokens
from marketplace.content.said import handle_of
from marketplace.keys import Keyring

GRANT_KEY = "grant:1"
LONGEST_FAILURE = 500


def grants_of(
    *, brand_ids: Collection[str], influencer_id: str | None
) -> Select[Grant]:
    """Those of these brands' own channels, and those of this influencer."""
    theirs = Grant.brand_id.in_(brand_ids)
    if influencer_id is None:
        return select(Grant).where(theirs)
    return select(Grant).where(or_(theirs, Grant.influencer_id == influencer_id))


def owner_of(channel: Channel | BrandChannel) -> Owner:
    """Whose channel it is."""
    return Owner.BRAND if isinstance(channel, BrandChannel) else Owner.INFLUENCER


def channel_of(session: Session, channel_id: str) -> Channel | BrandChannel | None:
    """The channel of that id, an influencer's or a brand's own."""
    return session.get(Channel, channel_id) or session.get(BrandChannel, channel_id)


def take(
    session: Session,
    channel: Channel | BrandChannel,
    account: Account,
    tokens: Tokens,
    *,
    user_id: str,
    keyring: Keyring,
    now: datetime,
) -> Grant:
    """Keep what somebody granted, instead of any before; it is used at once.

    AnotherAccount if the platform knows the account by another name than the channel's:
    figures of one channel must not be taken for another's.
    """
    known, stated = handle_of(account.handle), handle_of(channel.handle)
    if known and known != stated:
        raise AnotherAccount(
            f"This is the account {account.handle!r}, and the channel is"
            f" {channel.handle!r}: sign in with the other, or correct the channel."
        )
    lock_channel(session, channel)
    grant = session.scalar(
        select(Grant).where(Grant.channel_id == channel.id).with_for_update()
    )
    if grant is None:
        grant = Grant(channel_id=channel.id, platform=channel.platform)
        session.add(grant)
    if grant.account_id != account.id:  # what was counted was of somebody else
        grant.counted, grant.counted_until = {}, None
    grant.influencer_id = getattr(channel, "influencer_id", None)
    grant.brand_id = getattr(channel, "brand_id", None)
    grant.user_id, grant.state, grant.failure = user_id, GrantState.ACTIVE, None
    grant.account_id, grant.account_handle = account.id, account.handle
    grant.account_name = account.name
    grant.granted_at, grant.channel_due_at, grant.ended_at = now, now, None
    grant.attempts, grant.next_attempt_at = 0, now
    keep_tokens(grant, tokens, keyring)
    session.flush()
    _wake_posts(session, channel.id, now)
    tell(session, "grant.taken", grant, now, by_user_id=user_id)
    return grant


def _wake_posts(session: Session, channel_id: str, now: datetime) -> None:
    """What was asked for in vain is due at once."""
    session.execute(
        update(PostFetch)
        .where(PostFetch.channel_id == channel_id, PostFetch.failure.is_not(None))
        .values(attempts=0, failure=None, next_attempt_at=now)
    )


def keep_tokens(grant: Grant, tokens: Tokens, keyring: Keyring) -> None:
    """Seal tokens into a grant."""
    told = {
        "access": tokens.access,
        "refresh": tokens.refresh,
        "refresh_until": _said(tokens.refresh_until),
        "account_id": tokens.account_id,
    }
    grant.sealed = keyring.seal(GRANT_KEY, json.dumps(told).encode())
    grant.expires_at, grant.scopes = tokens.expires_at, list(tokens.scopes)


def open_tokens(grant: Grant, keyring: Keyring) -> Tokens | None:
    """A grant's tokens in the clear; null if there are none, or under another key."""
    try:
        told: dict[str, Any] = json.loads(keyring.open(GRANT_KEY, grant.sealed))
    except ValueError:
        return None
    until = told["refresh_until"]
    return Tokens(
        told["access"],
        grant.expires_at,
        told["refresh"],
        clock.parse_time(until) if until else None,
        tuple(grant.scopes),
        told["account_id"],
    )


def end(
    session: Session,
    grant: Grant,
    state: GrantState,
    why: str,
    *,
    now: datetime,
    by: Actor | None = None,
) -> None:
    """Use a grant no more, and forget its tokens; figures that were read stay, as long
    as the platform's terms let them (`keeping`).
    """
    if grant.state is not GrantState.ACTIVE and state is not GrantState.REVOKED:
        return
    grant.ended_at = grant.ended_at or now
    grant.state, grant.failure = state, why[:LONGEST_FAILURE] or None
    grant.sealed, grant.expires_at, grant.next_attempt_at = b"", None, None
    session.flush()
    tell(session, f"grant.{state}", grant, now, by_user_id=by.user_id if by else None)


def revoke(
    session: Session, grant_id: str, keyring: Keyring, *, by: Actor, now: datetime
) -> Tokens | None:
    """End a grant because its owner wishes so; the tokens that the platform is to be
    told of, if any are left. GrantNotFound.
    """
    grant = session.get(Grant, grant_id, with_for_update=True)
    if grant is None:
        raise GrantNotFound("There is no such grant, or it is not yours.")
    if grant.state is GrantState.REVOKED:
        return None
    tokens = open_tokens(grant, keyring)
    end(session, grant, GrantState.REVOKED, "", now=now, by=by)
    return tokens


def tell(
    session: Session,
    kind: str,
    grant: Grant,
    now: datetime,
    *,
    by_user_id: str | None = None,
) -> None:
    """On record, for whoever it is of."""
    events.publish(
        session,
        kind,
        now=now,
        subject_id=grant.id,
        brand_id=grant.brand_id,
        influencer_id=grant.influencer_id,
        actor_id=by_user_id,
        data={
            "channel_id": grant.channel_id,
            "platform": grant.platform.value,
            "reason": grant.failure,
        },
    )


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else clock.format_time(moment)

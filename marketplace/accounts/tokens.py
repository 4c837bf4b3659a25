"""Bearer tokens: issuing, recognising, revoking."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import ApiToken, User
from marketplace.accounts.queries import bearer_of
from marketplace.accounts.rules import Actor, Scope
from marketplace.errors import Invalid, Unauthenticated

PREFIX = "mkt_"


class TokenNotValid(Unauthenticated):
    """The token is not one of ours, was revoked or has expired."""


def issue_token(
    session: Session,
    user: User,
    *,
    name: str,
    scopes: Iterable[Scope] = tuple(Scope),
    expires_at: datetime | None = None,
    now: datetime,
) -> tuple[ApiToken, str]:
    """A new token and its secret, which is not kept and cannot be shown again."""
    if expires_at is not None and expires_at <= now:
        raise Invalid({"expires_at": ["must be in the future"]})
    wanted = set(scopes)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        user_id=user.id,
        name=name,
        token_hash=_hash(secret),
        scopes=[scope.value for scope in Scope if scope in wanted],
        created_at=now,
        expires_at=expires_at,
        revoked_at=None,
    )
    session.add(token)
    session.flush()
    events.publish(
        session, "token.issued", now=now, subject_id=token.id, actor_id=user.id
    )
    return token, secret


def authenticate(session: Session, secret: str, now: datetime) -> Actor:
    """Who holds this token; TokenNotValid if nobody does (any more)."""
    rows = session.execute(bearer_of(_hash(secret))).all()
    if not rows:
        raise TokenNotValid("The token is not valid.")
    token, is_admin, influencer_id = rows[0][:3]
    if token.revoked_at is not None:
        raise TokenNotValid("The token was revoked.")
    if token.expires_at is not None and token.expires_at <= now:
        raise TokenNotValid("The token has expired.")
    return Actor(
        user_id=token.user_id,
        token_id=token.id,
        scopes=frozenset(Scope(scope) for scope in token.scopes),
        memberships={brand: role for *_, brand, role in rows if brand is not None},
        influencer_id=influencer_id,
        is_admin=is_admin,
    )


def revoke_token(
    session: Session, token: ApiToken, *, by: Actor | None, now: datetime
) -> None:
    """End a token now; once is enough."""
    if token.revoked_at is None:
        token.revoked_at = now
        session.flush()
        events.publish(
            session,
            "token.revoked",
            now=now,
            subject_id=token.id,
            actor_id=by.user_id if by else None,
        )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

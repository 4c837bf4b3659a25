"""API tokens: issuing by password or by a token, listing, revoking.

Who asks with e-mail and password is logged in: their browser is told so in a cookie, by
which their own clicks are known and not counted.
"""

from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import Length
from werkzeug.http import dump_cookie

from marketplace import accounts
from marketplace.accounts import ApiToken, Scope, User
from marketplace.api import limits
from marketplace.api.fields import Answer, Body, Choice, Email, Moment, Password, Text
from marketplace.api.frame import (
    Resource,
    actor,
    authenticated,
    begin,
    public,
    reading,
    settings,
    tokens,
)
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.clock import now
from marketplace.errors import NotFound, Unauthenticated
from marketplace.tracking import internal

blp = Resource("tokens", description="Bearer tokens for programs")
NEWEST = Sort("newest", ApiToken.created_at, ApiToken.id)
LOGGED_IN = timedelta(days=30)


class WrongPassword(Unauthenticated):
    """The e-mail and password do not belong together."""


class TokenIn(Body):
    """E-mail and password, or neither and a token with the scope `tokens`."""

    email = Email(longest=254)
    password = Password(shortest=1)
    name = Text(longest=100, load_default="")
    scopes = fields.List(Choice(Scope), validate=Length(min=1, max=len(Scope)))
    expires_at = Moment(load_default=None, allow_none=True)

    @validates_schema
    def both_or_neither(self, given: dict[str, Any], **_: Any) -> None:
        """One of e-mail and password alone says nothing."""
        for name, other in (("email", "password"), ("password", "email")):
            if other in given and name not in given:
                raise ValidationError({name: ["Missing data for required field."]})


class TokenOut(Answer):
    """A token without its secret."""

    id = fields.String()
    name = fields.String()
    scopes = fields.List(fields.String())
    created_at = Moment()
    expires_at = Moment(allow_none=True)


class TokenIssued(TokenOut):
    """A new token; its secret is shown here and never again."""

    token = fields.String()


@blp.route("/tokens", methods=["POST"])
@public(limit=limits.REGISTERING)
@blp.arguments(TokenIn)
@blp.response(201, TokenIssued)
def issue_token(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Issue a token; its scopes default to all that the caller may give.

    With e-mail and password the answer sets the cookie `mkt_user`.
    """
    by_password = "password" in body
    user_id, allowed = _issuer(body.pop("email", None), body.pop("password", None))
    scopes = set(body.pop("scopes", allowed))
    if not scopes <= allowed:
        raise accounts.ScopeMissing("A token cannot give a scope it does not have.")
    session = begin()
    user = session.get_one(User, user_id)
    token, secret = accounts.issue_token(
        session, user, **body, scopes=scopes, now=now()
    )
    headers = {"Set-Cookie": _logged_in(user.id)} if by_password else {}
    return {**_plain(token), "token": secret}, 201, headers


@blp.route("/tokens")
@tokens
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(TokenOut))
def list_tokens(query: dict[str, Any]) -> dict[str, Any]:
    """List one's own tokens, without secrets; revoked ones are left out."""
    return page(begin(), accounts.tokens_of(actor().user_id), NEWEST, query)


@blp.route("/tokens/<token_id>", methods=["DELETE"])
@tokens
@blp.response(204)
def revoke_token(token_id: str) -> None:
    """Revoke one of one's own tokens."""
    own = accounts.tokens_of(actor().user_id).where(ApiToken.id == token_id)
    token = begin().scalar(own)
    if token is None:
        raise NotFound("You have no such token.")
    accounts.revoke_token(begin(), token, by=actor(), now=now())


def _issuer(email: str | None, password: str | None) -> tuple[str, frozenset[Scope]]:
    """Who asks for a token, and which scopes they can give."""
    if email is None or password is None:
        asking = authenticated()
        if asking is None:
            raise Unauthenticated("Give e-mail and password, or a token.")
        asking.require(Scope.TOKENS)
        return asking.user_id, asking.scopes
    names = (email, limits.client_address())
    limits.check(limits.WRONG_PASSWORDS, *names)
    user = reading().scalar(accounts.user_of_email(email))
    user_id = user.id if user else ""
    known_hash = user.password_hash if user else None
    reading().rollback()  # argon2 is slow: nothing is held meanwhile
    if not accounts.verify_password(known_hash, password):
        limits.spend(limits.WRONG_PASSWORDS, *names)
        raise WrongPassword("The e-mail address or the password is wrong.")
    return user_id, frozenset(Scope)


def _logged_in(user_id: str) -> str:
    """The cookie that says who is logged in, for this host alone."""
    return dump_cookie(
        internal.COOKIE,
        internal.mint(settings().keyring, user_id),
        max_age=LOGGED_IN,
        secure=settings().public_url.startswith("https:"),
        httponly=True,
        sync_expires=False,
        samesite="Lax",
    )


def _plain(token: ApiToken) -> dict[str, Any]:
    """The token's own fields, to which the secret is added."""
    shown = ("id", "name", "scopes", "created_at", "expires_at")
    return {name: getattr(token, name) for name in shown}

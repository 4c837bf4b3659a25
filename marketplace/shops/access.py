"""Credentials for a shop's own API: set, opened where they are used, removed."""

import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import update
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.rules import Actor
from marketplace.accounts.urls import web_url
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.keys import Keyring
from marketplace.shops.adapters.base import ShopFacts
from marketplace.shops.apis import ALTERNATIVES, APIS
from marketplace.shops.apis.shop_client import ApiFailure
from marketplace.shops.models import Shop, ShopAccess, ShopFetch

ACCESS_KEY = "shop-access:1"
LONGEST_CREDENTIAL = 4000
LONGEST_API_URL = 500


class NoShopApi(Conflict):
    """Shops of this platform are not asked anything: there is no API for it here."""


class ShopDisconnected(Conflict):
    """The shop took its connection back, so it is asked nothing."""


class AccessNotSet(NotFound):
    """No credentials are stored for this shop."""


def credentials_of(shop: Shop) -> Mapping[str, str]:
    """What the shop's platform needs: name → what it is; empty if it is not asked."""
    api = APIS.get(shop.platform)
    return {} if api is None else api.CREDENTIALS


def set_access(
    session: Session,
    shop: Shop,
    credentials: Mapping[str, str],
    api_url: str,
    *,
    keyring: Keyring,
    now: datetime,
    by: Actor | None = None,
) -> ShopAccess:
    """Store credentials instead of any before; what waited for them is due at once.

    `api_url`: empty for the platform's usual address. NoShopApi; ShopDisconnected;
    Invalid names every credential that is missing or not known.
    """
    if shop.disconnected_at is not None:
        raise ShopDisconnected(f"The shop {shop.id} is disconnected: connect it again.")
    kept = _checked(shop, credentials)
    url = _checked_url(api_url)
    _refuse_no_way_in(shop, url, kept)
    sealed = keyring.seal(ACCESS_KEY, json.dumps(kept).encode())
    # Twice at once: the second waits, and then finds the first one's row.
    session.refresh(shop, with_for_update={"key_share": True})
    access = session.get(ShopAccess, shop.id, with_for_update=True)
    if access is None:
        access = ShopAccess(shop_id=shop.id)
        session.add(access)
    access.sealed, access.api_url, access.created_at = sealed, url, now
    access.checked_at = access.failure = None
    # A reading under way may have been of another address: begin it anew.
    access.cursor = access.reading_until = None
    access.attempts, access.next_attempt_at = 0, now
    session.flush()
    session.execute(
        update(ShopFetch)
        .where(ShopFetch.shop_id == shop.id, ShopFetch.fetched_event_id.is_(None))
        .values(attempts=0, next_attempt_at=now)
    )
    _tell(session, "shop.access_set", shop, by, now)
    return access


def open_access(
    session: Session, shop: Shop, keyring: Keyring
) -> tuple[dict[str, str], str] | None:
    """A shop's credentials in the clear and the address of its API; null without.

    ApiFailure if they were sealed under another key.
    """
    access = session.get(ShopAccess, shop.id)
    if access is None:
        return None
    try:
        kept: dict[str, str] = json.loads(keyring.open(ACCESS_KEY, access.sealed))
    except ValueError as error:
        why = "the credentials cannot be opened any more: set them anew"
        raise ApiFailure(why, is_lasting=True) from error
    return kept, access.api_url


def remove_access(
    session: Session, shop: Shop, *, now: datetime, by: Actor | None = None
) -> None:
    """Forget the credentials: the shop is asked nothing any more. AccessNotSet."""
    access = session.get(ShopAccess, shop.id, with_for_update=True)
    if access is None:
        raise AccessNotSet("No credentials are stored for this shop.")
    session.delete(access)
    session.flush()
    _tell(session, "shop.access_removed", shop, by, now)


def _checked(shop: Shop, credentials: Mapping[str, str]) -> dict[str, str]:
    """The credentials without blanks around them."""
    known = credentials_of(shop)
    if not known:
        raise NoShopApi(f"A {shop.platform} shop has no API that could be asked.")
    kept = {name: value.strip() for name, value in credentials.items()}
    errors = {
        f"credentials.{name}": [f"is not asked for by {shop.platform}"]
        for name in kept
        if name not in known
    }
    for name in _needed(shop, kept) | (kept.keys() & known.keys()):
        if reason := _error(kept.get(name, "")):
            errors[f"credentials.{name}"] = [reason]
    if errors:
        raise Invalid(errors)
    return kept


def _needed(shop: Shop, given: Mapping[str, str]) -> frozenset[str]:
    """What must be given: all, or that of several sets which fits best."""
    sets = ALTERNATIVES.get(shop.platform, (frozenset(credentials_of(shop)),))
    return max(sets, key=lambda names: len(names & given.keys()) / len(names))


def _error(credential: str) -> str:
    if not credential:
        return "is needed"
    if not (credential.isascii() and credential.isprintable()):
        return "must be printable ASCII"  # it goes into a header
    return "is too long" if len(credential) > LONGEST_CREDENTIAL else ""


def _checked_url(api_url: str) -> str:
    """The address without a final slash; empty stays empty."""
    if not api_url.strip():
        return ""
    try:
        url = web_url(api_url).rstrip("/")
    except ValueError as error:
        raise Invalid({"api_url": [f"Not a web address: {error}."]}) from error
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise Invalid({"api_url": ["must have no query and no fragment"]})
    if len(url) > LONGEST_API_URL:
        raise Invalid({"api_url": [f"is longer than {LONGEST_API_URL} characters"]})
    return url


def _refuse_no_way_in(shop: Shop, url: str, kept: Mapping[str, str]) -> None:
    """Invalid where the platform cannot be reached at this address."""
    facts = ShopFacts(shop.domain, shop.currency, shop.timezone)
    try:
        APIS[shop.platform].door(facts, url, kept)
    except ApiFailure as failure:
        raise Invalid({"api_url": [str(failure)]}) from failure


def _tell(
    session: Session, kind: str, shop: Shop, by: Actor | None, now: datetime
) -> None:
    events.publish(
        session,
        kind,
        now=now,
        subject_id=shop.id,
        brand_id=shop.brand_id,
        actor_id=by.user_id if by else None,
    )

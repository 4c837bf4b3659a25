"""Asking a person for leave to read their channel: OAuth 2 with a code.

What a person comes back with names the channel and who asked, signed, for ten minutes;
nothing is stored meanwhile. The verifier of a challenge (PKCE) is derived from it, so
that only we know it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from marketplace.accounts.rules import Platform
from marketplace.clock import from_timestamp
from marketplace.content.grant_rules import ConsentNotValid
from marketplace.content.platforms.asking import PlatformApi
from marketplace.content.platforms.door import PlatformApp
from marketplace.keys import Keyring

LASTS = timedelta(minutes=10)
STATE_KEY, VERIFIER_KEY = "grant-state:1", "grant-verifier:1"
LONGEST_STATE, LONGEST_CODE = 1000, 4000


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person is asked: by whom, for which channel; `until`: to come back."""

    platform: Platform
    channel_id: str
    user_id: str
    nonce: str
    until: datetime


def new_consent(
    platform: Platform, channel_id: str, user_id: str, *, now: datetime
) -> Consent:
    """A question that was never asked before."""
    until = now.replace(microsecond=0) + LASTS
    return Consent(platform, channel_id, user_id, secrets.token_urlsafe(16), until)


def consent_url(
    consent: Consent, api: PlatformApi, app: PlatformApp, keyring: Keyring
) -> str:
    """The page at which the person consents."""
    asked = {
        "response_type": "code",
        "redirect_uri": app.redirect_url,
        "scope": api.SCOPES_BY.join(api.SCOPES),
        "state": sign(consent, keyring),
        **api.consent_query(app.client_id),
    }
    if api.HAS_PKCE:
        digest = hashlib.sha256(verifier(consent, keyring).encode()).digest()
        asked["code_challenge"] = _text(digest)
        asked["code_challenge_method"] = "S256"
    return f"{app.host(api.HOSTS, 'page')}{api.PAGE_PATH}?{urlencode(asked)}"


def verifier(consent: Consent, keyring: Keyring) -> str:
    """What its challenge was made of: 64 characters nobody can guess."""
    return keyring.digest(VERIFIER_KEY, consent.nonce)


def sign(consent: Consent, keyring: Keyring) -> str:
    """The consent as a text that nobody else can make."""
    told = (
        consent.platform.value,
        consent.channel_id,
        consent.user_id,
        consent.nonce,
        int(consent.until.timestamp()),
    )
    text = _text(json.dumps(told).encode())
    return f"{text}.{keyring.digest(STATE_KEY, text)}"


def open_consent(
    state: str, platform: str, keyring: Keyring, *, now: datetime
) -> Consent:
    """The inverse; ConsentNotValid for one that is not ours, of another platform, or
    too late.
    """
    text, _, mac = state[:LONGEST_STATE].rpartition(".")
    expected = keyring.digest(STATE_KEY, text)
    if not hmac.compare_digest(mac.encode("utf-8", "replace"), expected.encode()):
        raise ConsentNotValid({"state": ["is not one of ours"]})
    try:
        named, channel_id, user_id, nonce, until = json.loads(_bytes(text))
        consent = Consent(
            Platform(named), channel_id, user_id, nonce, from_timestamp(until)
        )
    except (ValueError, TypeError, binascii.Error) as error:
        raise ConsentNotValid({"state": ["is not one of ours"]}) from error
    if consent.platform != platform:
        raise ConsentNotValid({"state": ["is of another platform"]})
    if consent.until < now:
        raise ConsentNotValid({"state": ["is too old: begin again"]})
    return consent


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

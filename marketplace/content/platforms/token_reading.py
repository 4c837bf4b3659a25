"""Tokens of OAuth 2: asked for by a form, and read from what comes back."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from marketplace.content.platforms.asking import Tokens
from marketplace.content.platforms.door import Door, PlatformFailure, Trouble
from marketplace.content.shapes.place import identity_of, number_of

_TOKEN = re.compile(r"[!-~]{1,4000}")
_SCOPES = re.compile(r"[ ,]+")
_LONGEST_SECONDS = 20 * 365 * 24 * 3600
_UNTIL_REFRESHED = ("refresh_token_expires_in", "refresh_expires_in")


def ask_for_tokens(
    door: Door,
    path: str,
    form: Mapping[str, str],
    now: datetime,
    *,
    app_as: str = "client_id",
    before: Tokens | None = None,
) -> Tokens:
    """Tokens for a form, to which who asks is added; PlatformFailure without any."""
    told = {app_as: door.app.client_id, "client_secret": door.app.client_secret}
    said = door.post("token", path, form={**told, **form})
    return read_tokens(said, now, before=before)


def code_form(door: Door, code: str, **more: str) -> dict[str, str]:
    """The form in which a code is shown."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": door.app.redirect_url,
        **more,
    }


def refresh_form(tokens: Tokens) -> dict[str, str]:
    """The form in which a refresh token is shown."""
    return {"grant_type": "refresh_token", "refresh_token": tokens.refresh}


def read_tokens(answer: Any, now: datetime, *, before: Tokens | None = None) -> Tokens:
    """The tokens in an answer; PlatformFailure if there are none.

    What is not said again is as `before`: a refresh token, most often.
    """
    said = answer if isinstance(answer, dict) else {}
    access = _token(said.get("access_token"))
    if not access:
        raise PlatformFailure("the platform gave no token", Trouble.NO)
    refresh = _token(said.get("refresh_token"))
    until = _first(said, now)
    scopes = said.get("scope") or said.get("permissions") or ""
    listed = tuple(filter(None, _SCOPES.split(str(scopes)[:2000])))[:50]
    old = before or Tokens("")
    return Tokens(
        access,
        _moment(said.get("expires_in"), now),
        refresh or old.refresh,
        until or (None if refresh else old.refresh_until),
        listed or old.scopes,
        identity_of(said.get("open_id")) or old.account_id,
    )


def _first(said: Mapping[str, Any], now: datetime) -> datetime | None:
    times = (_moment(said.get(name), now) for name in _UNTIL_REFRESHED)
    return next((one for one in times if one is not None), None)


def _token(value: object) -> str:
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) else ""


def _moment(seconds: object, now: datetime) -> datetime | None:
    number = number_of(seconds)
    if number is None or not 0 < number <= _LONGEST_SECONDS:
        return None
    return now + timedelta(seconds=int(number))

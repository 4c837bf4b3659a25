"""What a shop platform's own API is asked, and how it is asked.

One file per platform, like the adapters: an adapter reads what came in, an API module
fetches. Neither touches the database; jobs call these outside of any transaction.
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self

import httpx

from marketplace.outbound import Answer, Asked, Networks, ask, open_client
from marketplace.shops.adapters.base import Fetched, ShopFacts


class ApiFailure(Exception):
    """The shop's API did not do what was asked.

    `is_lasting`: asking again will not help (credentials refused, wrong request).
    `retry_after`: seconds it wants to be left alone, if it says so.
    """

    def __init__(
        self, why: str, *, is_lasting: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(why)
        self.is_lasting = is_lasting
        self.retry_after = retry_after


class CodeRefused(ApiFailure):
    """The shop does not take this code, and has none of ours so worded."""

    def __init__(self, why: str) -> None:
        super().__init__(why, is_lasting=True)


# A token is not used in its last seconds, nor for longer than ten minutes.
_SPARE_SECONDS, _USUAL_SECONDS = 30, 600
_TOKEN = re.compile(r"[!-~]{1,8000}")


@dataclass(frozen=True, slots=True)
class TokenAsked:
    """Where a short-lived token is had for our credentials (OAuth 2), and by what.

    `header`: of the platform's own for the token; else it is a bearer's.
    """

    path: str
    json: Mapping[str, str] = field(repr=False)
    header: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """Where a shop's API is and how it knows us; `base_url` without a final slash.

    `token`: the client gets it by itself, before its first call. `timezone`: of the
    times that the API takes and gives, where they have no offset.
    """

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    token: TokenAsked | None = field(default=None, repr=False)
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of what changed; `cursor` asks for the next, null at the end."""

    fetched: Sequence[Fetched]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class CodeWish:
    """A discount code a shop should have: a part or an amount off every order.

    `amount`: minor units of `currency`. Neither rate nor amount: a code that only says
    who sent the buyer. `ends_at`: when it stops by itself.
    """

    code: str
    title: str
    rate_bps: int | None
    amount: int | None
    currency: str
    starts_at: datetime
    ends_at: datetime | None


class ShopClient:
    """One shop's API over HTTP: its host only, with time-outs and a limit on size."""

    def __init__(self, door: Door, *, permitted: Networks = ()) -> None:
        self._door = door
        self._client = open_client(door.base_url, permitted=permitted)
        self._token, self._token_until = "", 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._client.close()

    @property
    def timezone(self) -> str:
        """Of times without an offset."""
        return self._door.timezone

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer, whatever its status below 500 but 401, 403, 408 and 429.

        ApiFailure for those and for an API that cannot be reached.
        """
        return self._send(
            Asked(
                method,
                self._door.base_url + path,
                {**self._door.headers, **self._bearer(), **(headers or {})},
                params,
                json,
                form,
                self._door.auth,
            )
        )

    def _bearer(self) -> dict[str, str]:
        """The header with a token that still holds, where this door wants one."""
        asked = self._door.token
        if asked is None:
            return {}
        if time.monotonic() >= self._token_until:
            url = self._door.base_url + asked.path
            answer = self._send(Asked("POST", url, self._door.headers, json=asked.json))
            self._token, seconds = _token_of(read_answer(answer))
            self._token_until = time.monotonic() + seconds - _SPARE_SECONDS
        if asked.header:
            return {asked.header: self._token}
        return {"Authorization": f"Bearer {self._token}"}

    def _send(self, asked: Asked) -> Answer:
        try:
            answer = ask(self._client, asked)
        except httpx.HTTPError as error:
            raise ApiFailure(f"{type(error).__name__}: {error}"[:300]) from error
        if answer.status in (401, 403):
            why = f"the shop refuses these credentials ({answer.status})"
            raise ApiFailure(why, is_lasting=True)
        if answer.status in (408, 429) or answer.status >= 500:
            raise ApiFailure(
                f"the shop's API answered {answer.status}",
                retry_after=_seconds(answer.headers.get("retry-after", "")),
            )
        return answer

    def get_json(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON at a path; null for 404 and 204.

        ApiFailure for any other status than 200 and for what is no JSON.
        """
        answer = self.call("GET", path, params=params)
        if answer.status in (204, 404):
            return None
        return read_answer(answer)


def read_answer(answer: Answer) -> Any:
    """The JSON of an answer in the two hundreds; ApiFailure for anything else."""
    if not 200 <= answer.status < 300:
        text = answer.body[:200].decode("utf-8", "replace")
        raise ApiFailure(f"{answer.status}: {text}", is_lasting=answer.status < 500)
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise ApiFailure("the shop's API did not answer in JSON") from error


def _token_of(answer: Any) -> tuple[str, int]:
    """(token, seconds it holds) of an OAuth answer."""
    said = answer if isinstance(answer, dict) else {}
    token, seconds = said.get("access_token"), said.get("expires_in")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise ApiFailure("the shop's API gave no token")
    if not isinstance(seconds, int) or not 0 < seconds < _USUAL_SECONDS:
        seconds = _USUAL_SECONDS
    return token, seconds


def _seconds(text: str) -> float | None:
    if text.isascii() and text.isdigit() and len(text) < 7:
        return float(text)
    return None


class ShopApi(Protocol):
    """What an API module has; those for codes only where the platform has codes."""

    # Name of each credential → what it is, for people.
    CREDENTIALS: Mapping[str, str]

    def door(
        self, shop: ShopFacts, api_url: str, credentials: Mapping[str, str]
    ) -> Door:
        """The way in; `api_url` empty for the platform's usual address."""

    def check(self, client: ShopClient) -> None:
        """Return if the credentials work; ApiFailure otherwise."""

    def changed_orders(
        self,
        client: ShopClient,
        *,
        since: datetime,
        until: datetime,
        cursor: str | None,
    ) -> Page:
        """Orders changed in [since, until), a page of them."""


class CodesApi(Protocol):
    """What an API module has where codes can be made in the shop."""

    def create_code(self, client: ShopClient, wish: CodeWish) -> str:
        """Make it, or find the one already made; what the shop calls it."""

    def end_code(self, client: ShopClient, external_id: str) -> None:
        """Let it no longer be used; gone already is well."""

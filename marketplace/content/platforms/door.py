"""The way into a platform's API: its hosts, our keys, and what its answers mean.

Every answer is hostile: bounded by `outbound`, read as JSON, and judged by what the
platform says in it, as some say in a 400 that a token has ended, and in a 200 that there
were too many questions.
"""

import enum
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import httpx

from marketplace.outbound import Answer, Asked, Networks, ask, open_client

LONGEST_WAIT = 24 * 3600
_LATER = frozenset({408, 425, 429})


class Trouble(enum.StrEnum):
    """What kind of no it was.

    token: ours is not, or no longer, accepted. later: too often, or it is down. gone:
    what was asked about is not there. no: whatever else, and asking again is no use.
    """

    TOKEN = "token"  # noqa: S105 - the name of a trouble
    LATER = "later"
    GONE = "gone"
    NO = "no"


class PlatformFailure(Exception):
    """A platform did not do what was asked. `retry_after`: seconds to leave it alone."""

    def __init__(
        self, why: str, trouble: Trouble, *, retry_after: float | None = None
    ) -> None:
        super().__init__(why)
        self.trouble = trouble
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class PlatformApp:
    """How this instance is known to a platform. `redirect_url`: where people come back.

    `api_base`: stands in for all hosts of the platform (a proxy, a test); else empty.
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_url: str
    api_base: str = ""

    def host(self, hosts: Mapping[str, str], name: str) -> str:
        """Where a host of the platform is."""
        return self.api_base or hosts[name]


# Status and JSON of an answer → what is wrong with it; null if it can be used.
Judge = Callable[[int, Any], Trouble | None]


def usual_judge(status: int, _said: Any) -> Trouble | None:
    """What a status means where the platform goes by it."""
    if status < 300:
        return None
    if status == 401:
        return Trouble.TOKEN
    if status == 404:
        return Trouble.GONE
    return Trouble.LATER if status in _LATER or status >= 500 else Trouble.NO


class Door:
    """Somebody's account at a platform, over HTTP; its own hosts only."""

    def __init__(
        self,
        app: PlatformApp,
        hosts: Mapping[str, str],
        *,
        judge: Judge = usual_judge,
        headers: Mapping[str, str] | None = None,
        permitted: Networks = (),
    ) -> None:
        self.app = app
        self._hosts, self._judge = hosts, judge
        self._headers = dict(headers or {})
        self._permitted = tuple(permitted)
        self._clients: dict[str, httpx.Client] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        for client in self._clients.values():
            client.close()

    def let_in_by(self, headers: Mapping[str, str]) -> None:
        """Show these from now on: a further token, most often."""
        self._headers |= headers

    def get(self, host: str, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON at a path of a host; PlatformFailure for what cannot be used."""
        return self._call("GET", host, path, params=params)

    def post(
        self,
        host: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Any:
        """The answer to a form or to JSON."""
        return self._call("POST", host, path, params=params, form=form, body=body)

    def _call(
        self,
        method: str,
        host: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Any:
        base = self.app.host(self._hosts, host)
        if base not in self._clients:
            self._clients[base] = open_client(base, permitted=self._permitted)
        # Who asks for a token has none to show.
        headers = {} if host == "token" else self._headers
        asked = Asked(method, base + path, headers, params, body, form)
        try:
            answer = ask(self._clients[base], asked)
        except httpx.HTTPError as error:
            why = f"{type(error).__name__}: {error}"[:300]
            raise PlatformFailure(why, Trouble.LATER) from error
        return self._read(answer)

    def _read(self, answer: Answer) -> Any:
        try:
            said = json.loads(answer.body, parse_float=Decimal) if answer.body else {}
        except (ValueError, RecursionError):
            said = None
        trouble = self._judge(answer.status, said)
        if trouble is None and said is None:
            trouble = Trouble.LATER  # a page of a proxy, most often
        if trouble is None:
            return said
        text = answer.body[:200].decode("utf-8", "replace").replace("\x00", "\ufffd")
        wait = _seconds(answer.headers.get("retry-after", ""))
        why = f"{answer.status}: {text}"
        raise PlatformFailure(why, trouble, retry_after=wait)


def _seconds(text: str) -> float | None:
    if text.isascii() and text.isdigit() and len(text) < 7:
        return min(float(text), LONGEST_WAIT)
    return None

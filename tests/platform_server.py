"""Social platforms' APIs on loopback: consent, tokens that end, answers, and bad moods.

One server plays all hosts of all platforms, as their paths differ. It is strict: codes
and refresh tokens are for one use, the app must be known, and a token must be valid.
`moods` are taken one per question of the API: (status, JSON, headers), "hang", or "lost"
(the connection breaks before the answer).
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import platform_bodies as bodies

Json = dict[str, Any]
Answered = tuple[int, Any, dict[str, str]]
CLIENT, SECRET = "app-1", "app-secret-1"
INVALID = {
    "tiktok": (401, bodies.TIKTOK_INVALID),
    "business": (200, {"code": 40105, "message": "Access token is incorrect"}),
    "instagram": (400, bodies.INSTAGRAM_EXPIRED),
    "youtube": (401, {"error": {"code": 401, "message": "Invalid Credentials"}}),
    "linkedin": (401, {"status": 401, "message": "Invalid access token"}),
}


@dataclass(frozen=True)
class Request:
    """What was asked; each query name's last value; a form or JSON as `body`."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Json

    @property
    def token(self) -> str:
        """What was shown."""
        bearer = self.headers.get("authorization", "").removeprefix("Bearer ")
        return self.headers.get("access-token", "") or bearer


@dataclass
class FakePlatforms:
    """`answers`: ``GET /path`` → JSON, or what makes (status, JSON, headers) of it."""

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    moods: list[Answered | str] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)  # code → verifier's challenge
    tokens: set[str] = field(default_factory=set)
    refreshers: set[str] = field(default_factory=set)
    lasts: int = 3600
    refresh_lasts: int | None = 86_400
    gives_refresh: bool = True
    open_id: str = "open-1"
    number: int = 0
    hang_seconds: float = 3.0
    lock: threading.RLock = field(default_factory=threading.RLock)
    before: Callable[[Request], None] = lambda _request: None

    def count(self, method: str, path: str) -> int:
        """How often that was asked."""
        return sum(r.method == method and r.path.startswith(path) for r in self.asked)

    def end_tokens(self) -> None:
        """None that was given is accepted any more; refresh tokens still are."""
        self.tokens.clear()

    def answer(self, request: Request) -> Answered | None:
        with self.lock:
            self.asked.append(request)
            granted = self._of_oauth(request)
            if granted is not None:
                return granted
            mood = self.moods.pop(0) if self.moods else None
        self.before(request)
        if mood == "hang":
            time.sleep(self.hang_seconds)
        if isinstance(mood, str):
            return None
        if mood is not None:
            return mood
        if request.token not in self.tokens:
            return (*INVALID[platform_of(request.path)], {})
        found = self.answers.get(f"{request.method} {request.path}")
        if found is None:
            return 404, {"message": f"nothing at {request.path}"}, {}
        if callable(found):
            made: Answered = found(request)
            return made
        return 200, found, {}

    def _of_oauth(self, request: Request) -> Answered | None:
        told = {**request.query, **request.body}
        known_as = told.get("client_id", told.get("client_key"))
        match f"{request.method} {request.path}":
            case "POST /oauth/access_token":
                given = self._exchange(told, known_as)
                return given and (200, {"data": [given]}, {})
            case "GET /access_token" | "GET /refresh_access_token":
                return self._long(told)
            case "POST /v2/oauth/token/" | "POST /token" | "POST /oauth/v2/accessToken":
                given = self._exchange(told, known_as)
                return given and (
                    (200, given, {}) if "access_token" in given else (400, given, {})
                )
            case (
                "POST /open_api/v1.3/tt_user/oauth2/token/"
                | "POST /open_api/v1.3/tt_user/oauth2/refresh_token/"
            ):
                told["code"] = told.get("auth_code")
                given = self._exchange(told, known_as)
                if "access_token" not in given:
                    return 200, {"code": 40110, "message": "bad code", "data": {}}, {}
                return 200, {"code": 0, "message": "OK", "data": given}, {}
            case (
                "POST /revoke"
                | "POST /v2/oauth/revoke/"
                | "POST /oauth/v2/revoke"
                | "POST /open_api/v1.3/tt_user/oauth2/revoke/"
            ):
                shown = told.get("token", told.get("access_token"))
                self.tokens.discard(shown)
                self.refreshers.discard(shown)
                return 200, {}, {}
        return None

    def _exchange(self, told: Json, known_as: str | None) -> Json:
        if (known_as, told.get("client_secret")) != (CLIENT, SECRET):
            return {"error": "invalid_client"}
        if told["grant_type"] == "refresh_token":
            if told["refresh_token"] not in self.refreshers:
                return {"error": "invalid_grant", "error_description": "used up"}
            self.refreshers.discard(told["refresh_token"])
        elif self.codes.pop(told.get("code") or "", None) is None:
            return {"error": "invalid_grant", "error_description": "no such code"}
        return self._give()

    def _long(self, told: Json) -> Answered:
        """Instagram: a token for a token, which must still be valid."""
        if told["access_token"] not in self.tokens:
            return (*INVALID["instagram"], {})
        self.tokens.discard(told["access_token"])
        return 200, self._give(), {}

    def _give(self) -> Json:
        self.number += 1
        access, refresh = f"access-{self.number}", f"refresh-{self.number}"
        self.tokens.add(access)
        given: Json = {
            "access_token": access,
            "expires_in": self.lasts,
            "open_id": self.open_id,
            "user_id": 17841405822304914,
            "scope": "a,b",
            "token_type": "bearer",
        }
        if self.gives_refresh:
            self.refreshers.add(refresh)
            given |= {
                "refresh_token": refresh,
                "refresh_expires_in": self.refresh_lasts,
            }
        return given

    def consent(self, code: str = "code-1") -> str:
        """Somebody consents; the code they come back with."""
        self.codes[code] = ""
        return code


def platform_of(path: str) -> str:
    """Whose API a path is of."""
    if path.startswith("/open_api"):
        return "business"
    if path.startswith(("/v2/user/", "/v2/video/")):
        return "tiktok"
    if path.startswith(("/youtube", "/v2/reports")):
        return "youtube"
    return "linkedin" if path.startswith(("/rest", "/v2/userinfo")) else "instagram"


@contextmanager
def platform_server() -> Iterator[FakePlatforms]:
    """The server in a thread, for as long as the test."""
    fake = FakePlatforms()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            split = urlsplit(self.path)
            query = parse_qs(split.query, keep_blank_values=True)
            length = int(self.headers.get("content-length") or 0)
            raw = self.rfile.read(length).decode()
            kind = self.headers.get("content-type", "")
            body: Json = (
                json.loads(raw)
                if raw and "json" in kind
                else {k: v[-1] for k, v in parse_qs(raw).items()}
            )
            answered = fake.answer(
                Request(
                    self.command,
                    split.path,
                    {name: values[-1] for name, values in query.items()},
                    {name.lower(): value for name, value in self.headers.items()},
                    body,
                )
            )
            if answered is None:
                self.close_connection = True
                return
            status, value, headers = answered
            sent = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = handle_any  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # whoever asked does not wait any more

    with Quiet(("127.0.0.1", 0), Handler) as listening:
        fake.url = f"http://127.0.0.1:{listening.server_port}"
        threading.Thread(
            target=listening.serve_forever, args=(0.01,), daemon=True
        ).start()
        try:
            yield fake
        finally:
            listening.shutdown()

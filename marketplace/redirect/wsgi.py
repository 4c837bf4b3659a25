"""`GET /r/<slug>`: find the link, mint a click id, write one line down, answer 302.

No judgement, no database, no network: what is written down is evidence, and ingest
decides what counts.
"""

import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import orjson

from marketplace.config import Settings
from marketplace.redirect.answers import fresh_request_id, refuse
from marketplace.redirect.cache import DatabaseAway, LinkCache
from marketplace.redirect.links import PREFIX, Link
from marketplace.redirect.snapshot import Snapshot
from marketplace.redirect.source import Source
from marketplace.redirect.visitors import client_address, is_trusted
from marketplace.tracking.codec import click_codec
from marketplace.tracking.evidence import LONGEST
from marketplace.tracking.spool import SpoolWriter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_BODY = b"Redirecting.\n"
_METHODS = ("GET", "HEAD")
_PREFETCH = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ", "HTTP_X_PURPOSE")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SUB_ID = re.compile(r"(?:^|&)(s[123])=([^&]*)")
_AGENT = LONGEST["agent"]
# Of what every answer says, that which is always the same.
_HEADERS = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Length", str(len(_BODY))),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("X-Robots-Tag", "noindex, nofollow"),
]


class Redirect:
    """The click path as a WSGI callable; opens nothing before its first request."""

    def __init__(self, settings: Settings) -> None:
        self.links = LinkCache(
            Source(settings.database_url), Snapshot(settings.instance)
        )
        self.spool = SpoolWriter(settings.spool, settings.node_id)
        self._mint = click_codec(settings.keyring).mint
        self._proxies = settings.trusted_proxies
        header = settings.trusted_country_header.upper().replace("-", "_")
        self._country = f"HTTP_{header}" if header else ""

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "Iterable[bytes]":
        """Follow the link of the path; every other request is refused in its way."""
        link = self.links.table.get(environ.get("PATH_INFO", ""))
        if link is None or not self.links.started:
            return self._otherwise(environ, start_response)
        return self._follow(environ, start_response, link)

    def close(self) -> None:
        """Let go of spool file and database (a process that ends does so by itself)."""
        self.links.close()
        self.spool.close()

    def _follow(
        self, environ: "WSGIEnvironment", start_response: "StartResponse", link: Link
    ) -> list[bytes]:
        method = environ["REQUEST_METHOD"]
        if method not in _METHODS:
            return _not_allowed(environ, start_response)
        at_ms = time.time_ns() // 1_000_000
        click = self._mint(link.raw, at_ms)
        agent = environ.get("HTTP_USER_AGENT", "")
        address = environ.get("REMOTE_ADDR", "")
        if self._proxies:
            address = client_address(
                address, environ.get("HTTP_X_FORWARDED_FOR", ""), self._proxies
            )
        line = {
            "click": click,
            "link": link.link_id,
            "at": at_ms,
            "method": method,
            "visitor": link.brand.visitor(address, agent, at_ms),
        }
        if agent:
            line["agent"] = _text(agent, _AGENT)
        self._add_facts(environ, line)
        self.spool.append(orjson.dumps(line))
        start_response(
            "302 Found",
            [
                ("Location", f"{link.before}{click}{link.after}"),
                ("X-Request-Id", _request_id(environ) or click[-24:]),
                *_HEADERS,
            ],
        )
        return [_BODY] if method == "GET" else []

    def _add_facts(self, environ: "WSGIEnvironment", line: dict[str, Any]) -> None:
        """What else the request says of itself, where it says anything."""
        if referrer := environ.get("HTTP_REFERER"):
            line["referrer"] = _text(_host(referrer), LONGEST["referrer"])
        if language := environ.get("HTTP_ACCEPT_LANGUAGE"):
            line["language"] = _text(language, LONGEST["language"])
        for header in _PREFETCH:
            if purpose := environ.get(header):
                line["prefetch"] = _text(purpose, LONGEST["prefetch"])
        query = environ.get("QUERY_STRING")
        if query:
            for name, value in _SUB_ID.findall(query):
                line.setdefault(name, unquote_plus(value)[: LONGEST[name]])
        if self._country and is_trusted(environ.get("REMOTE_ADDR", ""), self._proxies):
            country = environ.get(self._country, "").upper()
            if _COUNTRY.fullmatch(country):
                line["country"] = country

    def _otherwise(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "Iterable[bytes]":
        """The first request of all, an unknown link, or no link at all."""
        self.links.start()
        path = environ.get("PATH_INFO", "")
        request_id = _request_id(environ) or fresh_request_id()
        if path in ("/healthz", "/readyz"):
            return self._health(environ, start_response, request_id)
        if not path.startswith(PREFIX):
            return refuse(environ, start_response, 404, request_id)
        if environ["REQUEST_METHOD"] not in _METHODS:
            return _not_allowed(environ, start_response)
        try:
            link = self.links.table.get(path) or self.links.look_up(path)
        except DatabaseAway:
            retry = [("Retry-After", "2")]
            return refuse(environ, start_response, 503, request_id, retry)
        if link is None:
            return refuse(environ, start_response, 404, request_id)
        return self._follow(environ, start_response, link)

    def _health(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        request_id: str,
    ) -> list[bytes]:
        """A redirect node is well without a database; it says what it knows."""
        state = {
            "status": "ok",
            "links": len(self.links.table),
            "database": "away" if self.links.away else "ok",
            "lost_clicks": self.spool.lost,
        }
        body = orjson.dumps(state)
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Request-Id", request_id),
        ]
        start_response("200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def make_redirect(settings: Settings) -> Redirect:
    """The click path of this instance, for `in_front` or a redirect node of its own."""
    return Redirect(settings)


def in_front(
    redirect: "WSGIApplication", application: "WSGIApplication"
) -> "WSGIApplication":
    """Both in one: tracked links go to the first, everything else to the second."""

    def either(
        environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "Iterable[bytes]":
        if environ.get("PATH_INFO", "").startswith(PREFIX):
            return redirect(environ, start_response)
        return application(environ, start_response)

    return either


def _not_allowed(
    environ: "WSGIEnvironment", start_response: "StartResponse"
) -> list[bytes]:
    request_id = _request_id(environ) or fresh_request_id()
    allow = [("Allow", ", ".join(_METHODS))]
    return refuse(environ, start_response, 405, request_id, allow)


def _request_id(environ: "WSGIEnvironment") -> str | None:
    """The caller's own id, if it sent a valid one."""
    given = environ.get("HTTP_X_REQUEST_ID")
    return given if given and _REQUEST_ID.fullmatch(given) else None


def _text(value: str, longest: int) -> str:
    """A header as text (WSGI reads its bytes as Latin-1), cut to length."""
    if not value.isascii():
        value = value.encode("latin-1", "replace").decode("utf-8", "replace")
    return value[:longest]


def _host(referrer: str) -> str:
    """The host of an address; the rest of it is not our business."""
    parts = referrer.split("/", 3)
    if len(parts) < 3 or parts[1]:
        return ""
    return parts[2].rpartition("@")[2].partition(":")[0].lower()

"""`GET /r/<slug>`: find the link, mint a click id, write one line down, answer 302.

No judgement, no database, no network: what is written down is evidence, and ingest
decides what counts.
"""

import re
import time
from typing import TYPE_CHECKING

import orjson

from marketplace.config import Settings
from marketplace.redirect.answers import fresh_request_id, refuse
from marketplace.redirect.cache import DatabaseAway, LinkCache
from marketplace.redirect.collect import COLLECT, Collector
from marketplace.redirect.evidence_of import Witness
from marketplace.redirect.landing import LANDING, LandingPages
from marketplace.redirect.links import PREFIX, Link
from marketplace.redirect.script import SCRIPT, script
from marketplace.redirect.snapshot import Snapshot
from marketplace.redirect.source import Source
from marketplace.tracking.codec import click_codec
from marketplace.tracking.spool import SpoolWriter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_METHODS = ("GET", "HEAD")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Of what every answer says, that which is always the same. Each header costs the
# server time: browsers need no body to follow a redirect, nor a type for none.
_EMPTY = ("Content-Length", "0")
_NO_STORE = ("Cache-Control", "no-store")
_NO_INDEX = ("X-Robots-Tag", "noindex, nofollow")


class Redirect:
    """The click path as a WSGI callable; opens nothing before its first request."""

    def __init__(self, settings: Settings) -> None:
        self.links = LinkCache(
            Source(settings.database_url), Snapshot(settings.instance)
        )
        self.spool = SpoolWriter(settings.spool, settings.node_id)
        self._mint = click_codec(settings.keyring).mint
        self._witness = Witness(settings)
        self._collect = Collector(settings, self.links, self.spool)
        self._landing = LandingPages(settings, self.links, self.spool)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "Iterable[bytes]":
        """Follow the link of the path; every other request is refused in its way."""
        links = self.links
        link = links.table.get(environ.get("PATH_INFO", ""))
        if link is None or not links.started:
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
        if self.links.domains and not self._belongs(environ, link.brand_id):
            return _not_found(environ, start_response)
        at_ms = time.time_ns() // 1_000_000
        click = self._mint(link.raw, at_ms)
        address = self._witness.address(environ)
        agent = environ.get("HTTP_USER_AGENT", "")
        line = {
            "click": click,
            "link": link.link_id,
            "at": at_ms,
            "method": method,
            "visitor": link.brand.visitor(address, agent, at_ms),
        }
        self._witness.add(environ, address, line)
        self.spool.append(orjson.dumps(line))
        if at_ms < link.over_ms:
            target = f"{link.before}{click}{link.after}"
        else:
            target = f"{link.fallback_before}{click}{link.fallback_after}"
        request_id = _request_id(environ) or click[-24:]
        start_response(
            "302 Found",
            [
                ("Location", target),
                ("X-Request-Id", request_id),
                _EMPTY,
                _NO_STORE,
                _NO_INDEX,
            ],
        )
        return []

    def _belongs(self, environ: "WSGIEnvironment", brand_id: str) -> bool:
        """Whether the brand may be shown at the host asked for: its own, or ours."""
        host: str = environ.get("HTTP_HOST", "")
        owner = self.links.domains.get(host.partition(":")[0].rstrip(".").lower())
        return owner is None or owner == brand_id

    def _otherwise(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "Iterable[bytes]":
        """The first request of all, an unknown link, or no link at all."""
        self.links.start()
        path = environ.get("PATH_INFO", "")
        request_id = _request_id(environ) or fresh_request_id()
        if path in ("/healthz", "/readyz"):
            return self._health(environ, start_response, request_id)
        if path == COLLECT:
            return self._collect(environ, start_response, request_id)
        if path == SCRIPT:
            return script(environ, start_response, request_id)
        if path.startswith(LANDING):
            return self._landing(environ, start_response, request_id)
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


def _not_found(
    environ: "WSGIEnvironment", start_response: "StartResponse"
) -> list[bytes]:
    request_id = _request_id(environ) or fresh_request_id()
    return refuse(environ, start_response, 404, request_id)


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

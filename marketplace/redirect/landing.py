"""`GET /i/<slug>`: the page of one influencer, from memory.

Each look at it is written down as a followed link is, and judged by ingest.
"""

import time
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

import orjson

from marketplace.config import Settings
from marketplace.redirect.answers import refuse
from marketplace.redirect.cache import DatabaseAway, LinkCache
from marketplace.redirect.drawing import draw, language_of
from marketplace.redirect.evidence_of import Witness
from marketplace.redirect.places import PAGES, Page
from marketplace.tracking.codec import click_codec
from marketplace.tracking.spool import SpoolWriter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LANDING = PAGES
_METHODS = ("GET", "HEAD")
_SUB_IDS = ("s1", "s2", "s3")


class LandingPages:
    """Shows landing pages."""

    def __init__(
        self, settings: Settings, links: LinkCache, spool: SpoolWriter
    ) -> None:
        self._links = links
        self._spool = spool
        self._witness = Witness(settings)
        self._mint = click_codec(settings.keyring).mint

    def __call__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        request_id: str,
    ) -> list[bytes]:
        """Show the page of the path; every other request is refused in its way."""
        if environ["REQUEST_METHOD"] not in _METHODS:
            allow = [("Allow", ", ".join(_METHODS))]
            return refuse(environ, start_response, 405, request_id, allow)
        try:
            page = self._page(environ)
        except DatabaseAway:
            retry = [("Retry-After", "2")]
            return refuse(environ, start_response, 503, request_id, retry)
        if page is None:
            return refuse(environ, start_response, 404, request_id)
        return self._show(environ, start_response, request_id, page)

    def _page(self, environ: "WSGIEnvironment") -> Page | None:
        """The page of the path, however it is capitalised; not on another's domain."""
        path: str = environ.get("PATH_INFO", "")
        if path.isascii():
            path = path.lower()
        page = self._links.pages.get(path) or self._links.look_up_page(path)
        if page is None:
            return None
        host = environ.get("HTTP_HOST", "").partition(":")[0].lower()
        return (
            page
            if self._links.domains.get(host, page.brand_id) == page.brand_id
            else None
        )

    def _show(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        request_id: str,
        page: Page,
    ) -> list[bytes]:
        at_ms = time.time_ns() // 1_000_000
        address = self._witness.address(environ)
        facts = self._witness.facts(environ, address)
        agent = environ.get("HTTP_USER_AGENT", "")
        line = {
            "view": self._mint(page.raw, at_ms),
            "page": page.page_id,
            "at": at_ms,
            "visitor": page.brand.visitor(address, agent, at_ms),
            **facts,
        }
        self._spool.append(orjson.dumps(line))
        language = language_of(facts.get("language", ""))
        drawn = draw(page.row, language, page.over_ms <= at_ms)
        body = drawn.before + _query(facts) + drawn.after
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Content-Language", language),
            ("Vary", "Accept-Language"),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", drawn.policy),
            ("Referrer-Policy", "strict-origin-when-cross-origin"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Robots-Tag", "noindex, nofollow"),
            ("X-Request-Id", request_id),
        ]
        start_response("200 OK", headers)
        return [body] if environ["REQUEST_METHOD"] == "GET" else []


def _query(facts: dict[str, str]) -> bytes:
    """The page's sub-ids, handed on to its button."""
    said = [
        f"{n}={quote_plus(facts[n], errors='replace')}" for n in _SUB_IDS if n in facts
    ]
    return f"?{'&amp;'.join(said)}".encode() if said else b""

"""`POST /collect`: what the script on a shop's pages reports.

Whatever is sent gets the same empty answer. What makes sense is written down, with
nothing personal in it; what does not is dropped and counted. As on the click path
nothing is judged here.
"""

import re
import secrets
import threading
import time
from typing import TYPE_CHECKING, Any

import orjson

from marketplace.config import Settings
from marketplace.redirect.answers import refuse
from marketplace.redirect.cache import DatabaseAway, LinkCache
from marketplace.redirect.evidence_of import Witness
from marketplace.redirect.floods import Flood
from marketplace.redirect.places import Shop
from marketplace.redirect.sayings import Nonsense, Saying, read_saying
from marketplace.tracking.spool import SpoolWriter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

COLLECT = "/collect"
LARGEST = 16 * 1024  # bytes of a beacon
TOLD_SECONDS = 1.0
_METHODS = "POST, OPTIONS"
# Read as JSON whatever of these it is called: what a browser sends without asking first.
_TYPES = ("", "text/plain", "application/json", "application/x-www-form-urlencoded")


class Collector:
    """Takes beacons."""

    def __init__(
        self, settings: Settings, links: LinkCache, spool: SpoolWriter
    ) -> None:
        self._links = links
        self._spool = spool
        self._witness = Witness(settings)
        self._keyring = settings.keyring
        self._flood = Flood()
        self._lock = threading.Lock()
        self._refused = 0
        self._due = 0.0

    def __call__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        request_id: str,
    ) -> list[bytes]:
        """Take a beacon; 204, whatever it is."""
        method = environ["REQUEST_METHOD"]
        if method not in ("POST", "OPTIONS"):
            return refuse(
                environ, start_response, 405, request_id, [("Allow", _METHODS)]
            )
        headers = [
            ("Access-Control-Allow-Origin", "*"),
            ("Cache-Control", "no-store"),
            ("X-Request-Id", request_id),
        ]
        if method == "POST":
            self._take(environ)
        else:
            headers += [
                ("Access-Control-Allow-Methods", _METHODS),
                ("Access-Control-Allow-Headers", "content-type"),
                ("Access-Control-Max-Age", "86400"),
            ]
        start_response("204 No Content", headers)
        return []

    def _take(self, environ: "WSGIEnvironment") -> None:
        try:
            at_ms = time.time_ns() // 1_000_000
            saying = read_saying(_body(environ), at_ms)
            shop = self._links.look_up_shop(saying.shop_id)
            if shop is None:
                raise Nonsense("no such shop")
            line = self._line(environ, saying, shop, at_ms)
            if self._flood.is_too_much(line["visitor"]):
                raise Nonsense("a flood")
        except (Nonsense, DatabaseAway):
            # Without a database an unknown shop may be one of ours; nobody can tell.
            self._refuse()
            return
        self._spool.append(orjson.dumps(line))
        self._tell()

    def _line(
        self, environ: "WSGIEnvironment", saying: Saying, shop: Shop, at_ms: int
    ) -> dict[str, Any]:
        address = self._witness.address(environ)
        agent = environ.get("HTTP_USER_AGENT", "")
        facts = self._witness.facts(environ, address)
        said = dict(saying.facts)
        if _asks_for_privacy(environ):
            said = {name: said[name] for name in said if name in _IMPERSONAL}
        elif saying.visitor_id:
            said["person"] = self._person(shop.brand_id, saying.visitor_id)
        return {
            "beacon": secrets.token_hex(16),
            "shop": shop.shop_id,
            "at": at_ms,
            "visitor": shop.brand.visitor(address, agent, at_ms),
            **{name: facts[name] for name in _WITNESSED if name in facts},
            **said,
        }

    def _person(self, brand_id: str, visitor_id: str) -> str:
        """Who this is at that brand: the same for ever, and nothing anywhere else."""
        return self._keyring.digest("visitor:1", f"{brand_id}|{visitor_id}")[:32]

    def _refuse(self) -> None:
        with self._lock:
            self._refused += 1
        self._tell()

    def _tell(self) -> None:
        """The spool hears of what was refused, once a second at most."""
        if not self._refused or time.monotonic() < self._due:
            return
        with self._lock:
            refused, self._refused = self._refused, 0
            self._due = time.monotonic() + TOLD_SECONDS
        if refused:
            self._spool.append(orjson.dumps({"refused": refused}))


_WITNESSED = ("agent", "language", "country")
_IMPERSONAL = ("kind", "url", "referrer", "click_id")


def _asks_for_privacy(environ: "WSGIEnvironment") -> bool:
    """Global Privacy Control, or Do Not Track."""
    return "1" in (environ.get("HTTP_SEC_GPC"), environ.get("HTTP_DNT"))


def _body(environ: "WSGIEnvironment") -> bytes:
    """What was sent; Nonsense if it is too much, or not of a kind we read."""
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        raise Nonsense("not JSON")
    given = environ.get("CONTENT_LENGTH", "")
    if given:
        if not re.fullmatch(r"[0-9]{1,9}", given) or int(given) > LARGEST:
            raise Nonsense("too much")
        length = int(given)
    elif environ.get("HTTP_TRANSFER_ENCODING"):
        length = LARGEST + 1
    else:
        raise Nonsense("nothing")
    try:
        body: bytes = environ["wsgi.input"].read(length)
    except OSError as error:
        raise Nonsense("it broke off") from error
    if len(body) > LARGEST:
        raise Nonsense("too much")
    return body

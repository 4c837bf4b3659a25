"""What a request says of whoever made it, as it is written down for ingest to judge."""

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from marketplace.config import Settings
from marketplace.redirect.countries import countries
from marketplace.redirect.visitors import client_address, is_trusted
from marketplace.tracking.evidence import LONGEST, ads_in
from marketplace.tracking.internal import COOKIE

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_PREFETCH = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ", "HTTP_X_PURPOSE")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SUB_ID = re.compile(r"(?:^|&)(s[123])=([^&]*)")
_USER = re.compile(rf"(?:^|; ?){COOKIE}=([A-Za-z0-9_.]{{1,{LONGEST['user']}}})(?:;|$)")
_AGENT, _LANGUAGE = LONGEST["agent"], LONGEST["language"]


class Witness:
    """Reads requests; knows which proxies to believe."""

    def __init__(self, settings: Settings) -> None:
        self._proxies = settings.trusted_proxies
        header = settings.trusted_country_header.upper().replace("-", "_")
        self._country = f"HTTP_{header}" if header else ""

    def address(self, environ: "WSGIEnvironment") -> str:
        """Who is at the other end."""
        address: str = environ.get("REMOTE_ADDR", "")
        if not self._proxies:
            return address
        forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
        return client_address(address, forwarded, self._proxies)

    def facts(self, environ: "WSGIEnvironment", address: str) -> dict[str, str]:
        """What it says of itself, those of `LONGEST` where it says anything."""
        said = {"method": environ["REQUEST_METHOD"]}
        self.add(environ, address, said)
        return said

    def add(
        self, environ: "WSGIEnvironment", address: str, line: dict[str, Any]
    ) -> None:
        """`facts` but for the method, into a line (the hot path makes no other dict)."""
        get = environ.get
        if agent := get("HTTP_USER_AGENT"):
            line["agent"] = as_text(agent, _AGENT)
        if language := get("HTTP_ACCEPT_LANGUAGE"):
            line["language"] = as_text(language, _LANGUAGE)
        if referrer := get("HTTP_REFERER"):
            line["referrer"] = as_text(host_in(referrer), LONGEST["referrer"])
        if country := self._country_of(environ, address):
            line["country"] = country
        _add_rarer(environ, line)

    def _country_of(self, environ: "WSGIEnvironment", address: str) -> str:
        if self._country and is_trusted(environ.get("REMOTE_ADDR", ""), self._proxies):
            country: str = environ.get(self._country, "").upper()
            # XX is what edges say for "unknown".
            return country if _COUNTRY.fullmatch(country) and country != "XX" else ""
        return countries.of(address)


def _add_rarer(environ: "WSGIEnvironment", line: dict[str, Any]) -> None:
    cookie, query = environ.get("HTTP_COOKIE"), environ.get("QUERY_STRING")
    if cookie and (user := _USER.search(cookie)):
        line["user"] = user[1]
    if query:
        for name, value in _SUB_ID.findall(query):
            whole = unquote_plus(as_text(value, len(value)))
            line.setdefault(name, whole[: LONGEST[name]])
        if ads := ads_in(query):
            line["ads"] = ads[: LONGEST["ads"]]
    for header in _PREFETCH:
        if header in environ:
            line["prefetch"] = as_text(environ[header], LONGEST["prefetch"])


def as_text(value: str, longest: int) -> str:
    """A header as text (WSGI reads its bytes as Latin-1), cut to length."""
    if not value.isascii():
        value = value.encode("latin-1", "replace").decode("utf-8", "replace")
    return value[:longest]


def host_in(referrer: str) -> str:
    """The host of an address; the rest of it is not our business."""
    parts = referrer.split("/", 3)
    if len(parts) < 3 or parts[1]:
        return ""
    return parts[2].rpartition("@")[2].partition(":")[0].lower()

"""Web addresses and hosts as they may be stored: plain ASCII, checked. Pure."""

import re
from ipaddress import ip_address
from urllib.parse import quote, urlsplit, urlunsplit

import idna

LONGEST_URL = 2000
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# Control characters, blanks, and the backslash browsers read as a slash.
_UNFIT = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")


def normalise_host(text: str) -> str:
    """A host name (lower case, IDNA) or IP address; ValueError if it is neither."""
    host = text.strip().rstrip(".").lower()
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except (idna.IDNAError, UnicodeError) as error:
            raise ValueError(f"{text[:80]!r} is not a host name") from error
    if len(host) > 253 or not all(_LABEL.fullmatch(part) for part in host.split(".")):
        raise ValueError(f"{text[:80]!r} is not a host name")
    return host


def web_url(text: str) -> str:
    """An http(s) address in ASCII without user name; ValueError says what is wrong."""
    text = text.strip()
    if len(text) > LONGEST_URL or _UNFIT.search(text):
        raise ValueError("not a web address, or too long")
    parts = urlsplit(text)  # ValueError for a broken IPv6 host
    if parts.scheme not in ("http", "https"):
        raise ValueError("must begin with https:// or http://")
    if not parts.hostname:
        raise ValueError("has no host")
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or password")
    host = normalise_host(parts.hostname)
    if ":" in host:
        host = f"[{host}]"
    if parts.port is not None:  # ValueError outside 0-65535
        host = f"{host}:{parts.port}"
    url = urlunsplit(
        (
            parts.scheme,
            host,
            quote(parts.path, safe="/%:@!$&'()*+,;=~"),
            quote(parts.query, safe="/%:@!$&'()*+,;=~?"),
            quote(parts.fragment, safe="/%:@!$&'()*+,;=~?"),
        )
    )
    if len(url) > LONGEST_URL:
        raise ValueError("is too long")
    return url


def host_of(url: str) -> str:
    """The host of an address that `web_url` made."""
    return normalise_host(urlsplit(url).hostname or "")

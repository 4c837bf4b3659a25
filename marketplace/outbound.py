"""Asking a host of somebody else's: to public addresses only, briefly, and not too much.

The address is looked up once, checked and then used, so that a name cannot lead us to
one thing when it is checked and to another when it is asked.
"""

import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpx

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 15.0, 30.0
LARGEST_ANSWER = 8 * 1024 * 1024

Networks = Iterable[IPv4Network | IPv6Network]


class AddressRefused(httpx.ConnectError):
    """The name leads to an address that is not public, or to none at all."""


class AnswerTooLarge(httpx.ReadError):
    """The other side sends more than anybody could want, or takes too long over it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; the query, JSON or form goes where HTTP has it."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] | None = None
    json: Any = None
    form: Mapping[str, str] | None = None
    auth: tuple[str, str] | None = None


class Outbound(httpx.BaseTransport):
    """Requests of one host, at an address that was checked.

    `permitted`: networks that may be asked although they are not public; only there
    plain HTTP is allowed.
    """

    def __init__(self, host: str, permitted: Networks = ()) -> None:
        self._host = host
        self._permitted = tuple(permitted)
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass it on to the address; certificates are checked for the name."""
        url = request.url
        if url.host != self._host:
            raise AddressRefused(f"{url.host} is not {self._host}")
        address = self._address(
            url.host, url.port or (443 if url.scheme == "https" else 80)
        )
        if url.scheme != "https" and not self._is_permitted(address):
            raise AddressRefused(f"{url.host}: https only")
        request.extensions = {**request.extensions, "sni_hostname": url.host}
        request.url = url.copy_with(host=address)
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Let go of its connections."""
        self._inner.close()

    def _address(self, host: str, port: int) -> str:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise AddressRefused(f"{host} has no address") from error
        for *_, where in found:
            address = str(where[0])
            if self._is_permitted(address) or _is_public(address):
                return address
        raise AddressRefused(f"{host} is at no public address")

    def _is_permitted(self, address: str) -> bool:
        known = ip_address(address)
        return any(known in network for network in self._permitted)


def _is_public(address: str) -> bool:
    known = ip_address(address)
    if isinstance(known, IPv6Address):
        inner = known.ipv4_mapped or known.sixtofour
        if inner is not None:
            known = inner
    return known.is_global and not known.is_multicast


def open_client(url: str, *, permitted: Networks = ()) -> httpx.Client:
    """A client for the host of this address and no other; follows no redirects."""
    host = httpx.URL(url).host
    return httpx.Client(
        transport=Outbound(host, permitted),
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "marketplace/1"},
    )


def ask(client: httpx.Client, asked: Asked) -> Answer:
    """Ask and read all of the answer; httpx.HTTPError for whatever goes wrong."""
    until = time.monotonic() + WHOLE_SECONDS
    with client.stream(
        asked.method,
        asked.url,
        headers=dict(asked.headers),
        params=asked.params,
        json=asked.json,
        data=asked.form,
        auth=asked.auth,
    ) as response:
        parts, size = [], 0
        for part in response.iter_bytes():
            size += len(part)
            if size > LARGEST_ANSWER or time.monotonic() > until:
                raise AnswerTooLarge("the answer is too large or takes too long")
            parts.append(part)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, b"".join(parts))

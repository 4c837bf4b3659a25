"""Who follows a link, as a hash that means nothing after its day."""

import logging
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from ipaddress import IPv4Network as Network4

from marketplace import clock
from marketplace.keys import random_secret

Networks = tuple[Network4 | IPv6Network, ...]

log = logging.getLogger(__name__)


class Salts:
    """The salts known here; a day without one gets one of this process's own."""

    def __init__(self) -> None:
        self._known: dict[date, bytes] = {}
        self._improvised: dict[date, bytes] = {}
        self.edition = 0  # a `BrandDay` made under an earlier one starts anew

    @property
    def known(self) -> Mapping[date, bytes]:
        """Day → salt, without the improvised ones."""
        return self._known

    def learn(self, salts: Mapping[date, bytes]) -> None:
        """Take these as the ones there are."""
        if self._known != salts:
            self._known = dict(salts)
            self.edition += 1

    def of(self, day: date) -> bytes:
        """The salt of that day."""
        salt = self._known.get(day)
        if salt is None and (salt := self._improvised.get(day)) is None:
            log.warning("no visitor salt for %s: using one of this process's own", day)
            salt = self._improvised.setdefault(day, random_secret())
            for old in [d for d in self._improvised if d < day - timedelta(days=3)]:
                del self._improvised[old]
        return salt


class BrandDay:
    """Hashes the visitors of one brand under the salt of its present calendar day."""

    __slots__ = ("_edition", "_hash", "_salts", "_until_ms", "brand_id", "timezone")

    def __init__(self, brand_id: str, timezone: str, salts: Salts) -> None:
        self.brand_id = brand_id
        self.timezone = timezone
        self._salts = salts
        self._hash = blake2b()
        self._until_ms = 0
        self._edition = -1

    def visitor(self, address: str, agent: str, at_ms: int) -> str:
        """Who this is, today, for this brand: 32 characters of hex."""
        if at_ms >= self._until_ms or self._edition != self._salts.edition:
            self._turn(at_ms)
        keyed = self._hash.copy()
        keyed.update(f"{address}|{agent}".encode("utf-8", "surrogatepass"))
        return keyed.hexdigest()

    def _turn(self, at_ms: int) -> None:
        """Begin the day it is now."""
        edition = self._salts.edition
        day = clock.local_day(clock.from_timestamp(at_ms / 1000), self.timezone)
        ends = clock.day_start(day + timedelta(days=1), self.timezone)
        keyed = blake2b(key=self._salts.of(day), digest_size=16)
        keyed.update(f"{self.brand_id}|".encode())
        self._hash = keyed
        self._edition = edition
        self._until_ms = int(ends.timestamp() * 1000)


def client_address(remote: str, forwarded: str, trusted: Networks) -> str:
    """Who is at the other end: the right-most address not of a trusted proxy.

    `forwarded`: the ``X-Forwarded-For`` header, believed only as far as trusted
    proxies wrote it.
    """
    address = remote
    for hop in reversed(forwarded.split(",")):
        if not is_trusted(address, trusted):
            break
        parsed = _parsed(_without_port(hop.strip()))
        if parsed is None:
            break
        address = str(parsed)
    return address


@lru_cache(maxsize=4096)
def is_trusted(address: str, trusted: Networks) -> bool:
    """Whether a trusted proxy has this address."""
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in trusted)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop

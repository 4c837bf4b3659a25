"""Asking name servers; slow, so never inside a transaction."""

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

_PATIENCE_SECONDS = 4.0  # altogether
_TRY_SECONDS = 1.5
_PORT = 53


class NameServersSilent(Exception):
    """They could not be asked, or gave no usable answer."""


def texts_of(name: str, server: str = "") -> list[str]:
    """The TXT records of that name; none if there are none.

    `server`: whom to ask, an address with or without ``:port``; the system's name
    servers if empty. NameServersSilent.
    """
    try:
        resolver = _resolver(server)
        answer = resolver.resolve(name, "TXT", search=False)
    except (NXDOMAIN, NoAnswer):
        return []
    except (DNSException, OSError) as error:
        raise NameServersSilent("the name servers gave no usable answer") from error
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def _resolver(server: str) -> Resolver:
    resolver = Resolver(configure=not server)
    if server:
        host, port = server, ""
        if server.count(":") == 1:
            host, _, port = server.partition(":")
        resolver.nameservers = [host]
        resolver.port = int(port) if port else _PORT
    resolver.lifetime, resolver.timeout = _PATIENCE_SECONDS, _TRY_SECONDS
    return resolver

"""A brand's own host names for its links: claiming them, and showing they are theirs.

Any number of brands may claim a host; it is that one's whose token stands in its DNS.
"""

from collections.abc import Collection
from datetime import datetime
from ipaddress import ip_address

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.accounts.rules import Actor
from marketplace.accounts.urls import normalise_host
from marketplace.errors import Conflict, Invalid
from marketplace.ids import random_slug
from marketplace.tracking.models import TrackingDomain
from marketplace.tracking.queries import holder_of

MOST_DOMAINS = 20  # of one brand
RECORD = "_marketplace"
_LONGEST_HOST = 253 - len(RECORD) - 1
_TOKEN_LENGTH = 32


class DomainThere(Conflict):
    """The brand has claimed this host before."""


class HostTaken(Conflict):
    """Another brand has shown that the host is theirs."""


class TooManyDomains(Conflict):
    """The brand has as many domains as it may have."""


def record_name(host: str) -> str:
    """Where the token must stand, in a TXT record."""
    return f"{RECORD}.{host}"


def add_domain(
    session: Session,
    brand: Brand,
    *,
    host: str,
    ours: Collection[str],
    by: Actor | None,
    now: datetime,
) -> TrackingDomain:
    """Claim a host for the brand's links; it serves once it is shown to be theirs.

    `ours`: hosts of this instance, which are nobody's. Invalid (`host`), DomainThere,
    HostTaken, TooManyDomains.
    """
    host = _checked(host, ours)
    session.refresh(brand, with_for_update={"key_share": True})  # two claims at once
    of_brand = TrackingDomain.brand_id == brand.id
    number = session.scalar(select(func.count()).where(of_brand)) or 0
    known = select(TrackingDomain.id).where(of_brand, TrackingDomain.host == host)
    if session.scalar(known) is not None:
        raise DomainThere("You have this domain already.")
    if session.scalar(holder_of(host)) is not None:
        raise HostTaken("Another brand has shown that this host is theirs.")
    if number >= MOST_DOMAINS:
        raise TooManyDomains(f"A brand has at most {MOST_DOMAINS} domains.")
    domain = TrackingDomain(
        brand_id=brand.id, host=host, token=random_slug(_TOKEN_LENGTH), created_at=now
    )
    session.add(domain)
    session.flush()
    _tell(session, "domain.added", domain, by, now)
    return domain


def judge_domain(
    session: Session,
    domain: TrackingDomain,
    *,
    texts: Collection[str],
    failure: str = "",
    by: Actor | None,
    now: datetime,
) -> None:
    """Write down what was found in its DNS: the texts there, or why none were.

    One that was verified before stays so when its token is not found. HostTaken while
    another brand's token stands there as well; once it does not, that brand loses the
    host.
    """
    domain.checked_at = now
    domain.failure = failure
    if domain.token not in texts:
        domain.failure = failure or _reason(domain, texts)
        session.flush()
        return
    if domain.verified_at is None:
        _take_over(session, domain, texts, now)
        domain.verified_at = now
        try:
            with session.begin_nested():
                session.flush()
        except IntegrityError as error:  # somebody was faster
            raise _taken() from error
        _tell(session, "domain.verified", domain, by, now)
    session.flush()


def remove_domain(
    session: Session, domain: TrackingDomain, *, by: Actor | None, now: datetime
) -> None:
    """Links are no longer followed there."""
    session.delete(domain)
    session.flush()
    _tell(session, "domain.removed", domain, by, now)


def _checked(text: str, ours: Collection[str]) -> str:
    """The host as it is stored; Invalid if no brand can have it."""
    try:
        host = normalise_host(text)
    except ValueError as error:
        raise Invalid({"host": [str(error)]}) from error
    if _is_address(host):
        reason = "must be a host name, not an address"
    elif "." not in host or "_" in host or host.rpartition(".")[2].isdigit():
        reason = "must be a host name such as go.shop.example"
    elif len(host) > _LONGEST_HOST:
        reason = f"must have at most {_LONGEST_HOST} characters"
    elif host in ours:
        reason = "is where this marketplace itself is"
    else:
        return host
    raise Invalid({"host": [reason]})


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _take_over(
    session: Session, domain: TrackingDomain, texts: Collection[str], now: datetime
) -> None:
    """Take the host from a brand whose token is gone from it; else HostTaken."""
    holder = session.scalar(holder_of(domain.host).with_for_update())
    if holder is None:
        return
    if holder.token in texts:
        raise _taken()
    holder.verified_at, holder.checked_at = None, now
    holder.failure = "another brand has shown that the host is theirs"
    session.flush()
    _tell(session, "domain.lost", holder, None, now)


def _taken() -> HostTaken:
    return HostTaken("Another brand has shown that this host is theirs.")


def _reason(domain: TrackingDomain, texts: Collection[str]) -> str:
    name = record_name(domain.host)
    if texts:
        return f"the TXT record of {name} is another one"
    return f"there is no TXT record of {name}"


def _tell(
    session: Session,
    kind: str,
    domain: TrackingDomain,
    by: Actor | None,
    now: datetime,
) -> None:
    events.publish(
        session,
        kind,
        now=now,
        brand_id=domain.brand_id,
        subject_id=domain.id,
        actor_id=by.user_id if by else None,
        data={"host": domain.host},
    )

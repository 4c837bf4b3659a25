"""Domains: whose they are, and how that is shown."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from factories import START, make_brand
from name_server import NameServer, name_server
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.errors import Invalid
from marketplace.events.models import Event
from marketplace.tracking import dns_records, domains
from marketplace.tracking.dns_records import NameServersSilent, texts_of
from marketplace.tracking.models import TrackingDomain

LATER = START + timedelta(hours=1)
OURS = {"market.example", "go.market.example"}


def claim(session: Session, host: str, **over: object) -> TrackingDomain:
    brand = over.pop("brand", None) or make_brand(session)
    return domains.add_domain(session, brand, host=host, ours=OURS, by=None, now=START)


def judge(session: Session, domain: TrackingDomain, *texts: str) -> None:
    domains.judge_domain(session, domain, texts=texts, by=None, now=LATER)


@pytest.mark.parametrize(
    ("host", "stored"),
    [
        ("go.wolkje.example", "go.wolkje.example"),
        (" Go.Wolkje.Example. ", "go.wolkje.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("sub.market.example", "sub.market.example"),
        ("market.example", None),
        ("GO.market.example.", None),
        ("localhost", None),
        ("127.0.0.1", None),
        ("[::1]", None),
        ("2001:db8::1", None),
        ("1.2.3", None),
        ("127.1", None),
        ("go.wolkje.example:80", None),
        ("https://go.wolkje.example", None),
        ("go.wolkje.example/x", None),
        ("*.wolkje.example", None),
        ("_marketplace.wolkje.example", None),
        ("a@wolkje.example", None),
        ("-.example", None),
        ("a..example", None),
        (f"{'a.' * 120}example", None),
        ("", None),
    ],
)
def test_which_hosts_a_brand_may_claim(
    session: Session, host: str, stored: str | None
) -> None:
    if stored is not None:
        domain = claim(session, host)
        assert domain.host == stored
        assert len(domain.token) >= 32
        return
    with pytest.raises(Invalid) as refusal:
        claim(session, host)
    assert refusal.value.errors.keys() == {"host"}


def test_claims_of_one_brand_are_bounded(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domains, "MOST_DOMAINS", 1)
    brand = make_brand(session)
    claim(session, "a.example", brand=brand)
    with pytest.raises(domains.DomainThere):
        claim(session, "A.example", brand=brand)
    with pytest.raises(domains.TooManyDomains):
        claim(session, "b.example", brand=brand)


def test_a_host_is_theirs_whose_token_is_there(session: Session) -> None:
    ours, theirs = claim(session, "go.example"), claim(session, "go.example")
    assert ours.token != theirs.token
    judge(session, ours, "v=spf1 -all", theirs.token)
    assert ours.verified_at is None
    assert "is another one" in ours.failure
    judge(session, ours)
    assert "there is no TXT record of _marketplace.go.example" in ours.failure
    judge(session, ours, "v=spf1 -all", ours.token)
    assert (ours.verified_at, ours.checked_at, ours.failure) == (LATER, LATER, "")
    with pytest.raises(domains.HostTaken):
        judge(session, theirs, ours.token, theirs.token)
    with pytest.raises(domains.HostTaken):
        claim(session, "go.example")
    session.refresh(theirs)
    judge(session, theirs, theirs.token)  # it has changed hands
    assert theirs.verified_at == LATER
    assert ours.verified_at is None
    assert "another brand" in ours.failure
    kinds = select(Event.kind).where(Event.subject_id == ours.id).order_by(Event.id)
    assert set(session.scalars(kinds)) == {
        "domain.added",
        "domain.verified",
        "domain.lost",
    }


def test_what_was_verified_stays_so_when_name_servers_are_silent(
    session: Session,
) -> None:
    domain = claim(session, "go.example")
    judge(session, domain, domain.token)
    domains.judge_domain(
        session, domain, texts=(), failure="silence", by=None, now=LATER
    )
    assert (domain.verified_at, domain.failure) == (LATER, "silence")
    domains.remove_domain(session, domain, by=None, now=LATER)
    assert claim(session, "go.example").verified_at is None


def test_two_who_verify_at_once(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = claim(session, "go.example"), claim(session, "go.example")
    judge(session, first, first.token)
    monkeypatch.setattr(domains, "_take_over", lambda *_: None)
    with pytest.raises(domains.HostTaken):
        judge(session, second, second.token)


@pytest.fixture
def server() -> Iterator[NameServer]:
    """A name server."""
    with name_server() as server:
        yield server


def test_texts_are_asked_of_the_server_that_is_set(server: NameServer) -> None:
    server.texts = {"a.example": ["one", "two words", "x" * 200], "b.example": []}
    assert sorted(texts_of("a.example", server.address)) == [
        "one",
        "two words",
        "x" * 200,
    ]
    assert texts_of("b.example", server.address) == []
    assert texts_of("c.example", server.address) == []
    assert server.asked == ["a.example", "b.example", "c.example"]


@pytest.mark.parametrize("mood", ["refusing", "silent", "babbling"])
def test_silence_is_told_soon(
    server: NameServer, mood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_records, "_PATIENCE_SECONDS", 0.4)
    monkeypatch.setattr(dns_records, "_TRY_SECONDS", 0.2)
    server.mood, began = mood, time.monotonic()
    with pytest.raises(NameServersSilent):
        texts_of("a.example", server.address)
    assert time.monotonic() - began < 2


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(NameServersSilent):
        texts_of("a." * 200, "127.0.0.1:1")

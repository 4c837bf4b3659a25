"""Domains over HTTP, with a real name server."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from callers import Caller, make_application
from factories import make_brand
from name_server import NameServer, name_server
from sqlalchemy.orm import Session

from marketplace.api import domains
from marketplace.config import Settings
from marketplace.database import db
from marketplace.tracking import dns_records

HOST = "go.wolkje.example"
NAME = f"_marketplace.{HOST}"


@pytest.fixture
def server() -> Iterator[NameServer]:
    """A name server."""
    with name_server() as server:
        yield server


@pytest.fixture
def settings(settings: Settings, server: NameServer) -> Settings:
    """Settings that name it."""
    return replace(settings, dns_server=server.address)


def claim(brand: Caller, host: str = HOST) -> dict[str, Any]:
    answer = brand.post(f"/v1/brands/{brand.id}/domains", {"host": host})
    assert answer.status_code == 201, answer.text
    domain: dict[str, Any] = answer.json
    return domain


def test_a_domain_serves_once_it_is_shown_to_be_theirs(
    brand: Caller, influencer: Caller, outsider: Caller, server: NameServer
) -> None:
    application = make_application(brand, influencer)
    (link, *_) = application["links"]
    assert link["url"].startswith("http://127.0.0.1:8000/r/")
    domain = claim(brand)
    assert domain["record"]["name"] == NAME
    assert domain["record"]["type"] == "TXT"
    path = f"/v1/domains/{domain['id']}"

    failed = brand.post(f"{path}/verify")
    assert failed.status_code == 200
    assert failed.json["verified_at"] is None
    assert NAME in failed.json["failure"]
    assert brand.get(path).json == failed.json
    assert influencer.get(f"/v1/links/{link['id']}").json["url"] == link["url"]

    server.texts[NAME] = ["v=spf1 -all", domain["record"]["value"]]
    done = brand.post(f"{path}/verify").json
    assert done["verified_at"]
    assert done["failure"] == ""
    claim(brand, "later.wolkje.example")
    for seen in (
        influencer.get(f"/v1/links/{link['id']}").json,
        influencer.get(f"/v1/applications/{application['id']}").json["links"][0],
        influencer.get("/v1/applications").json["data"][0]["links"][0],
    ):
        assert seen["url"] == f"https://{HOST}/r/{link['slug']}"

    taken = outsider.post(f"/v1/brands/{outsider.id}/domains", {"host": HOST})
    assert taken.status_code == 409
    assert brand.delete(path).status_code == 204
    assert influencer.get(f"/v1/links/{link['id']}").json["url"] == link["url"]
    listed = brand.get(f"/v1/brands/{brand.id}/domains").json
    assert [one["host"] for one in listed["data"]] == ["later.wolkje.example"]


def test_only_one_brand_gets_it(
    brand: Caller, outsider: Caller, server: NameServer
) -> None:
    first, second = claim(brand), claim(outsider)
    server.texts[NAME] = [first["record"]["value"], second["record"]["value"]]
    done = brand.post(f"/v1/domains/{first['id']}/verify")
    assert done.json["verified_at"]
    late = outsider.post(f"/v1/domains/{second['id']}/verify")
    assert late.status_code == 409
    assert outsider.get(f"/v1/domains/{second['id']}").json["verified_at"] is None


def test_silent_name_servers_are_no_failure_of_ours(
    brand: Caller, server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_records, "_PATIENCE_SECONDS", 0.3)
    server.mood = "silent"
    domain = claim(brand)
    told = brand.post(f"/v1/domains/{domain['id']}/verify")
    assert told.status_code == 200
    assert "no usable answer" in told.json["failure"]


def test_no_transaction_waits_for_name_servers(
    brand: Caller, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = claim(brand)

    def texts_of(*_: str) -> list[str]:
        assert not db.session().in_transaction()
        make_brand(session)  # meanwhile somebody else writes
        session.commit()
        return [domain["record"]["value"]]

    monkeypatch.setattr(domains, "texts_of", texts_of)
    assert brand.post(f"/v1/domains/{domain['id']}/verify").json["verified_at"]


def test_strangers_find_no_domain(
    brand: Caller, outsider: Caller, influencer: Caller, server: NameServer
) -> None:
    domain = claim(brand)
    path = f"/v1/domains/{domain['id']}"
    for who in (outsider, influencer):
        assert who.get(path).status_code == 404
        assert who.post(f"{path}/verify").status_code == 404
        assert who.delete(path).status_code == 404
        assert who.get(f"/v1/brands/{brand.id}/domains").status_code == 404
        claimed = who.post(f"/v1/brands/{brand.id}/domains", {"host": "a.example"})
        assert claimed.status_code == 404
    assert brand.post("/v1/domains/dom_x/verify").status_code == 404
    assert server.asked == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "a b", "\u0000.example", "", 7, None, "x" * 254]
)
def test_hosts_nobody_can_have(brand: Caller, host: Any) -> None:
    refused = brand.post(f"/v1/brands/{brand.id}/domains", {"host": host})
    assert refused.status_code == 422
    assert refused.json["errors"].keys() == {"host"}


def test_a_claim_is_made_once_and_asked_about_now_and_then(
    brand: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = claim(brand)
    again = brand.post(f"/v1/brands/{brand.id}/domains", {"host": HOST.upper()})
    assert again.status_code == 409
    monkeypatch.setattr(domains, "texts_of", lambda *_: [])
    monkeypatch.setattr(domains, "VERIFYING", domains.parse("2 per minute"))
    answers = [brand.post(f"/v1/domains/{domain['id']}/verify") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0

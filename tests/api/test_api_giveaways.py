"""Giveaways over HTTP: announced, entered, closed, drawn so that anybody can check it."""

import contextlib
import hashlib
import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from callers import Caller, make_application, make_campaign
from flask.testing import FlaskClient
from giveaway_world import announce, in_days, page_of, tell
from personal_data import rows_naming
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.ids import id_bytes
from marketplace.jobs.runner import run_once
from marketplace.tracking.codec import click_codec
from marketplace.tracking.giveaway_models import Giveaway, GiveawayEntry


@pytest.fixture
def giveaway(brand: Caller) -> dict[str, Any]:
    campaign = make_campaign(brand)
    return announce(brand, campaign["id"], winners=2)


def post(brand: Caller, giveaway: dict[str, Any], what: str, body: Any = None) -> Any:
    answer = brand.post(f"/v1/giveaways/{giveaway['id']}/{what}", body or {})
    assert answer.status_code == 200, answer.text
    return answer.json


def run_script(page: str, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the script on the page of a draw prints, asking this application."""
    found = re.search(r"<pre>(.*?)</pre>", page, re.DOTALL)
    assert found
    script = unescape(found[1])
    assert len(script.splitlines()) <= 23

    def ask(url: str) -> io.BytesIO:
        answer = client.get("/" + url.split("/", 3)[3])
        assert answer.status_code == 200, url
        return io.BytesIO(answer.data)

    monkeypatch.setattr("urllib.request.urlopen", ask)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(script, "check.py", "exec"), {})  # as it stands on the page
    return printed.getvalue()


def test_a_draw_anybody_can_check(
    brand: Caller,
    giveaway: dict[str, Any],
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = f"/v1/giveaways/{giveaway['id']}"
    before = client.get(f"{path}/draw").json
    assert before["commitment"] == giveaway["commitment"]
    assert (before["seed"], before["list_hash"], before["picks"]) == (None, None, [])
    entries = {tell(brand, giveaway, f"p{n}@x.example")["ticket"] for n in range(9)}
    assert brand.post(f"{path}/draw", {}).status_code == 409
    closed = post(brand, giveaway, "close")
    assert (closed["state"], closed["entries"], closed["entrants"]) == ("closed", 9, 9)
    late = {"email": "late@x.example", "accepts_rules": True}
    assert brand.post(f"{path}/entries", late).status_code == 409
    fixed = client.get(f"{path}/draw").json
    assert fixed["tickets"] == sorted(entries)
    listed = client.get(f"{page_of(giveaway)}/tickets.txt").data
    assert hashlib.sha256(listed).hexdigest() == fixed["list_hash"]
    assert fixed["seed"] is None
    drawn = post(brand, giveaway, "draw")
    assert hashlib.sha256(drawn["seed"].encode()).hexdigest() == giveaway["commitment"]
    assert [pick["outcome"] for pick in drawn["picks"]] == ["won", "won"]
    assert post(brand, giveaway, "draw") == drawn
    # A winner who turns out to have cheated; the next one is drawn, and all stays.
    winners = post(brand, giveaway, "winners")["data"]
    path = f"/v1/giveaway-entries/{winners[0]['entry_id']}/disqualify"
    out = brand.post(path, {"reason": "an employee"})
    assert out.json["disqualified_reason"] == "an employee"
    again = post(brand, giveaway, "draw")
    outcomes = [pick["outcome"] for pick in again["picks"]]
    assert outcomes == ["forfeited", "won", "won"]
    assert [p["ticket"] for p in again["picks"][:2]] == [
        p["ticket"] for p in drawn["picks"]
    ]
    kept = post(brand, giveaway, "winners")["data"]
    assert [w["ticket"] for w in kept] == [p["ticket"] for p in again["picks"][1:]]
    assert all(w["email"].endswith("@x.example") for w in kept)
    for language in ("nl", "en"):
        page = client.get(f"{page_of(giveaway)}/draw?lang={language}")
        printed = run_script(page.text, client, monkeypatch)
        assert [line.split()[2] for line in printed.splitlines()] == outcomes
    events = brand.get("/v1/events", query_string={"limit": 100}).json["data"]
    kinds = [e["kind"] for e in events if e["kind"].startswith("giveaway.")]
    assert sorted(set(kinds)) == [
        *("giveaway.announced", "giveaway.closed", "giveaway.drawn"),
        *("giveaway.entrant_disqualified", "giveaway.winners_read"),
    ]


def test_a_value_nobody_could_know(brand: Caller) -> None:
    campaign = make_campaign(brand)
    source = "The six of the Staatsloterij of the tenth"
    giveaway = announce(brand, campaign["id"], public_source=source)
    for n in range(5):
        tell(brand, giveaway, f"p{n}@x.example")
    post(brand, giveaway, "close")
    path = f"/v1/giveaways/{giveaway['id']}/draw"
    assert set(brand.post(path, {}).json["errors"]) == {"public_value"}
    drawn = brand.post(path, {"public_value": "3 9 11 14 20 41"})
    assert drawn.json["public_value"] == "3 9 11 14 20 41"
    assert brand.post(path, {"public_value": "1 2 3 4 5 6"}).status_code == 422
    assert brand.post(path, {}).json == drawn.json
    plain = announce(brand, campaign["id"])
    tell(brand, plain, "p@x.example")
    post(brand, plain, "close")
    path = f"/v1/giveaways/{plain['id']}/draw"
    assert brand.post(path, {"public_value": "7"}).status_code == 422


def test_who_enters_again_has_the_ticket_they_had(
    brand: Caller, giveaway: dict[str, Any]
) -> None:
    first = tell(brand, giveaway, "anna.b@gmail.com")
    for same in ("Anna.B@Gmail.com", "annab+2@gmail.com", " anna.b@googlemail.com"):
        assert tell(brand, giveaway, same)["ticket"] == first["ticket"]
    assert tell(brand, giveaway, "bas@gmail.com")["ticket"] != first["ticket"]
    path = f"/v1/giveaways/{giveaway['id']}"
    assert brand.get(path).json["entrants"] == 2
    daily = announce(
        brand,
        giveaway["campaign_id"],
        entries_per_person="daily",
        opens_at=in_days(-4),
        max_entries=4,
    )
    for day in (-3, -3, -2, -1):
        tell(brand, daily, "anna@x.example", entered_at=in_days(day))
    tell(brand, daily, "bas@x.example")
    shown = brand.get(f"/v1/giveaways/{daily['id']}").json
    assert (shown["entries"], shown["entrants"]) == (4, 2)
    entry = {"email": "c@x.example", "accepts_rules": True}
    assert brand.post(f"/v1/giveaways/{daily['id']}/entries", entry).status_code == 409
    # Anna is one person: out with one entry she is out with all.
    rows = brand.get(f"/v1/giveaways/{daily['id']}/entries").json["data"]
    last = rows[-1]["id"]
    brand.post(f"/v1/giveaway-entries/{last}/disqualify", {"reason": "r"})
    shown = brand.get(f"/v1/giveaways/{daily['id']}").json
    assert (shown["entries"], shown["entrants"]) == (1, 1)
    post(brand, daily, "close")
    drawn = post(brand, daily, "draw")
    assert [p["outcome"] for p in drawn["picks"]] == ["won"]
    assert drawn["list_size"] == 1


def test_what_is_wrong_with_an_entry_is_all_named(brand: Caller) -> None:
    campaign = make_campaign(brand)
    giveaway = announce(brand, campaign["id"], minimum_age=18, question="Why?")
    path = f"/v1/giveaways/{giveaway['id']}/entries"
    answer = brand.post(path, {"email": "a@x.example"})
    assert set(answer.json["errors"]) == {
        *("accepts_rules", "meets_conditions", "answer"),
    }
    assert brand.post(path, {"email": "nobody"}).status_code == 422
    future = {"email": "a@x.example", "accepts_rules": True, "meets_conditions": True}
    answer = brand.post(path, {**future, "answer": "x", "entered_at": in_days(1)})
    assert set(answer.json["errors"]) == {"entered_at"}
    soon = announce(brand, campaign["id"], opens_at=in_days(1))
    path = f"/v1/giveaways/{soon['id']}/entries"
    assert brand.post(path, future).status_code == 409


def test_what_people_went_by_stays(brand: Caller, giveaway: dict[str, Any]) -> None:
    path = f"/v1/giveaways/{giveaway['id']}"
    wrong = brand.patch(path, {"winners": 1, "prize": "less", "title": "Nicer"})
    assert set(wrong.json["errors"]) == {"winners", "prize"}
    assert brand.patch(path, {"title": "Nicer"}).json["title"] == "Nicer"
    past = brand.patch(path, {"closes_at": in_days(-1)})
    assert set(past.json["errors"]) == {"closes_at"}
    soon = announce(brand, giveaway["campaign_id"], opens_at=in_days(1))
    path = f"/v1/giveaways/{soon['id']}"
    assert brand.patch(path, {"winners": 3}).json["winners"] == 3
    post(brand, soon, "close")
    assert brand.patch(path, {"title": "x"}).status_code == 409
    assert brand.post(f"{path}/draw", {}).status_code == 409  # nobody entered


def test_whose_entry_it_is(
    brand: Caller, influencer: Caller, settings: Settings, session: Session
) -> None:
    application = make_application(brand, influencer)
    giveaway = announce(brand, application["campaign_id"])
    # The influencer may lead people there, though the host is none of the brand's.
    listed = influencer.get(f"/v1/campaigns/{application['campaign_id']}/giveaways")
    url = listed.json["data"][0]["url"]
    links = f"/v1/applications/{application['id']}/links"
    made = influencer.post(links, {"destination_path": f"{url}?x=1"})
    assert made.status_code == 201, made.text
    other = url.replace(giveaway["slug"], "another")
    assert influencer.post(links, {"destination_path": other}).status_code == 422
    link = made.json
    at_ms = int(datetime.now(UTC).timestamp() * 1000)
    click = click_codec(settings.keyring).mint(id_bytes(link["id"]), at_ms)
    by_click = tell(brand, giveaway, "a@x.example", click_id=click)
    assert by_click["link_id"] == link["id"]
    assert by_click["application_id"] == application["id"]
    code = application["promo_code"]["code"].lower()
    by_code = tell(brand, giveaway, "b@x.example", promo_code=code)
    assert (by_code["application_id"], by_code["link_id"]) == (application["id"], None)
    forged = tell(brand, giveaway, "c@x.example", click_id="x" * 55, promo_code="NO")
    assert forged["application_id"] is None
    # One entrant, one lead; credited as every lead is.
    daily = announce(
        brand,
        application["campaign_id"],
        entries_per_person="daily",
        opens_at=in_days(-3),
    )
    early = tell(brand, daily, "a@x.example", entered_at=in_days(-2), promo_code=code)
    assert early["application_id"] is None  # before the code was anybody's
    assert tell(brand, daily, "a@x.example", promo_code=code)["code"]
    quiet = announce(brand, application["campaign_id"], counts_as_lead=False)
    tell(brand, quiet, "d@x.example")
    assert run_once("record_giveaway_leads", settings) == 4
    run_once("settle_leads", settings)
    leads = brand.get("/v1/leads", query_string={"kind": "giveaway"}).json["data"]
    credited = [lead["attribution"]["application_id"] for lead in leads]
    assert sorted(map(str, credited)) == sorted(
        [application["id"], application["id"], "None", "None"]
    )
    assert run_once("record_giveaway_leads", settings) == 0


def test_addresses_are_forgotten_in_time(
    brand: Caller, giveaway: dict[str, Any], settings: Settings, session: Session
) -> None:
    for n in range(3):
        tell(brand, giveaway, f"p{n}@x.example", wants_newsletter=True)
    run_once("record_giveaway_leads", settings)
    assert rows_naming(session, ["p1@x.example"]) == []  # never in clear
    assert run_once("close_giveaways", settings) == 0
    session.execute(update(Giveaway).values(closes_at=in_past(40)))
    session.commit()
    assert run_once("close_giveaways", settings) == 1
    post(brand, giveaway, "draw")
    assert run_once("forget_entrants", settings) == 0
    session.execute(update(Giveaway).values(drawn_at=in_past(31)))
    session.commit()
    assert run_once("forget_entrants", settings) == 1
    session.expire_all()
    assert set(session.scalars(select(GiveawayEntry.address_sealed))) == {None}
    winners = post(brand, giveaway, "winners")["data"]
    assert [w["email"] for w in winners] == [None, None]
    brand.post(
        f"/v1/giveaway-entries/{winners[0]['entry_id']}/disqualify", {"reason": "r"}
    )
    path = f"/v1/giveaways/{giveaway['id']}/draw"
    assert brand.post(path, {}).status_code == 409  # nobody can be reached any more


def in_past(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def test_who_asked_for_the_newsletter(brand: Caller) -> None:
    campaign = make_campaign(brand)
    giveaway = announce(brand, campaign["id"], asks_newsletter=True)
    tell(brand, giveaway, "a@x.example", wants_newsletter=True, language="nl")
    tell(brand, giveaway, "b@x.example")
    tell(brand, giveaway, "=cmd@x.example", wants_newsletter=True)
    tell(brand, giveaway, "b@x.example", wants_newsletter=True)  # changed their mind
    path = f"/v1/giveaways/{giveaway['id']}/subscribers"
    lines = brand.post(path, {}).text.splitlines()
    assert [line.split(",")[0] for line in lines] == [
        *("email", "a@x.example", "b@x.example", "'=cmd@x.example"),
    ]


def test_another_brands_application_is_none(
    brand: Caller, influencer: Caller, outsider: Caller
) -> None:
    application = make_application(brand, influencer)
    campaign = make_campaign(outsider)
    body = {
        "title": "t",
        "prize": "p",
        "rules_url": "https://x.example",
        "closes_at": in_days(1),
        "application_id": application["id"],
    }
    path = f"/v1/campaigns/{campaign['id']}/giveaways"
    assert set(outsider.post(path, body).json["errors"]) == {"application_id"}


def test_a_shopper_is_told_of_their_entries_and_forgotten_in_them(
    brand: Caller, giveaway: dict[str, Any], session: Session, settings: Settings
) -> None:
    shop = {
        "platform": "generic",
        "name": "Winkel",
        "domain": "wolkje.example",
        "currency": "EUR",
    }
    shop_id = brand.post("/v1/shops", shop).json["id"]
    tell(brand, giveaway, "ann@x.example", wants_newsletter=True)
    tell(brand, giveaway, "bob@x.example")
    run_once("record_giveaway_leads", settings)
    who = {"email": "Ann@X.example"}
    told = brand.post(f"/v1/shops/{shop_id}/disclosures", who).json
    (entry,) = told["giveaway_entries"]
    assert entry["giveaway_id"] == giveaway["id"]
    assert len(told["leads"]) == 1
    hashed = session.scalars(
        select(GiveawayEntry.email_hash).where(GiveawayEntry.ticket == entry["ticket"])
    ).one()
    assert hashed
    assert rows_naming(session, [hashed]) != []
    assert brand.post(f"/v1/shops/{shop_id}/erasures", who).status_code == 200
    session.rollback()
    assert rows_naming(session, [hashed]) == []
    again = brand.post(f"/v1/shops/{shop_id}/disclosures", who).json
    assert again["giveaway_entries"] == []
    shown = brand.get(f"/v1/giveaways/{giveaway['id']}").json
    assert (shown["entries"], shown["entrants"]) == (2, 2)
    post(brand, giveaway, "close")
    drawn = post(brand, giveaway, "draw")
    assert drawn["list_size"] == 1  # who withdrew before it closed is in no list

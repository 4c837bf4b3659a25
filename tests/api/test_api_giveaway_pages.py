"""The page on which people enter a giveaway: a form without scripts or cookies."""

from html.parser import HTMLParser
from typing import Any

import pytest
from callers import Caller, make_application, make_campaign
from flask.testing import FlaskClient
from giveaway_world import announce, hidden, in_days, no_waiting, page_of, send
from limits import parse

from marketplace.api import giveaway_pages
from marketplace.api.giveaway_words import DRAW, OUTCOMES, PAGE
from marketplace.config import Settings
from marketplace.ids import id_bytes
from marketplace.tracking.codec import click_codec

ODD = '<script>alert(1)</script> {age} & "Ödd" {{ 7919*7 }}'


@pytest.fixture
def giveaway(brand: Caller, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    no_waiting(monkeypatch)
    campaign = make_campaign(brand)
    return announce(
        brand,
        campaign["id"],
        minimum_age=18,
        country="NL",
        question="Why you?",
        question_nl="Waarom jij?",
        asks_newsletter=True,
    )


class Closed(HTMLParser):
    """Whether every tag that was opened was closed, in order."""

    VOID = frozenset({"meta", "input", "img", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_somebody_enters(
    brand: Caller, client: FlaskClient, giveaway: dict[str, Any]
) -> None:
    shown = client.get(page_of(giveaway), headers={"Accept-Language": "nl-NL,nl;q=0.9"})
    assert shown.status_code == 200
    assert shown.headers["Content-Language"] == "nl"
    assert "Win een zijden masker" in shown.text
    assert "Ik ben 18 jaar of ouder en woon in Nederland." in shown.text
    assert "Set-Cookie" not in shown.headers
    assert "script" not in Closed(shown.text).tags
    policy = shown.headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy
    assert "'unsafe-inline'" not in policy
    # All that is missing is said at once, and what was said is still there.
    missing = send(
        client,
        giveaway,
        shown.text,
        "anna",
        accepts_rules="",
        meets_conditions="",
        wants_newsletter="yes",
    )
    assert missing.status_code == 422
    say = PAGE["nl"]
    for name in ("email", "accepts_rules", "meets_conditions", "answer"):
        assert say[f"wrong_{name}"] in missing.text
    assert 'value="anna"' in missing.text
    assert 'name="wants_newsletter" value="yes" checked' in missing.text
    done = send(client, giveaway, missing.text, "anna@x.example", answer=ODD)
    assert done.status_code == 200
    assert say["thanks_first"] in done.text
    assert ODD not in done.text
    again = send(client, giveaway, missing.text, "Anna@X.example", answer="x")
    assert say["thanks_again"] in again.text
    (entry,) = brand.get(f"/v1/giveaways/{giveaway['id']}/entries").json["data"]
    assert entry["ticket"] in done.text
    assert entry["ticket"] in again.text
    assert (entry["answer"], entry["language"], entry["source"]) == (ODD, "nl", "page")
    assert entry["wants_newsletter"] is False


def test_both_languages_say_the_same_things(
    client: FlaskClient, giveaway: dict[str, Any]
) -> None:
    for words in (PAGE, DRAW, OUTCOMES):
        assert set(words["en"]) == set(words["nl"])
    page = page_of(giveaway)
    english = client.get(page, headers={"Accept-Language": "de-DE"})
    assert english.headers["Content-Language"] == "en"
    assert "I am 18 or older and live in the Netherlands." in english.text
    assert f"{page}?lang=nl" in english.text
    chosen = client.get(f"{page}?lang=nl&mkt_click=abc&code=ANNA%26", headers={})
    assert "Waarom jij?" in chosen.text
    assert "lang=en&amp;mkt_click=abc&amp;code=ANNA%26" in chosen.text


def test_who_sent_them_is_known_by_link_or_code(
    brand: Caller,
    influencer: Caller,
    client: FlaskClient,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    no_waiting(monkeypatch)
    application = make_application(brand, influencer)
    giveaway = announce(brand, application["campaign_id"])
    link = application["links"][0]
    click = click_codec(settings.keyring).mint(id_bytes(link["id"]), 1_770_000_000_000)
    shown = client.get(f"{page_of(giveaway)}?mkt_click={click}&utm_source=instagram")
    assert send(client, giveaway, shown.text, "a@x.example").status_code == 200
    code = application["promo_code"]["code"]
    shown = client.get(f"{page_of(giveaway)}?code={code}&lang=nl")
    assert send(client, giveaway, shown.text, "b@x.example").status_code == 200
    rows = brand.get(f"/v1/giveaways/{giveaway['id']}/entries").json["data"]
    found = {(row["application_id"], row["link_id"], row["code"]) for row in rows}
    assert found == {
        (application["id"], link["id"], None),
        (application["id"], None, code),
    }


def test_programs_and_other_sites_are_told_to_try_again(
    brand: Caller,
    client: FlaskClient,
    giveaway: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = client.get(page_of(giveaway)).text
    stamp = hidden(shown)["stamp"]
    other = announce(brand, giveaway["campaign_id"])
    stolen = hidden(client.get(page_of(other)).text)["stamp"]
    tries: list[dict[str, str]] = [
        {"website": "https://spam.example"},
        {"stamp": ""},
        {"stamp": "1" + stamp},
        {"stamp": stamp[:-1] + ("0" if stamp[-1] != "0" else "1")},
        {"stamp": stolen},
        {"stamp": "é.é"},
    ]
    for one in tries:
        answer = send(client, giveaway, shown, "a@x.example", answer="x", **one)
        assert answer.status_code == 422, one
        assert PAGE["en"]["again"] in answer.text
    # Whoever is a person after all sends the form as it now stands.
    done = send(client, giveaway, answer.text, "a@x.example", answer="x")
    assert done.status_code == 200
    monkeypatch.setattr(giveaway_pages, "LEAST_SECONDS", 60)
    assert send(client, giveaway, shown, "b@x.example").status_code == 422
    path = f"/v1/giveaways/{giveaway['id']}"
    assert brand.get(path).json["entries"] == 1


def test_one_address_cannot_enter_for_a_crowd(
    client: FlaskClient, giveaway: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giveaway_pages, "ENTRIES", parse("3 per 10 minutes"))
    shown = client.get(page_of(giveaway)).text
    statuses = [
        send(client, giveaway, shown, f"p{n}@x.example", answer="x").status_code
        for n in range(4)
    ]
    assert statuses == [200, 200, 200, 429]
    last = send(client, giveaway, shown, "p9@x.example", answer="my words")
    assert int(last.headers["Retry-After"]) > 0
    assert PAGE["en"]["too_many"] in last.text
    assert "my words" in last.text


def test_before_and_after_nobody_can_enter(brand: Caller, client: FlaskClient) -> None:
    campaign = make_campaign(brand)
    soon = announce(brand, campaign["id"], opens_at=in_days(1))
    page = client.get(page_of(soon)).text
    assert PAGE["en"]["not_begun"] in page
    assert "<form" not in page
    assert client.get(f"{page_of(soon)}/tickets.txt").status_code == 404
    brand.post(f"/v1/giveaways/{soon['id']}/close", {})
    over = client.get(page_of(soon)).text
    assert PAGE["en"]["is_over"] in over
    assert "<form" not in over
    Closed(client.get(f"{page_of(soon)}/draw").text)


def test_a_form_that_was_open_while_it_closed(
    brand: Caller, client: FlaskClient, giveaway: dict[str, Any]
) -> None:
    shown = client.get(page_of(giveaway)).text
    brand.post(f"/v1/giveaways/{giveaway['id']}/close", {})
    late = send(client, giveaway, shown, "a@x.example", answer="x")
    assert late.status_code == 409
    assert PAGE["en"]["is_over"] in late.text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_such_giveaway(client: FlaskClient, method: str) -> None:
    for path in ("/g/nothing", "/g/nothing/draw", "/g/%00", "/g/" + "x" * 80):
        if method == "POST" and path.endswith("draw"):
            continue
        answer = client.open(path, method=method, headers={"Accept-Language": "nl"})
        assert answer.status_code == 404, path
    assert PAGE["nl"]["gone"] in client.get("/g/nothing?lang=nl").text


@pytest.mark.parametrize(
    "field", ["email", "answer", "mkt_click", "code", "stamp", "lang"]
)
def test_hostile_fields(
    client: FlaskClient, giveaway: dict[str, Any], field: str
) -> None:
    shown = client.get(page_of(giveaway)).text
    for text in ("\x00", "\ud800", "x" * 100_000, "{{ 7919*7 }}", "<b>\"'", "\r\nX: y"):
        said = {"answer": "x", field: text}
        email = said.pop("email", "a@x.example")
        answer = send(client, giveaway, shown, email, **said)
        assert answer.status_code in (200, 422), (field, ascii(text)[:20])
        assert "<b>\"'" not in answer.text
        assert "55433" not in answer.text


def test_what_brands_write_is_text(brand: Caller, client: FlaskClient) -> None:
    campaign = make_campaign(brand)
    names = ("title", "title_nl", "text", "prize", "question", "question_nl")
    giveaway = announce(
        brand,
        campaign["id"],
        **dict.fromkeys(names, ODD),
        rules_url="https://wolkje.example/?a=1&b='\"",
        picture_url='https://cdn.example/p.jpg?x="><script>',
    )
    for language in ("en", "nl"):
        for what in ("", "/draw"):
            page = client.get(f"{page_of(giveaway)}{what}?lang={language}")
            assert page.status_code == 200
            assert "script" not in Closed(page.text).tags
            assert "55433" not in page.text
    policy = client.get(page_of(giveaway)).headers["Content-Security-Policy"]
    assert "img-src https://cdn.example;" in policy

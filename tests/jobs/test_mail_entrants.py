"""Entrants confirm their address: by a link in a mail, and only then do they take part."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from callers import Caller, make_campaign, register_brand
from flask import Flask
from flask.testing import FlaskClient
from giveaway_world import announce, in_days, no_waiting, page_of, send, tell
from mail_server import Post, mail_server
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from marketplace.api.giveaway_words import PAGE
from marketplace.config import Settings
from marketplace.jobs import (
    JobContext,
    close_giveaways,
    forget_entrants,
    mail_entrants,
    record_giveaway_leads,
)
from marketplace.orders.models import Lead
from marketplace.tracking import giveaway_confirming as confirming
from marketplace.tracking.giveaway_letters import WORDS
from marketplace.tracking.giveaway_models import Giveaway, GiveawayEntry


@pytest.fixture
def post() -> Iterator[tuple[Post, str]]:
    with mail_server() as found:
        yield found


@pytest.fixture
def settings(settings: Settings, post: tuple[Post, str]) -> Settings:
    return replace(settings, smtp_url=post[1], mail_from="Wolkje <no@wolkje.example>")


@pytest.fixture
def box(post: tuple[Post, str]) -> Post:
    return post[0]


@pytest.fixture
def brand(client: FlaskClient) -> Caller:
    return register_brand(client, "owner@wolkje.example")


@pytest.fixture
def context(engine: Engine, settings: Settings) -> JobContext:
    return JobContext(engine, settings)


@pytest.fixture
def giveaway(brand: Caller, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    no_waiting(monkeypatch)
    return announce(brand, make_campaign(brand)["id"], asks_newsletter=True)


def enter(
    client: FlaskClient, giveaway: dict[str, Any], email: str, **over: str
) -> Any:
    shown = client.get(f"{page_of(giveaway)}?lang={over.pop('lang', 'en')}")
    return send(client, giveaway, shown.text, email, **over)


def leads(engine: Engine) -> int:
    """How many leads there are."""
    with Session(engine) as session:
        return len(session.scalars(select(Lead)).all())


def link_in(box: Post, number: int = -1) -> str:
    """Where the link in a mail leads, as a path with its query."""
    plain = box.mails[number].get_body(("plain",))
    assert plain is not None
    (url,) = re.findall(r"^http\S+", plain.get_content(), re.M)
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def entries(engine: Engine) -> list[GiveawayEntry]:
    with Session(engine) as session:
        return list(session.scalars(select(GiveawayEntry).order_by(GiveawayEntry.id)))


def let_pass(engine: Engine, **by: float) -> None:
    """As if all that was asked for had been asked for so long ago."""
    with Session(engine) as session:
        for entry in session.scalars(select(GiveawayEntry)):
            for name in ("mail_asked_at", "mail_due_at", "confirm_by"):
                if (at := getattr(entry, name)) is not None:
                    setattr(entry, name, at - timedelta(**by))
        session.commit()


def shown(brand: Caller, giveaway: dict[str, Any]) -> tuple[int, int, int]:
    found = brand.get(f"/v1/giveaways/{giveaway['id']}").json
    return found["entries"], found["entrants"], found["unconfirmed"]


def kpi(brand: Caller, giveaway: dict[str, Any]) -> Any:
    path = f"/v1/campaigns/{giveaway['campaign_id']}/kpis"
    totals = brand.get(path, query_string={"kpis": "giveaway_entrants"}).json["totals"]
    return totals["giveaway_entrants"]["value"]


def test_who_confirms_takes_part(
    context: JobContext,
    engine: Engine,
    brand: Caller,
    client: FlaskClient,
    giveaway: dict[str, Any],
    box: Post,
) -> None:
    assert giveaway["confirm_email"] is True  # this instance sends mail
    page = client.get(f"{page_of(giveaway)}?lang=nl").text
    assert PAGE["nl"]["confirm_how"] in page
    done = enter(client, giveaway, "Anna@x.example", lang="nl", wants_newsletter="yes")
    assert done.status_code == 200
    assert PAGE["nl"]["mailed"] in done.text
    (entry,) = entries(engine)
    assert entry.ticket not in done.text
    assert shown(brand, giveaway) == (0, 0, 1)
    assert kpi(brand, giveaway) == 0
    assert record_giveaway_leads.run(context) == 0
    assert mail_entrants.run(context) == 1
    assert mail_entrants.run(context) == 0
    (mail,) = box.mails
    assert mail["To"] == "anna@x.example"
    assert mail["Subject"] == "Bevestig dat je meedoet: Win een zijden masker"
    assert mail["Message-ID"] == f"<{entry.id}.1@wolkje.example>"
    html = mail.get_body(("html",))
    assert html is not None
    link = link_in(box)
    assert urlsplit(link).path in unescape(html.get_content())
    assert "anna" not in link.lower()
    # Programs that look at links confirm nothing; the button does.
    asked = client.get(link)
    assert (asked.status_code, asked.headers["Content-Language"]) == (200, "nl")
    assert asked.headers["Referrer-Policy"] == "no-referrer"
    assert PAGE["nl"]["confirm_button"] in asked.text
    assert 'name="wants_newsletter"' in asked.text
    assert client.head(link).status_code == 200
    assert shown(brand, giveaway) == (0, 0, 1)
    confirmed = client.post(link, data={"wants_newsletter": "yes"})
    assert confirmed.status_code == 200
    assert PAGE["nl"]["thanks_first"] in confirmed.text
    assert entry.ticket in confirmed.text
    again = client.post(link)
    assert (again.status_code, entry.ticket in again.text) == (200, True)
    assert entry.ticket in client.get(link).text
    assert shown(brand, giveaway) == (1, 1, 0)
    assert kpi(brand, giveaway) == 1
    assert record_giveaway_leads.run(context) == 1
    assert record_giveaway_leads.run(context) == 0
    assert leads(engine) == 1
    lines = brand.post(f"/v1/giveaways/{giveaway['id']}/subscribers", {}).text
    assert "anna@x.example,nl," in lines
    assert lines.splitlines()[1].rsplit(",", 1)[1]  # when they confirmed


def test_only_who_confirmed_is_in_the_draw(
    context: JobContext,
    engine: Engine,
    brand: Caller,
    client: FlaskClient,
    giveaway: dict[str, Any],
    box: Post,
) -> None:
    for n in range(4):
        enter(client, giveaway, f"p{n}@x.example", wants_newsletter="yes")
    while mail_entrants.run(context):
        pass
    links = {mail["To"]: link_in(box, n) for n, mail in enumerate(box.mails)}
    for n in (1, 3):
        assert client.post(links[f"p{n}@x.example"]).status_code == 200
    assert shown(brand, giveaway) == (2, 2, 2)
    path = f"/v1/giveaways/{giveaway['id']}"
    waiting = brand.get(f"{path}/entries?valid=false").json["data"]
    valid = brand.get(f"{path}/entries?valid=true").json["data"]
    assert (len(waiting), len(valid)) == (2, 2)
    assert brand.post(f"{path}/close", {}).status_code == 200
    drawn = brand.post(f"{path}/draw", {}).json
    assert drawn["list_size"] == 2
    assert set(drawn["tickets"]) == {each["ticket"] for each in valid}
    listed = client.get(f"{page_of(giveaway)}/tickets.txt").text.split()
    assert listed == drawn["tickets"]
    # The list is fixed: nobody is added to it any more.
    late = client.post(links["p0@x.example"])
    assert (late.status_code, PAGE["en"]["is_over"] in late.text) == (410, True)
    assert client.get(f"/v1/giveaways/{giveaway['id']}/draw").json == drawn
    # Addresses nobody confirmed are not kept for a draw they are not in.
    assert forget_entrants.run(context) == 1
    assert forget_entrants.run(context) == 0
    kept = {each.ticket for each in entries(engine) if each.address_sealed}
    assert kept == set(drawn["tickets"])


def test_nothing_tells_whether_an_address_has_entered(
    context: JobContext,
    engine: Engine,
    client: FlaskClient,
    giveaway: dict[str, Any],
    box: Post,
) -> None:
    first = enter(client, giveaway, "anna@x.example")
    mail_entrants.run(context)
    let_pass(engine, minutes=11)
    waiting = enter(client, giveaway, "anna@x.example")
    mail_entrants.run(context)
    assert client.post(link_in(box)).status_code == 200
    let_pass(engine, minutes=11)
    confirmed = enter(client, giveaway, "a.nna+again@x.example".replace(".nna", "nna"))
    fresh = enter(client, giveaway, "bas@x.example")
    pages = {
        (answer.status_code, answer.text)
        for answer in (first, waiting, confirmed, fresh)
    }
    assert len(pages) == 1
    # Who has confirmed is told their ticket, by mail.
    while mail_entrants.run(context):
        pass
    subjects = [mail["Subject"] for mail in box.mails if "anna" in mail["To"]]
    title = "Win a silk mask"
    assert subjects == [
        *[WORDS["en"]["confirm_subject"].format(title=title)] * 2,
        WORDS["en"]["entered_subject"].format(title=title),
    ]


def test_mails_are_few(
    context: JobContext,
    engine: Engine,
    client: FlaskClient,
    giveaway: dict[str, Any],
    box: Post,
) -> None:
    for _ in range(3):  # at once: one mail
        enter(client, giveaway, "anna@x.example")
        mail_entrants.run(context)
    assert len(box.mails) == 1
    for _ in range(5):
        let_pass(engine, minutes=11)
        enter(client, giveaway, "anna@x.example")
        mail_entrants.run(context)
    assert len(box.mails) == confirming.MOST_MAILS
    assert len({mail["Message-ID"] for mail in box.mails}) == len(box.mails)
    assert len(entries(engine)) == 1
    # Perhaps another asked for those: once they lapsed she gets one that she can use.
    let_pass(engine, hours=49)
    for _ in range(2):
        enter(client, giveaway, "anna@x.example")
        mail_entrants.run(context)
        let_pass(engine, minutes=11)
    assert len(box.mails) == confirming.MOST_MAILS + 1
    assert client.post(link_in(box)).status_code == 200


def test_links_end_and_cannot_be_made_up(
    context: JobContext,
    engine: Engine,
    brand: Caller,
    client: FlaskClient,
    giveaway: dict[str, Any],
    box: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enter(client, giveaway, "anna@x.example")
    mail_entrants.run(context)
    link = link_in(box)
    path, token = urlsplit(link).path.rsplit("/", 1)
    entry_id, seconds, mac = token.split("-")
    other = announce(brand, giveaway["campaign_id"])
    wrong = (
        f"{path}/{entry_id}-{int(seconds) + 9}-{mac}",
        f"{path}/{entry_id}-{seconds}-{mac[:-1]}{'0' if mac[-1] != '0' else '1'}",
        f"{path}/x",
        f"{path}/..",
        f"{path}/%00%ff-1-{mac}",
        f"{path}/{entry_id}-x-{mac}",
        f"{page_of(other)}/confirm/{token}",
        f"/g/none/confirm/{token}",
    )
    for each in wrong:
        assert client.get(each).status_code in (404, 308), each
        assert client.post(each).status_code in (404, 405), each
    assert entries(engine)[0].valid_at is None
    later = datetime.now(UTC) + confirming.LASTS + timedelta(seconds=1)
    with monkeypatch.context() as patch:
        patch.setattr("marketplace.api.giveaway_pages.now", lambda: later)
        for answer in (client.get(link), client.post(link)):
            assert answer.status_code == 410
            assert PAGE["en"]["late_title"] in answer.text
    # Whoever enters again gets another one.
    let_pass(engine, hours=49)
    enter(client, giveaway, "anna@x.example")
    mail_entrants.run(context)
    assert client.post(link_in(box)).status_code == 200
    assert shown(brand, giveaway) == (1, 1, 0)


def test_who_was_taken_out_confirms_nothing(
    context: JobContext,
    engine: Engine,
    brand: Caller,
    client: FlaskClient,
    giveaway: dict[str, Any],
    box: Post,
) -> None:
    enter(client, giveaway, "anna@x.example")
    mail_entrants.run(context)
    (entry,) = entries(engine)
    out = brand.post(f"/v1/giveaway-entries/{entry.id}/disqualify", {"reason": "Staff"})
    assert out.status_code == 200, out.text
    assert client.post(link_in(box)).status_code == 404
    let_pass(engine, minutes=11)
    enter(client, giveaway, "anna@x.example")
    assert mail_entrants.run(context) == 0


def test_places_are_kept_for_who_still_can_confirm(
    context: JobContext,
    engine: Engine,
    brand: Caller,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    box: Post,
) -> None:
    no_waiting(monkeypatch)
    giveaway = announce(brand, make_campaign(brand)["id"], max_entries=1)
    assert enter(client, giveaway, "anna@x.example").status_code == 200
    full = enter(client, giveaway, "bas@x.example")
    # Who is in it already is told the same.
    let_pass(engine, minutes=11)
    again = enter(client, giveaway, "anna@x.example")
    assert (full.status_code, again.status_code) == (409, 409)
    let_pass(engine, hours=48)  # the place is free again
    assert enter(client, giveaway, "bas@x.example").status_code == 200
    mail_entrants.run(context)
    assert [mail["To"] for mail in box.mails] == ["bas@x.example"]
    assert client.post(link_in(box)).status_code == 200
    assert enter(client, giveaway, "anna@x.example").status_code == 409


def test_daily_entrants_confirm_once(
    context: JobContext,
    engine: Engine,
    brand: Caller,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    box: Post,
) -> None:
    no_waiting(monkeypatch)
    giveaway = announce(brand, make_campaign(brand)["id"], entries_per_person="daily")
    enter(client, giveaway, "anna@x.example")
    mail_entrants.run(context)
    client.post(link_in(box))
    with Session(engine) as session:  # that was yesterday
        session.execute(update(GiveawayEntry).values(occasion="2026-01-01"))
        session.commit()
    enter(client, giveaway, "anna@x.example")
    assert shown(brand, giveaway) == (2, 1, 0)
    mail_entrants.run(context)
    second = next(each for each in entries(engine) if each.occasion != "2026-01-01")
    assert second.ticket in box.mails[-1].get_body(("plain",)).get_content()
    while record_giveaway_leads.run(context):
        pass
    assert leads(engine) == 1


def test_nobody_gets_a_newsletter_they_did_not_confirm(
    context: JobContext,
    engine: Engine,
    brand: Caller,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    box: Post,
) -> None:
    """Anybody may type an address, on another day as well."""
    no_waiting(monkeypatch)
    over = {"entries_per_person": "daily", "asks_newsletter": True}
    giveaway = announce(brand, make_campaign(brand)["id"], **over)

    def subscribers() -> list[str]:
        path = f"/v1/giveaways/{giveaway['id']}/subscribers"
        return brand.post(path, {}).text.splitlines()[1:]

    def another_day(on: str) -> None:
        with Session(engine) as session:
            today = GiveawayEntry.occasion > "2026-01-09"
            session.execute(update(GiveawayEntry).where(today).values(occasion=on))
            session.commit()

    enter(client, giveaway, "anna@x.example", wants_newsletter="yes")
    another_day("2026-01-01")
    enter(client, giveaway, "anna@x.example")
    while mail_entrants.run(context):
        pass
    assert client.post(link_in(box)).status_code == 200  # that of the second day
    another_day("2026-01-02")
    assert shown(brand, giveaway) == (2, 1, 0)
    assert subscribers() == []
    enter(client, giveaway, "anna@x.example", wants_newsletter="yes")
    assert shown(brand, giveaway) == (3, 1, 0)
    assert subscribers() == []
    # Who said so where they confirmed stays on it, on whichever day.
    enter(client, giveaway, "bas@x.example", wants_newsletter="yes")
    while mail_entrants.run(context):
        pass
    client.post(link_in(box), data={"wants_newsletter": "yes"})
    assert len(subscribers()) == 1


def test_the_brands_own_server(
    context: JobContext,
    engine: Engine,
    brand: Caller,
    client: FlaskClient,
    giveaway: dict[str, Any],
    box: Post,
) -> None:
    waiting = tell(brand, giveaway, "anna@x.example")
    sure = tell(brand, giveaway, "bas@x.example", email_confirmed=True)
    assert (waiting["valid_at"], waiting["mails_asked"]) == (None, 1)
    assert sure["valid_at"] is not None
    mail_entrants.run(context)
    assert [mail["To"] for mail in box.mails] == ["anna@x.example"]
    told = tell(brand, giveaway, "anna@x.example", email_confirmed=True)
    assert (told["id"], told["valid_at"] is None) == (waiting["id"], False)
    assert shown(brand, giveaway) == (2, 2, 0)
    while record_giveaway_leads.run(context):
        pass
    assert leads(engine) == 2


def test_a_server_that_does_not_take_it(
    context: JobContext,
    engine: Engine,
    client: FlaskClient,
    giveaway: dict[str, Any],
    box: Post,
    caplog: pytest.LogCaptureFixture,
) -> None:
    enter(client, giveaway, "anna@x.example")
    box.answers = ["451 later"]
    assert mail_entrants.run(context) == 1
    assert mail_entrants.run(context) == 0
    let_pass(engine, minutes=3)
    assert mail_entrants.run(context) == 1
    assert len(box.mails) == 1
    let_pass(engine, minutes=11)
    enter(client, giveaway, "anna@x.example")
    box.answers = ["550 no such mailbox"]
    mail_entrants.run(context)
    let_pass(engine, hours=10)
    assert mail_entrants.run(context) == 0
    assert len(box.mails) == 1
    assert "anna@" not in caplog.text


def test_cut_off_while_it_was_handed_over(
    context: JobContext,
    engine: Engine,
    client: FlaskClient,
    giveaway: dict[str, Any],
    box: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enter(client, giveaway, "anna@x.example")

    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(mail_entrants, "send", die)
        with pytest.raises(Killed):
            mail_entrants.run(context)
    assert mail_entrants.run(context) == 0  # somebody may be at it
    let_pass(engine, minutes=11)
    assert mail_entrants.run(context) == 1
    (entry,) = entries(engine)
    assert (entry.mail_tries, entry.mail_due_at) == (2, None)
    assert len(box.mails) == 1


def test_the_option(
    app: Flask, brand: Caller, giveaway: dict[str, Any], engine: Engine
) -> None:
    campaign_id = giveaway["campaign_id"]
    path = f"/v1/giveaways/{giveaway['id']}"
    # People entered by it: it stays.
    changed = brand.patch(path, {"confirm_email": False})
    assert set(changed.json["errors"]) == {"confirm_email"}
    plain = announce(brand, campaign_id, confirm_email=False)
    assert plain["confirm_email"] is False
    coming = announce(brand, campaign_id, opens_at=in_days(1))
    later = f"/v1/giveaways/{coming['id']}"
    assert brand.patch(later, {"confirm_email": False}).status_code == 200
    told = tell(brand, plain, "anna@x.example")
    assert (told["valid_at"], told["mails_asked"]) == (told["entered_at"], 0)
    app.extensions["settings"] = replace(app.extensions["settings"], smtp_url="")
    assert announce(brand, campaign_id)["confirm_email"] is False
    body = {**{k: giveaway[k] for k in ("title", "prize", "rules_url")}}
    body |= {"closes_at": in_days(7), "confirm_email": True}
    refused = brand.post(f"/v1/campaigns/{campaign_id}/giveaways", body)
    assert set(refused.json["errors"]) == {"confirm_email"}
    refused = brand.patch(later, {"confirm_email": True})
    assert set(refused.json["errors"]) == {"confirm_email"}


def test_a_mail_that_is_of_no_use_any_more(
    context: JobContext,
    engine: Engine,
    client: FlaskClient,
    giveaway: dict[str, Any],
    box: Post,
) -> None:
    enter(client, giveaway, "anna@x.example")
    with Session(engine) as session:
        over = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(Giveaway).values(closes_at=over))
        session.commit()
    assert close_giveaways.run(context) == 1
    assert mail_entrants.run(context) == 0
    assert entries(engine)[0].mail_due_at is None
    assert box.mails == []

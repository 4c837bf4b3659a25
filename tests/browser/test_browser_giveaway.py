"""Entering a giveaway in a real browser, without scripts, on a desk and on a phone."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from callers import Caller, make_campaign, register_brand
from flask import Flask
from giveaway_world import announce, no_waiting
from pages import AGENT

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.database import db


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def served(settings: Settings) -> Iterator[Flask]:
    """The application behind a port of its own, which it knows as its address."""
    apps: list[Flask] = []
    server = make_server(
        "127.0.0.1", 0, lambda e, s: apps[0](e, s), handler_class=_Quiet
    )
    here = f"http://127.0.0.1:{server.server_port}"
    apps.append(create_app(replace(settings, public_url=here)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield apps[0]
    server.shutdown()
    server.server_close()
    thread.join()
    apps[0].extensions["redirect"].close()
    with apps[0].app_context():
        db.engine.dispose()


@pytest.fixture
def brand(served: Flask) -> Caller:
    return register_brand(served.test_client(), "owner@wolkje.example")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_entering(
    chromium: Any,
    brand: Caller,
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    height: int,
) -> None:
    no_waiting(monkeypatch)
    giveaway = announce(
        brand, make_campaign(brand)["id"], minimum_age=18, question="Why you?"
    )
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        user_agent=AGENT,
        locale="nl-NL",
        java_script_enabled=False,
    )
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text))
    page.goto(f"{giveaway['url']}?code=ANNA10")
    assert page.title() == "Win een zijden masker · Wolkje"
    _fits(page, width)
    page.get_by_role("button", name="Doe mee").click()  # with nothing filled in
    assert page.get_by_role("alert").is_visible()
    page.get_by_label("Je e-mailadres").fill("anna@x.example")
    page.get_by_label("Why you?").fill("The sea")
    page.get_by_label("Ik ben 18 jaar of ouder.").check()
    page.get_by_label("Ik ga akkoord met").check()
    other = page.get_by_role("link", name="EN", exact=True)
    assert "code=ANNA10" in other.get_attribute("href")
    page.get_by_role("button", name="Doe mee").click()
    assert page.get_by_role("status").is_visible()
    _fits(page, width)
    rows = brand.get(f"/v1/giveaways/{giveaway['id']}/entries").json["data"]
    assert [row["answer"] for row in rows] == ["The sea"]
    assert page.get_by_text(rows[0]["ticket"]).is_visible()
    page.get_by_role("link", name="Zo werkt de trekking").click()
    assert page.get_by_text(giveaway["commitment"]).is_visible()
    _fits(page, width)
    assert context.cookies() == []
    # The style was not refused, and nothing else was asked for.
    assert [text for text in refused if "422" not in text] == []
    context.close()


def _fits(page: Any, width: int) -> None:
    """Nothing sticks out at the side, and the card is where it was put."""
    box = page.locator("main").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["width"] == (width if width < 700 else box["width"])
    heading = page.locator("h1").bounding_box()
    assert heading["x"] + heading["width"] <= box["x"] + box["width"]

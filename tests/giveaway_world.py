"""Giveaways over HTTP: made by a brand, entered by people on their page."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from callers import Caller
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.api import giveaway_pages

GIVEAWAY: dict[str, Any] = {
    "title": "Win a silk mask",
    "title_nl": "Win een zijden masker",
    "prize": "a silk sleeping mask",
    "prize_nl": "een zijden slaapmasker",
    "rules_url": "https://wolkje.example/rules",
}


def in_days(n: float) -> str:
    return (datetime.now(UTC) + timedelta(days=n)).isoformat()


def announce(brand: Caller, campaign_id: str, **over: Any) -> dict[str, Any]:
    body = {**GIVEAWAY, "closes_at": in_days(7), **over}
    answer = brand.post(f"/v1/campaigns/{campaign_id}/giveaways", body)
    assert answer.status_code == 201, answer.text
    giveaway: dict[str, Any] = answer.json
    return giveaway


def tell(brand: Caller, giveaway: dict[str, Any], email: str, **over: Any) -> Any:
    """An entry the brand's own server tells of."""
    body = {"email": email, "accepts_rules": True, "meets_conditions": True, **over}
    answer = brand.post(f"/v1/giveaways/{giveaway['id']}/entries", body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json


def page_of(giveaway: dict[str, Any]) -> str:
    return f"/g/{giveaway['slug']}"


def hidden(page: str) -> dict[str, str]:
    """The fields of a page's form that its reader does not see."""
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def send(
    client: FlaskClient, giveaway: dict[str, Any], shown: str, email: str, **over: Any
) -> TestResponse:
    """The form of a page that was shown, as a person sends it."""
    said = {
        **hidden(shown),
        "email": email,
        "accepts_rules": "yes",
        "meets_conditions": "yes",
        **over,
    }
    return client.post(
        page_of(giveaway),
        data=urlencode(said, errors="surrogatepass"),
        content_type="application/x-www-form-urlencoded",
    )


def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests fill in forms faster than people do."""
    monkeypatch.setattr(giveaway_pages, "LEAST_SECONDS", 0)

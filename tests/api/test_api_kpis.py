"""KPIs and costs over HTTP: shapes, parameters, walls, tables for spreadsheets."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from callers import register_brand
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_user,
)
from flask.testing import FlaskClient
from kpi_cells import JULY, MARCH, NOW, Story, add_clicks, tell
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import accounts, kpis
from marketplace.accounts.models import Brand, Influencer, Membership, User
from marketplace.accounts.rules import Role, Scope
from marketplace.clock import local_day
from marketplace.collaborations.rules import ApplicationStatus
from marketplace.config import Settings
from marketplace.currencies import set_rates
from marketplace.ids import id_bytes
from marketplace.tracking.codec import click_codec
from marketplace.tracking.spool import SpoolWriter

DAYS = {"from": "2026-03-01", "to": "2026-07-16"}


@pytest.fixture
def story(session: Session) -> Story:
    found = tell(session)
    session.commit()
    return found


def bearer(
    session: Session, who: Brand | Influencer | User, *scopes: Scope
) -> dict[str, str]:
    """Headers of a brand's owner, an influencer or a user."""
    if isinstance(who, Brand):
        owner = select(Membership.user_id).where(Membership.brand_id == who.id)
        user_id = session.scalars(owner).first()
    else:
        user_id = who.user_id if isinstance(who, Influencer) else who.id
    user = session.get_one(User, user_id)
    _, secret = accounts.issue_token(
        session, user, name="test", scopes=scopes or tuple(Scope), now=NOW
    )
    session.commit()
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def owner(session: Session, story: Story) -> dict[str, str]:
    return bearer(session, story.brand)


def of_story(story: Story, what: str = "kpis") -> str:
    return f"/v1/campaigns/{story.campaign.id}/{what}"


def test_the_catalogue_is_public(client: FlaskClient) -> None:
    answer = client.get("/v1/kpis")
    assert answer.status_code == 200
    entries = {entry["id"]: entry for entry in answer.json or []}
    assert set(entries) == set(kpis.CATALOGUE)
    assert entries["profit_per_visitor"] == {
        "id": "profit_per_visitor",
        "version": 1,
        "label": "Profit per visitor",
        "label_nl": "Winst per bezoeker",
        "goal": "value",
        "unit": "money_per_unit",
        "direction": "up",
        "meaning": "What one visitor from an influencer leaves after all costs.",
        "meaning_nl": "Wat een bezoeker via een influencer na alle kosten oplevert.",
        "formula": "net profit ÷ visitors",
        "formula_nl": "nettowinst ÷ bezoekers",
        "numerator": "net profit",
        "denominator": "visitors",
        "bundles": ["value"],
    }
    assert entries["clicks"]["numerator"] is None


def test_a_report(client: FlaskClient, story: Story, owner: dict[str, str]) -> None:
    answer = client.get(of_story(story), headers=owner, query_string=DAYS)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json or {}
    zone = "Europe/Amsterdam"
    assert body["window"] == {**DAYS, "timezone": zone}
    assert body["currency"] == "EUR"
    assert body["fresh_as_of"].endswith("Z")
    assert body["rows"] == []
    assert set(body["totals"]) == set(body["previous"]) == set(kpis.CATALOGUE)
    assert body["totals"]["net_profit"] == {
        "value": 5100,
        "numerator": None,
        "denominator": None,
        "reason": None,
        "coverage": "0.8" + "3" * 27,
        "estimated": False,
        "basis": None,
        "sources": {"line": "0.875", "table": "0", "margin": "0", "none": "0.125"},
        "low": None,
        "high": None,
        "source": "tracked",
        "as_of": None,
        "missing": [],
    }
    assert body["totals"]["orders"]["sources"] is None
    assert body["totals"]["roi"]["value"] == "0.796875"
    assert body["totals"]["visitors"]["estimated"] is True
    assert body["totals"]["visitors"]["basis"] == "visitor_days"
    assert body["set_aside"]["repeat"] == 5
    assert sum(body["set_aside"].values()) == 5
    assert body["previous"]["cpc"]["value"] is None
    assert body["previous"]["cpc"]["reason"] == "no_clicks"
    assert body["previous_window"] == {
        "from": "2025-10-15",
        "to": "2026-03-01",
        "timezone": zone,
    }


def test_freshness_waits_for_clicks_that_are_not_ingested(
    client: FlaskClient, story: Story, owner: dict[str, str], settings: Settings
) -> None:
    followed = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    writer = SpoolWriter(settings.spool, settings.node_id)
    line = {
        "click": click_codec(settings.keyring).mint(
            id_bytes(story.anna_link.id), int(followed.timestamp() * 1000)
        ),
        "link": story.anna_link.id,
        "at": int(followed.timestamp() * 1000),
        "visitor": "0" * 32,
    }
    assert writer.append(orjson.dumps(line))
    body = client.get(of_story(story), headers=owner).json or {}
    writer.close()
    fresh = datetime.fromisoformat(body["fresh_as_of"])
    assert abs(fresh - followed) < timedelta(milliseconds=10)


def test_rows_and_a_choice_of_kpis(
    client: FlaskClient, story: Story, owner: dict[str, str]
) -> None:
    query = {**DAYS, "by": "platform", "kpis": "orders, roas"}
    body = client.get(of_story(story), headers=owner, query_string=query).json or {}
    assert list(body["totals"]) == ["orders", "roas"]
    assert [(r["key"], r["kpis"]["orders"]["value"]) for r in body["rows"]] == [
        ({"platform": "instagram"}, 3),
        ({"platform": "tiktok"}, 2),
        ({"platform": None}, 1),
    ]


def test_rows_by_what_visitors_bring_along(
    client: FlaskClient, session: Session, story: Story, owner: dict[str, str]
) -> None:
    add_clicks(session, story.bas_link, JULY, "v9", country="NL", s1="=1+1")
    session.commit()
    query = {**DAYS, "by": "country", "kpis": "visitors,social_visitors"}
    body = client.get(of_story(story), headers=owner, query_string=query).json or {}
    assert body["set_aside"] is None
    assert [(r["key"], r["kpis"]["visitors"]["value"]) for r in body["rows"]] == [
        ({"country": "NL"}, 1),
        ({"country": None}, 10),
    ]
    assert body["rows"][0]["kpis"]["social_visitors"]["reason"] == "not_broken_down"
    query["by"] = "s1"
    table = client.get(of_story(story, "kpis.csv"), headers=owner, query_string=query)
    (_, first, second) = csv.reader(io.StringIO(table.text))
    assert (first[3:], second[3:]) == (["'=1+1", "1", ""], ["", "10", ""])


def test_moments_and_the_own_time_zone_are_taken(
    client: FlaskClient, story: Story, owner: dict[str, str]
) -> None:
    query = (
        "?from=2026-03-10T00:00:00+01:00&to=2026-03-10T12:00:00%2B01:00"
        "&timezone=Europe/Amsterdam&by=day"
    )
    body = client.get(of_story(story) + query, headers=owner).json or {}
    assert body["window"]["from"] == "2026-03-10"
    assert body["window"]["to"] == "2026-03-11"
    assert [row["key"] for row in body["rows"]] == [{"day": "2026-03-10"}]


def test_the_same_day_as_both_is_that_day(
    client: FlaskClient, story: Story, owner: dict[str, str]
) -> None:
    told = client.get("/v1/openapi.json").json or {}
    described = told["paths"]["/v1/campaigns/{campaign_id}/kpis"]["get"]["parameters"]
    (last,) = [each for each in described if each.get("name") == "to"]
    assert "the only one" in last["description"]
    for what in ("", "T00:00:00+01:00"):
        one = {"from": "2026-03-10", "to": "2026-03-10", "by": "day"}
        two = {"from": f"2026-03-10{what}", "to": f"2026-03-11{what}", "by": "day"}
        bodies = [
            client.get(of_story(story), headers=owner, query_string=query).json or {}
            for query in (one, two)
        ]
        assert bodies[0]["window"]["to"] == "2026-03-11"
        assert bodies[0]["rows"] == bodies[1]["rows"]
        assert bodies[0]["totals"] == bodies[1]["totals"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"kpis": "clicks,nonsense"}, "kpis"),
        ({"kpis": " , "}, "kpis"),
        ({"kpis": "a\x00b"}, "kpis"),
        ({"by": "colour"}, "by"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-03-10", "to": "2026-03-09"}, "from"),
        ({"from": "2026-03-10T10:00:00Z", "to": "2026-03-10T10:00:00Z"}, "from"),
        ({"from": "2026-03-10T11:00:00Z", "to": "2026-03-10T10:00:00Z"}, "from"),
        ({"from": "2020-01-01", "to": "2026-01-01"}, "to"),
        ({"by": ["day", "week"]}, "by"),
        ({"from": ["2026-03-10", "2026-03-10"]}, "from"),
        ({"to": "9999-12-31T23:59:59Z"}, "to"),
        ({"from": "0001-01-01"}, "from"),
        ({"to": "2026-02-30"}, "to"),
        ({"timezone": "America/New_Amsterdam"}, "timezone"),
        ({"timezone": "x\x00"}, "timezone"),
        ({"basis": "colour"}, "basis"),
        ({"currency": "XXX"}, "currency"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_nonsense_is_refused_by_name(
    client: FlaskClient,
    story: Story,
    owner: dict[str, str],
    query: dict[str, str | list[str]],
    field: str,
) -> None:
    for what in ("kpis", "kpis.csv"):
        answer = client.get(of_story(story, what), headers=owner, query_string=query)
        assert answer.status_code == 422, answer.text
        assert set((answer.json or {})["errors"]) == {field}


def test_another_zone_another_basis_another_currency(
    client: FlaskClient, session: Session, story: Story, owner: dict[str, str]
) -> None:
    def told(**query: str) -> Any:
        query = {**DAYS, "kpis": "revenue,cost,clicks", **query}
        return client.get(of_story(story), headers=owner, query_string=query).json

    usual = told()
    assert (usual["basis"], usual["currency"]) == ("order", "EUR")
    event = told(basis="event")
    assert event["basis"] == "event"
    assert event["totals"] == usual["totals"]  # nothing was refunded
    there = told(timezone="America/New_York")
    assert there["window"]["timezone"] == "America/New_York"
    assert there["totals"]["revenue"] == usual["totals"]["revenue"]
    # The hours of March are no longer kept.
    assert there["totals"]["clicks"]["basis"] == "brand_days"
    assert told(currency="USD")["totals"]["cost"]["reason"] == "no_exchange_rate"
    rates = {("USD", day): Decimal("1.25") for day in (MARCH, JULY)}
    set_rates(session, rates)
    session.commit()
    dollars = told(currency="usd")
    assert dollars["currency"] == "USD"
    assert dollars["totals"]["cost"]["value"] == 6400 * 5 // 4
    assert dollars["totals"]["revenue"]["value"] == 24_000 * 5 // 4


def test_who_sees_what(client: FlaskClient, session: Session, story: Story) -> None:
    def orders(who: Any) -> Any:
        answer = client.get(of_story(story), headers=who, query_string=DAYS)
        return answer.status_code, (answer.json or {}).get("totals", {}).get("orders")

    pending = make_influencer(session, name="Cem")
    make_application(
        session,
        story.campaign,
        pending,
        status=ApplicationStatus.PENDING,
        accepted_at=None,
    )
    assert client.get(of_story(story)).status_code == 401
    for stranger in (make_brand(session), make_influencer(session), pending):
        assert orders(bearer(session, stranger))[0] == 404
    assert orders(bearer(session, story.brand, Scope.WRITE))[0] == 403
    status, own = orders(bearer(session, story.anna))
    assert (status, own["value"]) == (200, 4)
    assert client.get("/v1/campaigns/cmp_none/kpis").status_code == 401
    missing = client.get(
        "/v1/campaigns/cmp_none/kpis", headers=bearer(session, story.brand)
    )
    assert missing.status_code == 404


def test_the_report_across_campaigns(
    client: FlaskClient, session: Session, story: Story, owner: dict[str, str]
) -> None:
    def report(who: dict[str, str], **query: str) -> Any:
        answer = client.get(
            "/v1/kpis/report", headers=who, query_string={**DAYS, **query}
        )
        return answer.json if answer.status_code == 200 else answer.status_code

    whole = report(owner, by="campaign")
    assert whole["totals"]["cost"]["value"] == 6400
    assert whole["rows"][0]["key"] == {
        "campaign_id": story.campaign.id,
        "title": "Spring",
    }
    bas = report(bearer(session, story.bas))
    assert bas["totals"]["cost"]["value"] == 700
    assert report(bearer(session, story.bas), influencer_id=story.anna.id) == 404
    assert report(bearer(session, story.bas), brand_id=story.brand.id) == 404
    assert report(owner, currency="GBP")["totals"]["cost"]["reason"] == (
        "no_exchange_rate"
    )
    assert report(owner, influencer_id=story.anna.id) == 403
    newcomer = report(bearer(session, make_influencer(session)))
    assert newcomer["totals"]["orders"]["value"] == 0
    assert newcomer["window"]["timezone"] is None


def test_a_member_of_two_brands_says_which(
    client: FlaskClient, session: Session, story: Story
) -> None:
    other = make_brand(session)
    user = make_user(session)
    for brand in (story.brand, other):
        row = Membership(user_id=user.id, brand_id=brand.id, role=Role.VIEWER)
        session.add(row)
    session.flush()
    headers = bearer(session, user)
    unsaid = client.get("/v1/kpis/report", headers=headers)
    assert unsaid.status_code == 422
    said = client.get(f"/v1/kpis/report?brand_id={other.id}", headers=headers)
    assert (said.json or {})["totals"]["orders"]["value"] == 0


def test_a_table_is_no_program(
    client: FlaskClient, session: Session, story: Story, owner: dict[str, str]
) -> None:
    story.anna.name = '=HYPERLINK("http://evil.example","x")'
    session.merge(story.anna)
    session.commit()
    query = {**DAYS, "by": "influencer", "kpis": "net_profit,visitors,cpa"}
    answer = client.get(of_story(story, "kpis.csv"), headers=owner, query_string=query)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    head, *rows = csv.reader(io.StringIO(answer.text))
    assert head == [
        *("from", "to", "currency", "influencer_id", "name"),
        *("net_profit", "visitors", "cpa"),
    ]
    span = ["2026-03-01", "2026-07-16", "EUR"]
    assert rows == [
        [*span, story.anna.id, "'" + story.anna.name, "3300", "8", "2350"],
        [*span, story.bas.id, "Bas", "2800", "4", "700"],
        [*span, "", "", "-1000", "0", ""],
    ]
    totals = client.get(of_story(story, "kpis.csv"), headers=owner, query_string=DAYS)
    assert len(totals.text.splitlines()) == 2


def test_an_empty_campaign_answers_from_its_first_day(
    client: FlaskClient, session: Session, story: Story, owner: dict[str, str]
) -> None:
    add_clicks(session, story.bas_link, NOW.date().replace(day=14), "v9")
    fresh = make_campaign(session, story.brand, title="Later")
    session.commit()
    answer = client.get(f"/v1/campaigns/{fresh.id}/kpis", headers=owner)
    body: dict[str, Any] = answer.json or {}
    assert answer.status_code == 200
    assert body["window"]["from"] == "2026-03-02"
    assert body["totals"]["clicks"]["value"] == 0


def test_a_brand_without_campaigns_has_its_own_days(client: FlaskClient) -> None:
    zone = "Pacific/Kiritimati"
    brand = register_brand(client, "new@wolkje.example", timezone=zone)
    window = brand.get("/v1/kpis/report?kpis=orders").json["window"]
    assert window["timezone"] == zone
    assert window["from"] == str(local_day(datetime.now(UTC), zone))

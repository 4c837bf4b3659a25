"""Forecasts over HTTP: what costs they rest on, and campaigns that are over."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from callers import Caller, make_campaign

TODAY = datetime.now(UTC).date()


@pytest.fixture
def campaign(brand: Caller) -> dict[str, Any]:
    return make_campaign(brand, commission={"kind": "percent", "rate_bps": 0})


def spend(brand: Caller, campaign: dict[str, Any], amount: int, on: str) -> None:
    said = {"kind": "agency", "amount": amount, "incurred_on": on}
    answer = brand.post(f"/v1/campaigns/{campaign['id']}/costs", said)
    assert answer.status_code == 201, answer.text


def ahead(brand: Caller, campaign: dict[str, Any], query: str) -> dict[str, Any]:
    answer = brand.get(f"/v1/campaigns/{campaign['id']}/forecast?{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_costs_that_are_known_are_told_and_not_repeated(
    brand: Caller, campaign: dict[str, Any]
) -> None:
    spend(brand, campaign, 40_000, TODAY.isoformat())
    spend(brand, campaign, 2500, (TODAY + timedelta(days=5)).isoformat())
    until = TODAY + timedelta(days=20)
    cost = ahead(brand, campaign, f"kpis=cost,clicks&until={until}")["cost"]
    assert (cost["so_far"], cost["expected"]) == (40_000, 42_500)
    assert cost["costs"] == {
        "booked": 40_000,
        "dated": 2500,
        "recurring": 0,
        "promised": 0,
        "held": 0,
        "commissions": 0,
        "commissions_coming": 0,
        "per": "revenue",
        "rate": "0",
    }
    assert {"commission_rate", "known_costs"} <= {*cost["evidence"]}


def test_a_fee_that_was_asked_for_is_to_come(
    brand: Caller, influencer: Caller, campaign: dict[str, Any]
) -> None:
    path = f"/v1/campaigns/{campaign['id']}/applications"
    answer = influencer.post(path, {"proposed_fee": 15_000})
    assert answer.status_code == 201, answer.text
    assert ahead(brand, campaign, "kpis=cost")["cost"]["costs"]["promised"] == 0
    brand.post(f"/v1/applications/{answer.json['id']}/accept")
    cost = ahead(brand, campaign, "kpis=cost")["cost"]
    assert (cost["costs"]["promised"], cost["expected"]) == (15_000, 15_000)


def test_a_campaign_that_is_closed_has_what_it_has(
    brand: Caller, campaign: dict[str, Any]
) -> None:
    spend(brand, campaign, 40_000, TODAY.isoformat())
    running = ahead(brand, campaign, "kpis=cost,clicks")
    assert running["cost"]["confidence"] == "0.8"
    assert brand.post(f"/v1/campaigns/{campaign['id']}/close").status_code == 200
    until = TODAY + timedelta(days=20)
    for query in ("kpis=cost,clicks", f"kpis=cost,clicks&until={until}"):
        over = ahead(brand, campaign, query)
        for kpi_id, value in (("cost", 40_000), ("clicks", 0)):
            found = over[kpi_id]
            assert (found["low"], found["expected"], found["high"]) == (value,) * 3
            assert (found["basis"], found["confidence"]) == ("actual", None)
            assert found["evidence"] == ["settled"]

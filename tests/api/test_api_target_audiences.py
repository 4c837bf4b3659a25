"""Whom a campaign is meant for, over HTTP, and the KPIs that follow, by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from callers import Caller, make_application
from click_lines import CODEC, line
from factories import KEYRING
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.campaigns.models import Campaign
from marketplace.config import Settings
from marketplace.jobs.runner import run_once
from marketplace.tracking.clicks import record_lines

MONDAY = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 2)
A_DAY = timedelta(days=1)
KPIS = "kpis=clicks,target_visitors,target_audience_growth"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: MONDAY + 13 * A_DAY)


class Stage:
    """A campaign that began on Monday, and clicks on its link."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        brand: Caller,
        influencer: Caller,
    ) -> None:
        self.engine, self.settings, self.brand = engine, settings, brand
        self.application = make_application(brand, influencer)
        campaign_id = self.application["campaign_id"]
        with Session(engine) as session:
            session.get_one(Campaign, campaign_id).created_at = MONDAY
            session.commit()
        self.path = f"/v1/campaigns/{campaign_id}"
        self.audience = f"{self.path}/target-audience"

    def come(self, day: int, *countries: str) -> None:
        """Visitors of that day, from there; each is somebody else."""
        link = self.application["links"][0]["id"]
        lines = [
            line(link, MONDAY + day * A_DAY, f"{day}{n}", country=country or None)
            for n, country in enumerate(countries)
        ]
        with Session(self.engine) as session:
            record_lines(session, lines, codec=CODEC, now=MONDAY, keyring=KEYRING)
            session.commit()

    def put(self, **body: Any) -> Any:
        answer = self.brand.call("PUT", self.audience, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json

    def count(self) -> int:
        return run_once("count_target_audiences", self.settings)

    def report(self, days: tuple[int, int], by: str = "") -> Any:
        start, end = (DAY + n * A_DAY for n in days)
        path = f"{self.path}/kpis?{KPIS}&from={start}&to={end}{by and f'&by={by}'}"
        answer = self.brand.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def totals(self, *days: int) -> tuple[Any, Any]:
        found = self.report((days[0], days[1]))["totals"]
        return found["target_visitors"], found["target_audience_growth"]


@pytest.fixture
def stage(
    engine: Engine,
    settings: Settings,
    brand: Caller,
    influencer: Caller,
) -> Stage:
    return Stage(engine, settings, brand, influencer)


def test_growth_by_hand(stage: Stage) -> None:
    """Two days at first, then four: who comes from the Netherlands or Belgium."""
    stage.come(0, "NL", "BE", "DE")
    stage.come(1, "NL")
    for day in range(2, 6):
        stage.come(day, "NL", "BE", "NL", "FR", "")
    people, growth = stage.totals(2, 6)
    assert (people["reason"], growth["reason"]) == ("no_target_audience", "no_baseline")
    told = stage.put(countries=["BE", "NL"])
    assert (told["version"], told["is_counted"], told["baseline"]) == (1, False, None)
    people, growth = stage.totals(2, 6)
    assert (people["value"], people["reason"]) == (None, "recounting")
    assert stage.count() > 0
    people, growth = stage.totals(2, 6)
    # Three a day of five; of one nobody knows from where.
    assert (people["value"], people["coverage"], people["basis"]) == (
        *(12, "0.8"),
        "visitor_days",
    )
    assert (growth["value"], growth["reason"]) == (None, "no_baseline")
    told = stage.put(
        countries=["BE", "NL"], baseline={"from": "2026-11-02", "to": "2026-11-04"}
    )
    assert (told["version"], told["is_counted"]) == (2, True)
    _, growth = stage.totals(2, 4)
    assert (growth["value"], growth["basis"]) == (6 - 3, "visitor_days")
    # Three in two days are six in four.
    _, growth = stage.totals(2, 6)
    assert (growth["value"], growth["estimated"]) == (12 - 6, True)
    # A day against half of that: 1.5, rounded half to even.
    days = stage.report((1, 4), by="day")["rows"]
    values = [row["kpis"]["target_audience_growth"] for row in days]
    assert [(each["value"], each["basis"]) for each in values] == [
        (1 - 2, "scaled"),
        (3 - 2, "scaled"),
        (3 - 2, "scaled"),
    ]
    (row,) = stage.report((2, 4), by="influencer")["rows"]
    assert row["kpis"]["target_audience_growth"]["value"] == 3
    (row,) = stage.report((2, 4), by="link")["rows"]
    assert row["kpis"]["target_visitors"]["reason"] == "not_broken_down"


def test_what_the_brand_says_came_before(stage: Stage) -> None:
    stage.come(0, "NL", "NL", "DE")
    days = {"from": "2026-10-01", "to": "2026-10-02"}
    stage.put(countries=["NL"], baseline={**days, "visitors": 5})
    stage.count()
    _, growth = stage.totals(0, 1)
    assert (growth["value"], growth["source"], growth["estimated"]) == (
        *(-3, "reported"),
        False,
    )
    # What came to the campaign says nothing of one influencer in it.
    (row,) = stage.report((0, 1), by="influencer")["rows"]
    assert row["kpis"]["target_visitors"]["value"] == 2
    assert row["kpis"]["target_audience_growth"]["reason"] == "no_baseline"


def test_an_influencer_sees_their_own(stage: Stage, influencer: Caller) -> None:
    stage.come(0, "NL")
    stage.come(1, "NL", "NL")
    stage.put(countries=["NL"], baseline={"from": "2026-11-02", "to": "2026-11-03"})
    stage.count()
    path = f"{stage.path}/kpis?{KPIS}&from=2026-11-03&to=2026-11-04"
    totals = influencer.get(path).json["totals"]
    assert totals["target_visitors"]["value"] == 2
    assert totals["target_audience_growth"]["value"] == 1


def test_it_can_be_read_changed_and_taken_back(stage: Stage, outsider: Caller) -> None:
    assert stage.brand.get(stage.audience).status_code == 404
    assert stage.brand.delete(stage.audience).status_code == 404
    told = stage.put(languages=["NL", "fr"], devices=["mobile"], visitors="new")
    assert told == stage.brand.get(stage.audience).json
    assert (told["languages"], told["visitors"]) == (["fr", "nl"], "new")
    for method in ("GET", "PUT", "DELETE"):
        body = {"json": {"countries": ["NL"]}} if method == "PUT" else {}
        answer = outsider.call(method, stage.audience, **body)
        assert answer.status_code == 404, method
    assert stage.brand.delete(stage.audience).status_code == 204
    assert stage.brand.get(stage.audience).status_code == 404
    assert stage.totals(0, 1)[0]["reason"] == "no_target_audience"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "countries"),
        ({"countries": ["Nederland"]}, "countries"),
        ({"languages": ["nl-BE"]}, "languages"),
        ({"devices": ["watch"]}, "devices"),
        ({"visitors": "both"}, "visitors"),
        ({"ages": [18]}, "ages"),
        (
            {"countries": ["NL"], "baseline": {"from": "2026-11-05"}},
            "baseline",
        ),
        (
            {
                "countries": ["NL"],
                "baseline": {"from": "2026-10-01", "to": "2026-10-02"},
            },
            "baseline",
        ),
    ],
)
def test_nonsense_is_refused(stage: Stage, body: dict[str, Any], field: str) -> None:
    answer = stage.brand.call("PUT", stage.audience, json=body)
    assert answer.status_code == 422, answer.text
    assert field in str(answer.json["errors"])

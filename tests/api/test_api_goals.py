"""Goals, recommendations, forecasts, alerts and the closing report over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from callers import Caller, make_campaign, register_brand
from callers import make_application as apply
from factories import make_application, make_influencer, make_shop
from flask.testing import FlaskClient
from kpi_cells import add_orders, facts
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.clock import local_day
from marketplace.config import Settings
from marketplace.database import make_engine
from marketplace.events import Event
from marketplace.jobs import JobContext, watch_goals
from marketplace.kpis import CATALOGUE
from marketplace.kpis.alerts import raise_alert
from marketplace.kpis.goal_models import GoalWatch


def in_days(number: int) -> str:
    return (datetime.now(UTC) + timedelta(days=number)).isoformat()


def goal(**over: Any) -> dict[str, Any]:
    return {
        "kpi": "orders",
        "target": 10,
        "baseline": 0,
        "due_at": in_days(30),
        "owner": "Sanne",
        **over,
    }


@pytest.fixture
def context(settings: Settings) -> Iterator[JobContext]:
    engine = make_engine(settings.database_url)
    yield JobContext(engine, settings)
    engine.dispose()


@pytest.fixture
def campaign_id(brand: Caller) -> str:
    return make_campaign(brand)["id"]


def sell(session: Session, campaign_id: str, orders: int, revenue: int = 0) -> None:
    """Orders of today."""
    campaign = session.get_one(Campaign, campaign_id)
    brand = session.get_one(Brand, campaign.brand_id)
    application = make_application(session, campaign, make_influencer(session))
    shop = make_shop(session, brand)
    day = local_day(datetime.now(UTC), brand.timezone)
    add_orders(session, application, shop, day, **facts(orders, revenue))
    session.commit()


def test_a_goal_and_how_it_stands(
    brand: Caller, campaign_id: str, session: Session
) -> None:
    path = f"/v1/campaigns/{campaign_id}/goals"
    made = brand.post(path, goal(strategic_goal="Grow", objective="conversions"))
    assert made.status_code == 201, made.text
    assert made.json["progress"] == "0"
    assert made.json["target"] == 10
    assert made.json["owner"] == "Sanne"
    assert made.json["warnings"] == []
    sell(session, campaign_id, 5)
    found = brand.get(path).json["data"]
    assert [each["id"] for each in found] == [made.json["id"]]
    assert found[0]["value"] == 5
    assert found[0]["progress"] == "0.5"
    assert found[0]["is_met"] is False
    assert found[0]["on_track"] is True  # far ahead of its pace
    assert found[0]["label_nl"] == "Bestellingen"


def test_an_old_campaign_still_gets_goals(
    brand: Caller, campaign_id: str, session: Session
) -> None:
    begun = {"starts_at": "2019-01-01T00:00:00Z"}
    assert brand.patch(f"/v1/campaigns/{campaign_id}", begun).status_code == 200
    sell(session, campaign_id, 5)
    path = f"/v1/campaigns/{campaign_id}/goals"
    made = brand.post(path, goal())
    assert made.status_code == 201, made.text
    assert (made.json["value"], made.json["progress"]) == (5, "0.5")
    assert made.json["starts_on"] == str(
        local_day(datetime.now(UTC) + timedelta(days=30 - 1097), "Europe/Amsterdam")
    )
    late = brand.post(path, goal(due_at=in_days(1101)))
    assert late.status_code == 422
    assert set(late.json["errors"]) == {"due_at"}


def test_a_campaign_counts_from_its_start_and_from_nothing(
    brand: Caller, campaign_id: str
) -> None:
    def ago(number: int) -> str:
        then = datetime.now(UTC) - timedelta(days=number)
        return str(local_day(then, "Europe/Amsterdam"))

    begun = {"starts_at": f"{ago(10)}T00:00:00Z"}
    assert brand.patch(f"/v1/campaigns/{campaign_id}", begun).status_code == 200
    for day, value in ((ago(15), 400), (ago(5), 30)):
        point = {"series": "branded_searches", "on": day, "value": value}
        assert brand.post("/v1/metrics", point).status_code == 201
    report = brand.get(f"/v1/campaigns/{campaign_id}/kpis?kpis=branded_searches").json
    assert report["window"]["from"] == ago(10)
    assert report["totals"]["branded_searches"]["value"] == 30
    path = f"/v1/campaigns/{campaign_id}/goals"
    wanted = {"baseline": None, "target": 100, "due_at": in_days(10)}
    made = brand.post(path, goal(kpi="branded_searches", **wanted))
    assert made.status_code == 201, made.text
    assert (made.json["baseline"], made.json["value"]) == (400, 30)
    assert made.json["progress"] == "0.3"  # and not of the way up from 400
    for expected in (
        made.json["expected_value"],
        brand.post(path, goal(kpi="impressions", **wanted)).json["expected_value"],
    ):
        assert 45 < float(expected) < 60  # half its time is over, and half the way
    nothing = brand.post(path, goal(kpi="branded_searches", **wanted | {"target": 0}))
    assert (nothing.status_code, set(nothing.json["errors"])) == (422, {"target"})


def test_a_goal_is_reached_once(
    brand: Caller, campaign_id: str, session: Session, context: JobContext
) -> None:
    path = f"/v1/campaigns/{campaign_id}/goals"
    made = brand.post(path, goal(target=3)).json
    watch_goals.run(context)
    assert brand.get(f"/v1/goals/{made['id']}").json["status"] == "open"
    sell(session, campaign_id, 4)
    for _ in range(2):
        look_again(session)
        assert watch_goals.run(context) == 1
    found = brand.get(f"/v1/goals/{made['id']}").json
    assert found["status"] == "reached"
    assert found["settled_value"] == 4
    assert found["history"][-1] == {
        "day": found["history"][-1]["day"],
        "value": 4,
        "progress": "1." + "3" * 27,
    }
    events = session.scalars(select(Event).where(Event.kind == "goal.reached")).all()
    assert [event.subject_id for event in events] == [made["id"]]
    assert events[0].data["value"] == "4"


def look_again(session: Session) -> None:
    """As if the last look had been a while ago."""
    session.execute(delete(GoalWatch))
    session.commit()


def test_what_is_not_smart_is_refused_with_every_fault(
    brand: Caller, campaign_id: str
) -> None:
    path = f"/v1/campaigns/{campaign_id}/goals"
    answer = brand.post(path, {})
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"kpi", "target", "due_at"}
    answer = brand.post(
        path,
        goal(kpi="ordres", target="many", baseline=True, due_at=in_days(-1), owner=""),
    )
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {
        *("kpi", "target", "baseline", "due_at", "owner")
    }
    assert "orders" in answer.json["errors"]["kpi"][0]


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"target": 0}, "target"),  # equal to the baseline
    ({"target": 5, "baseline": 8}, "target"),  # downwards, and more is better
    ({"target": 10.5}, "target"),
    ({"kpi": "cpa", "target": 3000, "baseline": 2500}, "target"),
    ({"target": "+20%"}, "baseline"),  # of nothing
    ({"target": "20%"}, "target"),
    ({"target": "NaN"}, "target"),
    ({"target": 1e300}, "target"),
    ({"target": [1]}, "target"),
    ({"change_bps": 2000}, "change_bps"),  # and a target
    ({"due_at": "2999-01-01T00:00:00Z"}, "due_at"),
    ({"due_at": None}, "due_at"),
    ({"kpi": "x\x00"}, "kpi"),
    ({"starts_on": in_days(40)[:10]}, "due_at"),
    ({"unknown": 1}, "unknown"),
]


def test_faults(brand: Caller, campaign_id: str) -> None:
    for over, field in FAULTS:
        answer = brand.post(f"/v1/campaigns/{campaign_id}/goals", goal(**over))
        assert answer.status_code == 422, (over, answer.text)
        assert list(answer.json["errors"]) == [field], over


def test_a_change_of_the_baseline(brand: Caller, campaign_id: str) -> None:
    path = f"/v1/campaigns/{campaign_id}/goals"
    for over in ({"target": "+20 %"}, {"target": None, "change_bps": 2000}):
        made = brand.post(path, goal(baseline=101, **over))
        assert made.status_code == 201, made.text
        assert made.json["target"] == 122  # 121.2 orders: to get there takes 122
        assert made.json["change_bps"] == 2000
    falling = brand.post(
        path, goal(kpi="cpa", baseline="2500", target="\N{MINUS SIGN}10%")
    )
    assert falling.json["target"] == "2250"


def test_a_goal_is_changed_and_removed(
    brand: Caller, campaign_id: str, outsider: Caller
) -> None:
    made = brand.post(f"/v1/campaigns/{campaign_id}/goals", goal()).json
    path = f"/v1/goals/{made['id']}"
    assert brand.patch(path, {"target": 20}).json["target"] == 20
    assert brand.get(path).json["baseline"] == 0
    assert brand.patch(path, {"target": -1}).status_code == 422
    assert brand.patch(path, {"kpi": "clicks"}).status_code == 422
    assert brand.patch(path, {"owner": "Bo"}).json["target"] == 20
    assert outsider.get(path).status_code == 404
    assert outsider.delete(path).status_code == 404
    assert brand.delete(path).status_code == 204
    assert brand.get(path).status_code == 404


def test_too_many_kpis_are_a_warning(brand: Caller, campaign_id: str) -> None:
    path = f"/v1/campaigns/{campaign_id}/goals"
    some = ["orders", "clicks", "revenue", "visitors", "new_customers", "visits"]
    for kpi in (*some, "code_redemptions", "net_profit"):
        made = brand.post(path, goal(kpi=kpi))
        assert made.status_code == 201, made.text
    assert [each["code"] for each in made.json["warnings"]][-1:] == ["too_many_kpis"]
    assert brand.get(path).json["warnings"][0]["code"] == "too_many_kpis"


def test_percents_for_a_ratio_are_a_warning(brand: Caller, campaign_id: str) -> None:
    path = f"/v1/campaigns/{campaign_id}/goals"

    def codes(**over: Any) -> set[str]:
        made = brand.post(path, goal(baseline="0.01", **over))
        assert made.status_code == 201, made.text
        return {each["code"] for each in made.json["warnings"]}

    assert "over_whole" in codes(kpi="conversion_rate", target=3)
    assert "over_whole" not in codes(kpi="conversion_rate", target="0.03")
    assert "over_whole" not in codes(kpi="roi", target=3)  # three times the cost
    assert "over_whole" not in codes(kpi="orders", target=3)


def test_a_brands_goal(brand: Caller, campaign_id: str, session: Session) -> None:
    body = goal(target=40, baseline=None)
    made = brand.post("/v1/goals", body)
    assert made.status_code == 201, made.text
    assert made.json["campaign_id"] is None
    assert made.json["baseline"] == 0
    assert made.json["baseline_source"] == "measured"
    sell(session, campaign_id, 10)
    assert brand.get(f"/v1/goals/{made.json['id']}").json["progress"] == "0.25"
    assert [each["id"] for each in brand.get("/v1/goals").json["data"]] == [
        made.json["id"]
    ]


def test_recommendations(brand: Caller) -> None:
    found = brand.get("/v1/kpis/recommendations").json
    assert len(found) == 6
    one = brand.get(
        "/v1/kpis/recommendations?objective=conversions&platforms=instagram,podcast"
    ).json
    assert [each["platform"] for each in one] == ["instagram", "podcast"]
    for each in (*found, *one):
        assert 3 <= len(each["kpis"]) <= 7
        assert all(advice["kpi"] in CATALOGUE for advice in each["kpis"])
        assert all(advice["reason"] and advice["reason_nl"] for advice in each["kpis"])

    wrong = brand.get("/v1/kpis/recommendations?platforms=myspace")
    assert list(wrong.json["errors"]) == ["platforms"]


def test_a_forecast_before_launch(brand: Caller, influencer: Caller) -> None:
    application = apply(brand, influencer)
    path = f"/v1/campaigns/{application['campaign_id']}/forecast"
    found = brand.get(path)
    assert found.status_code == 200, found.text
    for kpi_id, each in found.json.items():
        assert kpi_id in CATALOGUE
        numbers = [each[name] for name in ("low", "expected", "high")]
        if each["expected"] is None:
            assert each["reason"]
            assert numbers == [None] * 3
        else:
            assert numbers == sorted(numbers)
            assert each["confidence"] == "0.8"
            assert each["basis"] == "default_intervals"
    assert brand.get(path).json == found.json
    assert brand.get(f"{path}?posts=0").status_code == 422
    assert brand.get(f"{path}?kpis=nothing").status_code == 422
    assert brand.get(f"{path}?until=2999-01-01").status_code == 422


def test_alerts_are_managed(
    brand: Caller, campaign_id: str, outsider: Caller, session: Session
) -> None:
    alert = raise_alert(
        session,
        brand_id=brand.id,
        campaign_id=campaign_id,
        kind="negative_comments",
        evidence={"negative": 12, "comments": 20},
        now=datetime.now(UTC),
    )
    assert alert is not None
    session.commit()
    found = brand.get(f"/v1/campaigns/{campaign_id}/alerts").json["data"]
    assert [each["id"] for each in found] == [alert.id]
    assert "12" in found[0]["sentence_nl"]
    path = f"/v1/alerts/{alert.id}"
    assert outsider.get(path).status_code == 404
    assert outsider.post(f"{path}/close", {}).status_code == 404
    me = brand.get("/v1/me").json["user"]["id"]
    assert brand.post(f"{path}/acknowledge", {"note": "Seen"}).status_code == 200
    assert brand.post(f"{path}/acknowledge", {}).status_code == 409
    stranger = outsider.get("/v1/me").json["user"]["id"]
    assert brand.post(f"{path}/assign", {"user_id": stranger}).status_code == 422
    assert brand.post(f"{path}/assign", {"user_id": me}).json["assigned_to"] == me
    assert brand.post(f"{path}/notes", {"note": "Answered them"}).status_code == 200
    closed = brand.post(f"{path}/close", {"note": "Over"}).json
    assert closed["status"] == "closed"
    assert [line["move"] for line in closed["log"]] == [
        *("raised", "acknowledged", "assigned", "noted", "closed")
    ]
    assert brand.post(f"{path}/reopen", {}).json["status"] == "open"
    assert brand.get("/v1/alerts?status=closed").json["data"] == []


def test_the_closing_report(
    brand: Caller, campaign_id: str, session: Session, context: JobContext
) -> None:
    path = f"/v1/campaigns/{campaign_id}/goals"
    brand.post(path, goal(target=3))
    brand.post(path, goal(kpi="revenue", target=100_000))
    sell(session, campaign_id, 4, 20_000)
    report = f"/v1/campaigns/{campaign_id}/closing-report"
    assert brand.get(f"{report}?as_of=closing").status_code == 404
    assert brand.get(report).json["final"] is False
    watch_goals.run(context)  # that it looked a moment ago holds up no report
    assert brand.post(f"/v1/campaigns/{campaign_id}/close").status_code == 200
    watch_goals.run(context)
    made = brand.get(f"{report}?as_of=closing").json
    assert made["final"] is True
    assert (made["reached"], made["missed"]) == (1, 1)
    sentences = [each["sentence_nl"] for each in made["goals"]]
    assert sentences[0].startswith("Bereikt: Bestellingen kwam op 4")
    assert "€" in sentences[1]
    assert made["overview"]["totals"]["orders"]["value"] == 4
    assert made["overview"]["previous"]["orders"]["value"] == 0
    sell(session, campaign_id, 1)
    assert brand.get(f"{report}?as_of=closing").json == made
    assert brand.get(report).json["overview"]["totals"]["orders"]["value"] == 5


def test_a_goal_of_another_brands_campaign_is_not_there(
    client: FlaskClient, campaign_id: str
) -> None:
    other = register_brand(client, "other@elders.example")
    assert other.post(f"/v1/campaigns/{campaign_id}/goals", goal()).status_code == 404
    assert other.get(f"/v1/campaigns/{campaign_id}/goals").status_code == 404
    assert other.get(f"/v1/campaigns/{campaign_id}/forecast").status_code == 404
    assert other.get(f"/v1/campaigns/{campaign_id}/alerts").status_code == 404

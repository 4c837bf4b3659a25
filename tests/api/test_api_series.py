"""A brand's own series over HTTP: telling, correcting, defining, reporting, walls."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from callers import Caller, make_application, make_campaign
from flask.testing import FlaskClient

DAY = datetime.now(ZoneInfo("Europe/Amsterdam")).date() - timedelta(days=20)


def on(n: int) -> str:
    return str(DAY + timedelta(days=n))


def point(n: int, value: Any, series: str = "app_installs", **over: Any) -> Any:
    return {"series": series, "on": on(n), "value": value, **over}


def told(brand: Caller, body: Any, status: int = 201, **options: Any) -> Any:
    answer = brand.post("/v1/metrics", body, **options)
    assert answer.status_code == status, answer.text
    return answer.json


def figures(brand: Caller, campaign_id: str, kpis: str, **query: Any) -> dict[str, Any]:
    window = {"from": on(0), "to": on(10), "kpis": kpis, **query}
    answer = brand.get(f"/v1/campaigns/{campaign_id}/kpis", query_string=window)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json
    return body


@pytest.fixture
def campaign(brand: Caller) -> dict[str, Any]:
    return make_campaign(brand)


def test_a_point_is_told_once_corrected_and_taken_back(brand: Caller) -> None:
    first = told(brand, point(1, "12"))
    assert (first["new"], first["corrected"], first["unchanged"]) == (1, 0, 0)
    (made,) = first["data"]
    assert made["value"] == "12"
    assert made["source"] == "reported"
    again = told(brand, point(1, 12), 200)
    assert again["unchanged"] == 1
    assert again["data"][0]["id"] == made["id"]
    corrected = told(brand, [point(1, "15", note="late returns"), point(2, 3)])
    assert (corrected["new"], corrected["corrected"]) == (1, 1)
    path = f"/v1/metrics/{made['id']}"
    history = brand.get(path).json["history"]
    assert [(h["value"], h["note"]) for h in history] == [
        ("12", ""),
        ("15", "late returns"),
    ]
    assert brand.delete(path).json["value"] is None
    assert [h["value"] for h in brand.get(path).json["history"]] == ["12", "15", None]
    listed = brand.get("/v1/metrics", query_string={"series": "app_installs"}).json
    assert [(p["on"], p["value"]) for p in listed["data"]] == [
        (on(2), "3"),
        (on(1), None),
    ]
    (series,) = brand.get("/v1/metrics/series").json["data"]
    assert series["points"] == 1
    assert (series["first_on"], series["last_on"]) == (on(2), on(2))
    assert series["kpi"] == "series:app_installs"


def test_a_point_by_the_name_of_its_kpi(brand: Caller) -> None:
    simple = {"kpi": "branded_searches", "date": on(1), "value": 100}
    (made,) = told(brand, simple)["data"]
    assert (made["series"], made["on"]) == ("branded_searches", on(1))
    assert told(brand, point(1, 100, "branded_searches"), 200)["unchanged"] == 1
    twice = {**simple, "series": "app_installs", "on": on(2)}
    assert set(told(brand, twice, 422)["errors"]) == {"kpi", "date"}
    assert set(told(brand, {"value": 1}, 422)["errors"]) == {"series", "on"}


def test_every_wrong_point_is_named_and_then_none_is_stored(brand: Caller) -> None:
    tomorrow = on(22)
    answer = told(
        brand,
        [
            point(1, 1),
            point(1, "1.5"),
            point(1, 101, "ssi"),
            point(1, "-0.1", "ssi_brand"),
            point(1, 26, "ssi_people"),
            point(1, 1, "Bad Name"),
            {"series": "x", "on": tomorrow, "value": 1},
            point(1, 1, unit="ratio"),
            point(1, 1, kind="level"),
            point(1, 1, "branded_searches", campaign_id="cmp_nothing"),
            point(1, -1, "branded_searches", application_id="app_nothing"),
        ],
        422,
    )
    assert set(answer["errors"]) == {
        *("1.value", "2.value", "3.value", "4.value", "5.series", "6.on"),
        *("7.unit", "8.kind", "9.campaign_id", "10.application_id", "10.value"),
    }
    assert brand.get("/v1/metrics").json["data"] == []
    assert brand.get("/v1/metrics/series").json["data"] == []
    for value in ("NaN", "Infinity", "1e400", True, None, "x", "9" * 39):
        wrong = told(brand, point(1, value), 422)
        assert set(wrong["errors"]) <= {"value", "0.value"}, value


def test_a_series_of_ones_own_is_a_kpi_without_code(
    brand: Caller, campaign: dict[str, Any], outsider: Caller, client: FlaskClient
) -> None:
    said = {
        "label": "App installs",
        "label_nl": "App-installaties",
        "unit": "count",
        "kind": "flow",
        "direction": "up",
        "objective": "traffic",
    }
    path = "/v1/metrics/series/app_installs"
    made = brand.call("PUT", path, json=said)
    assert made.status_code == 201, made.text
    told(brand, [point(0, 5), point(9, 7), point(10, 100)])
    kpi = "series:app_installs"
    body = figures(brand, campaign["id"], kpi)
    value = body["totals"][kpi]
    assert value["value"] == 12
    assert value["source"] == "reported"
    midnight = datetime.fromisoformat(f"{on(10)}T00:00").replace(
        tzinfo=ZoneInfo("Europe/Amsterdam")
    )
    assert datetime.fromisoformat(value["as_of"]) == midnight
    assert body["previous"][kpi]["reason"] == "not_reported"
    entries = {each["id"]: each for each in brand.get("/v1/kpis").json}
    assert entries[kpi]["label_nl"] == "App-installaties"
    assert entries[kpi]["goal"] == "traffic"
    for other in (outsider.get("/v1/kpis"), client.get("/v1/kpis")):
        assert kpi not in {each["id"] for each in other.json}
    report = "/v1/kpis/report"
    query = {"kpis": kpi, "from": on(0), "to": on(10)}
    assert brand.get(report, query_string=query).json["totals"][kpi]["value"] == 12
    assert outsider.get(report, query_string=query).status_code == 422
    # It has points now, so it stays what it is; its words may change.
    assert brand.call("PUT", path, json={**said, "kind": "level"}).status_code == 409
    assert brand.call("PUT", path, json={**said, "label": "Apps"}).status_code == 200
    fixed = brand.call("PUT", "/v1/metrics/series/ssi", json=said)
    assert fixed.status_code == 409


def test_whose_figure_it_is(
    brand: Caller, influencer: Caller, outsider: Caller
) -> None:
    application = make_application(brand, influencer)
    other = make_campaign(brand, title="Other")
    mine, search = application["campaign_id"], "branded_searches"
    told(
        brand,
        [
            point(1, 100, search),
            point(1, 30, search, campaign_id=mine),
            point(1, 4, search, influencer_id=influencer.id),
            point(1, 500, search, campaign_id=other["id"]),
        ],
    )
    body = figures(brand, mine, search, by="influencer")
    assert body["totals"][search]["value"] == 134
    rows = {row["key"]["name"]: row["kpis"][search]["value"] for row in body["rows"]}
    assert rows == {"Anna": 4, None: 130}
    assert figures(brand, other["id"], search)["totals"][search]["value"] == 600
    query = {"kpis": search, "from": on(0), "to": on(10), "by": "campaign"}
    report = brand.get("/v1/kpis/report", query_string=query).json
    assert report["totals"][search]["value"] == 634
    assert sorted(row["kpis"][search]["value"] for row in report["rows"]) == [
        34,
        100,
        500,
    ]
    # An influencer has only their own figures, and sees no other ones.
    own = figures(influencer, mine, search)
    assert own["totals"][search]["value"] == 4
    assert [p["value"] for p in influencer.get("/v1/metrics").json["data"]] == ["4"]
    for ids in ({"campaign_id": mine}, {"influencer_id": influencer.id}):
        assert outsider.post("/v1/metrics", point(1, 1, **ids)).status_code == 422
    assert outsider.get("/v1/metrics").json["data"] == []
    listed = brand.get("/v1/metrics", query_string={"influencer_id": influencer.id})
    path = f"/v1/metrics/{listed.json['data'][0]['id']}"
    for stranger in (outsider, influencer):
        assert stranger.get(path).status_code == 404
        assert stranger.delete(path).status_code == 404


def test_an_influencer_tells_their_own_index_and_nothing_else(
    brand: Caller, influencer: Caller
) -> None:
    application = make_application(brand, influencer)
    own = {"application_id": application["id"]}
    told(influencer, point(1, "71.5", "ssi", **own))
    value = figures(brand, application["campaign_id"], "ssi")["totals"]["ssi"]
    assert (value["value"], value["source"]) == ("71.5", "reported")
    told(influencer, point(1, 5, "branded_searches", **own), 403)
    told(influencer, point(1, 70, "ssi"), 404)
    told(influencer, point(1, 70, "ssi", application_id="app_nothing"), 404)


def test_an_export_of_search_console(brand: Caller, campaign: dict[str, Any]) -> None:
    table = "\n".join(
        [
            "Date,Query,Clicks,Impressions,CTR,Position",
            f"{on(0)},wolkje,10,40,25%,1.1",
            f"{on(0)},Wölkje slaapmasker,1,10,10%,2",
            f"{on(0)},slaapmasker,0,900,0%,9",
            f"{on(1)},slaapmasker,0,800,0%,9",
            f"{on(2)},www wolkje nl,3,25,12%,1",
        ]
    )
    options = {"data": table.encode("utf-8-sig"), "content_type": "text/csv"}
    made = told(brand, None, **options)
    assert (made["new"], made["rows"], made["branded_rows"]) == (3, 5, 3)
    assert [(p["on"], p["value"]) for p in made["data"]] == [
        (on(0), "50"),
        (on(1), "0"),
        (on(2), "25"),
    ]
    assert told(brand, None, 200, **options)["unchanged"] == 3
    totals = figures(brand, campaign["id"], "branded_searches,branded_search_growth")
    assert totals["totals"]["branded_searches"]["value"] == 75
    growth = totals["totals"]["branded_search_growth"]
    assert (growth["value"], growth["reason"]) == (None, "no_baseline")
    told(brand, point(-1, 60, "branded_searches"))
    totals = figures(brand, campaign["id"], "branded_search_growth")
    growth = totals["totals"]["branded_search_growth"]
    assert (growth["value"], growth["numerator"], growth["denominator"]) == (
        "0.25",
        15,
        60,
    )


def test_a_table_of_points(brand: Caller) -> None:
    table = f"series;on;value;unit\nnps;{on(1)};41,5;score\n"
    options: dict[str, Any] = {"content_type": "text/csv"}
    wrong = told(brand, None, 422, data=table.encode(), **options)
    assert set(wrong["errors"]) == {"0.value"}
    table = table.replace("41,5", "41.5")
    assert told(brand, None, data=table.encode(), **options)["new"] == 1
    assert told(brand, None, 422, data=b"", **options)
    assert told(brand, None, 422, data=b"a,b\n1,2\n", **options)
    assert told(brand, None, 400, data=b"\xff\xfe", **options)
    assert told(brand, None, 400, data=b'series,on,value\n"x', **options)
    for heading in (b"series,on\rvalue", b"x" * 200_000):  # no line, no column
        assert told(brand, None, 400, data=heading + b"\n1,2\n", **options)

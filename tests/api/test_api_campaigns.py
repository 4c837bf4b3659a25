"""Campaigns over HTTP: terms and their versions, searching, paging, what is refused."""

from typing import Any

import pytest
from callers import CAMPAIGN, Caller, make_application, make_campaign
from flask import Flask
from sqlalchemy import event

from marketplace.database import db


def test_everything_said_comes_back(brand: Caller) -> None:
    said: dict[str, Any] = {
        **CAMPAIGN,
        "currency": "JPY",
        "starts_at": "2026-06-01T02:00:00+02:00",
        "ends_at": "2999-07-01T00:00:00Z",
        "platforms": ["tiktok", "instagram"],
        "categories": ["Slaap", " slaap "],
        "countries": ["nl", "BE"],
        "languages": ["nl", "pt-br"],
        "objective": "conversions",
        "commission": {"kind": "flat", "amount": 500, "on": "new_customer"},
        "discount": {"kind": "amount", "amount": 300},
        "attribution": {"window_days": 7, "precedence": "click", "model": "first"},
        "hold_days": 14,
        "budget": {"amount": 100_000, "currency": "JPY"},
        "margin_bps": 4200,
        "questions": [{"id": "q", "prompt": "Waarom?", "required": True}],
        "auto_accept": True,
        "code_pattern": "ZON-{HANDLE}",
    }
    made = brand.post("/v1/campaigns", said)
    assert made.status_code == 201, made.text
    campaign = made.json
    assert campaign["starts_at"] == "2026-06-01T00:00:00Z"
    assert campaign["platforms"] == ["instagram", "tiktok"]
    assert campaign["categories"] == ["slaap"]
    assert campaign["countries"] == ["BE", "NL"]
    assert campaign["languages"] == ["nl", "pt-BR"]
    assert campaign["commission"] == {
        "kind": "flat",
        "rate_bps": None,
        "amount": 500,
        "on": "new_customer",
        "rules": [],
        "caps": [],
        "bonuses": [],
        "recurring_months": None,
    }
    assert campaign["discount"]["amount"] == 300
    assert campaign["attribution"] == {
        "window_days": 7,
        "precedence": "click",
        "model": "first",
        "new_customers_only": False,
        "self_referral": "reject",
        "repeat_orders": "none",
        "half_life_days": 7,
        "stacked_codes": "first",
        "leaked_codes": "pay",
        "lapsed_after_days": None,
    }
    assert campaign["budget"] == {"amount": 100_000, "currency": "JPY"}
    assert campaign["questions"][0]["kind"] == "text"
    same = ("objective", "hold_days", "margin_bps", "auto_accept", "code_pattern")
    assert {name: campaign[name] for name in same} == {
        name: said[name] for name in same
    }
    assert brand.get(f"/v1/campaigns/{campaign['id']}").json == campaign


def test_new_terms_are_a_new_version_and_contracts_keep_theirs(
    brand: Caller, influencer: Caller
) -> None:
    application = make_application(brand, influencer)
    path = f"/v1/campaigns/{application['campaign_id']}"
    changed = brand.patch(path, {"title": "Herfst", "hold_days": 30}).json
    assert (changed["title"], changed["terms_version"]) == ("Herfst", 1)
    changed = brand.patch(path, {"commission": {"rate_bps": 500}}).json
    assert changed["terms_version"] == 2
    assert changed["commission"]["rate_bps"] == 500
    assert changed["discount"]["value_bps"] == 1500
    changed = brand.patch(path, {"commission": {"kind": "flat", "amount": 900}}).json
    assert changed["commission"]["rate_bps"] is None
    assert changed["terms_version"] == 3
    changed = brand.patch(path, {"discount": None}).json
    assert (changed["discount"], changed["terms_version"]) == (None, 4)
    seen = influencer.get(f"/v1/applications/{application['id']}").json
    assert seen["terms_version"] == 1


@pytest.mark.parametrize(
    "terms",
    [
        {"commission": {"kind": "flat", "amount": 500, "on": "new_customer"}},
        {
            "commission": {
                "rate_bps": 800,
                "recurring_months": 12,
                "rules": [
                    {
                        "when": {
                            "skus": ["A-1"],
                            "customers": ["new", "lapsed"],
                            "volume": {
                                "of": "orders",
                                "period": "month",
                                "at_least": 50,
                            },
                        },
                        "kind": "percent",
                        "rate_bps": 1500,
                    }
                ],
                "caps": [{"of": "influencer", "period": "month", "amount": 50_000}],
                "bonuses": [{"goal": "orders", "at_least": 10, "amount": 5_000}],
            },
            "attribution": {"precedence": "code_if_touched", "model": "position_w"},
        },
        {"discount": {"kind": "amount", "amount": 300}},
        {},
    ],
)
def test_terms_can_be_sent_back_as_they_were_shown(
    brand: Caller, terms: dict[str, Any]
) -> None:
    shown = brand.post("/v1/campaigns", CAMPAIGN | terms).json
    told = ("commission", "discount", "attribution", "hold_days", "budget")
    path = f"/v1/campaigns/{shown['id']}"
    again = brand.patch(path, {name: shown[name] for name in told})
    assert again.status_code == 200, again.text
    assert again.json == shown
    nothing = {"commission": {"kind": "flat", "rate_bps": None, "amount": None}}
    assert brand.post("/v1/campaigns", CAMPAIGN | nothing).status_code == 422


def test_money_of_terms_may_name_its_currency(brand: Caller) -> None:
    def yen(amount: int) -> dict[str, Any]:
        return {"amount": amount, "currency": "JPY"}

    said = {
        "currency": "JPY",
        "commission": {
            "kind": "flat",
            "amount": yen(500),
            "rules": [{"kind": "flat", "amount": yen(700)}],
            "caps": [{"of": "order", "amount": yen(900)}],
            "bonuses": [{"goal": "orders", "at_least": 10, "amount": yen(5000)}],
        },
        "discount": {"kind": "amount", "amount": yen(300)},
        "budget": yen(10_000),
    }
    made = brand.post("/v1/campaigns", CAMPAIGN | said)
    assert made.status_code == 201, made.text
    commission = made.json["commission"]
    assert (commission["kind"], commission["amount"]) == ("flat", 500)
    assert [each["amount"] for each in commission["rules"]] == [700]
    assert [each["amount"] for each in commission["caps"]] == [900]
    assert [each["amount"] for each in commission["bonuses"]] == [5000]
    assert made.json["discount"]["amount"] == 300
    assert made.json["budget"] == yen(10_000)
    path = f"/v1/campaigns/{made.json['id']}"
    changed = brand.patch(path, {"commission": {"amount": yen(600)}}).json
    assert changed["commission"]["amount"] == 600
    assert changed["terms_version"] == 2

    elsewhere = brand.post("/v1/campaigns", CAMPAIGN | said | {"currency": "EUR"})
    assert elsewhere.status_code == 422
    assert set(elsewhere.json["errors"]) == {
        "commission.amount.currency",
        "commission.rules.0.amount.currency",
        "commission.caps.0.amount.currency",
        "commission.bonuses.0.amount.currency",
        "discount.amount.currency",
        "budget.currency",
    }
    refused = brand.patch(path, {"discount": {"amount": yen(1) | {"currency": "EUR"}}})
    assert set(refused.json["errors"]) == {"discount.amount.currency"}
    assert brand.get(path).json == changed


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"kind": "percent", "on": "new_customer"}, ("percent", "new_customer")),
        ({"kind": "percent"}, ("percent", "order")),
        ({"on": "new_customer", "recurring_months": 3}, ("percent", "new_customer")),
    ],
)
def test_a_draft_shows_its_commission_as_far_as_it_is_known(
    brand: Caller, said: dict[str, Any], kept: tuple[str, str]
) -> None:
    shown = brand.post("/v1/campaigns", {"title": "Half", "commission": said}).json
    commission = shown["commission"]
    assert (commission["kind"], commission["on"]) == kept
    assert (commission["rate_bps"], commission["amount"]) == (None, None)
    assert commission["recurring_months"] == said.get("recurring_months")
    path = f"/v1/campaigns/{shown['id']}"
    assert brand.patch(path, {"commission": commission}).json == shown
    assert brand.get(path).json == shown
    assert brand.get("/v1/campaigns?mine=true").json["data"] == [shown]
    finished = brand.patch(path, {"commission": {"rate_bps": 800}}).json["commission"]
    assert (finished["on"], finished["rate_bps"]) == (kept[1], 800)


def test_links_follow_their_landing_page(brand: Caller, influencer: Caller) -> None:
    application = make_application(brand, influencer)
    own = influencer.post(
        f"/v1/applications/{application['id']}/links", {"destination_path": "/apart"}
    ).json
    path = f"/v1/campaigns/{application['campaign_id']}"
    brand.patch(path, {"landing_url": "https://nieuw.example/"})
    links = influencer.get(f"/v1/applications/{application['id']}").json["links"]
    led = {link["id"]: link["target_url"] for link in links}
    assert led.pop(own["id"]) == own["target_url"]
    assert len(led) == 2
    assert all(
        url.startswith("https://nieuw.example/?utm_source=") for url in led.values()
    )


@pytest.mark.parametrize(
    ("moves", "answers"),
    [
        (["publish", "pause", "publish", "close"], [200] * 4),
        (["pause"], [409]),
        (["publish", "publish"], [200, 409]),
        (["close", "publish", "close"], [200, 409, 409]),
    ],
)
def test_moves_follow_the_table(
    brand: Caller, moves: list[str], answers: list[int]
) -> None:
    campaign = make_campaign(brand, published=False)
    path = f"/v1/campaigns/{campaign['id']}"
    assert [brand.post(f"{path}/{move}").status_code for move in moves] == answers


def test_publishing_needs_what_applicants_need(brand: Caller) -> None:
    bare = brand.post("/v1/campaigns", {"title": "Kaal"})
    assert bare.status_code == 201
    assert bare.json["commission"]["rate_bps"] is None
    path = f"/v1/campaigns/{bare.json['id']}"
    refused = brand.post(f"{path}/publish")
    assert refused.status_code == 409
    assert "commission" in refused.json["detail"]
    assert "landing_url" in refused.json["detail"]
    brand.patch(path, {"landing_url": "https://a.example", "commission": {"amount": 5}})
    assert brand.post(f"{path}/publish").status_code == 200
    assert brand.patch(path, {"currency": "USD"}).status_code == 409
    brand.post(f"{path}/close")
    assert brand.patch(path, {"title": "x"}).status_code == 409


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "  "}, "title"),
        ({"title": 5}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"landing_url": "ftp://a.example"}, "landing_url"),
        ({"landing_url": "https://u:p@a.example"}, "landing_url"),
        ({"landing_url": "https://a.example/\n"}, None),
        ({"landing_url": "https://a.example/a b"}, "landing_url"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"starts_at": "yesterday"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
        ({"starts_at": 5}, "starts_at"),
        ({"starts_at": "2026-02-01", "ends_at": "2026-01-01"}, "ends_at"),
        ({"platforms": ["myspace"]}, "platforms.0"),
        ({"platforms": "tiktok"}, "platforms"),
        ({"countries": ["Nederland"]}, "countries.0"),
        ({"languages": ["english"]}, "languages.0"),
        ({"objective": "fame"}, "objective"),
        ({"commission": {"kind": "percent"}}, None),
        (
            {"commission": {"kind": "percent", "rate_bps": 10_001}},
            "commission.rate_bps",
        ),
        ({"commission": {"kind": "percent", "rate_bps": 12.5}}, "commission.rate_bps"),
        ({"commission": {"kind": "percent", "rate_bps": True}}, "commission.rate_bps"),
        ({"commission": {"kind": "percent", "rate_bps": "10"}}, "commission.rate_bps"),
        ({"commission": {"kind": "flat"}}, "commission.amount"),
        ({"commission": {"kind": "flat", "amount": 12.345}}, "commission.amount"),
        ({"commission": {"kind": "flat", "amount": "12.5"}}, "commission.amount"),
        ({"commission": {"kind": "flat", "amount": -1}}, "commission.amount"),
        (
            {"commission": {"amount": {"amount": -1, "currency": "EUR"}}},
            "commission.amount.amount",
        ),
        ({"commission": {"amount": {"amount": 1}}}, "commission.amount.currency"),
        ({"commission": {"kind": "flat", "amount": 10**400}}, "commission.amount"),
        (
            {"commission": {"kind": "flat", "rate_bps": 5, "amount": 5}},
            "commission.rate_bps",
        ),
        ({"commission": {"rate_bps": 5, "on": "lead"}}, "commission.on"),
        (
            {"commission": {"rate_bps": 5, "rules": [{"kind": "flat"}]}},
            "commission.rules.0.amount",
        ),
        (
            {
                "commission": {
                    "rate_bps": 5,
                    "caps": [{"of": "order", "period": "day", "amount": 1}],
                }
            },
            "commission.caps.0.period",
        ),
        ({"commission": []}, "commission"),
        ({"commission": {"kind": "percent", "rate_bps": 5, "x": 1}}, "commission.x"),
        ({"discount": {"kind": "amount"}}, "discount.amount"),
        ({"attribution": {"window_days": 0}}, "attribution.window_days"),
        ({"attribution": {"model": "magic"}}, "attribution.model"),
        (
            {"attribution": {"new_customers_only": "yes"}},
            "attribution.new_customers_only",
        ),
        ({"hold_days": 366}, "hold_days"),
        ({"budget": 12.5}, "budget"),
        ({"budget": "12.50"}, "budget"),
        ({"budget": {"amount": 12.345, "currency": "EUR"}}, "budget.amount"),
        ({"budget": {"amount": 12, "currency": "USD"}}, "budget.currency"),
        ({"budget": [1]}, "budget"),
        ({"margin_bps": 10_001}, "margin_bps"),
        ({"questions": [{"prompt": "?"}]}, "questions.0.id"),
        (
            {"questions": [{"id": "a", "prompt": "?"}, {"id": "a", "prompt": "!"}]},
            "questions",
        ),
        ({"code_pattern": "SALE"}, "code_pattern"),
        ({"code_pattern": "{HANDLE} {NAME}"}, "code_pattern"),
        ({"status": "published"}, "status"),
        ({"brand_id": "brd_x\x00"}, "brand_id"),
    ],
)
def test_what_makes_no_sense_is_named(
    brand: Caller, wrong: dict[str, Any], field: str | None
) -> None:
    answer = brand.post("/v1/campaigns", {**CAMPAIGN, **wrong})
    if field is None:  # trimmed, or left undecided in a draft
        assert answer.status_code == 201, answer.text
        return
    assert answer.status_code == 422, answer.text
    assert set(answer.json["errors"]) == {field}
    assert brand.get("/v1/campaigns?mine=true").json["data"] == []


def test_every_wrong_field_is_named_at_once(brand: Caller) -> None:
    answer = brand.post(
        "/v1/campaigns",
        {"landing_url": "x", "commission": {"rate_bps": -1, "on": "x"}, "nope": 1},
    )
    assert set(answer.json["errors"]) == {
        "title",
        "landing_url",
        "commission.rate_bps",
        "commission.on",
        "nope",
    }


def test_searching(brand: Caller, outsider: Caller, influencer: Caller) -> None:
    tiktok = make_campaign(
        brand, title="Tandpasta 100%_", platforms=["tiktok"], countries=["NL"]
    )
    anywhere = make_campaign(
        outsider,
        title="Fietsbel",
        description="rinkelt",
        commission={"rate_bps": 2500},
        categories=["Sport"],
        objective="traffic",
    )
    flat = make_campaign(brand, title="Aardbei", commission={"amount": 700})
    draft = make_campaign(brand, published=False, title="Geheim")
    asked = {
        "": {"tiktok", "anywhere", "flat"},
        "q=fiets": {"anywhere"},
        "q=RINKELT+bel": {"anywhere"},
        "q=elders": {"anywhere"},
        "q=100%25_": {"tiktok"},
        "q=%25": {"tiktok"},
        "platform=tiktok": {"tiktok", "anywhere", "flat"},
        "platform=youtube": {"anywhere", "flat"},
        "country=be": {"anywhere", "flat"},
        "category=sport": {"anywhere", "tiktok", "flat"},
        "category=food": {"tiktok", "flat"},
        "objective=traffic": {"anywhere"},
        "min_commission_bps=1001": {"anywhere"},
        f"brand_id={brand.id}": {"tiktok", "flat"},
        "status=draft": set(),
        "mine=true": set(),
    }
    names = {
        tiktok["id"]: "tiktok",
        anywhere["id"]: "anywhere",
        flat["id"]: "flat",
        draft["id"]: "draft",
    }
    for query, expected in asked.items():
        answer = influencer.get(f"/v1/campaigns?{query}")
        assert answer.status_code == 200, query
        assert {names[one["id"]] for one in answer.json["data"]} == expected, query
    mine = brand.get("/v1/campaigns?mine=true").json["data"]
    assert {names[one["id"]] for one in mine} == {"tiktok", "flat", "draft"}
    assert brand.get("/v1/campaigns?mine=true&status=draft").json["data"] == [draft]


@pytest.mark.parametrize("sort", ["newest", "commission", "title"])
def test_pages_hold_each_campaign_once(
    brand: Caller, influencer: Caller, sort: str
) -> None:
    for number in range(7):
        make_campaign(
            brand,
            title=f"Zomer {number % 3}",
            commission={"rate_bps": 100 * (number % 2)},
        )
    seen: list[dict[str, Any]] = []
    cursor = ""
    while True:
        path = f"/v1/campaigns?sort={sort}&limit=3{cursor}"
        answer = influencer.get(path).json
        seen += answer["data"]
        if answer["next_cursor"] is None:
            break
        cursor = f"&cursor={answer['next_cursor']}"
    assert len(seen) == len({one["id"] for one in seen}) == 7
    if sort == "title":
        assert [one["title"] for one in seen] == sorted(one["title"] for one in seen)
    elif sort == "commission":
        rates = [one["commission"]["rate_bps"] for one in seen]
        assert rates == sorted(rates, reverse=True)
    else:
        times = [one["published_at"] for one in seen]
        assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=99999999999999999999999",
        "cursor=!!!",
        "cursor=bnVsbA",
        "cursor=WyJuZXdlc3QiLDEsMl0",
        "cursor=WyJ0aXRsZSIsIngiLCJ5Il0",
        "cursor=WyJuZXdlc3QiLG51bGwsImEiXQ",
        "cursor=%00",
        "cursor=" + "W" * 2000,
        "sort=random",
        "nonsense=1",
        "q=%00",
        "min_commission_bps=-1",
        "platform=myspace",
    ],
)
def test_a_query_that_makes_no_sense_is_refused(brand: Caller, query: str) -> None:
    answer = brand.get(f"/v1/campaigns?{query}")
    assert answer.status_code == 422, answer.text
    assert set(answer.json["errors"]) == {query.partition("=")[0]}


def test_budget_and_margin_are_the_brands_own_secret(
    brand: Caller, influencer: Caller
) -> None:
    campaign = make_campaign(brand, budget=50_000, margin_bps=4000)
    assert campaign["budget"] == {"amount": 50_000, "currency": "EUR"}
    seen = influencer.get(f"/v1/campaigns/{campaign['id']}").json
    assert (seen["budget"], seen["margin_bps"]) == (None, None)


def statements(app: Flask, caller: Caller, path: str) -> int:
    """How many SQL statements one request takes, beginning and end left out."""
    told: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            told.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert caller.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(told)


def test_lists_take_as_many_statements_for_many_as_for_one(
    app: Flask, brand: Caller, influencer: Caller
) -> None:
    make_application(brand, influencer, platforms=["tiktok"])
    paths = ("/v1/campaigns", "/v1/campaigns?mine=true", "/v1/applications")
    few = [statements(app, brand, path) for path in paths]
    for number in range(4):
        make_application(brand, influencer, title=f"Meer {number}", countries=["NL"])
    assert [statements(app, brand, path) for path in paths] == few
    assert max(few) <= 6

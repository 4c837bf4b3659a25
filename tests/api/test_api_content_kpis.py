"""KPIs of content over HTTP: by post, bundles, rates, audiences, distributions."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from callers import Caller, register_brand
from content_rows import add_look, make_brand_channel, make_post, noon
from content_story import IG, YOUTUBE, ContentStory, tell_content
from factories import make_influencer
from flask.testing import FlaskClient
from kpi_cells import JULY, MARCH, NOW
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.accounts.models import Brand, Influencer, Membership, User
from marketplace.accounts.rules import Scope
from marketplace.clock import local_day, now
from marketplace.content import ContentSource, Distribution, DistributionKind

DAYS = {"from": "2026-03-01", "to": "2026-07-16"}
TRAFFIC, AGE, RETENTION = (
    DistributionKind.TRAFFIC_SOURCE,
    DistributionKind.AGE,
    DistributionKind.RETENTION,
)


@pytest.fixture
def told(session: Session) -> ContentStory:
    found = tell_content(session)
    session.commit()
    return found


def caller(
    client: FlaskClient,
    session: Session,
    who: Brand | Influencer,
    *,
    admin: bool = False,
) -> Caller:
    """A brand's owner, or an influencer."""
    if isinstance(who, Brand):
        member = select(Membership.user_id).where(Membership.brand_id == who.id)
        user = session.get_one(User, session.scalars(member).first())
    else:
        user = session.get_one(User, who.user_id)
    user.is_admin = admin
    _, secret = accounts.issue_token(
        session, user, name="test", scopes=tuple(Scope), now=NOW
    )
    session.commit()
    return Caller(client, secret, who.id)


@pytest.fixture
def owner(client: FlaskClient, session: Session, told: ContentStory) -> Caller:
    return caller(client, session, told.people.brand)


def of(told: ContentStory, what: str) -> str:
    return f"/v1/campaigns/{told.people.campaign.id}/{what}"


def put(who: Caller, path: str, body: Any) -> Any:
    return who.call("PUT", path, json=body)


def test_a_report_by_post(owner: Caller, told: ContentStory) -> None:
    query = {**DAYS, "by": "post", "kpis": "likes,reach,clicks"}
    body = owner.get(of(told, "kpis"), query_string=query).json
    rows = {row["key"]["post_id"]: row for row in body["rows"]}
    first = rows[told.first.id]
    assert first["key"] == {
        "post_id": told.first.id,
        "title": "First",
        "url": None,
        "platform": "instagram",
    }
    assert first["kpis"]["likes"]["value"] == 48
    assert rows[None]["kpis"]["clicks"]["value"] == 3
    reach = body["totals"]["reach"]
    assert (reach["value"], reach["low"], reach["high"]) == (1_642, 1_200, 1_700)
    assert (reach["estimated"], reach["basis"]) == (True, "random_overlap")
    assert (reach["coverage"], reach["source"]) == ("0.5", "platform_api")
    table = owner.get(of(told, "kpis.csv"), query_string=query).text
    head, *lines = csv.reader(io.StringIO(table))
    assert head[3:7] == ["post_id", "title", "url", "platform"]
    assert [told.first.id, "First", "", "instagram", "48", "1200", "12"] in [
        line[3:] for line in lines
    ]


def test_bundles(owner: Caller, client: FlaskClient, told: ContentStory) -> None:
    named = client.get("/v1/kpis?bundle=visibility").json
    ids = ["reach", "impressions", "views", "potential_reach"]
    assert [each["id"] for each in named] == ids
    assert named[0]["bundles"] == ["visibility", "awareness"]
    assert client.get("/v1/kpis?bundle=nonsense").status_code == 422
    query = {**DAYS, "kpis": "@profitability,clicks"}
    totals = owner.get(of(told, "kpis"), query_string=query).json["totals"]
    assert set(totals) == {"roi", "roi_with_emv", "emv", "clicks"}
    wrong = owner.get(of(told, "kpis") + "?kpis=@nonsense")
    assert (wrong.status_code, set(wrong.json["errors"])) == (422, {"kpis"})


def test_emv_term_by_term(owner: Caller, told: ContentStory) -> None:
    body = owner.get(of(told, "emv"), query_string=DAYS).json
    assert (body["from"], body["to"]) == tuple(DAYS.values())
    assert (body["emv"], body["emv_engagement"], body["emv_exposure"]) == (
        *(11_600, 1_130, 10_470),
    )
    assert "tiktok.share" in body["missing"]
    priced = [each for each in body["terms"] if each["amount"] is not None]
    assert sum(Decimal(each["amount"]) for each in priced) == 11_600
    (shown,) = [
        each
        for each in priced
        if (each["platform"], each["action"]) == ("instagram", "impression")
    ]
    assert shown == {
        "platform": "instagram",
        "action": "impression",
        "part": "exposure",
        "from": "2026-03-01",
        "count": 1_800,
        "rate": {
            "platform": "instagram",
            "action": "impression",
            "value": "5.00",
            "currency": "EUR",
            "per": 1_000,
            "valid_from": "2026-01-01",
            "owner": "brand",
            "example": False,
            "source": "our own",
            "version": 1,
        },
        "exchange_rate": None,
        "converted_on": None,
        "amount": "900",
        "reason": None,
    }
    unpriced = {
        (each["platform"], each["action"]): each["reason"]
        for each in body["terms"]
        if each["amount"] is None
    }
    assert unpriced["tiktok", "share"] == "no_rate"
    assert unpriced["youtube", "comment"] == "not_reported"


def test_an_influencer_sees_the_own_share(
    client: FlaskClient, session: Session, told: ContentStory
) -> None:
    bas = caller(client, session, told.people.bas)
    assert bas.get(of(told, "emv"), query_string=DAYS).json["emv"] == 9_190
    stranger = caller(client, session, make_influencer(session, name="Cem"))
    for what in ("emv", "distributions"):
        assert stranger.get(of(told, what)).status_code == 404
    for method in ("GET", "PUT"):
        body = {"json": []} if method == "PUT" else {}
        answer = bas.call(method, of(told, "audiences"), **body)
        assert answer.status_code in (403, 404)


def rate(**over: Any) -> dict[str, Any]:
    return {
        "platform": "instagram",
        "action": "like",
        "value": "0.12",
        "currency": "eur",
        "valid_from": "2026-05-01",
        "source": "agency",
        **over,
    }


def test_rates_are_set_and_listed(owner: Caller, told: ContentStory) -> None:
    def like(on: str) -> Any:
        listed = owner.get(f"/v1/emv-rates?platform=instagram&on={on}").json["data"]
        found = [each for each in listed if each["action"] == "like"]
        return (found[0]["value"], found[0]["version"]) if found else None

    assert put(owner, "/v1/emv-rates", [rate()]).status_code == 200
    again = put(owner, "/v1/emv-rates", [rate(value="0.13")])
    assert [each["version"] for each in again.json["data"]] == [2]
    assert like("2026-04-30") == ("0.10", 1)
    assert like("2026-05-01") == ("0.13", 2)
    assert like("2025-12-31") is None
    assert (
        put(owner, "/v1/emv-rates", [rate(value=None, valid_from="2026-06-01")])
    ).status_code == 200
    assert like("2026-06-01") is None
    everything = owner.get("/v1/emv-rates?on=2026-05-01").json["data"]
    examples = [each for each in everything if each["example"]]
    assert {each["owner"] for each in examples} == {"shipped"}
    assert all("Ayzenberg" in each["source"] for each in examples)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"platform": "myspace"}, "0.platform"),
        ({"action": "wink"}, "0.action"),
        ({"value": "-1"}, "0.value"),
        ({"value": "1e3"}, "0.value"),
        ({"value": "0.123456789"}, "0.value"),
        ({"value": "1000000.01"}, "0.value"),
        ({"value": True}, "0.value"),
        ({"value": 1e-9}, "0.value"),
        ({"value": {"amount": 21}}, "0.value.currency"),
        ({"value": {"amount": 21, "currency": "USD"}}, "0.currency"),
        ({"currency": "XXX"}, "0.currency"),
        ({"valid_from": "soon"}, "0.valid_from"),
        ({"source": ""}, "0.source"),
        ({"source": "\x00"}, "0.source"),
        ({"colour": "red"}, "0.colour"),
    ],
)
def test_bad_rates_are_refused(
    owner: Caller, change: dict[str, Any], field: str
) -> None:
    answer = put(owner, "/v1/emv-rates", [rate(**change)])
    assert answer.status_code == 422, answer.text
    assert set(answer.json["errors"]) == {field}


def test_a_rate_in_the_simplest_words(owner: Caller) -> None:
    today = str(local_day(now(), "Europe/Amsterdam"))
    simple = {"platform": "tiktok", "action": "likes", "value": 0.1}
    money = {**simple, "value": {"amount": 15, "currency": "EUR"}, "action": "saves"}
    for body, action, value in (
        (simple, "like", "0.1"),
        ({"rates": [money]}, "save", "0.15"),
    ):
        (stated,) = put(owner, "/v1/emv-rates", body).json["data"]
        assert (stated["action"], stated["value"]) == (action, value)
        assert (stated["currency"], stated["valid_from"]) == ("EUR", today)
    refused = put(owner, "/v1/emv-rates", {"rates": 5})
    assert "0.rates" in refused.json["errors"]


def test_rates_twice_or_too_many_are_refused(owner: Caller) -> None:
    twice = put(owner, "/v1/emv-rates", [rate(), rate(value="1")])
    assert set(twice.json["errors"]) == {"1.valid_from"}
    days = [str(date(2020, 1, 1) + timedelta(n)) for n in range(501)]
    many = put(owner, "/v1/emv-rates", [rate(valid_from=day) for day in days])
    assert many.status_code == 422


def test_the_instances_rates_are_an_admins(
    client: FlaskClient, session: Session, told: ContentStory, owner: Caller
) -> None:
    path = "/v1/emv-rates?instance=true"
    assert put(owner, path, [rate()]).status_code == 403
    other = register_brand(client, "other@example.com")
    assert put(other, f"/v1/emv-rates?brand_id={owner.id}", [rate()]).status_code == 404
    assert other.get(f"/v1/emv-rates?brand_id={owner.id}").status_code == 404
    admin = caller(client, session, told.people.brand, admin=True)
    assert put(admin, path, [rate(value="0.99")]).status_code == 200
    anna = caller(client, session, told.people.anna)
    for who, expected in ((other, "0.99"), (anna, "0.99"), (owner, "0.10")):
        listed = who.get("/v1/emv-rates?platform=instagram&on=2026-05-02").json["data"]
        values = [each["value"] for each in listed if each["action"] == "like"]
        assert values == [expected]
    assert put(anna, "/v1/emv-rates", [rate()]).status_code == 403


def test_audiences_bound_reach(owner: Caller, told: ContentStory) -> None:
    path = of(told, "audiences")
    sizes = [
        {"platform": "instagram", "size": 1_500, "source": "Panel"},
        {"size": 9_000},
    ]
    answer = put(owner, path, sizes)
    assert answer.status_code == 200, answer.text
    shown = [(each["platform"], each["size"]) for each in owner.get(path).json["data"]]
    assert shown == [(None, 9_000), ("instagram", 1_500)]
    query = {**DAYS, "kpis": "reach"}
    reach = owner.get(of(told, "kpis"), query_string=query).json["totals"]["reach"]
    assert (reach["value"], reach["high"]) == (1_300, 1_500)
    for wrong, field in (
        ([{"platform": "instagram", "size": 0}], "0.size"),
        ([{"platform": "instagram"}], "0.size"),
        ([{"size": 5}, {"platform": None, "size": 6}], "1.platform"),
        ([{"size": 10**11}], "0.size"),
    ):
        refused = put(owner, path, wrong)
        assert (refused.status_code, set(refused.json["errors"])) == (422, {field})
    assert put(owner, path, []).json == {"data": [], "next_cursor": None}


def divide(
    session: Session,
    of_id: str,
    kind: DistributionKind,
    shares: dict[str, str],
    *,
    day: date = MARCH,
    size: int | None = None,
    source: ContentSource = ContentSource.PLATFORM_API,
) -> None:
    session.add(
        Distribution(
            of_id=of_id,
            kind=kind,
            observed_at=noon(day),
            source=source,
            shares=[{"key": key, "share": share} for key, share in shares.items()],
            size=size,
            created_at=NOW,
        )
    )
    session.commit()


def shares_of(divided: dict[str, Any]) -> dict[str, Decimal]:
    return {each["key"]: Decimal(each["share"]) for each in divided["shares"]}


def test_traffic_sources_are_weighed_by_impressions(
    owner: Caller, session: Session, told: ContentStory
) -> None:
    path = of(told, "distributions")
    assert owner.get(path).json == {"data": []}
    # 1,800 impressions are known of the first post, none of the others.
    divide(session, told.first.id, TRAFFIC, {"search": "0.9"}, day=MARCH)
    newer = {"search": "0.5", "home": "0.4"}
    divide(session, told.first.id, TRAFFIC, newer, day=JULY)
    divide(session, told.video.id, TRAFFIC, {"search": "0.1"}, size=600)
    divide(session, told.clip.id, TRAFFIC, {"search": "1"})
    (found,) = owner.get(f"{path}?kind=traffic_source").json["data"]
    shares = shares_of(found)
    # (0.5 · 1800 + 0.1 · 600) ÷ 2400, (0.4 · 1800) ÷ 2400
    assert shares == {"search": Decimal("0.4"), "home": Decimal("0.3")}
    assert Decimal(found["unknown"]) + sum(shares.values()) == 1
    assert (found["of"], found["used"], found["told"]) == ("posts", 2, 3)
    assert (found["size"], found["as_of"][:10]) == (2_400, MARCH.isoformat())
    alone = owner.get(f"{path}?post_id={told.clip.id}").json["data"][0]
    assert (alone["used"], shares_of(alone)) == (1, {"search": Decimal(1)})


def test_retention_is_averaged_where_all_have_it(
    owner: Caller, session: Session, told: ContentStory
) -> None:
    curves = (
        (told.clip.id, {"0": "1", "0.5": "0.6", "1": "0.3"}),
        (told.video.id, {"0": "1.2", "0.25": "0.9", "0.5": "0.3"}),
    )
    for post_id, shares in curves:
        divide(session, post_id, RETENTION, shares)
    (found,) = owner.get(of(told, "distributions")).json["data"]
    # 2,000 and 1,000 views.
    assert shares_of(found) == {
        "0": (Decimal(2_000) + Decimal(1_200)) / 3_000,
        "0.5": Decimal("0.5"),
    }
    assert found["unknown"] is None
    divide(session, told.first.id, RETENTION, {"0.1": "1"}, size=5)
    (found,) = owner.get(of(told, "distributions")).json["data"]
    assert (found["shares"], found["reason"]) == ([], "no_common_positions")


def test_audiences_of_channels_stand_in_for_those_of_posts(
    owner: Caller, client: FlaskClient, session: Session, told: ContentStory
) -> None:
    path = of(told, "distributions")
    divide(session, told.gram.id, AGE, {"18-24": "0.5"})
    divide(session, told.tok.id, AGE, {"18-24": "0.2", "25-34": "0.8"})
    (found,) = owner.get(path).json["data"]
    # 10,400 followers were seen, 5,000 are stated.
    young = (Decimal("0.5") * 10_400 + Decimal("0.2") * 5_000) / 15_400
    assert (found["of"], found["told"], found["size"]) == ("channels", 2, 15_400)
    assert shares_of(found)["18-24"] == young
    bas = caller(client, session, told.people.bas)
    (own,) = bas.get(path).json["data"]
    assert (own["told"], shares_of(own)["25-34"]) == (1, Decimal("0.8"))
    for query in (f"channel_id={told.gram.id}", f"post_id={told.first.id}"):
        assert bas.get(f"{path}?{query}").status_code == 404
        assert owner.get(f"{path}?{query}").status_code == 200
    mine = make_brand_channel(session, told.people.brand, YOUTUBE)
    add_look(session, mine, JULY, 10)
    session.commit()
    assert owner.get(f"{path}?channel_id={mine.id}").json == {"data": []}
    both = f"{path}?channel_id={mine.id}&post_id={told.first.id}"
    assert owner.get(both).status_code == 422
    # What is told of the people behind posts goes before.
    divide(session, told.first.id, AGE, {"35-44": "1"})
    (found,) = owner.get(path).json["data"]
    assert (found["of"], list(shares_of(found))) == ("posts", ["35-44"])


def test_a_size_nobody_knows_weighs_nothing(
    owner: Caller, session: Session, told: ContentStory
) -> None:
    silent = [
        make_post(session, told.people.annas, MARCH, IG, likes=1) for _ in range(2)
    ]
    for post in silent:
        divide(session, post.id, AGE, {"18-24": "1"})
    (found,) = owner.get(of(told, "distributions")).json["data"]
    assert (found["shares"], found["unknown"]) == ([], None)
    assert (found["reason"], found["coverage"]) == ("no_size", "0")

"""Every list comes in pages: data, and where to go on; those of the short ones too."""

from typing import Any

from callers import Caller, make_campaign
from flask.testing import FlaskClient
from giveaway_world import announce

# Not lists of things but reports, whole or not at all.
REPORTS = {
    "/v1/campaigns/{campaign_id}/distributions",
    "/v1/campaigns/{campaign_id}/posting-times",
    "/v1/kpis/posting-times",
    "/v1/hashtags",
}


def walk(caller: Caller, path: str, limit: int) -> list[Any]:
    """All there is, so many at a time."""
    found: list[Any] = []
    cursor = ""
    while True:
        answer = caller.get(f"{path}?limit={limit}{cursor}")
        assert answer.status_code == 200, answer.text
        page = answer.json
        assert set(page) == {"data", "next_cursor"}
        found += page["data"]
        if page["next_cursor"] is None:
            return found
        assert len(page["data"]) == limit
        cursor = f"&cursor={page['next_cursor']}"


def test_the_document_says_so_of_every_list(client: FlaskClient) -> None:
    document = client.get("/v1/openapi.json").json
    schemas = document["components"]["schemas"]
    lists = set()
    for path, operations in document["paths"].items():
        content = operations.get("get", {}).get("responses", {}).get("200", {})
        schema = content.get("content", {}).get("application/json", {})
        name = schema.get("schema", {}).get("$ref", "").rpartition("/")[2]
        shape = schemas.get(name, {}).get("properties", {})
        if shape.get("data", {}).get("type") == "array" and path not in REPORTS:
            lists.add(path)
            assert "next_cursor" in shape, path
            taken = {each.get("name") for each in operations["get"]["parameters"]}
            assert {"limit", "cursor"} <= taken, path
    assert {"/v1/balances", "/v1/emv-rates", "/v1/campaigns"} <= lists
    assert len(lists) > 30


def test_giveaways_come_in_pages(brand: Caller) -> None:
    campaign = make_campaign(brand)
    path = f"/v1/campaigns/{campaign['id']}/giveaways"
    made = [announce(brand, campaign["id"])["id"] for _ in range(5)]
    whole = brand.get(path).json
    assert [each["id"] for each in whole["data"]] == made[::-1]
    assert whole["next_cursor"] is None
    assert walk(brand, path, 2) == whole["data"]
    for wrong in ("limit=0", "limit=101", "cursor=x"):
        refused = brand.get(f"{path}?{wrong}")
        assert refused.status_code == 422
        assert set(refused.json["errors"]) == {wrong.partition("=")[0]}


def test_short_lists_are_whole_unless_a_page_is_asked_for(brand: Caller) -> None:
    shop = brand.post(
        "/v1/shops",
        {"platform": "generic", "name": "Winkel", "domain": "winkel.example"},
    ).json
    secrets = f"/v1/shops/{shop['id']}/secrets"
    for _ in range(2):
        assert brand.post(secrets, {}).status_code == 201
    campaign = f"/v1/campaigns/{make_campaign(brand)['id']}"
    sizes = {
        secrets: 3,
        "/v1/balances": 0,
        "/v1/funding-balances": 0,
        "/v1/emv-rates": None,
        "/v1/metrics/series": 0,
        f"{campaign}/audiences": 0,
        f"{campaign}/fraud-rules": None,
    }
    for path, size in sizes.items():
        whole = brand.get(path).json
        assert set(whole) == {"data", "next_cursor"}, path
        assert whole["next_cursor"] is None
        assert (
            len(whole["data"]) == size if size is not None else len(whole["data"]) > 5
        )
        assert walk(brand, path, 2) == whole["data"], path
        assert brand.get(f"{path}?limit=101").status_code == 422
        assert brand.get(f"{path}?cursor=x").status_code == 422
    other = brand.get("/v1/emv-rates?limit=1").json["next_cursor"]
    assert brand.get(f"/v1/campaigns?cursor={other}").status_code == 422

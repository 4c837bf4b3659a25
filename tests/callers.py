"""People who call the API in tests, and what they make through it."""

from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "correct horse battery"


@dataclass
class Caller:
    """Somebody who calls the API; `id` is of the brand or the influencer."""

    client: FlaskClient
    token: str
    id: str
    me: dict[str, Any] = field(default_factory=dict)

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {
            "Authorization": f"Bearer {self.token}",
            **options.pop("headers", {}),
        }
        return self.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.call("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        if json is not None:
            options["json"] = json
        return self.call("POST", path, **options)

    def patch(self, path: str, json: Any) -> TestResponse:
        return self.call("PATCH", path, json=json)

    def delete(self, path: str) -> TestResponse:
        return self.call("DELETE", path)


def register_brand(client: FlaskClient, email: str, **over: Any) -> Caller:
    body = {
        "name": "Wolkje",
        "email": email,
        "password": PASSWORD,
        "country": "NL",
        "currency": "EUR",
        **over,
    }
    answer = client.post("/v1/brands", json=body)
    assert answer.status_code == 201, answer.text
    brand = answer.json["brand"]
    return Caller(client, answer.json["token"], brand["id"], brand)


def register_influencer(client: FlaskClient, email: str, **over: Any) -> Caller:
    body = {
        "name": "Anna",
        "email": email,
        "password": PASSWORD,
        "country": "NL",
        "language": "nl",
        "channels": [
            {"platform": "instagram", "handle": "@anna", "followers": 12_000},
            {"platform": "youtube", "handle": "annavlogt"},
        ],
        **over,
    }
    answer = client.post("/v1/influencers", json=body)
    assert answer.status_code == 201, answer.text
    influencer = answer.json["influencer"]
    return Caller(client, answer.json["token"], influencer["id"], influencer)


CAMPAIGN: dict[str, Any] = {
    "title": "Zomer & zon",
    "description": "Slaapmaskers",
    "landing_url": "https://wolkje.example/zomer?ref=a#top",
    "commission": {"kind": "percent", "rate_bps": 1000, "on": "order"},
    "discount": {"kind": "percent", "value_bps": 1500},
}


def make_campaign(
    brand: Caller, *, published: bool = True, **over: Any
) -> dict[str, Any]:
    answer = brand.post("/v1/campaigns", {**CAMPAIGN, **over})
    assert answer.status_code == 201, answer.text
    campaign: dict[str, Any] = answer.json
    if published:
        answer = brand.post(f"/v1/campaigns/{campaign['id']}/publish")
        assert answer.status_code == 200, answer.text
        campaign = answer.json
    return campaign


def make_application(
    brand: Caller, influencer: Caller, *, accepted: bool = True, **over: Any
) -> dict[str, Any]:
    campaign = make_campaign(brand, **over)
    answer = influencer.post(f"/v1/campaigns/{campaign['id']}/applications", {})
    assert answer.status_code == 201, answer.text
    if accepted:
        answer = brand.post(f"/v1/applications/{answer.json['id']}/accept")
        assert answer.status_code == 200, answer.text
    application: dict[str, Any] = answer.json
    return application

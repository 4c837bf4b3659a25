"""Brands and influencers: what is wrong is named all at once."""

from callers import PASSWORD, Caller
from flask.testing import FlaskClient


def test_every_wrong_field_of_a_brand_is_named(brand: Caller) -> None:
    wrong = {"name": "", "timezone": "Mars/Base", "hosts": ["wolkje.example", "a b"]}
    refused = brand.patch(f"/v1/brands/{brand.id}", wrong)
    assert refused.status_code == 422
    assert set(refused.json["errors"]) == {"name", "timezone", "hosts.1"}
    assert brand.get(f"/v1/brands/{brand.id}").json == brand.me


def test_every_wrong_field_of_an_influencer_is_named(client: FlaskClient) -> None:
    channel = {"platform": "moon", "handle": "", "url": "javascript:alert(1)"}
    body = {"name": "Anna", "password": PASSWORD, "channels": [channel]}
    refused = client.post("/v1/influencers", json=body | {"country": "NLD"})
    assert refused.status_code == 422
    assert set((refused.json or {})["errors"]) == {
        *("email", "country", "language"),
        *(f"channels.0.{name}" for name in ("platform", "handle", "url")),
    }


def test_a_brands_time_zone_is_a_real_one(client: FlaskClient) -> None:
    body = {"name": "Wolkje", "email": "x@wolkje.example", "password": PASSWORD}
    body |= {"country": "NL", "currency": "EURO", "timezone": "Mars/Base"}
    refused = client.post("/v1/brands", json=body)
    assert refused.status_code == 422
    assert set((refused.json or {})["errors"]) == {"currency", "timezone"}


def test_a_country_is_one_of_iso_3166(client: FlaskClient, influencer: Caller) -> None:
    body = {"name": "Wolkje", "email": "x@wolkje.example", "password": PASSWORD}
    for country in ("XX", "ZZ", "EU", "N"):
        told = body | {"country": country, "currency": "EUR"}
        refused = client.post("/v1/brands", json=told)
        assert refused.status_code == 422
        assert set((refused.json or {})["errors"]) == {"country"}
    path = f"/v1/influencers/{influencer.id}"
    assert influencer.patch(path, {"country": "XX"}).status_code == 422
    told = body | {"country": " gr ", "currency": "EUR"}
    made = (client.post("/v1/brands", json=told).json or {})["brand"]
    assert (made["country"], made["timezone"]) == ("GR", "Europe/Athens")

"""What a campaign says of its links: templates, fallbacks, codes on the way, repeats."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from callers import CAMPAIGN, Caller, make_application, make_campaign

FIELDS: dict[str, Any] = {
    "fallback_url": "https://wolkje.example/voorbij",
    "utm": {"utm_campaign": "{campaign}-{platform}", "utm_term": "{handle}"},
    "landing_page": None,
    "auto_apply_code": True,
    "repeat_minutes": 0,
}


def links(brand: Caller, application: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = brand.get(
        f"/v1/applications/{application['id']}"
    ).json["links"]
    return found


def utm(link: dict[str, Any]) -> dict[str, list[str]]:
    return parse_qs(urlsplit(link["target_url"]).query)


def test_the_usual_is_nothing_special(brand: Caller) -> None:
    campaign = brand.post("/v1/campaigns", CAMPAIGN).json
    assert {name: campaign[name] for name in FIELDS} == {
        "fallback_url": "",
        "utm": {},
        "landing_page": None,
        "auto_apply_code": False,
        "repeat_minutes": 60,
    }


def test_what_is_said_is_shown_and_can_be_said_again(brand: Caller) -> None:
    campaign = make_campaign(brand, **FIELDS)
    assert {name: campaign[name] for name in FIELDS} == FIELDS
    path = f"/v1/campaigns/{campaign['id']}"
    again = brand.patch(path, {name: campaign[name] for name in FIELDS})
    assert again.status_code == 200
    assert {name: again.json[name] for name in FIELDS} == FIELDS
    cleared = brand.patch(path, {"fallback_url": "", "utm": {}}).json
    assert (cleared["fallback_url"], cleared["utm"]) == ("", {})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fallback_url", "https://elsewhere.example/"),
        ("fallback_url", "ftp://wolkje.example/"),
        ("fallback_url", "javascript:alert(1)"),
        ("fallback_url", "https://wolkje.example@elsewhere.example/"),
        ("fallback_url", "https://wolkje.example/" + "x" * 2000),
        ("fallback_url", None),
        ("fallback_url", 7),
        ("utm", {"utm_source": "{nobody}"}),
        ("utm", {"utm_source": "{platform"}),
        ("utm", {"utm_source": "{platform!r}"}),
        ("utm", {"utm_source": "{{platform}}"}),
        ("utm", {"utm_source": "x" * 201}),
        ("utm", {"utm_source": 7}),
        ("utm", {"utm_source": None}),
        ("utm", {"utm_source": "\0"}),
        ("utm", {"utm_nothing": "x"}),
        ("utm", {"source": "x"}),
        ("utm", ["utm_source"]),
        ("utm", None),
        ("auto_apply_code", "yes"),
        ("auto_apply_code", None),
        ("repeat_minutes", -1),
        ("repeat_minutes", 10_081),
        ("repeat_minutes", "60"),
        ("repeat_minutes", 1.5),
        ("repeat_minutes", None),
    ],
)
def test_what_makes_no_sense_is_refused(brand: Caller, field: str, value: Any) -> None:
    made = brand.post("/v1/campaigns", {**CAMPAIGN, field: value})
    assert made.status_code == 422
    assert [name for name in made.json["errors"] if name.startswith(field)]
    campaign = make_campaign(brand)
    changed = brand.patch(f"/v1/campaigns/{campaign['id']}", {field: value})
    assert changed.status_code == 422
    after = brand.get(f"/v1/campaigns/{campaign['id']}").json
    assert after[field] == campaign[field]


def test_a_fallback_may_lead_to_a_host_the_brand_has_listed(brand: Caller) -> None:
    campaign = make_campaign(brand)
    path, url = f"/v1/campaigns/{campaign['id']}", "https://later.example/zomer"
    assert brand.patch(path, {"fallback_url": url}).status_code == 422
    brand.patch(f"/v1/brands/{brand.id}", {"hosts": ["later.example"]})
    assert brand.patch(path, {"fallback_url": url}).json["fallback_url"] == url
    brand.patch(f"/v1/brands/{brand.id}", {"hosts": []})
    # It stays where it is; only a new one is looked at.
    assert brand.patch(path, {"title": "Herfst"}).status_code == 200


def test_links_follow_the_template_and_the_landing_page(
    brand: Caller, influencer: Caller
) -> None:
    application = make_application(brand, influencer)
    path = f"/v1/campaigns/{application['campaign_id']}"
    assert brand.patch(path, {"utm": FIELDS["utm"]}).status_code == 200
    said = {link["platform"]: utm(link) for link in links(brand, application)}
    assert said["youtube"]["utm_campaign"] == ["zomer-zon-youtube"]
    assert said["youtube"]["utm_term"] == ["annavlogt"]
    brand.patch(path, {"landing_url": "https://wolkje.example/herfst"})
    for link in links(brand, application):
        assert link["target_url"].startswith("https://wolkje.example/herfst?")
    brand.patch(path, {"utm": {}})
    assert utm(links(brand, application)[0])["utm_campaign"] == ["zomer-zon"]


def test_a_code_is_applied_on_the_way_to_shopify_shops_alone(
    brand: Caller, influencer: Caller
) -> None:
    shop = {
        "platform": "shopify",
        "name": "Wolkje",
        "domain": "wolkje.example",
        "currency": "EUR",
    }
    assert brand.post("/v1/shops", shop).status_code == 201
    application = make_application(brand, influencer)
    path = f"/v1/campaigns/{application['campaign_id']}"
    assert brand.patch(path, {"auto_apply_code": True}).status_code == 200
    code = application["promo_code"]["code"]
    for link in links(brand, application):
        assert urlsplit(link["target_url"]).path == f"/discount/{code}"
    brand.patch(path, {"auto_apply_code": False})
    for link in links(brand, application):
        assert urlsplit(link["target_url"]).path == "/zomer"


def test_a_closed_campaign_lets_its_links_fall_back_at_once(
    brand: Caller, influencer: Caller
) -> None:
    application = make_application(
        brand, influencer, fallback_url=FIELDS["fallback_url"]
    )
    path = f"/v1/campaigns/{application['campaign_id']}"
    before = links(brand, application)
    assert brand.post(f"{path}/close").json["status"] == "closed"
    # Where they lead is decided by the click path; what they are stays.
    assert links(brand, application) == before

"""The contract over HTTP: from a draft to a link, and what is refused on the way."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from callers import (
    CAMPAIGN,
    Caller,
    make_application,
    make_campaign,
    register_influencer,
)


def test_from_a_draft_to_a_promo_code_and_links(
    brand: Caller, influencer: Caller
) -> None:
    draft = brand.post("/v1/campaigns", CAMPAIGN).json
    assert draft["status"] == "draft"
    assert draft["id"].startswith("cmp_")
    assert draft["currency"] == "EUR"
    assert influencer.get(f"/v1/campaigns/{draft['id']}").status_code == 404

    published = brand.post(f"/v1/campaigns/{draft['id']}/publish")
    assert (published.status_code, published.json["status"]) == (200, "published")
    found = influencer.get("/v1/campaigns").json["data"]
    assert [one["id"] for one in found] == [draft["id"]]

    applied = influencer.post(
        f"/v1/campaigns/{draft['id']}/applications", {"message": "Ik doe mee"}
    )
    assert (applied.status_code, applied.json["status"]) == (201, "pending")
    assert applied.json["promo_code"] is None
    assert applied.json["links"] == []

    accepted = brand.post(f"/v1/applications/{applied.json['id']}/accept")
    assert accepted.status_code == 200
    assert accepted.json["status"] == "accepted"
    assert accepted.json["terms_version"] == 1
    assert accepted.json["promo_code"]["code"] == "ANNA15"
    assert accepted.json["promo_code"]["status"] == "active"
    links = accepted.json["links"]
    assert {link["platform"] for link in links} == {"instagram", "youtube"}
    for link in links:
        assert link["url"] == f"http://127.0.0.1:8000/r/{link['slug']}"
        assert link["destination_url"] == CAMPAIGN["landing_url"]
    target = urlsplit(
        next(x for x in links if x["platform"] == "youtube")["target_url"]
    )
    assert target.fragment == "top"
    assert parse_qs(target.query) == {
        "ref": ["a"],
        "utm_source": ["youtube"],
        "utm_medium": ["influencer"],
        "utm_campaign": ["zomer-zon"],
        "utm_content": ["annavlogt"],
    }

    for who in (brand, influencer):
        seen = who.get(f"/v1/applications/{applied.json['id']}")
        assert seen.json == accepted.json
        kinds = [event["kind"] for event in who.get("/v1/events").json["data"]]
        assert "application.accepted" in kinds
    listed = brand.get(f"/v1/campaigns/{draft['id']}/applications").json["data"]
    assert listed == [accepted.json]


def test_links_of_ones_own_lead_only_where_the_brand_says(
    brand: Caller, influencer: Caller
) -> None:
    application = make_application(brand, influencer)
    path = f"/v1/applications/{application['id']}/links"
    channel_id = application["links"][0]["channel_id"]
    made = influencer.post(
        path,
        {
            "channel_id": channel_id,
            "label": "story",
            "destination_path": "/masker?kleur=blauw&utm_source=oud&mkt_click=x#maat",
            "utm": {"term": "juni"},
        },
    )
    assert made.status_code == 201, made.text
    target = urlsplit(made.json["target_url"])
    assert (target.netloc, target.path, target.fragment) == (
        "wolkje.example",
        "/masker",
        "maat",
    )
    query = parse_qs(target.query)
    assert query["kleur"] == ["blauw"]
    assert query["utm_source"] == [made.json["platform"]]
    assert query["utm_term"] == ["juni"]
    assert "mkt_click" not in query

    for elsewhere in (
        "https://evil.example/x",
        "//evil.example/x",
        "https://wolkje.example@evil.example/",
        "https://wolkje.example.evil.example/",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\\evil.example",
        "https://evil.example\\@wolkje.example/",
        "http://[::1",
        "https://wolkje.example:99999/",
    ):
        refused = influencer.post(path, {"destination_path": elsewhere})
        assert refused.status_code == 422, elsewhere
        assert "destination_path" in refused.json["errors"], elsewhere

    brand.patch(f"/v1/brands/{brand.id}", {"hosts": ["Bücher.example"]})
    listed = influencer.post(path, {"destination_path": "https://bücher.example/ß"})
    assert listed.status_code == 201, listed.text
    assert listed.json["destination_url"] == "https://xn--bcher-kva.example/%C3%9F"
    code = influencer.get(f"/v1/links/{listed.json['id']}/qr.svg")
    assert code.mimetype == "image/svg+xml"
    assert code.text.startswith("<?xml")
    assert brand.post(path, {}).status_code == 403


@pytest.mark.parametrize(
    ("verb", "status", "answer"),
    [
        ("accept", "accepted", 409),
        ("reject", "accepted", 409),
        ("withdraw", "accepted", 409),
        ("end", "pending", 409),
        ("end", "accepted", 200),
    ],
)
def test_moves_that_do_not_fit_are_refused(
    brand: Caller, influencer: Caller, verb: str, status: str, answer: int
) -> None:
    application = make_application(brand, influencer, accepted=status == "accepted")
    who = influencer if verb == "withdraw" else brand
    refused = who.post(f"/v1/applications/{application['id']}/{verb}")
    assert refused.status_code == answer, refused.text
    after = brand.get(f"/v1/applications/{application['id']}").json
    assert after["status"] == ("ended" if answer == 200 else status)
    if answer == 200:
        assert after["promo_code"]["status"] == "disabled"
        assert all(link["ended_at"] for link in after["links"])


def test_applying_twice_is_refused_until_one_withdraws(
    brand: Caller, influencer: Caller
) -> None:
    application = make_application(brand, influencer, accepted=False)
    path = f"/v1/campaigns/{application['campaign_id']}/applications"
    again = influencer.post(path, {})
    assert again.status_code == 409
    assert again.json["type"].endswith("already-applied")
    assert influencer.post(f"/v1/applications/{application['id']}/withdraw").json[
        "status"
    ] == ("withdrawn")
    anew = influencer.post(path, {"message": "toch"})
    assert anew.status_code == 201
    assert anew.json["id"] == application["id"]
    assert (anew.json["status"], anew.json["message"]) == ("pending", "toch")


def test_each_side_does_its_own_part(brand: Caller, influencer: Caller) -> None:
    application = make_application(brand, influencer, accepted=False)
    path = f"/v1/applications/{application['id']}"
    assert influencer.post(f"{path}/accept").status_code == 403
    assert influencer.post(f"{path}/reject").status_code == 403
    assert brand.post(f"{path}/withdraw").status_code == 403
    rejected = brand.post(f"{path}/reject", {"reason": "other", "note": "Nee, dank"})
    assert (rejected.status_code, rejected.json["note"]) == (200, "Nee, dank")
    campaign = f"/v1/campaigns/{application['campaign_id']}/applications"
    assert brand.post(campaign, {}).status_code == 403


@pytest.mark.parametrize(
    ("said", "reason", "note"),
    [
        ({}, "other", ""),
        ({"reason": "not_the_right_fit", "note": "x"}, "not_the_right_fit", "x"),
        ({"reason": "Te weinig volgers"}, "other", "Te weinig volgers"),
        ({"reason": "Vol", "note": "Sorry"}, "other", "Vol\nSorry"),
    ],
)
def test_a_reason_may_be_in_words_of_ones_own(
    brand: Caller, influencer: Caller, said: dict[str, str], reason: str, note: str
) -> None:
    application = make_application(brand, influencer, accepted=False)
    path = f"/v1/applications/{application['id']}/reject"
    too_long = brand.post(path, {"reason": "Vol", "note": "x" * 498})
    assert set(too_long.json["errors"]) == {"note"}
    rejected = brand.post(path, said)
    assert rejected.status_code == 200, rejected.text
    assert (rejected.json["reject_reason"], rejected.json["note"]) == (reason, note)


def test_answers_and_channels_are_checked(brand: Caller, influencer: Caller) -> None:
    questions = [
        {"id": "why", "prompt": "Waarom?", "kind": "text", "required": True},
        {"id": "reach", "prompt": "Bereik?", "kind": "number", "required": False},
    ]
    campaign = make_campaign(brand, questions=questions)
    path = f"/v1/campaigns/{campaign['id']}/applications"
    wrong = {"answers": {"reach": "veel", "age": 3}, "channel_ids": ["chn_nobody"]}
    refused = influencer.post(path, wrong)
    assert refused.status_code == 422
    assert set(refused.json["errors"]) == {
        "answers.why",
        "answers.reach",
        "answers.age",
        "channel_ids.0",
    }
    channel_id = influencer.me["channels"][1]["id"]
    body: dict[str, Any] = {"answers": {"why": "Om de zon", "reach": 9}}
    applied = influencer.post(path, {**body, "channel_ids": [channel_id]})
    assert applied.status_code == 201, applied.text
    assert applied.json["channel_ids"] == [channel_id]


def test_a_closed_or_future_campaign_takes_nobody(
    brand: Caller, influencer: Caller
) -> None:
    for over in (
        {"starts_at": "2999-01-01T00:00:00Z"},
        {"title": "closed"},
        {"title": "paused"},
    ):
        campaign = make_campaign(brand, **over)
        if over.get("title") == "closed":
            brand.post(f"/v1/campaigns/{campaign['id']}/close")
        path = f"/v1/campaigns/{campaign['id']}"
        expected = 404 if over.get("title") == "closed" else 409
        if over.get("title") == "paused":
            brand.post(f"{path}/pause")
            expected = 404
        assert influencer.post(f"{path}/applications", {}).status_code == expected


def test_auto_accept_and_codes_that_collide(brand: Caller, influencer: Caller) -> None:
    codes = []
    for number, handle in enumerate(("anna", "ANNA", "Аня", "日本")):
        other = register_influencer(
            brand.client,
            f"n{number}@example.com",
            channels=[{"platform": "tiktok", "handle": handle}],
        )
        campaign = make_campaign(brand, auto_accept=True, title=f"Zomer {number}")
        applied = other.post(f"/v1/campaigns/{campaign['id']}/applications", {})
        assert applied.json["status"] == "accepted"
        codes.append(applied.json["promo_code"]["code"])
    assert codes[:2] == ["ANNA15", "ANNA15-2"]
    assert len({code.casefold() for code in codes}) == 4
    assert all(code.endswith("15") and len(code) == 8 for code in codes[2:])


def test_a_brand_words_its_codes_and_old_wordings_stay_taken(
    brand: Caller, outsider: Caller, influencer: Caller
) -> None:
    code = make_application(brand, influencer)["promo_code"]
    other = make_application(brand, influencer, title="Twee")["promo_code"]
    path = f"/v1/promo-codes/{code['id']}"
    renamed = brand.patch(path, {"code": "ZONNETJE"})
    assert (renamed.status_code, renamed.json["code"]) == (200, "ZONNETJE")
    for wording in ("anna15", " ＡＮＮＡ１５ ", "zonnetje"):
        taken = brand.patch(f"/v1/promo-codes/{other['id']}", {"code": wording})
        assert taken.status_code == 409, wording
    assert brand.patch(path, {"code": "Anna15"}).json["code"] == "Anna15"
    for wording in ("", "a", "x" * 65, "a b", "a\tb", "%", "ﷺ" * 20, "-a-"):
        assert brand.patch(path, {"code": wording}).status_code == 422, wording
    assert outsider.patch(path, {"code": "MIJN"}).status_code == 404
    assert influencer.patch(path, {"code": "MIJN"}).status_code == 403
    assert brand.patch(path, {"status": "disabled"}).json["status"] == "disabled"
    assert brand.patch(path, {"status": "active"}).json["status"] == "active"


def test_an_applicant_still_sees_a_paused_campaign(
    brand: Caller, outsider: Caller, influencer: Caller
) -> None:
    application = make_application(brand, influencer)
    path = f"/v1/campaigns/{application['campaign_id']}"
    brand.post(f"{path}/pause")
    assert influencer.get(path).json["status"] == "paused"
    assert outsider.get(path).status_code == 404
    assert influencer.get("/v1/campaigns").json["data"] == []

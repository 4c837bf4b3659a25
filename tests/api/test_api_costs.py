"""Costs over HTTP: written down, divided, corrected, taken back, as a table too."""

from typing import Any

import pytest
from factories import make_application, make_brand, make_campaign, make_user
from flask.testing import FlaskClient
from kpi_cells import NOW, Story, tell
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.accounts.models import Brand, Influencer, Membership, User
from marketplace.accounts.rules import Platform, Role, Scope
from marketplace.content import Post, PostFormat
from marketplace.costs.models import Cost
from marketplace.events import Event

DAYS = {"from": "2026-03-01", "to": "2026-07-16"}


@pytest.fixture
def story(session: Session) -> Story:
    found = tell(session)
    session.commit()
    return found


def bearer(session: Session, who: Brand | Influencer | User) -> dict[str, str]:
    """Headers of a brand's owner, an influencer or a user."""
    if isinstance(who, Brand):
        owner = select(Membership.user_id).where(Membership.brand_id == who.id)
        user_id = session.scalars(owner).first()
    else:
        user_id = who.user_id if isinstance(who, Influencer) else who.id
    user = session.get_one(User, user_id)
    _, secret = accounts.issue_token(
        session, user, name="test", scopes=tuple(Scope), now=NOW
    )
    session.commit()
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def owner(session: Session, story: Story) -> dict[str, str]:
    return bearer(session, story.brand)


def of_story(story: Story, what: str = "costs") -> str:
    return f"/v1/campaigns/{story.campaign.id}/{what}"


def test_costs_come_in_and_count(
    client: FlaskClient, story: Story, owner: dict[str, str]
) -> None:
    url = of_story(story, "costs")
    fee = {
        "kind": "fee",
        "amount": 12_500,
        "incurred_on": "2026-07-11",
        "application_id": story.bass.id,
        "note": "Video",
    }
    made = client.post(url, headers=owner, json=fee)
    assert made.status_code == 201
    body: dict[str, Any] = made.json or {}
    assert body["amount"] == {"amount": 12_500, "currency": "EUR"}
    assert body["application_id"] == story.bass.id
    back = {
        "kind": "fee",
        "amount": {"amount": -2_500, "currency": "EUR"},
        "incurred_on": "2026-07-12",
    }
    assert client.post(url, headers=owner, json=back).status_code == 201
    listed = client.get(url + "?limit=3", headers=owner).json or {}
    amounts = [row["amount"]["amount"] for row in listed["data"]]
    assert len(amounts) == 3
    assert {12_500, -2_500} < set(amounts)
    rest = client.get(f"{url}?cursor={listed['next_cursor']}", headers=owner).json
    assert len((rest or {})["data"]) == 1
    report = (
        client.get(of_story(story, "kpis"), headers=owner, query_string=DAYS).json or {}
    )
    assert report["totals"]["cost"]["value"] == 6400 + 10_000


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "bribe"}, "kind"),
        ({"amount": 0}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": "100"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 10**30}, "amount"),
        ({"amount": {"amount": 100, "currency": "USD"}}, "amount"),
        ({"amount": {"amount": 100}}, "amount.currency"),
        ({"incurred_on": "2026-13-01"}, "incurred_on"),
        ({"application_id": "app_none"}, "application_id"),
        ({"application_id": "x\x00"}, "application_id"),
        ({"note": "\ud800"}, "note"),
        ({"note": "x" * 201}, "note"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_costs_are_refused_and_not_kept(
    client: FlaskClient,
    session: Session,
    story: Story,
    owner: dict[str, str],
    change: dict[str, Any],
    field: str,
) -> None:
    good = {"kind": "ads", "amount": 100, "incurred_on": "2026-07-11"}
    answer = client.post(
        of_story(story, "costs"), headers=owner, json={**good, **change}
    )
    assert answer.status_code == 422, answer.text
    assert set((answer.json or {})["errors"]) == {field}
    assert len(session.scalars(select(Cost)).all()) == 2


def test_costs_are_the_brands_own(
    client: FlaskClient, session: Session, story: Story
) -> None:
    url = of_story(story, "costs")
    body = {"kind": "ads", "amount": 100, "incurred_on": "2026-07-11"}
    viewer = make_user(session)
    row = Membership(user_id=viewer.id, brand_id=story.brand.id, role=Role.VIEWER)
    session.add(row)
    other = make_brand(session)
    foreign = make_campaign(session, other)
    theirs = make_application(session, foreign, story.bas)
    seen = bearer(session, viewer)
    assert client.get(url, headers=seen).status_code == 200
    assert client.post(url, headers=seen, json=body).status_code == 403
    for stranger in (other, story.anna):
        headers = bearer(session, stranger)
        assert client.get(url, headers=headers).status_code == 404
        assert client.post(url, headers=headers, json=body).status_code == 404
    owner = bearer(session, story.brand)
    crossed = {**body, "application_id": theirs.id}
    assert client.post(url, headers=owner, json=crossed).status_code == 422


def cost(client: FlaskClient, story: Story, owner: dict[str, str]) -> Any:
    query = {**DAYS, "by": "influencer", "kpis": "cost"}
    told = client.get(of_story(story, "kpis"), headers=owner, query_string=query).json
    rows = {
        row["key"]["name"]: row["kpis"]["cost"]["value"] for row in (told or {})["rows"]
    }
    assert sum(rows.values()) == (told or {})["totals"]["cost"]["value"]
    return rows


def test_whose_a_cost_is_stands_beside_it(
    client: FlaskClient, session: Session, story: Story, owner: dict[str, str]
) -> None:
    fee = {"kind": "platform_fee", "amount": 1_001, "incurred_on": "2026-03-10"}
    said = {**fee, "allocation": "clicks"}
    made = client.post(of_story(story), headers=owner, json=said).json or {}
    expected = {story.annas.id: 626, story.bass.id: 375}  # 10 clicks and 6
    found = {each["application_id"]: each["amount"] for each in made["shares"]}
    assert found == expected
    assert cost(client, story, owner) == {
        "Anna": 4_700 + 626,
        "Bas": 700 + 375,
        None: 1_000,
    }
    listed = client.get(of_story(story), headers=owner).json or {}
    assert made in listed["data"]
    own = {**said, "application_id": story.annas.id}
    refused = client.post(of_story(story), headers=owner, json=own)
    assert set((refused.json or {})["errors"]) == {"allocation"}


def test_a_cost_is_corrected_and_taken_back(
    client: FlaskClient, session: Session, story: Story, owner: dict[str, str]
) -> None:
    fee = {"kind": "payment_fee", "amount": 900, "incurred_on": "2026-03-10"}
    made = client.post(of_story(story), headers=owner, json=fee).json or {}
    one = of_story(story, f"costs/{made['id']}")
    changed = client.patch(
        one, headers=owner, json={"amount": 90, "application_id": story.bass.id}
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json or {})["updated_at"]
    assert cost(client, story, owner)["Bas"] == 790
    wrong = client.patch(one, headers=owner, json={"allocation": "equal"})
    assert set((wrong.json or {})["errors"]) == {"allocation"}
    for _ in range(2):
        gone = client.delete(one, headers=owner)
        assert gone.status_code == 200
        assert (gone.json or {})["voided_at"]
        assert (gone.json or {})["shares"] == []
    assert cost(client, story, owner)["Bas"] == 700
    assert client.patch(one, headers=owner, json={"note": "x"}).status_code == 409
    told = session.scalars(
        select(Event.kind).where(Event.subject_id == made["id"])
    ).all()
    assert sorted(told) == ["cost.added", "cost.changed", "cost.voided"]
    missing = client.delete(of_story(story, "costs/cst_none"), headers=owner)
    assert missing.status_code == 404


def test_a_cost_of_another_campaign_is_not_there(
    client: FlaskClient, session: Session, story: Story, owner: dict[str, str]
) -> None:
    (mine, *_) = session.scalars(select(Cost.id)).all()
    other = make_campaign(session, story.brand, title="Other")
    stranger = bearer(session, make_brand(session))
    paths = {
        f"/v1/campaigns/{other.id}/costs/{mine}": owner,
        of_story(story, f"costs/{mine}"): stranger,
    }
    for path, who in paths.items():
        assert client.delete(path, headers=who).status_code == 404
        assert client.patch(path, headers=who, json={"note": "x"}).status_code == 404


def make_post(session: Session, story: Story) -> Post:
    post = Post(
        brand_id=story.brand.id,
        campaign_id=story.campaign.id,
        application_id=story.annas.id,
        influencer_id=story.anna.id,
        platform=Platform.INSTAGRAM,
        format=PostFormat.REEL,
        published_at=NOW,
        created_at=NOW,
    )
    session.add(post)
    session.commit()
    return post


def test_costs_as_a_table(
    client: FlaskClient, session: Session, story: Story, owner: dict[str, str]
) -> None:
    post = make_post(session, story)
    table = (
        "kind,amount,currency,incurred_on,post_id,allocation,note\n"
        f"product,25.00,EUR,2026-03-10,{post.id},,Scarf\n"
        'ads,1000,,2026-03-11,,equal,"Boost, reels"\n'
    )
    headers = {**owner, "Content-Type": "text/csv"}
    url = of_story(story, "costs.csv")
    made = client.post(url, headers=headers, data=table)
    assert (made.status_code, made.json) == (201, {"added": 2})
    assert cost(client, story, owner) == {
        "Anna": 4_700 + 2_500 + 500,
        "Bas": 700 + 500,
        None: 1_000,
    }
    found = session.scalars(select(Cost).where(Cost.post_id == post.id)).one()
    assert (found.application_id, found.note) == (story.annas.id, "Scarf")


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("bribe,100,,2026-03-10,,,", "1.kind"),
        ("ads,1.50,,2026-03-10,,,", "1.amount"),
        ("ads,1.505,EUR,2026-03-10,,,", "1.amount"),
        ("ads,1.50,USD,2026-03-10,,,", "1.amount"),
        ("ads,,,2026-03-10,,,", "1.amount"),
        ("ads,0,,2026-03-10,,,", "1.amount"),
        ("ads,9999999999999999999,,2026-03-10,,,", "1.amount"),
        ("ads,100,,10-03-2026,,,", "1.incurred_on"),
        ("ads,100,,2026-03-10,pst_none,,", "1.post_id"),
        ("ads,100,,2026-03-10,,,x,extra", "1.body"),
    ],
)
def test_of_a_table_all_or_nothing(
    client: FlaskClient,
    session: Session,
    story: Story,
    owner: dict[str, str],
    line: str,
    field: str,
) -> None:
    head = "kind,amount,currency,incurred_on,post_id,allocation,note\n"
    table = f"{head}ads,100,,2026-03-10,,,\n{line}\n"
    headers = {**owner, "Content-Type": "text/csv"}
    answer = client.post(of_story(story, "costs.csv"), headers=headers, data=table)
    assert answer.status_code == 422, answer.text
    assert set((answer.json or {})["errors"]) == {field}
    assert len(session.scalars(select(Cost)).all()) == 2


def test_what_is_no_table_is_refused(
    client: FlaskClient, story: Story, owner: dict[str, str]
) -> None:
    url = of_story(story, "costs.csv")
    for body, kind, status in (
        (b"\xff\xfe", "text/csv", 400),
        (b"", "text/csv", 422),
        (b"kind,amount,incurred_on\n", "text/csv", 422),
        (b"{}", "application/json", 415),
    ):
        headers = {**owner, "Content-Type": kind}
        assert client.post(url, headers=headers, data=body).status_code == status

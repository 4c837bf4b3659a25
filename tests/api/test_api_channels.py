"""Taking channels away: one's own, where nothing that stays is of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from callers import Caller, make_application, make_campaign, register_influencer
from content_calls import channel_of
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import BrandChannel, Channel
from marketplace.content import ChannelCell, ChannelSnapshot, Distribution
from marketplace.content.grant_models import FigureDeletion, Grant
from marketplace.content.grant_rules import DeletionReason, GrantState
from marketplace.events import Event

NOW = datetime.now(UTC)


def brand_channel(brand: Caller, handle: str = "wolkje") -> str:
    body = {"platform": "instagram", "handle": handle}
    answer = brand.post(f"/v1/brands/{brand.id}/channels", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def look(caller: Caller, channel_id: str, followers: int, days: int = 1) -> None:
    at = (NOW - timedelta(days=days)).isoformat()
    body: dict[str, Any] = {"observed_at": at, "metrics": {"followers": followers}}
    body["distributions"] = [
        {"kind": "country", "shares": [{"key": "NL", "share": "0.5"}]}
    ]
    answer = caller.post(f"/v1/channels/{channel_id}/snapshots", body)
    assert answer.status_code == 201, answer.text


def left(engine: Engine, channel_id: str) -> int:
    """How many rows are still of it."""
    owners = (
        *(ChannelSnapshot.channel_id, ChannelCell.channel_id, Distribution.of_id),
        *(FigureDeletion.of_id, Grant.channel_id, Channel.id, BrandChannel.id),
    )
    with Session(engine) as session:
        found = [
            session.execute(select(owner).where(owner == channel_id)).all()
            for owner in owners
        ]
    return sum(map(len, found))


def shown_channels(influencer: Caller) -> list[dict[str, Any]]:
    shown = influencer.get(f"/v1/influencers/{influencer.id}").json
    return list(shown["channels"])


def grant(engine: Engine, channel_id: str, state: GrantState) -> None:
    with Session(engine) as session:
        session.add(
            Grant(
                channel_id=channel_id,
                user_id="usr_x",
                platform="instagram",
                state=state,
                account_id="1",
                sealed=b"",
                granted_at=NOW,
            )
        )
        session.commit()


def test_a_brands_own_channel_goes_with_its_followers(
    brand: Caller, engine: Engine
) -> None:
    campaign = make_campaign(brand)
    kept, gone = brand_channel(brand), brand_channel(brand, "wolkje.de")
    for channel_id, level in ((kept, 100), (gone, 1000)):
        look(brand, channel_id, level, days=3)
        look(brand, channel_id, level + 10, days=1)
    start = (NOW - timedelta(days=3)).date().isoformat()
    query = {"kpis": "new_followers", "from": start, "to": NOW.date().isoformat()}
    path = f"/v1/campaigns/{campaign['id']}/kpis"

    def followers() -> Any:
        answer = brand.get(path, query_string=query)
        return answer.json["totals"]["new_followers"]["value"]

    assert followers() == 20
    grant(engine, gone, GrantState.REVOKED)
    with Session(engine) as session:
        session.add(
            FigureDeletion(
                of_id=gone,
                columns=["followers"],
                first_at=NOW,
                last_at=NOW,
                reason=DeletionReason.REVOKED,
                deleted_at=NOW,
            )
        )
        session.commit()
    assert brand.delete(f"/v1/channels/{gone}").status_code == 204
    assert left(engine, gone) == 0
    assert left(engine, kept) > 0
    assert followers() == 10
    listed = brand.get(f"/v1/brands/{brand.id}/channels").json["data"]
    assert [each["id"] for each in listed] == [kept]
    assert brand.delete(f"/v1/channels/{gone}").status_code == 404
    with Session(engine) as session:
        kind = Event.kind == "brand_channel.removed"
        (event,) = session.scalars(select(Event).where(kind))
    assert (event.subject_id, event.brand_id) == (gone, brand.id)
    assert event.data == {"platform": "instagram", "looks": 2}
    assert brand_channel(brand, "wolkje.de") != gone  # it may come back, as another


def test_not_while_its_platform_lets_us_read_it(brand: Caller, engine: Engine) -> None:
    channel_id = brand_channel(brand)
    grant(engine, channel_id, GrantState.ACTIVE)
    refused = brand.delete(f"/v1/channels/{channel_id}")
    assert refused.status_code == 409
    assert "take back the grant" in refused.json["detail"]
    assert left(engine, channel_id) == 2


def test_nobody_elses(brand: Caller, outsider: Caller, influencer: Caller) -> None:
    channel_id = brand_channel(brand)
    for other in (outsider, influencer):
        assert other.delete(f"/v1/channels/{channel_id}").status_code == 404
    application = make_application(brand, influencer)
    assert application["status"] == "accepted"
    # A brand may tell of an influencer's channel; it is not the brand's to take away.
    own = channel_of(influencer, "instagram")
    assert brand.delete(f"/v1/channels/{own}").status_code == 404


@pytest.fixture
def anna(client: FlaskClient) -> Caller:
    listed = [
        {"platform": "instagram", "handle": "anna"},
        {"platform": "tiktok", "handle": "anna"},
    ]
    return register_influencer(client, "anna2@example.com", channels=listed)


def test_an_influencers_channel_without_a_past(
    brand: Caller, anna: Caller, engine: Engine
) -> None:
    wanted, other = (channel_of(anna, each) for each in ("instagram", "tiktok"))
    look(anna, other, 500)
    campaign = make_campaign(brand)
    path = f"/v1/campaigns/{campaign['id']}/applications"
    applied = anna.post(path, {"message": "Hi", "channel_ids": [wanted]})
    assert applied.status_code == 201, applied.text
    assert anna.delete(f"/v1/channels/{other}").status_code == 204
    assert left(engine, other) == 0
    assert [each["id"] for each in shown_channels(anna)] == [wanted]
    refused = anna.delete(f"/v1/channels/{wanted}")
    assert refused.status_code == 409
    assert "still pending" in refused.json["detail"]
    withdrawn = anna.post(f"/v1/applications/{applied.json['id']}/withdraw", {})
    assert withdrawn.status_code == 200, withdrawn.text
    assert anna.delete(f"/v1/channels/{wanted}").status_code == 204
    # What was withdrawn is still told of, without it.
    shown = anna.get(f"/v1/applications/{applied.json['id']}")
    assert (shown.status_code, shown.json["channel_ids"]) == (200, [wanted])


def test_an_influencers_channel_with_a_past_stays(
    brand: Caller, anna: Caller, engine: Engine
) -> None:
    application = make_application(brand, anna)
    tiktok = channel_of(anna, "tiktok")
    look(anna, tiktok, 500)
    before = left(engine, tiktok)
    refused = anna.delete(f"/v1/channels/{tiktok}")
    assert refused.status_code == 409
    assert refused.json["type"].endswith("channel-in-use")
    ended = anna.post(f"/v1/applications/{application['id']}/end", {})
    assert ended.status_code == 200, ended.text
    assert anna.delete(f"/v1/channels/{tiktok}").status_code == 409
    assert left(engine, tiktok) == before

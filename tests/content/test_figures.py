"""What is stored of looks: the same whatever the order, the batches and the writers."""

import itertools
import random
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from factories import (
    START,
    make_application,
    make_brand,
    make_campaign,
    make_channel,
    make_influencer,
)
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import content
from marketplace.accounts.models import Channel, Influencer
from marketplace.accounts.rules import Platform
from marketplace.collaborations.models import Application
from marketplace.content import (
    ChannelMetric,
    ChannelReading,
    ContentNotValid,
    ContentSource,
    NewPost,
    Post,
    PostCell,
    PostMetric,
    PostReading,
    PostSnapshot,
    Telling,
)
from marketplace.database import begin_writing

API, SAID = ContentSource.PLATFORM_API, ContentSource.REPORTED
NOW = START + timedelta(days=60)
_numbers = itertools.count(1)


@pytest.fixture
def application(session: Session) -> Application:
    campaign = make_campaign(session, make_brand(session))
    return make_application(session, campaign, make_influencer(session))


@pytest.fixture
def channel(session: Session, application: Application) -> Channel:
    influencer = session.get_one(Influencer, application.influencer_id)
    found = make_channel(session, influencer)
    session.commit()
    return found


def add(session: Session, application: Application, **over: Any) -> Post:
    new = NewPost(**{"published_at": START, "platform": Platform.YOUTUBE, **over})
    return content.add(session, application, new, by=None, now=NOW)


def at(days: float) -> datetime:
    return START + timedelta(days=days)


def reading(days: float, **metrics: int) -> PostReading:
    told = {PostMetric(name): value for name, value in metrics.items()}
    return PostReading(observed_at=at(days), metrics=told)


def telling(source: ContentSource) -> Telling:
    return Telling(source, None, NOW)


LOOKS = [
    (API, reading(1, views=100, likes=5)),
    (SAID, reading(1, views=110, comments=3)),
    (API, reading(1.2, views=130)),
    (SAID, reading(4, likes=4, views=300)),
    (API, reading(9, views=280, comments=2)),
    (SAID, reading(9.5, shares=2)),
    (API, reading(1, comments=1)),  # joins the first
]


def cells(session: Session, post: Post) -> list[dict[str, Any]]:
    rows = select(PostCell).where(PostCell.post_id == post.id).order_by(PostCell.day_on)
    columns = set(PostCell.__mapper__.column_attrs.keys())
    names = columns - {"post_id", "updated_at"}
    return [{n: getattr(row, n) for n in names} for row in session.scalars(rows)]


def test_every_order_and_batch_of_looks_ends_in_the_same_cells(
    session: Session, application: Application
) -> None:
    expected = None
    chance = random.Random(7)
    for _ in range(12):
        post = add(session, application)
        said = LOOKS * chance.choice((1, 2))
        chance.shuffle(said)
        while said:
            source = said[0][0]
            size = chance.randint(1, 3)
            batch = [one for s, one in said[:size] if s is source]
            content.record_post(session, post, batch, telling(source))
            said = [one for one in said[:size] if one[0] is not source] + said[size:]
        found = cells(session, post)
        expected = expected or found
        assert found == expected
    assert [cell["views"] for cell in expected or []] == [0, 130, 170, -20]
    assert [cell["likes"] for cell in expected or []] == [0, 5, -1, 0]
    # The platform's own comment of that moment is believed; the three were reported.
    assert [cell["comments"] for cell in expected or []] == [0, 1, 0, 1]
    assert content.check(session) == []


def test_a_platform_may_say_otherwise_of_a_moment_and_nobody_else(
    session: Session, application: Application
) -> None:
    post = add(session, application)
    for source in (API, SAID):
        content.record_post(session, post, [reading(1, likes=5)], telling(source))
    content.record_post(session, post, [reading(1, likes=6)], telling(API))
    with pytest.raises(ContentNotValid) as refused:
        content.record_post(session, post, [reading(1, likes=6)], telling(SAID))
    assert refused.value.errors == {"0.metrics.likes": ["was told as 5 of that moment"]}
    rows = session.scalars(select(PostSnapshot)).all()
    assert {row.source: row.metrics for row in rows} == {
        API: {"likes": 6},
        SAID: {"likes": 5},
    }


def test_a_look_at_a_channel_reaches_the_posts_it_is_nearest_to(
    session: Session, application: Application, channel: Channel
) -> None:
    posts = {
        day: add(
            session,
            application,
            platform=None,
            channel_id=channel.id,
            published_at=at(day),
        )
        for day in (0, 5, 10, 20)
    }

    def followers() -> list[int | None]:
        assert content.check(session) == []
        return [
            session.get_one(PostCell, (post.id, at(day).date())).followers
            for day, post in posts.items()
        ]

    def tell(days: float, count: int, source: ContentSource = SAID) -> None:
        told = {ChannelMetric.FOLLOWERS: count}
        one = ChannelReading(observed_at=at(days), metrics=told)
        content.record_channel(session, channel, [one], telling(source))

    assert followers() == [None] * 4
    tell(15, 1500)
    assert followers() == [None, None, None, 1500]
    tell(6, 600)
    assert followers() == [None, 600, 600, 1500]
    tell(6, 601, API)
    assert followers() == [None, 601, 601, 1500]
    seen = ChannelReading(observed_at=at(9), metrics={ChannelMetric.MENTIONS: 3})
    content.record_channel(session, channel, [seen], telling(API))
    assert followers() == [None, 601, 601, 1500]
    later = add(
        session, application, platform=None, channel_id=channel.id, published_at=at(7)
    )
    assert session.get_one(PostCell, (later.id, at(7).date())).followers == 601


def test_two_who_tell_at_once_lose_nothing(
    session: Session, application: Application, channel: Channel, engine: Engine
) -> None:
    post = add(session, application, platform=None, channel_id=channel.id)
    session.commit()
    failures: list[BaseException] = []
    together = threading.Barrier(3)

    def tell(start: int) -> None:
        together.wait()
        try:
            for step in range(6):
                days = 1 + step * 3 + start
                with Session(engine) as own:
                    begin_writing(own)
                    if start == 2:
                        told = {ChannelMetric.FOLLOWERS: days}
                        one = ChannelReading(observed_at=at(days - 3), metrics=told)
                        mine = own.get_one(Channel, channel.id)
                        content.record_channel(own, mine, [one], telling(API))
                    else:
                        mine_too = own.get_one(Post, post.id)
                        one_too = reading(days, views=int(days) * 10)
                        content.record_post(own, mine_too, [one_too], telling(SAID))
                    own.commit()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=tell, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    session.rollback()
    session.expire_all()
    assert content.check(session) == []
    assert sum(cell["views"] for cell in cells(session, post)) == 170

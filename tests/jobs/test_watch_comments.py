"""The job that warns when comments turn: once, and says when it is over."""

from datetime import datetime, timedelta

import pytest
from comment_rows import AT, add_comment, make_post, read_all
from kpi_cells import Story, make_people
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.config import Settings
from marketplace.content import Post
from marketplace.content.opinions.models import CommentWatch
from marketplace.content.opinions.recording import watch_words
from marketplace.jobs.runner import run_once
from marketplace.kpis.alert_models import Alert
from marketplace.kpis.alert_rules import AlertStatus

HOUR = timedelta(hours=1)


@pytest.fixture
def story(session: Session) -> Story:
    return make_people(session)


@pytest.fixture
def post(session: Session, story: Story) -> Post:
    return make_post(session, story.annas)


class Clock:
    """The time the jobs think it is."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Clock:
    told = Clock(AT)
    monkeypatch.setattr(clock, "now", told)
    return told


def write(
    session: Session, post: Post, negative: int, others: int, at: datetime
) -> None:
    for n in range(negative):
        add_comment(session, post, f"Wat slecht, nummer {n}", published_at=at)
    for n in range(others):
        add_comment(session, post, f"Mooi, nummer {n}", published_at=at)


def alerts(session: Session) -> list[Alert]:
    session.expire_all()
    return list(session.scalars(select(Alert).order_by(Alert.raised_at)))


def test_a_crisis_is_raised_once_and_ends(
    session: Session, settings: Settings, story: Story, post: Post, now: Clock
) -> None:
    for day in range(1, 11):
        write(session, post, 1, 14, AT - timedelta(days=day))
    read_all(session, settings)
    assert run_once("watch_comments", settings) == 0
    write(session, post, 12, 8, AT - HOUR)
    read_all(session, settings)
    now.at += timedelta(minutes=3)
    assert run_once("watch_comments", settings) == 1
    (alert,) = alerts(session)
    assert (alert.brand_id, alert.campaign_id) == (story.brand.id, story.campaign.id)
    assert alert.kind == "negative_comments"
    evidence = alert.evidence
    assert evidence["causes"] == ["negative_share"]
    assert (evidence["known"], evidence["negative"]) == (20, 12)
    assert (evidence["before_known"], evidence["before_negative"]) == (150, 10)
    assert float(evidence["tail"]) < 1e-4
    assert "slecht" not in str(evidence)  # no words of anybody's
    assert run_once("watch_comments", settings) == 0
    write(session, post, 30, 0, AT)  # more of the same: it was said already
    read_all(session, settings)
    now.at += timedelta(minutes=3)
    assert run_once("watch_comments", settings) == 0
    now.at += timedelta(days=2)
    assert run_once("watch_comments", settings) == 1
    assert [each.status for each in alerts(session)] == [AlertStatus.CLOSED]
    watch = session.get_one(CommentWatch, story.campaign.id)
    assert watch.alarmed_at is None
    assert watch.alarmed_until is not None


def test_comments_told_late_are_looked_at(
    session: Session, settings: Settings, post: Post, now: Clock
) -> None:
    write(session, post, 20, 5, AT - 40 * HOUR)
    read_all(session, settings)
    assert run_once("watch_comments", settings) == 1
    (alert,) = alerts(session)
    assert datetime.fromisoformat(alert.evidence["to"]) <= AT - 33 * HOUR


def test_what_is_long_ago_alarms_nobody(
    session: Session, settings: Settings, post: Post, now: Clock
) -> None:
    write(session, post, 40, 0, AT - 80 * HOUR)
    read_all(session, settings)
    assert run_once("watch_comments", settings) == 0
    assert alerts(session) == []


def test_a_word_the_brand_watches_for(
    session: Session, settings: Settings, story: Story, post: Post, now: Clock
) -> None:
    watch_words(session, story.brand, words=["lekt"], standard=True, now=AT)
    hit = add_comment(session, post, "Die van mij lekt", published_at=AT)
    add_comment(session, post, "Mooi", published_at=AT)
    read_all(session, settings)
    assert run_once("watch_comments", settings) == 1
    (alert,) = alerts(session)
    assert alert.evidence["causes"] == ["watch_word"]
    assert alert.evidence["words"] == {"lekt": 1}
    assert alert.evidence["comment_ids"] == [hit.id]


def test_a_new_post_may_be_busy_and_an_old_one_not_suddenly(
    session: Session, settings: Settings, story: Story, post: Post, now: Clock
) -> None:
    fresh = make_post(session, story.bass, published_at=AT - 5 * HOUR)
    write(session, fresh, 0, 60, AT - HOUR)
    read_all(session, settings)
    assert run_once("watch_comments", settings) == 0
    write(session, post, 0, 40, AT - HOUR)
    read_all(session, settings)
    now.at += timedelta(minutes=3)
    assert run_once("watch_comments", settings) == 1
    assert alerts(session)[0].evidence["causes"] == ["volume"]

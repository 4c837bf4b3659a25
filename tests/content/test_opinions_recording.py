"""Writing readings down: copies, roll-ups, rereading, forgetting; on any order."""

import random
from datetime import timedelta

import pytest
from comment_rows import AT, add_comment, add_comments, make_post, read_all
from factories import KEYRING
from kpi_cells import NOW, Story, make_people
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace import content
from marketplace.accounts.models import BrandChannel
from marketplace.accounts.rules import Platform
from marketplace.config import Settings
from marketplace.content import Comment, ContentSource, Post
from marketplace.content.opinions import recording
from marketplace.content.opinions.cells import check
from marketplace.content.opinions.models import CommentCell, CommentHour
from marketplace.content.opinions.reading import READING
from marketplace.content.opinions.recording import WordsNotValid, watch_words
from marketplace.jobs import read_comments

LONG = "Ik wil heel graag meedoen met deze prachtige winactie van jullie"


@pytest.fixture
def story(session: Session) -> Story:
    return make_people(session)


@pytest.fixture
def post(session: Session, story: Story) -> Post:
    return make_post(session, story.annas)


def total(session: Session, column: str) -> int:
    return session.scalar(select(func.sum(getattr(CommentCell, column)))) or 0


def test_a_batch_is_written_with_all_that_follows(
    session: Session, settings: Settings, story: Story, post: Post
) -> None:
    add_comments(session, post, ["Prachtig!", "Wat lelijk 😡", "Das ist sehr schön so"])
    add_comment(session, post, "Dank jullie wel!", is_own=True)
    add_comment(session, post, "DM me voor gratis volgers")
    add_comment(session, post, "@lisa")
    session.add(
        BrandChannel(
            brand_id=story.brand.id,
            platform=Platform.TIKTOK,
            handle="@slaapkop",
            created_at=AT,
        )
    )
    add_comment(session, post, "Ik slaap nu zo goed @slaapkop", source="platform_api")
    assert read_all(session, settings) == 7
    assert read_all(session, settings) == 0
    cells = session.scalars(select(CommentCell)).all()
    assert {(cell.language, cell.source) for cell in cells} == {
        ("nl", ContentSource.REPORTED),
        ("nl", ContentSource.PLATFORM_API),
        ("de", ContentSource.REPORTED),
        *({("", ContentSource.REPORTED)}),  # of tags alone there is no language
    }
    names = ("comments", "positive", "neutral", "negative", "unknown", "naming_brand")
    assert [total(session, name) for name in names] == [4, 2, 0, 1, 1, 1]
    names = ("own", "spam", "tags", "duplicates", "with_emoji")
    assert [total(session, name) for name in names] == [1, 1, 1, 0, 1]
    assert [c.emotions for c in cells if c.with_emoji] == [{"anger": 1}]
    (hour,) = session.scalars(select(CommentHour))
    assert (hour.comments, hour.known, hour.negative) == (4, 3, 1)
    spam = session.scalars(select(Comment).where(Comment.is_spam)).all()
    assert [each.text for each in spam] == ["DM me voor gratis volgers"]
    assert check(session) == []


def test_the_day_is_the_brands(
    session: Session, settings: Settings, post: Post
) -> None:
    late = AT.replace(hour=22, minute=30)  # after midnight in Amsterdam
    add_comment(session, post, "mooi", published_at=late)
    read_all(session, settings)
    (cell,) = session.scalars(select(CommentCell))
    assert cell.day_on == AT.date() + timedelta(days=1)


@pytest.mark.parametrize("seed", range(4))
def test_the_first_of_its_kind_counts_in_whatever_order_they_come(
    session: Session, settings: Settings, post: Post, story: Story, seed: int
) -> None:
    other = make_post(session, story.bass)
    told = [
        (post, "Mooi!", "lisa", 0),
        (post, "mooi", "lisa", 5),  # the same again
        (other, "Mooi!", "lisa", 7),  # a comment on another post
        (post, "Mooi!", "tom", 9),  # somebody else
        (post, "Mooi!", None, 9),
        (post, "Mooi!", None, 9),  # nobody known: perhaps two people
        (post, LONG, "lisa", 3),
        (other, LONG.upper(), "bot", 2),  # the first of these three
        (post, f"{LONG}!!", None, 4),
    ]
    turns = list(told)
    random.Random(seed).shuffle(turns)
    rows = {}
    for where, text, author, minute in turns:
        at = AT + timedelta(minutes=minute)
        rows[told.index((where, text, author, minute)), len(rows)] = add_comment(
            session, where, text, author=author, published_at=at
        )
        if seed % 2:
            read_all(session, settings)
    read_all(session, settings)
    copies = {row.text for row in rows.values() if row.set_aside == "duplicate"}
    assert copies == {"mooi", LONG, f"{LONG}!!"}
    assert (total(session, "comments"), total(session, "duplicates")) == (6, 3)
    assert check(session) == []


def test_the_next_copy_counts_where_the_first_is_forgotten(
    session: Session, settings: Settings, story: Story, post: Post
) -> None:
    key = KEYRING.open("customer-key", story.brand.customer_key)
    hashed = content.author_hash(post.platform, "@lisa", key)
    add_comment(session, post, LONG, author=hashed)
    copies = [
        add_comment(session, post, LONG, published_at=AT + timedelta(minutes=n))
        for n in (2, 1)
    ]
    read_all(session, settings)
    assert [each.set_aside for each in copies] == ["duplicate", "duplicate"]
    deleted = content.erase_commenter(
        session,
        story.brand.id,
        post.platform,
        "lisa",
        customer_key=key,
        by=None,
        now=NOW,
    )
    assert deleted == 1
    assert [each.set_aside for each in copies] == ["duplicate", None]
    assert (total(session, "comments"), total(session, "duplicates")) == (1, 1)
    assert check(session) == []


def test_a_text_that_changes_is_read_again(
    session: Session, settings: Settings, post: Post
) -> None:
    comment = add_comment(session, post, "Prachtig!")
    read_all(session, settings)
    comment.text, comment.reading = "Toch niet zo mooi, nu al kapot", 0
    session.commit()
    assert total(session, "positive") == 1  # it counts as it was until it is read
    assert read_all(session, settings) == 1
    assert (total(session, "positive"), total(session, "negative")) == (0, 1)
    assert check(session) == []


def test_a_better_reading_reads_everything_again(
    session: Session,
    settings: Settings,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_comments(session, post, ["mooi", "lelijk", LONG, LONG])
    read_all(session, settings)
    for module in (recording,):
        monkeypatch.setattr(module, "READING", READING + 1)
    assert read_all(session, settings) == 4
    assert total(session, "comments") == 3
    assert set(session.scalars(select(Comment.reading))) == {READING + 1}
    assert check(session) == []


def test_what_changed_while_it_was_read_is_left_alone(
    session: Session, settings: Settings, post: Post, story: Story
) -> None:
    comment = add_comment(session, post, "mooi")
    session.flush()
    heard = read_comments.read("mooi", recording.listening_of(session, story.brand))
    comment.text = "toch niet"
    session.flush()
    told = {comment.id: recording.Heard("mooi", heard)}
    assert recording.record(session, story.brand.id, told, now=NOW) == 0
    assert (comment.reading, comment.tone) == (0, None)


def test_one_that_cannot_be_read_holds_up_no_other(
    session: Session,
    settings: Settings,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = read_comments.read

    def broken(text: str, listening: recording.Listening) -> read_comments.Reading:
        if text == "breekt":
            raise RuntimeError(text)
        return whole(text, listening)

    monkeypatch.setattr(read_comments, "read", broken)
    add_comments(session, post, ["mooi", "breekt"])
    assert read_all(session, settings) == 2
    assert (total(session, "positive"), total(session, "unknown")) == (1, 1)


def test_words_a_brand_watches_for(
    session: Session, settings: Settings, story: Story, post: Post
) -> None:
    old = add_comment(session, post, "Hij lekt", published_at=NOW - timedelta(days=9))
    new = add_comment(session, post, "Hij lekt!", published_at=NOW)
    harm = add_comment(session, post, "Pure oplichting", published_at=NOW)
    read_all(session, settings)
    assert (new.alarm, harm.alarm, harm.alarms) == (0, 1, ["oplicht*"])
    words = ["  Lekt", "lek*", "lekt"]
    row = watch_words(session, story.brand, words=words, standard=False, now=NOW)
    assert row.words == ["lekt", "lek*"]
    assert read_all(session, settings) == 2  # of the last two days
    assert (old.alarm, new.alarm, harm.alarm) == (0, 2, 0)
    assert new.alarms == ["lekt", "lek*"]
    watched = select(func.sum(CommentHour.watched), func.sum(CommentHour.alarming))
    assert tuple(session.execute(watched).one()) == (1, 0)
    again = watch_words(session, story.brand, words=words, standard=False, now=NOW)
    assert again is row
    assert read_all(session, settings) == 0  # nothing changed
    with pytest.raises(WordsNotValid) as refused:
        watch_words(session, story.brand, words=["!?", "a*"], standard=True, now=NOW)
    assert len(refused.value.errors["words"]) == 1


def test_the_check_finds_what_does_not_add_up(
    session: Session, settings: Settings, post: Post
) -> None:
    add_comments(session, post, ["mooi", "lelijk"])
    read_all(session, settings)
    assert check(session) == []
    session.execute(update(CommentCell).values(positive=7))
    session.execute(update(CommentHour).values(hour=CommentHour.hour + 1))
    assert len(check(session)) == 3  # one differs, one is of nothing, one is missing

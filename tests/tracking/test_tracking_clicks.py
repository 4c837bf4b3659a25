"""Clicks: each judged once and for all, each cell always what its clicks say."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from click_lines import CODEC, PHONE, click_of, line
from factories import (
    KEYRING,
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
)
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.ids import id_bytes
from marketplace.tracking.clicks import Recorded, record_lines
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.rules import Dimension, SetAside
from marketplace.tracking.traffic import check
from marketplace.tracking.traffic_models import Click, TrafficCell

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def link(session: Session) -> TrackingLink:
    brand = make_brand(session, timezone="Europe/Amsterdam")
    application = make_application(
        session, make_campaign(session, brand), make_influencer(session)
    )
    link = make_link(session, application)
    session.commit()
    return link


def record(session: Session, *lines: bytes) -> Recorded:
    recorded = record_lines(session, lines, codec=CODEC, now=NOON)
    session.commit()
    assert check(session) == []
    session.commit()
    return recorded


def cells_of(session: Session, scope_id: str) -> list[TrafficCell]:
    """Those of dimension `all`, by day."""
    return list(
        session.scalars(
            select(TrafficCell)
            .where(TrafficCell.scope_id == scope_id)
            .where(TrafficCell.dimension == Dimension.ALL)
            .order_by(TrafficCell.day_on)
        )
    )


def cell_of(session: Session, scope_id: str) -> TrafficCell:
    (cell,) = cells_of(session, scope_id)
    return cell


def reasons(session: Session, lines: Sequence[bytes]) -> list[SetAside | None]:
    found = {row.id: row.reason for row in session.scalars(select(Click))}
    session.rollback()
    return [found[click_of(each)] for each in lines]


def test_a_click_is_counted_in_its_brands_own_day(
    session: Session, link: TrackingLink
) -> None:
    late = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # half past midnight there
    recorded = record(
        session, line(link.id, late, country="NL", s1="story", language="nl")
    )
    assert (recorded.clicks, recorded.damaged, recorded.no_evidence) == (1, 0, [])
    click = session.scalars(select(Click)).one()
    assert (click.at, click.day_on, click.reason) == (late, date(2026, 3, 11), None)
    assert click.evidence == {
        "method": "GET",
        "agent": PHONE,
        "country": "NL",
        "s1": "story",
        "language": "nl",
        "device": "mobile",
        "browser": "Mobile Safari",
        "os": "iOS",
        "platform": "instagram",
        "social": "social",
    }
    cell = cell_of(session, link.id)
    assert cell.day_on == date(2026, 3, 11)
    assert (cell.gross, cell.counted, cell.set_aside) == (1, 1, {})
    assert (cell.clicker_count, cell.visitor_count) == (1, 1)


BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"method": "HEAD", "agent": BOT, "prefetch": "prefetch"}, SetAside.HEAD),
        ({"prefetch": "Prefetch;prerender", "agent": BOT}, SetAside.PREFETCH),
        ({"prefetch": "preview"}, SetAside.PREVIEW),
        ({"agent": "facebookexternalhit/1.1"}, SetAside.PREVIEW),
        ({"agent": "WhatsApp/2.23.20.0 A"}, SetAside.PREVIEW),
        ({"agent": BOT}, SetAside.BOT),
        ({"agent": None}, SetAside.BOT),
        ({"agent": "python-requests/2.32"}, SetAside.BOT),
        ({"prefetch": "something else"}, None),
    ],
)
def test_not_a_person(
    session: Session, link: TrackingLink, facts: dict[str, Any], reason: SetAside | None
) -> None:
    payload = line(link.id, NOON, **facts)
    recorded = record(session, payload)
    assert reasons(session, [payload]) == [reason]
    assert recorded.no_evidence == ([click_of(payload)] if reason else [])
    cell = cell_of(session, link.id)
    assert cell.set_aside == ({reason.value: 1} if reason else {})
    assert cell.clicker_count == (0 if reason else 1)


def test_a_forged_click_is_kept_apart_and_takes_no_real_ones_place(
    session: Session, link: TrackingLink
) -> None:
    application = session.get_one(Application, link.application_id)
    other = make_link(session, application)
    session.commit()
    real = line(link.id, NOON)
    theirs = ClickCodec(b"x" * 32).mint(id_bytes(link.id), 1)
    forged = [
        line(other.id, NOON, click=click_of(real)),  # a real id on another link
        line(link.id, NOON + MINUTE, click=click_of(real)),  # at another time
        line(link.id, NOON, click=theirs),
        line(link.id, NOON, click="\0 x" * 60),
    ]
    recorded = record(session, *forged, real, *forged)
    assert recorded.clicks == 5
    assert len(recorded.no_evidence) == 4
    assert reasons(session, [real]) == [None]
    assert all(each.startswith("forged-") for each in recorded.no_evidence)


@pytest.mark.parametrize(
    "whose", ["link", "expiry", "application", "closed_at", "ends_at"]
)
@pytest.mark.parametrize(("minutes", "reason"), [(1, None), (0, SetAside.ENDED)])
def test_a_click_after_the_end(
    session: Session,
    link: TrackingLink,
    whose: str,
    minutes: int,
    reason: SetAside | None,
) -> None:
    ended = NOON + minutes * MINUTE
    if whose == "link":
        link.ended_at = ended
    elif whose == "expiry":
        link.expires_at = ended
    elif whose == "application":
        session.get_one(Application, link.application_id).ended_at = ended
    else:
        setattr(session.get_one(Campaign, link.campaign_id), whose, ended)
    session.commit()
    payload = line(link.id, NOON)
    assert record(session, payload).no_evidence == []
    assert reasons(session, [payload]) == [reason]


def test_a_click_after_the_budget_was_spent(
    session: Session, link: TrackingLink
) -> None:
    session.execute(update(Campaign).values(budget_spent_at=NOON))
    session.commit()
    before, after = line(link.id, NOON - MINUTE, "1"), line(link.id, NOON, "2")
    assert record(session, before, after).no_evidence == []
    assert reasons(session, [before, after]) == [None, SetAside.BUDGET]


def test_a_repeat_is_the_same_visitor_on_the_same_link_within_the_hour(
    session: Session, link: TrackingLink
) -> None:
    other = make_link(session, session.get_one(Application, link.application_id))
    session.commit()
    clicks = [
        line(link.id, NOON),
        line(link.id, NOON + 59 * MINUTE),
        line(link.id, NOON + 118 * MINUTE),  # an hour after the first, not the second
        line(link.id, NOON + 178 * MINUTE),
        line(link.id, NOON, "2"),
        line(other.id, NOON),
        line(link.id, NOON + MINUTE, agent=BOT),
    ]
    record(session, *clicks)
    repeat = SetAside.REPEAT
    expected = [None, repeat, repeat, None, None, None, SetAside.BOT]
    assert reasons(session, clicks) == expected


def test_an_earlier_click_that_arrives_late_makes_the_later_one_a_repeat(
    session: Session, link: TrackingLink
) -> None:
    midnight = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
    later = line(link.id, midnight + MINUTE)
    record(session, later)
    earlier = line(link.id, midnight - MINUTE)
    assert record(session, earlier).clicks == 1
    assert reasons(session, [earlier, later]) == [None, SetAside.REPEAT]
    first, second = cells_of(session, link.id)
    assert (first.gross, first.counted, first.set_aside) == (1, 1, {})
    assert (second.gross, second.counted, second.set_aside) == (1, 0, {"repeat": 1})


def test_twice_is_once(session: Session, link: TrackingLink) -> None:
    lines = [line(link.id, NOON + n * MINUTE, str(n % 3)) for n in range(10)]
    assert record(session, *lines).clicks == 10
    again = record(session, *lines, *lines)
    assert (again.clicks, again.no_evidence) == (0, [])


JUNK = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"\\ud800"',
    b"\xff",
    b'{"lost": -1}',
    b'{"lost": true}',
    b"{}",
]


def test_lines_that_say_nothing_are_counted_and_passed_over(
    session: Session, link: TrackingLink
) -> None:
    good = line(link.id, NOON)
    wrong: list[dict[str, Any]] = [
        {"at": "now"},
        {"at": -1},
        {"at": 2**60},
        {"at": True},
        {"at": None},
        {"visitor": "x" * 32},
        {"visitor": 7},
        {"visitor": None},
        {"agent": ["x"]},
        {"click": 1},
        {"link": None},
    ]
    bad = [*JUNK, *(orjson.dumps({**orjson.loads(good), **each}) for each in wrong)]
    gone = line("lnk_" + "3" * 22, NOON, click="x")
    recorded = record(session, *bad, b'{"lost":7}', good, gone, b'{"lost":2}')
    assert recorded.damaged == len(bad)
    assert (recorded.clicks, recorded.lost, recorded.unmatched) == (1, 9, 1)


@hypothesis_settings(suppress_health_check=list(HealthCheck), max_examples=50)
@given(
    st.dictionaries(st.sampled_from(["agent", "referrer", "s1", "country"]), st.text())
)
def test_hostile_evidence_is_stored(
    session: Session, link: TrackingLink, facts: dict[str, str]
) -> None:
    safe = {n: v.encode("utf-8", "replace").decode() + "\0" for n, v in facts.items()}
    assert record(session, line(link.id, NOON, **safe)).clicks == 1


def test_the_instances_codec_is_the_one_that_reads() -> None:
    assert KEYRING.key("click-id:1") != KEYRING.key("click-id:2")
    assert CODEC.read(click_of(line("lnk_" + "2" * 22, NOON))) is not None

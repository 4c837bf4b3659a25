"""Clicks judged again are as if they had been recorded under the rules of now."""

import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson
import pytest
from click_lines import CODEC, PHONE, click_of, line
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
)
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pipeline_world import T0, make_world, sale
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.config import Settings
from marketplace.ids import id_bytes
from marketplace.jobs import JobContext, expire_clicks, judge_clicks_again
from marketplace.orders import Order
from marketplace.tracking import judging, landing_views, rejudging
from marketplace.tracking.clicks import record_lines
from marketplace.tracking.models import LandingPage, TrackingLink
from marketplace.tracking.rules import SetAside
from marketplace.tracking.traffic import check
from marketplace.tracking.traffic_models import (
    Click,
    HourCell,
    JudgeRequest,
    LandingView,
    RetentionMark,
    TrafficCell,
    TrafficSketch,
)

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture
def context(engine: Engine, settings: Settings) -> JobContext:
    return JobContext(engine, settings)


@pytest.fixture
def link(session: Session) -> TrackingLink:
    application = make_application(
        session, make_campaign(session, make_brand(session)), make_influencer(session)
    )
    link = make_link(session, application)
    session.commit()
    return link


def record(session: Session, *lines: bytes) -> None:
    record_lines(session, lines, codec=CODEC, now=NOON)
    session.commit()


def change(session: Session, link: TrackingLink, **changes: Any) -> None:
    """Of its campaign, as any operation would."""
    change_row(session, session.get_one(Campaign, link.campaign_id), **changes)


def change_row(session: Session, row: Campaign | TrackingLink, **changes: Any) -> None:
    before = rejudging.judged_by(row)
    for name, value in changes.items():
        setattr(row, name, value)
    rejudging.request_if_moved(session, row, before, now=NOON)
    session.commit()


def judge(context: JobContext, session: Session) -> int:
    days = judge_clicks_again.run(context)
    assert asked(session) == {}
    assert check(session) == []
    session.rollback()
    return days


def asked(session: Session) -> dict[str, date]:
    session.rollback()  # what it looked at so far is of another moment
    rows = session.execute(select(JudgeRequest.campaign_id, JudgeRequest.since_on))
    found = {campaign_id: since_on for campaign_id, since_on in rows}
    session.rollback()
    return found


def reasons(session: Session, lines: Sequence[bytes]) -> list[SetAside | None]:
    found = {
        id_: reason for id_, reason in session.execute(select(Click.id, Click.reason))
    }
    session.rollback()
    return [found[click_of(payload)] for payload in lines]


def test_an_end_that_moves_moves_what_counts(
    context: JobContext, session: Session, link: TrackingLink
) -> None:
    lines = [line(link.id, NOON + n * DAY, str(n)) for n in range(4)]
    record(session, *lines)
    change(session, link, ends_at=NOON + DAY + MINUTE)
    assert judge(context, session) == 4  # the last day without an end is not known
    ended = SetAside.ENDED
    assert reasons(session, lines) == [None, None, ended, ended]
    change(session, link, ends_at=NOON + 2 * DAY + MINUTE)
    assert judge(context, session) <= 4
    assert reasons(session, lines) == [None, None, None, ended]
    change(session, link, ends_at=None)
    judge(context, session)
    assert reasons(session, lines) == [None] * 4


def test_the_budget_the_closing_and_the_link_ask_for_it_too(
    context: JobContext, session: Session, link: TrackingLink
) -> None:
    payload = line(link.id, NOON)
    record(session, payload)
    before = NOON - MINUTE
    for change_it, undo, reason in (
        ({"budget_spent_at": before}, {"budget_spent_at": None}, SetAside.BUDGET),
        ({"closed_at": before}, {"closed_at": None}, SetAside.ENDED),
    ):
        change(session, link, **change_it)
        judge(context, session)
        assert reasons(session, [payload]) == [reason]
        change(session, link, **undo)
        judge(context, session)
        assert reasons(session, [payload]) == [None]
    for name in ("ended_at", "expires_at"):
        for at, reason in ((before, SetAside.ENDED), (None, None)):
            change_row(session, session.get_one(TrackingLink, link.id), **{name: at})
            judge(context, session)
            assert reasons(session, [payload]) == [reason]


def test_views_of_landing_pages_go_along(
    context: JobContext, session: Session, link: TrackingLink
) -> None:
    page = LandingPage(
        slug="anna",
        application_id=link.application_id,
        brand_id=link.brand_id,
        campaign_id=link.campaign_id,
        link_id=link.id,
        created_at=NOON,
        changed_at=NOON,
    )
    session.add(page)
    session.commit()
    days = (0, 1, 3)  # clicks on one of them only
    for n in days:
        said = orjson.loads(line(link.id, NOON + n * DAY, str(n)))
        view = {"view": CODEC.mint(id_bytes(page.id), said["at"]), "page": page.id}
        kept = {k: v for k, v in said.items() if k not in ("click", "link")}
        record(session, orjson.dumps({**kept, **view}))
    record(session, line(link.id, NOON + DAY))
    seen = select(LandingView.reason).order_by(LandingView.at)
    for ends_at, reason in ((NOON - MINUTE, SetAside.ENDED), (None, None)):
        change(session, link, ends_at=ends_at)
        judge(context, session)
        assert session.scalars(seen).all() == [reason] * 3
        assert landing_views.check(session) == []


def test_what_is_a_repeat_is_asked_for_from_the_beginning(
    context: JobContext, session: Session, link: TrackingLink
) -> None:
    lines = [line(link.id, NOON + n * 20 * MINUTE) for n in range(3)]
    record(session, *lines)
    assert reasons(session, lines) == [None, SetAside.REPEAT, SetAside.REPEAT]
    change(session, link, repeat_minutes=10)
    judge(context, session)
    assert reasons(session, lines) == [None] * 3
    change(session, link, repeat_minutes=0)
    judge(context, session)
    assert reasons(session, lines) == [None] * 3
    change(session, link, repeat_minutes=30)
    judge(context, session)
    assert reasons(session, lines) == [None, SetAside.REPEAT, SetAside.REPEAT]


def test_nothing_is_asked_for_what_no_click_looks_at(
    session: Session, link: TrackingLink
) -> None:
    change(session, link, title="Summer", margin_bps=1, repeat_minutes=60)
    own = session.get_one(TrackingLink, link.id)
    own.label = "bio"
    session.commit()
    assert asked(session) == {}


def test_what_is_asked_is_undone_with_its_transaction(
    session: Session, link: TrackingLink
) -> None:
    campaign = session.get_one(Campaign, link.campaign_id)
    campaign.ends_at = NOON
    session.flush()
    session.rollback()
    assert asked(session) == {}


@pytest.mark.parametrize("day", [date.min, date.max])
def test_an_end_at_the_edge_of_the_calendar(
    session: Session, link: TrackingLink, day: date
) -> None:
    change(session, link, ends_at=datetime.combine(day, time.min, UTC))
    assert len(asked(session)) == 1


def test_the_earliest_day_asked_for_stands(
    session: Session, link: TrackingLink
) -> None:
    for day in (5, 9, 3, 7):
        asked_on = date(2026, 3, day)
        rejudging.request(session, link.campaign_id, asked_on, now=NOON)
    session.commit()
    assert asked(session) == {link.campaign_id: date(2026, 3, 3)}


@pytest.mark.parametrize("later", [-1, 0, 5])
def test_a_request_in_the_middle_is_not_lost(
    context: JobContext,
    session: Session,
    link: TrackingLink,
    monkeypatch: pytest.MonkeyPatch,
    later: int,
) -> None:
    record(session, line(link.id, NOON), line(link.id, NOON + DAY, "2"))
    day = NOON.date()
    rejudging.request(session, link.campaign_id, day, now=NOON)
    session.commit()
    real = judge_clicks_again.verdicts.judge_day
    postgres = context.engine.dialect.name == "postgresql"

    def interrupted(inner: Session, *rest: Any, **named: Any) -> list[str]:
        """Where there can be two writers, the other one asks."""
        other = session if postgres else inner
        asked_on = day + later * DAY
        rejudging.request(other, link.campaign_id, asked_on, now=NOON + MINUTE)
        if postgres:
            other.commit()
        return real(inner, *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr(judge_clicks_again.verdicts, "judge_day", interrupted)
        patch.setattr(judge_clicks_again, "DAYS", 1)
        assert judge_clicks_again.run(context) == 1
    assert asked(session) == {link.campaign_id: min(day, day + later * DAY)}
    assert judge(context, session) == 2


def test_a_new_list_of_bots_takes_evidence_away_and_gives_it_back(
    context: JobContext,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = make_world(session)
    link = world.links["ANNA"]
    payload = line(link.id, T0 - MINUTE)
    record(session, payload, line(link.id, T0 - MINUTE, "2", agent=BOT))
    world.deliver(sale(click_ids=(click_of(payload),)))
    world.deliver(sale("2"))
    session.commit()
    for verdict in (True, False):
        with monkeypatch.context() as patch:
            if verdict:
                patch.setattr(judging, "is_bot", lambda _: True)
            rejudging.request(session, link.campaign_id, date.min, now=T0)
            session.commit()
            assert judge(context, session) == 1
        reason = SetAside.BOT if verdict else None
        assert reasons(session, [payload]) == [reason]
        due = select(Order.external_id).where(Order.settle_requested_at.is_not(None))
        assert session.scalars(due).all() == ["1"]
        session.execute(update(Order).values(settle_requested_at=None))
        session.commit()


def test_cells_that_were_wrong_are_right_afterwards(
    context: JobContext, session: Session, link: TrackingLink
) -> None:
    record(session, *(line(link.id, NOON + n * MINUTE, str(n)) for n in range(5)))
    session.execute(update(TrafficCell).values(gross=99, counted=98))
    session.execute(delete(TrafficSketch))
    session.execute(delete(HourCell))
    session.commit()
    assert check(session) != []
    session.rollback()
    rejudging.request(session, link.campaign_id, date.min, now=NOON)
    session.commit()
    assert judge(context, session) == 1


def test_expired_days_are_left_alone(
    context: JobContext, session: Session, link: TrackingLink
) -> None:
    record(session, line(link.id, NOON), line(link.id, NOON + DAY, "2"))
    mark = {"before_on": (NOON + DAY).date()}
    session.add_all(
        RetentionMark(table_name=name, **mark)
        for name in expire_clicks.retention.MARKED
    )
    session.execute(delete(Click).where(Click.day_on == NOON.date()))
    session.commit()
    rejudging.request(session, link.campaign_id, date.min, now=NOON)
    session.commit()
    assert judge(context, session) == 1
    gross = select(TrafficCell.gross).where(
        TrafficCell.scope_id == link.id, TrafficCell.day_on == NOON.date()
    )
    assert session.scalars(gross).all() == [1]


def test_one_that_cannot_be_judged_holds_up_no_other(
    context: JobContext,
    session: Session,
    link: TrackingLink,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    brand = make_brand(session)
    application = make_application(
        session, make_campaign(session, brand), make_influencer(session)
    )
    other = make_link(session, application)
    session.commit()
    record(session, line(link.id, NOON), line(other.id, NOON))
    rejudging.request(session, link.campaign_id, NOON.date(), now=NOON)
    rejudging.request(session, other.campaign_id, NOON.date(), now=NOON + MINUTE)
    session.commit()
    real = judge_clicks_again.verdicts.judge_day

    def spoiled(session: Session, campaign_id: str, *rest: Any, **named: Any) -> Any:
        if campaign_id == link.campaign_id:
            raise ValueError("spoiled")
        return real(session, campaign_id, *rest, **named)

    monkeypatch.setattr(judge_clicks_again.verdicts, "judge_day", spoiled)
    assert judge_clicks_again.run(context) == 1
    assert asked(session) == {link.campaign_id: NOON.date()}


ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 300),  # ten minutes, about midnight of the brand's day too
        st.sampled_from("12"),
        st.sampled_from([PHONE, PHONE, PHONE, BOT]),
    ),
    min_size=1,
    max_size=12,
)
FACTS = st.fixed_dictionaries(
    {
        "repeat_minutes": st.sampled_from([0, 10, 60, 1440]),
        "ends_at": st.one_of(st.none(), st.integers(0, 300)),
        "budget_spent_at": st.one_of(st.none(), st.integers(0, 300)),
    }
)


@hypothesis_settings(
    max_examples=25,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(arrivals=ARRIVALS, before=FACTS, after=FACTS, split=st.integers(0, 12))
def test_it_is_as_if_recorded_under_the_rules_of_now(
    context: JobContext,
    session: Session,
    link: TrackingLink,
    arrivals: list[tuple[int, str, str]],
    before: dict[str, Any],
    after: dict[str, Any],
    split: int,
) -> None:
    lines = [
        line(link.id, NOON + 10 * n * MINUTE, visitor, agent=agent)
        for n, visitor, agent in arrivals
    ]
    verdicts = []
    for facts in ([after], [before, after]):
        for table in (Click, TrafficCell, TrafficSketch, HourCell, JudgeRequest):
            session.execute(delete(table))
        session.commit()
        change(session, link, **moments(facts[0]))
        record(session, *lines[:split])
        record(session, *lines[split:])
        for later in facts[1:]:
            change(session, link, **moments(later))
        judge(context, session)
        verdicts.append(reasons(session, lines))
    assert verdicts[0] == verdicts[1]


def moments(facts: dict[str, Any]) -> dict[str, Any]:
    """Those facts with times for numbers of ten minutes."""
    return {
        name: NOON + 10 * value * MINUTE
        if name.endswith("_at") and value is not None
        else value
        for name, value in facts.items()
    }


def test_two_nodes_at_once(
    context: JobContext, session: Session, link: TrackingLink
) -> None:
    lines = [line(link.id, NOON + n * DAY) for n in range(6)]
    record(session, *lines)
    rejudging.request(session, link.campaign_id, date.min, now=NOON)
    session.commit()
    days: list[int] = []
    nodes = [
        threading.Thread(target=lambda: days.append(judge_clicks_again.run(context)))
        for _ in range(2)
    ]
    for node in nodes:
        node.start()
    for node in nodes:
        node.join()
    assert sum(days) == 6  # each day once, by whichever
    assert judge(context, session) == 0

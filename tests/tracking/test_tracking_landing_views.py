"""Views of landing pages: each judged once, each cell always what its views say."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from click_lines import CODEC, PHONE
from factories import (
    KEYRING,
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
    make_page,
)
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Influencer, Membership
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.ids import id_bytes
from marketplace.tracking import internal
from marketplace.tracking.clicks import record_lines
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.landing_views import (
    ViewSaid,
    check,
    judge_views_again,
    record_views,
)
from marketplace.tracking.models import LandingPage, TrackingLink
from marketplace.tracking.rules import SetAside
from marketplace.tracking.sketches import estimate
from marketplace.tracking.traffic_models import (
    Click,
    LandingCell,
    LandingView,
    RetentionMark,
)

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture
def page(session: Session) -> LandingPage:
    application = make_application(
        session,
        make_campaign(session, make_brand(session)),
        make_influencer(session),
    )
    page = make_page(session, make_link(session, application))
    session.commit()
    return page


def view(page: LandingPage, at: datetime, visitor: str = "1", **over: Any) -> ViewSaid:
    at_ms = round(at.timestamp() * 1000)
    return ViewSaid(
        view_id=over.pop("view_id", None) or CODEC.mint(id_bytes(page.id), at_ms),
        page_id=over.pop("page_id", page.id),
        at=at,
        visitor=visitor.rjust(32, "0"),
        facts={"method": "GET", "agent": PHONE, **over},
    )


def line(said: ViewSaid, **over: Any) -> bytes:
    return orjson.dumps(
        {
            "view": said.view_id,
            "page": said.page_id,
            "at": round(said.at.timestamp() * 1000),
            "visitor": said.visitor,
            **said.facts,
            **over,
        }
    )


def record(session: Session, *said: ViewSaid) -> int:
    number = record_views(session, said, codec=CODEC, now=NOON)
    session.commit()
    assert check(session) == []
    session.commit()
    return number


def reasons(session: Session, *said: ViewSaid) -> list[SetAside | None]:
    found = {row.id: row.reason for row in session.scalars(select(LandingView))}
    session.rollback()
    return [found[each.view_id] for each in said]


def cells(session: Session) -> list[tuple[Any, ...]]:
    query = select(LandingCell).order_by(LandingCell.page_id, LandingCell.day_on)
    return [
        (
            cell.page_id,
            cell.day_on,
            cell.gross,
            cell.counted,
            cell.set_aside,
            cell.visitors,
            cell.visitor_count,
        )
        for cell in session.scalars(query)
    ]


def test_a_view_counts_in_its_brands_own_day(
    session: Session, page: LandingPage
) -> None:
    late = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # half past midnight there
    assert record(session, view(page, late, referrer="instagram.com")) == 1
    stored = session.scalars(select(LandingView)).one()
    assert (stored.at, stored.day_on, stored.reason) == (late, date(2026, 3, 11), None)
    assert stored.evidence == {
        "method": "GET",
        "agent": PHONE,
        "referrer": "instagram.com",
    }
    (cell,) = cells(session)
    assert cell[:5] == (page.id, date(2026, 3, 11), 1, 1, {})
    assert (estimate(cell[5]), cell[6]) == (1, 1)


def test_a_look_again_is_a_view_again_of_the_same_visitor(
    session: Session, page: LandingPage
) -> None:
    again = [view(page, NOON + n * MINUTE) for n in range(3)]
    assert record(session, *again) == 3
    assert cells(session)[0][2:4] == (3, 3)
    assert cells(session)[0][6] == 1


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"method": "HEAD", "agent": BOT}, SetAside.HEAD),
        ({"prefetch": "prefetch;prerender"}, SetAside.PREFETCH),
        ({"agent": "facebookexternalhit/1.1"}, SetAside.PREVIEW),
        ({"agent": BOT}, SetAside.BOT),
        ({"agent": ""}, SetAside.BOT),
        ({"internal": "1"}, SetAside.INTERNAL),
        ({"country": "NL"}, None),
    ],
)
def test_what_is_set_aside(
    session: Session, page: LandingPage, facts: dict[str, str], reason: SetAside | None
) -> None:
    said = view(page, NOON, **facts)
    record(session, said)
    assert reasons(session, said) == [reason]
    (cell,) = cells(session)
    assert cell[4] == ({reason.value: 1} if reason else {})
    assert (cell[5] is None) == (reason is not None)


@pytest.mark.parametrize("whose", ["application", "closed_at", "ends_at"])
@pytest.mark.parametrize(("minutes", "reason"), [(1, None), (0, SetAside.ENDED)])
def test_a_view_after_the_end(
    session: Session,
    page: LandingPage,
    whose: str,
    minutes: int,
    reason: SetAside | None,
) -> None:
    ended = NOON + minutes * MINUTE
    if whose == "application":
        session.get_one(Application, page.application_id).ended_at = ended
    else:
        setattr(session.get_one(Campaign, page.campaign_id), whose, ended)
    session.commit()
    said = view(page, NOON)
    record(session, said)
    assert reasons(session, said) == [reason]


def test_a_budget_that_is_spent_hides_nobody(
    session: Session, page: LandingPage
) -> None:
    session.execute(update(Campaign).values(budget_spent_at=NOON - MINUTE))
    session.commit()
    said = view(page, NOON)
    record(session, said)
    assert reasons(session, said) == [None]


def test_a_forged_view_is_kept_apart_and_takes_no_real_ones_place(
    session: Session, page: LandingPage
) -> None:
    link = session.get_one(TrackingLink, page.link_id)
    session.rollback()
    at_ms = round(NOON.timestamp() * 1000)
    real = view(page, NOON)
    forged = [
        view(page, NOON + MINUTE, view_id=real.view_id),  # at another time
        view(page, NOON, view_id=CODEC.mint(id_bytes(link.id), at_ms)),  # a click's
        view(page, NOON, view_id=ClickCodec(b"x" * 32).mint(id_bytes(page.id), at_ms)),
        view(page, NOON, view_id="\N{REPLACEMENT CHARACTER} x" * 60),
    ]
    assert record(session, *forged, real, *forged) == 5
    assert reasons(session, real) == [None]
    (cell,) = cells(session)
    assert (cell[2], cell[3], cell[4]) == (5, 1, {"forged": 4})
    assert record(session, *forged) == 0


def test_views_of_pages_that_are_not_there_are_passed_over(
    session: Session, page: LandingPage
) -> None:
    assert record(session, view(page, NOON, page_id="lpg_" + "2" * 22)) == 0
    assert record(session) == 0
    assert cells(session) == []


def test_lines_with_views_and_clicks_are_told_apart(
    session: Session, page: LandingPage
) -> None:
    influencer_id = session.get_one(Application, page.application_id).influencer_id
    users = {
        "member": session.scalars(select(Membership.user_id)).one(),
        "influencer": session.get_one(Influencer, influencer_id).user_id,
        "stranger": "usr_stranger",
    }
    session.rollback()
    said = {name: view(page, NOON, name[:2].encode().hex()) for name in users}
    lines = [
        line(said[name], user=internal.mint(KEYRING, user_id))
        for name, user_id in users.items()
    ]
    recorded = record_lines(session, lines, codec=CODEC, now=NOON, keyring=KEYRING)
    session.commit()
    assert (recorded.views, recorded.clicks, recorded.damaged) == (3, 0, 0)
    inside = SetAside.INTERNAL
    assert reasons(session, *said.values()) == [inside, inside, None]
    assert session.scalars(select(Click)).all() == []
    evidence = session.scalars(select(LandingView.evidence)).all()
    assert all("user" not in each for each in evidence)


def test_expired_views_are_passed_over_by_the_check(
    session: Session, page: LandingPage
) -> None:
    record(session, view(page, NOON), view(page, NOON + timedelta(days=1)))
    session.execute(
        delete(LandingView).where(LandingView.day_on == NOON.date()),
        execution_options={"synchronize_session": False},
    )
    session.commit()
    assert [wrong.day_on for wrong in check(session)] == [NOON.date()]
    mark = RetentionMark(
        table_name="landing_views", before_on=NOON.date() + timedelta(days=1)
    )
    session.add(mark)
    session.commit()
    assert check(session) == []
    session.get_one(Campaign, page.campaign_id).ends_at = NOON - MINUTE
    session.commit()
    assert judge_views_again(session, page.campaign_id, date.min, now=NOON) == 1
    session.commit()
    assert [cell[3] for cell in cells(session)] == [1, 0]
    assert [cell[2] for cell in cells(session)] == [1, 1]


def test_a_wrong_cell_is_found(session: Session, page: LandingPage) -> None:
    record(session, view(page, NOON))
    session.execute(update(LandingCell).values(counted=2))
    session.commit()
    (wrong,) = check(session)
    assert wrong.cell is not None
    assert wrong.views is not None
    assert (wrong.page_id, wrong.cell["counted"], wrong.views["counted"]) == (
        page.id,
        2,
        1,
    )


def test_views_are_judged_again(session: Session, page: LandingPage) -> None:
    said = [view(page, NOON + n * MINUTE, str(n)) for n in range(3)]
    forged = view(page, NOON, view_id="made up")
    record(session, *said, forged)
    campaign = session.get_one(Campaign, page.campaign_id)
    campaign.ends_at = NOON + 2 * MINUTE
    session.commit()
    again = judge_views_again(session, campaign.id, NOON.date(), now=NOON)
    session.commit()
    assert again == 1
    assert reasons(session, *said) == [None, None, SetAside.ENDED]
    assert check(session) == []
    assert cells(session)[0][2:5] == (4, 2, {"ended": 1, "forged": 1})
    campaign.ends_at = None
    session.commit()
    later = NOON.date() + timedelta(days=1)
    assert judge_views_again(session, campaign.id, later, now=NOON) == 0
    earlier = judge_views_again(
        session, campaign.id, date.min, until_on=NOON.date(), now=NOON
    )
    assert earlier == 0
    assert judge_views_again(session, campaign.id, NOON.date(), now=NOON) == 1
    session.commit()
    assert reasons(session, *said) == [None, None, None]
    assert check(session) == []


@hypothesis_settings(suppress_health_check=list(HealthCheck), max_examples=25)
@given(
    looks=st.lists(
        st.tuples(
            st.integers(0, 3 * 24 * 60),
            st.sampled_from("123"),
            st.sampled_from([{}, {"method": "HEAD"}, {"agent": BOT}]),
            st.booleans(),
        ),
        max_size=12,
    ),
    random=st.randoms(use_true_random=False),
)
def test_order_batches_and_duplicates_do_not_matter(
    session: Session, page: LandingPage, looks: list[Any], random: Any
) -> None:
    said = [
        view(
            page, NOON + n * MINUTE, visitor, **facts, **({"view_id": "x"} if f else {})
        )
        for n, visitor, facts, f in looks
    ]
    found = []
    for times in (1, 2):
        session.execute(delete(LandingCell))
        session.execute(delete(LandingView))
        session.commit()
        shuffled = random.sample(said * times, len(said) * times)
        while shuffled:
            size = random.randint(1, len(shuffled))
            record(session, *shuffled[:size])
            shuffled = shuffled[size:]
        stored = session.execute(
            select(LandingView.id, LandingView.reason, LandingView.day_on).order_by(
                LandingView.id
            )
        ).all()
        found.append((stored, cells(session)))
        session.rollback()
    assert found[0] == found[1]

"""Watching goals: once with any number of workers, and cheap where nothing is due."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from factories import make_brand, make_campaign
from kpi_cells import Story, add_orders, facts, make_people
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from marketplace.clock import local_day, now
from marketplace.config import Settings
from marketplace.database import begin_writing
from marketplace.events import Event
from marketplace.jobs import JobContext, watch_goals
from marketplace.kpis.goal_checks import About, Draft
from marketplace.kpis.goal_history import history_of
from marketplace.kpis.goal_models import Goal, GoalDay, GoalWatch
from marketplace.kpis.goal_rules import GoalStatus
from marketplace.kpis.goals import change_goal, draft_from, set_goal, settle

DAY = timedelta(days=1)


@pytest.fixture
def story(session: Session) -> Story:
    """A campaign that sold five today."""
    made = make_people(session)
    made.campaign.created_at = made.campaign.published_at = now() - 10 * DAY
    today = local_day(now(), made.brand.timezone)
    add_orders(session, made.annas, made.shop, today, **facts(5, 5000))
    session.commit()
    return made


def aim(session: Session, story: Story, kpi: str = "orders", target: str = "5") -> Goal:
    draft = Draft(
        kpi=kpi, target=Decimal(target), due_at=now() + 10 * DAY, owner="Sanne"
    )
    about = About(story.brand, story.campaign)
    goal = set_goal(session, about, draft, by="usr_a", now=now())
    session.commit()
    return goal


def test_several_workers_say_it_once(
    engine: Engine, settings: Settings, session: Session, story: Story
) -> None:
    goals = [aim(session, story), aim(session, story, "revenue", "4000")]
    ready = threading.Barrier(3)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            ready.wait(10)
            watch_goals.run(JobContext(engine, settings))
        except BaseException as error:
            failed.append(error)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failed == []
    told = session.scalars(select(Event).where(Event.kind == "goal.reached")).all()
    assert sorted(event.subject_id or "" for event in told) == sorted(
        goal.id for goal in goals
    )
    today = local_day(now(), story.brand.timezone)
    days = select(func.count()).where(GoalDay.day_on == today)
    assert session.scalar(days) == 2
    # Not due again so soon.
    assert watch_goals.run(JobContext(engine, settings)) == 0


def test_the_days_before_it_was_set_are_known(session: Session, story: Story) -> None:
    today = local_day(now(), story.brand.timezone)
    for ago, orders in ((8, 2), (3, 1)):
        day = today - ago * DAY
        add_orders(session, story.annas, story.shop, day, **facts(orders, 0))
    goal = aim(session, story, target="10")
    (days,) = history_of(session, [goal]).values()
    assert [int(each.value or 0) for each in days[-8:]] == [2] * 5 + [3] * 3
    assert days[-1].day_on == today - DAY
    assert days[-1].progress == Decimal("0.3")
    about, changed = About(story.brand, story.campaign), draft_from(goal)
    changed["target"] = Decimal(6)
    change_goal(session, goal, about, Draft(**changed), by="usr_a", now=now())
    session.expire_all()
    (days,) = history_of(session, [goal]).values()
    assert days[-1].progress == Decimal("0.5")


def test_what_is_written_down_stays(session: Session, story: Story) -> None:
    goal = aim(session, story, "average_order_value", "2000")
    day = local_day(now(), story.brand.timezone)
    session.add(GoalDay(goal_id=goal.id, day_on=day, value=Decimal(1000)))
    session.flush()
    changed = draft_from(goal) | {"target": Decimal(4000)}
    about = About(story.brand, story.campaign)
    change_goal(session, goal, about, Draft(**changed), by="usr_a", now=now())
    ((only,),) = history_of(session, [goal]).values()
    assert (only.value, only.progress) == (1000, Decimal("0.25"))


def test_a_ratio_is_judged_when_it_is_due(
    engine: Engine, settings: Settings, session: Session, story: Story
) -> None:
    goal = aim(session, story, "average_order_value", "900")
    watch_goals.run(JobContext(engine, settings))
    session.refresh(goal)
    assert goal.status is GoalStatus.OPEN  # met now, but that may pass
    goal.due_at = now() - timedelta(seconds=1)
    session.commit()
    look_again(session)
    watch_goals.run(JobContext(engine, settings))
    session.refresh(goal)
    assert goal.status is GoalStatus.REACHED
    assert goal.settled_value == 1000


def look_again(session: Session) -> None:
    session.execute(delete(GoalWatch))
    session.commit()


def test_what_nobody_measured_is_neither_reached_nor_missed(
    engine: Engine, settings: Settings, session: Session, story: Story
) -> None:
    unknown = aim(session, story, "bounce_rate", "0.4")
    missed = aim(session, story, "orders", "50")
    for goal in (unknown, missed):
        goal.due_at = now() - timedelta(seconds=1)
    session.commit()
    watch_goals.run(JobContext(engine, settings))
    for goal in (unknown, missed):
        session.refresh(goal)
    assert unknown.status is GoalStatus.UNMEASURED
    assert missed.status is GoalStatus.MISSED


def test_a_goal_changed_meanwhile_is_not_settled(
    session: Session, story: Story
) -> None:
    goal = aim(session, story)
    with Session(session.get_bind(), expire_on_commit=False) as other:
        seen = other.get_one(Goal, goal.id)
        other.expunge(seen)
        other.rollback()
        values = draft_from(goal) | {"target": Decimal(50)}
        about = About(story.brand, story.campaign)
        later = now() + timedelta(seconds=1)
        change_goal(session, goal, about, Draft(**values), by="usr_a", now=later)
        session.commit()
        begin_writing(other)
        assert not settle(other, seen, GoalStatus.REACHED, Decimal(5), now=later)


def test_one_brands_trouble_is_its_own(
    engine: Engine,
    settings: Settings,
    session: Session,
    story: Story,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elders = make_brand(session, name="Elders")
    make_campaign(session, elders)
    session.commit()
    goal = aim(session, story)
    whole = watch_goals.watching.look

    def look(session: Session, brand_id: str, **more: object) -> object:
        if brand_id == elders.id:
            raise RuntimeError("no")
        return whole(session, brand_id, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(watch_goals.watching, "look", look)
    assert watch_goals.run(JobContext(engine, settings)) == 2
    session.refresh(goal)
    assert goal.status is GoalStatus.REACHED
    assert watch_goals.run(JobContext(engine, settings)) == 0

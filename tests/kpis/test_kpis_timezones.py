"""Days of another time zone: what happened at a moment is on the day it was there."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from factories import make_brand, make_campaign, make_influencer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kpi_cells import add_clicks, add_cost
from pipeline_world import T0, World, make_world, sale
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.campaigns.models import Campaign
from marketplace.clock import day_start, local_day
from marketplace.kpis import Basis, Breakdown, Window
from marketplace.tracking.rules import Dimension
from marketplace.tracking.tallies import Tallies, Tally
from marketplace.tracking.traffic import add

HOME = "Europe/Amsterdam"
AWAY = ("America/New_York", "Pacific/Auckland", "Asia/Kathmandu", "UTC", HOME)
FIRST = date(2026, 3, 9)
WINDOW = Window(FIRST, FIRST + timedelta(days=6))
KPIS = ("orders", "revenue", "cost", "clicks", "clicks_gross", "visitors")
NOW = T0 + timedelta(days=20)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def report(world: World, zone: str | None, **over: Any) -> kpis.Report:
    scope = kpis.brand_scope(world.brand)
    told = {"window": WINDOW, "now": NOW, "kpis": KPIS, **over}
    return kpis.report(world.session, scope, timezone=zone, **told)


def click(world: World, who: str, at: datetime, number: int) -> None:
    """So many clicks at that moment, in every cell they are in."""
    link = world.links[who]
    day = local_day(at, HOME)
    tallies = Tallies()
    for scope_id in (link.id, link.application_id, link.campaign_id):
        people = {f"{at}-{n}" for n in range(number)}
        key = scope_id, Dimension.ALL, day, ""
        tallies[key] = Tally(gross=number, counted=number, clickers=people)
    hour = at.replace(minute=0, second=0, microsecond=0)
    tallies.hours[link.id, hour] = [number, number]
    add(world.session, tallies, now=NOW)


moments = st.integers(-2 * 24 * 4, 8 * 24 * 4).map(
    lambda quarters: T0 + timedelta(minutes=15 * quarters)
)


@settings(
    max_examples=30,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(
    placed=st.lists(st.tuples(st.sampled_from(["ANNA", "BO"]), moments), max_size=5),
    clicked=st.dictionaries(
        st.tuples(st.sampled_from(["ANNA", "BO"]), moments),
        st.integers(1, 9),
        max_size=5,
    ),
    zone=st.sampled_from(AWAY),
    by=st.sampled_from([Breakdown.DAY, Breakdown.LINK, Breakdown.INFLUENCER]),
)
def test_what_happened_at_a_moment_is_on_its_day(
    world: World,
    placed: list[tuple[str, datetime]],
    clicked: dict[tuple[str, datetime], int],
    zone: str,
    by: Breakdown,
) -> None:
    world.clear()
    try:
        for number, (who, at) in enumerate(placed):
            state = sale(str(number), codes=(who,), placed_at=at, updated_at=at)
            world.deliver(state)
        for (who, at), number in clicked.items():
            click(world, who, at, number)
        made = report(world, zone, by=by)
        orders = Counter(local_day(at, zone) for _, at in placed)
        days = set(WINDOW.days)
        sold = sum(n for day, n in orders.items() if day in days)
        assert made.totals["orders"].value == sold
        assert made.totals["revenue"].value == 10_000 * sold
        assert made.totals["cost"].value == 1_000 * sold
        # Hours tell nothing where days begin at a quarter to.
        where = HOME if zone == "Asia/Kathmandu" else zone
        clicks: Counter[date] = Counter()
        for (_, at), number in clicked.items():
            clicks[local_day(at, where)] += number
        assert made.totals["clicks"].value == sum(clicks[day] for day in days)
        assert made.totals["clicks"].estimated == (where != zone)
        for name in ("orders", "revenue", "cost", "clicks"):
            rows = [line.kpis[name].value or 0 for line in made.rows]
            assert sum(rows) == made.totals[name].value, name
        if by is Breakdown.DAY:
            for line in made.rows:
                day = date.fromisoformat(line.key["day"] or "")
                assert line.kpis["orders"].value == orders[day]
                assert line.kpis["clicks"].value == clicks[day]
    finally:
        world.session.rollback()
        world.clear()
        world.session.commit()


def test_what_is_known_by_the_day_alone_says_so(world: World) -> None:
    add_clicks(world.session, world.links["ANNA"], FIRST, "v1 v2", country="NL")
    add_cost(
        world.session, world.session.get_one(Campaign, campaign_of(world)), FIRST, 500
    )
    made = report(world, "America/New_York", by=Breakdown.DAY)
    assert made.timezone == "America/New_York"
    first = made.rows[0].kpis
    assert (first["visitors"].value, first["visitors"].basis) == (2, Basis.BRAND_DAYS)
    assert made.totals["visitors"].basis is Basis.VISITOR_DAYS
    for name in ("orders", "revenue", "cost", "clicks"):
        assert not made.totals[name].estimated, name
    assert made.totals["cost"].value == 500  # a date is a date everywhere
    assert made.set_aside is None
    countries = report(world, "America/New_York", by=Breakdown.COUNTRY)
    assert countries.totals["clicks"].basis is Basis.BRAND_DAYS
    own = report(world, HOME, by=Breakdown.DAY)
    assert not any(value.basis is Basis.BRAND_DAYS for value in own.totals.values())
    assert own.rows == report(world, None, by=Breakdown.DAY).rows


def campaign_of(world: World) -> str:
    return world.links["ANNA"].campaign_id


def test_clicks_of_hours_no_longer_kept_stay_and_are_estimated(world: World) -> None:
    zone = "America/New_York"
    evening = day_start(FIRST + timedelta(days=1), HOME) + timedelta(hours=2)
    click(world, "ANNA", evening, 3)  # there it is still the ninth

    def days(now: datetime) -> list[tuple[int, bool]]:
        values = [
            line.kpis["clicks"]
            for line in report(world, zone, by=Breakdown.DAY, now=now).rows[:3]
        ]
        return [(int(value.value or 0), value.estimated) for value in values]

    assert days(NOW) == [(3, False), (0, False), (0, False)]
    # Sixty days after, midnight of the tenth is gone there, and that of the eleventh not.
    midnight = day_start(FIRST + timedelta(days=2), zone)
    later = day_start(FIRST + timedelta(days=2), HOME) + timedelta(days=60)
    assert later < midnight + timedelta(days=60)
    assert days(later) == [(0, True), (3, True), (0, False)]


def test_an_influencer_of_two_brands_has_one_calendar(session: Session) -> None:
    world = make_world(session)
    far = make_brand(session, timezone="America/New_York", name="Far")
    make_campaign(session, far)
    at = datetime(2026, 3, 10, 2, tzinfo=UTC)  # the tenth at home, the ninth there
    world.deliver(sale("1", codes=("ANNA",), placed_at=at, updated_at=at))
    for zone, day in ((HOME, "2026-03-10"), ("America/New_York", "2026-03-09")):
        made = report(world, zone, by=Breakdown.DAY, kpis=["orders"])
        rows = {line.key["day"]: line.kpis["orders"].value for line in made.rows}
        assert [key for key, value in rows.items() if value] == [day]


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc", "x\ud800"])
def test_no_such_zone_is_refused(session: Session, name: str) -> None:
    scope = kpis.influencer_scope(make_influencer(session))
    with pytest.raises(kpis.BadWindow) as refused:
        kpis.window_of(session, scope, timezone=name, now=NOW)
    assert set(refused.value.errors) == {"timezone"}

"""Series in reports: sums, levels, growth by hand; the order of tellings is nothing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from factories import START as LONG_AGO
from factories import make_application, make_campaign
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kpi_cells import NOW, Story, make_people
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.accounts import Actor, Role, Scope
from marketplace.currencies.models import ExchangeRate
from marketplace.kpis import Breakdown, Provenance, Unit, Window, series
from marketplace.kpis.series import PointSaid
from marketplace.kpis.series_models import MetricPoint, MetricTelling
from marketplace.kpis.series_rules import SeriesKind

JULY = date(2026, 7, 1)
WEEK = Window(JULY, JULY + timedelta(7))


@pytest.fixture
def story(session: Session) -> Story:
    return make_people(session)


def by(story: Story) -> Actor:
    members = {story.brand.id: Role.OWNER}
    return Actor("usr_x", None, frozenset(Scope), members, None)


def tell(
    session: Session, story: Story, name: str, day: int, value: Any, **over: Any
) -> None:
    said = PointSaid(
        series=name, on=JULY + timedelta(day), value=Decimal(str(value)), **over
    )
    series.tell(session, story.brand, [said], by=by(story), now=NOW)


def made(session: Session, story: Story, *ids: str, **over: Any) -> kpis.Report:
    scope = over.pop("scope", None) or kpis.campaign_scope(story.campaign)
    return kpis.report(session, scope, window=WEEK, kpis=ids, now=NOW, **over)


def total(session: Session, story: Story, kpi: str, **over: Any) -> kpis.Value:
    return made(session, story, kpi, **over).totals[kpi]


def rows(session: Session, story: Story, kpi: str, by: Breakdown, **over: Any) -> Any:
    report = made(session, story, kpi, by=by, **over)
    return [(*line.key.values(), line.kpis[kpi].value) for line in report.rows]


def test_growth_is_against_as_many_days_before(session: Session, story: Story) -> None:
    growth = "branded_search_growth"
    assert total(session, story, growth).reason == "not_reported"
    for day, value in ((-8, 1000), (-7, 30), (-1, 50), (0, 60), (6, 60), (7, 1000)):
        tell(session, story, "branded_searches", day, value)
    value = total(session, story, growth)
    assert (value.value, value.numerator, value.denominator) == (Decimal("0.5"), 40, 80)
    assert value.source is Provenance.REPORTED
    end = datetime(2026, 7, 7, 22, tzinfo=UTC)  # of the seventh of July, in Amsterdam
    assert value.as_of == end
    # Of each row against the stretch before that row.
    by_day = rows(session, story, growth, Breakdown.DAY)
    assert by_day[0] == ("2026-07-01", Decimal("0.2"))
    assert {value for _, value in by_day[1:]} == {None}
    tell(session, story, "branded_searches", -7, 0)
    tell(session, story, "branded_searches", -1, 0)
    value = total(session, story, growth)
    assert (value.value, value.reason) == (None, "no_baseline")


def test_a_level_holds_until_the_next(session: Session, story: Story) -> None:
    tell(session, story, "ssi", -30, "61.5")
    tell(session, story, "ssi", 2, "64.25")
    tell(session, story, "ssi", 7, "99")
    value = total(session, story, "ssi")
    assert value.value == Decimal("64.25")
    assert value.as_of == datetime(2026, 7, 3, 22, tzinfo=UTC)
    found = [value for _, value in rows(session, story, "ssi", Breakdown.DAY)]
    assert found == [Decimal("61.5")] * 2 + [Decimal("64.25")] * 5
    later = Window(date(2027, 9, 1), date(2027, 9, 2))
    scope = kpis.campaign_scope(story.campaign)
    old = kpis.report(session, scope, window=later, kpis=["ssi"], now=NOW)
    assert old.totals["ssi"].reason == "not_reported"  # more than a year ago


def test_the_four_pillars(session: Session, story: Story) -> None:
    pillars = ("ssi_brand", "ssi_people", "ssi_insights", "ssi_relationships")
    for number, pillar in enumerate(pillars):
        tell(session, story, pillar, 0, f"{20 + number}.5")
    found = made(session, story, *pillars).totals
    assert [found[each].value for each in pillars] == [
        Decimal(f"{20 + number}.5") for number in range(4)
    ]
    assert {found[each].source for each in pillars} == {Provenance.REPORTED}


def test_whose_level_it_is(session: Session, story: Story) -> None:
    """The widest owner's; of several influencers' there is no one number."""
    tell(session, story, "ssi", 0, 40, application=story.annas)
    assert total(session, story, "ssi").value == 40
    other = make_campaign(session, story.brand, title="Other")
    again = make_application(session, other, story.anna)
    tell(session, story, "ssi", 1, 45, application=again)
    whole = kpis.brand_scope(story.brand)
    assert total(session, story, "ssi", scope=whole).value == 45  # Anna is one person
    tell(session, story, "ssi", 0, 70, application=story.bass)
    value = total(session, story, "ssi")
    assert (value.value, value.reason) == (None, "several_levels")
    people = rows(session, story, "ssi", Breakdown.INFLUENCER)
    assert [(name, value) for _, name, value in people] == [("Anna", 40), ("Bas", 70)]
    tell(session, story, "ssi", 0, 55)
    assert total(session, story, "ssi").value == 55
    tell(session, story, "ssi", 0, 58, campaign=story.campaign)
    assert total(session, story, "ssi").value == 58
    assert total(session, story, "ssi", scope=whole).value == 55
    own = kpis.influencer_scope(story.bas)
    assert total(session, story, "ssi", scope=own).value == 70


def test_what_nobody_told_is_unknown_and_a_told_nothing_is_0(
    session: Session, story: Story
) -> None:
    value = total(session, story, "branded_searches")
    assert (value.value, value.reason) == (None, "not_reported")
    tell(session, story, "branded_searches", 3, 0)
    assert total(session, story, "branded_searches").value == 0
    # Nobody knows by which country or shop people searched.
    for breakdown in (Breakdown.COUNTRY, Breakdown.SHOP, Breakdown.PLATFORM):
        found = rows(session, story, "branded_searches", breakdown)
        assert [row[0] for row in found] == [None]


def test_money_in_the_currency_of_the_report(session: Session, story: Story) -> None:
    for day, value in ((0, 1250), (1, 50)):
        tell(session, story, "ad_spend", day, value, unit=Unit.MONEY)
    name = "series:ad_spend"
    assert total(session, story, name).value == 1300
    dollars = make_campaign(session, story.brand, currency="USD")
    tell(session, story, "ad_spend", 0, 100, campaign=dollars)
    scope = kpis.campaign_scope(dollars)
    value = total(session, story, name, scope=scope)
    assert (value.value, value.reason) == (None, "no_exchange_rate")
    for day in (JULY, JULY + timedelta(1)):
        session.add(ExchangeRate(currency="USD", rate_on=day, per_euro=Decimal("1.2")))
    session.flush()
    assert total(session, story, name, scope=scope).value == 1560 + 100


def test_ratios_keep_their_places(session: Session, story: Story) -> None:
    tell(
        session,
        story,
        "share_of_voice",
        0,
        "0.125",
        unit=Unit.RATIO,
        kind=SeriesKind.LEVEL,
    )
    assert total(session, story, "series:share_of_voice").value == Decimal("0.125")


def test_one_that_is_in_the_catalogue_is_not_listed_twice(
    session: Session, story: Story
) -> None:
    tell(session, story, "ssi", 0, 50)
    tell(session, story, "newsletter", 0, 5)
    scope = kpis.campaign_scope(story.campaign)
    every = kpis.report(session, scope, window=WEEK, now=NOW).totals
    assert "series:ssi" not in every
    assert every["series:newsletter"].value == 5
    assert total(session, story, "series:ssi").value == 50


POINTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 5)),
    min_size=1,
    max_size=8,
    unique_by=lambda point: (point[0], point[1], point[2]),
)


@settings(
    max_examples=25,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(POINTS, st.data())
def test_whatever_order_they_are_told_in(
    session: Session,
    story: Story,
    told: list[tuple[int, int, int]],
    data: st.DataObject,
) -> None:
    """Of (day, value, hour of observing): with repeats, in any order, in any batches."""
    unique = {(day, hour): value for day, value, hour in told}
    points = [
        PointSaid(
            series="leads_elsewhere",
            on=JULY + timedelta(day),
            value=Decimal(value),
            observed_at=LONG_AGO + timedelta(hours=hour),
        )
        for (day, hour), value in unique.items()
    ]
    latest = {day: unique[day, hour] for day, hour in sorted(unique)}
    order = data.draw(st.permutations([*points, *points[:3]]))
    cut = data.draw(st.integers(0, len(order)))
    for batch in (order[:cut], order[cut:]):
        series.tell(session, story.brand, batch, by=by(story), now=NOW)
    value = total(session, story, "series:leads_elsewhere")
    assert value.value == sum(latest.values())
    assert len(session.scalars(select(MetricPoint.id)).all()) == len(latest)
    session.execute(delete(MetricTelling))
    session.execute(delete(MetricPoint))


def test_what_influencers_see_of_a_brands_series(
    session: Session, story: Story
) -> None:
    tell(session, story, "newsletter", 0, 5, application=story.annas)
    own = kpis.application_scope(story.annas)
    with pytest.raises(kpis.UnknownKpi):
        made(session, story, "series:newsletter", scope=own)

"""Whatever is known of posts: rows add up to totals, and totals to plain Python's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from content_rows import API, NOW, REPORTED, add_day, add_post
from content_story import IG, RATES, TIKTOK, YOUTUBE, set_rates
from factories import make_application, make_campaign
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kpi_cells import MARCH, Story, make_people
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.content import EmvAction, PostCell
from marketplace.kpis import Breakdown, Window

WINDOW = Window(MARCH, MARCH + timedelta(days=20))
FIGURES = ("impressions", "reach", "views", "likes", "comments", "shares", "saves")
COUNTS = ("impressions", "views", "likes", "comments", "shares", "saves")
RATIOS = {
    "frequency": ("impressions", "reach"),
    "engagement_rate_reach": ("interactions", "reach"),
    "engagement_rate_views": ("interactions", "views"),
    "engagement_rate_impressions": ("interactions", "impressions"),
    "engagement_rate_followers": ("interactions", "followers"),
    "engagement_rate": ("rated_interactions", "rated_audience"),
}
EMV = ("emv", "emv_engagement", "emv_exposure")
NAMES = ("posts", "reach", "reach_with_estimates", *COUNTS, *RATIOS, *EMV)


@dataclass(frozen=True)
class Told:
    """A post: whose, where, which day, what is known of it, and what it grew by when."""

    owner: int
    platform: Any
    day: int
    followers: int | None
    known: frozenset[str]
    grown: dict[int, list[int]]


amounts = st.lists(st.integers(-20, 900), min_size=7, max_size=7)
posts = st.lists(
    st.builds(
        Told,
        owner=st.integers(0, 2),
        platform=st.sampled_from([IG, TIKTOK, YOUTUBE]),
        day=st.integers(-3, 19),
        followers=st.none() | st.integers(0, 5_000),
        known=st.frozensets(st.sampled_from(FIGURES)),
        grown=st.dictionaries(st.integers(0, 25), amounts, max_size=4),
    ),
    max_size=7,
)


def store(session: Session, story: Story, told: Iterable[Told]) -> list[PostCell]:
    """Their cells, those outside the window left out."""
    elsewhere = make_application(
        session, make_campaign(session, story.brand, title="Later"), story.bas
    )
    owners = [story.annas, story.bass, elsewhere]
    cells = []
    for post in told:
        first = MARCH + timedelta(days=post.day)
        row = add_post(session, owners[post.owner], first, post.platform)
        for after in {0, *post.grown}:
            values = post.grown.get(after, [0] * 7)
            figures = dict(zip(FIGURES, values, strict=True))
            known = {name: figures[name] for name in post.known}
            if after == 0 and post.followers is not None:
                known["followers"] = post.followers
            source = REPORTED if post.owner else API
            day = first + timedelta(days=after)
            cells.append(add_day(session, row, day, **known, source=source))
    return [each for each in cells if WINDOW.start <= each.day_on < WINDOW.end]


def by_plain_python(cells: list[PostCell]) -> dict[str, Any]:
    """Sums and ratios of cells, a post being in a ratio if both its parts are known."""
    found: dict[str, Any] = {"posts": sum(each.published for each in cells)}
    for name in COUNTS:
        values = [getattr(each, name) for each in cells]
        known = [each for each in values if each is not None]
        found[name] = sum(known) if known else None
    for name, (above, below) in RATIOS.items():
        found[name] = _ratio(cells, above, below)
    return found


def _ratio(cells: list[PostCell], above: str, below: str) -> tuple[Any, ...]:
    def posts_with(name: str) -> set[str]:
        return {each.post_id for each in cells if getattr(each, name) is not None}

    both = posts_with(above) & posts_with(below)
    mine = [each for each in cells if each.post_id in both]
    if not mine:
        return None, None
    return tuple(
        sum(getattr(each, name) or 0 for each in mine) for name in (above, below)
    )


def shown(kpis_: Any) -> dict[str, Any]:
    """Values as `by_plain_python` has them."""
    found: dict[str, Any] = {"posts": kpis_["posts"].value}
    found |= {name: kpis_[name].value for name in COUNTS}
    for name in RATIOS:
        found[name] = (kpis_[name].numerator, kpis_[name].denominator)
    return found


def emv_by_plain_python(cells: list[PostCell]) -> Fraction:
    """Cell by cell, what is seen priced by impressions or by views."""
    rates = {(each, action): Fraction(value) * 100 for each, action, value in RATES}
    worth = Fraction(0)
    for cell in cells:
        where = cell.platform
        worth += (cell.likes or 0) * rates.get((where, EmvAction.LIKE), 0)
        worth += (cell.comments or 0) * rates.get((where, EmvAction.COMMENT), 0)
        worth += (cell.views or 0) * rates.get((where, EmvAction.VIEW), 0)
        shown_at = rates.get((where, EmvAction.IMPRESSION), 0)
        worth += Fraction(cell.impressions or 0, 1000) * shown_at
    return worth


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(told=posts, by=st.sampled_from([None, *Breakdown]))
def test_totals_are_the_formula_over_the_sums_of_any_breakdown(
    session: Session, told: list[Told], by: Breakdown | None
) -> None:
    try:
        story = make_people(session)
        cells = store(session, story, told)
        # On Instagram views have no rate, so that only one of both is ever priced.
        set_rates(session, story.brand, (*RATES, (IG, EmvAction.VIEW, None)))
        made = kpis.report(
            session,
            kpis.brand_scope(story.brand),
            window=WINDOW,
            by=by,
            kpis=NAMES,
            now=NOW,
        )
        assert shown(made.totals) == by_plain_python(cells)
        worth = made.totals["emv"].value
        assert worth is None or abs(worth - emv_by_plain_python(cells)) <= 1
        _between(made.totals["reach"])
        if by is not None:
            _rows_add_up(made)
    finally:
        session.rollback()


def _between(value: kpis.Value) -> None:
    if value.low is not None and value.high is not None and value.value is not None:
        assert value.low <= value.value <= value.high
        assert value.estimated


def _rows_add_up(made: kpis.Report) -> None:
    totals = shown(made.totals)
    rows = [shown(line.kpis) for line in made.rows]
    for name in ("posts", *COUNTS):
        known = [row[name] for row in rows if row[name] is not None]
        assert (sum(known) if known else None) == (totals[name] if known else None)
        assert known or not totals[name]
    for name in RATIOS:
        for part in (0, 1):
            known = [row[name][part] for row in rows if row[name][part] is not None]
            assert (sum(known) if known else None) == totals[name][part], name
    for name in EMV[1:]:
        worths = [line.kpis[name].value for line in made.rows]
        known = [each for each in worths if each is not None]
        total = made.totals[name].value
        assert total is None or sum(known) == total, name
    for line in made.rows:
        _between(line.kpis["reach"])
        whole = made.totals["reach_with_estimates"].value
        part = line.kpis["reach_with_estimates"].value
        assert part is None or whole is not None

"""Whatever is known of posts: rows add up to totals, and totals to plain Python's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from content_rows import API, NOW, REPORTED, add_day, add_post
from content_story import IG, RATES, TIKTOK, YOUTUBE, set_rates
from factories import make_application, make_campaign, make_link
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kpi_cells import (
    MARCH,
    Story,
    add_clicks,
    add_commission,
    add_cost,
    make_people,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.collaborations.models import Application
from marketplace.content import EmvAction, Post, PostCell
from marketplace.kpis import Breakdown, Window
from marketplace.tracking.models import TrackingLink

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
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
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


# What is above the line of each, and the figures that a post must know one of.
MATCHED = {
    "ctr": ("clicks", {"impressions"}),
    "cpm": ("cost", {"impressions"}),
    "cpv": ("cost", {"views"}),
    "cpe": ("cost", {"likes", "comments", "shares", "saves"}),
}
BY_PLATFORM = {IG: 7, TIKTOK: 11, None: 5}


@settings(
    max_examples=25,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(
    told=posts,
    owns=st.lists(st.sampled_from([0, 1, 2]), min_size=7, max_size=7),
    by=st.sampled_from([None, *Breakdown]),
)
def test_clicks_and_cost_are_of_the_posts_of_known_figures(
    session: Session, told: list[Told], owns: list[int], by: Breakdown | None
) -> None:
    try:
        story = make_people(session)
        cells = store(session, story, told)
        links = give_links(session, story, owns)
        for link, clicks, amount in links:
            owner = session.get_one(Application, link.application_id)
            add_clicks(session, link, MARCH, "a b", counted=clicks)
            add_commission(session, owner, MARCH, amount, link=link)
        add_commission(session, story.bass, MARCH + timedelta(days=3), 101)
        add_cost(session, story.campaign, MARCH, 1_001)
        add_cost(session, story.campaign, MARCH, 997, story.annas)
        made = kpis.report(
            session,
            kpis.campaign_scope(story.campaign),
            window=WINDOW,
            by=by,
            kpis=[*MATCHED, "clicks", "cost"],
            now=NOW,
        )
        expected = matched_by_plain_python(session, story, cells, links)
        for name, exact in expected.items():
            value = made.totals[name]
            if value.denominator is not None:
                assert abs((value.numerator or 0) - exact) <= 2, name
            if by is not None and not (name == "ctr" and by.is_open):
                for part in ("numerator", "denominator"):
                    known = [getattr(line.kpis[name], part) for line in made.rows]
                    whole = getattr(value, part)
                    assert sum(each or 0 for each in known) == (whole or 0), name
    finally:
        session.rollback()


Links = list[tuple[TrackingLink, int, int]]


def give_links(session: Session, story: Story, owns: list[int]) -> Links:
    """Posts that have a link: none, their influencer's first, or a second one."""
    links = []
    for application in (story.annas, story.bass):
        for platform in BY_PLATFORM:
            links.append(make_link(session, application, platform=platform))
    ids = {story.annas.id: links[:3], story.bass.id: links[3:]}
    for post, own in zip(session.scalars(select(Post)), owns, strict=False):
        if own and post.application_id in ids:
            post.link_id = ids[post.application_id][own].id
    session.flush()
    return [(link, BY_PLATFORM[link.platform] * 10, 103) for link in links]


def matched_by_plain_python(
    session: Session, story: Story, cells: list[PostCell], links: Links
) -> dict[str, Fraction]:
    """Post by post: the clicks and the cost that are of posts whose figure is known."""
    every = [
        each
        for each in session.scalars(select(Post))
        if each.campaign_id == story.campaign.id
    ]

    def known(figures: set[str]) -> set[str]:
        return {
            cell.post_id
            for cell in cells
            if any(getattr(cell, name) is not None for name in figures)
        }

    def share(among: list[Post], ids: set[str]) -> Fraction:
        found = [each.id in ids for each in among]
        return Fraction(sum(found), len(found)) if found else Fraction(0)

    def of_link(link: TrackingLink) -> list[Post]:
        own = [each for each in every if each.link_id == link.id]
        there = of(link.application_id)
        if link.platform is not None:
            there = [each for each in there if each.platform is link.platform]
        return own or there

    def of(application_id: str) -> list[Post]:
        return [each for each in every if each.application_id == application_id]

    found = {}
    for name, (above, figures) in MATCHED.items():
        ids = known(figures)
        at = 1 if above == "clicks" else 2
        amount = sum(
            (each[at] * share(of_link(each[0]), ids) for each in links),
            start=Fraction(0),
        )
        if above == "cost":
            amount += 101 * share(of(story.bass.id), ids)
            amount += 997 * share(of(story.annas.id), ids) + 1_001 * share(every, ids)
        found[name] = amount
    return found


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

"""KPIs of comments: one example worked by hand, by every row there is."""

from datetime import timedelta
from decimal import Decimal

import pytest
from comment_rows import AT, add_comment, add_comments, make_post, read_all
from kpi_cells import NOW, Story, make_people
from sqlalchemy.orm import Session

from marketplace.accounts.rules import Platform
from marketplace.config import Settings
from marketplace.content import ContentSource, Post
from marketplace.kpis import (
    Breakdown,
    Provenance,
    Report,
    ReportScope,
    Value,
    Window,
    application_scope,
    brand_scope,
    campaign_scope,
    report,
)
from marketplace.kpis.rules import Basis

IDS = (
    *("comments_analysed", "positive_comment_share", "negative_comment_share"),
    *("net_sentiment", "comments_naming_brand", "comments_naming_brand_share"),
)
DAY = AT.date()
WINDOW = Window(DAY - timedelta(days=1), DAY + timedelta(days=2))


@pytest.fixture
def story(session: Session) -> Story:
    return make_people(session)


@pytest.fixture
def posts(session: Session, settings: Settings, story: Story) -> list[Post]:
    """Anna's: 3 positive (one names the brand), 1 neutral, 1 negative, 1 in German; a
    day later 1 negative. Bas's, on TikTok: 1 positive. And what does not count.
    """
    annas = make_post(session, story.annas, link_id=story.anna_link.id)
    tok = {"platform": Platform.TIKTOK, "link_id": story.bas_link.id}
    bass = make_post(session, story.bass, **tok)
    add_comments(session, annas, ["Mooi!", "Prachtig, die van Wolkje", "😍"])
    add_comments(session, annas, ["Waar is die te koop?", "Wat lelijk zeg"])
    add_comment(session, annas, "Das ist sehr schön geworden")
    add_comment(session, annas, "Slecht", published_at=AT + timedelta(days=1))
    add_comment(session, annas, "Dank je wel!", is_own=True)
    add_comment(session, annas, "Earn money with forex")
    api = ContentSource.PLATFORM_API
    add_comment(session, bass, "Geweldig", source=api)
    read_all(session, settings)
    return [annas, bass]


def made(
    session: Session,
    scope: ReportScope,
    by: Breakdown | None = None,
    window: Window = WINDOW,
) -> Report:
    return report(session, scope, window=window, by=by, kpis=IDS, now=NOW)


def rows(found: Report, field: str, kpi: str) -> dict[str | None, Value]:
    return {row.key[field]: row.kpis[kpi] for row in found.rows}


@pytest.mark.usefixtures("posts")
def test_by_hand(session: Session, story: Story) -> None:
    """8 comments, 7 of known tone: 4 positive, 2 negative."""
    totals = made(session, campaign_scope(story.campaign)).totals
    assert totals["comments_analysed"].value == 8
    assert totals["comments_naming_brand"].value == 1
    assert totals["comments_naming_brand_share"].value == Decimal("0.125")
    net = totals["net_sentiment"]
    assert (net.numerator, net.denominator) == (2, 7)
    assert net.value == pytest.approx(Decimal(2) / 7)
    assert net.coverage == Decimal("0.875")
    assert (net.estimated, net.basis) == (True, Basis.WORD_LISTS)
    assert net.source is Provenance.REPORTED  # of two the more doubtful
    positive, negative = (
        totals["positive_comment_share"],
        totals["negative_comment_share"],
    )
    assert (positive.numerator, positive.denominator) == (4, 7)
    assert (negative.numerator, negative.denominator) == (2, 7)
    assert not totals["comments_analysed"].estimated


def test_by_everything(session: Session, story: Story, posts: list[Post]) -> None:
    scope = campaign_scope(story.campaign)
    for by, field, expected in (
        (Breakdown.INFLUENCER, "influencer_id", {story.anna.id: 7, story.bas.id: 1}),
        (Breakdown.PLATFORM, "platform", {"instagram": 7, "tiktok": 1}),
        (Breakdown.LINK, "slug", {"a-link": 7, "b-link": 1}),
        (Breakdown.POST, "post_id", {posts[0].id: 7, posts[1].id: 1}),
        (Breakdown.CAMPAIGN, "campaign_id", {story.campaign.id: 8}),
        (Breakdown.COUNTRY, "country", {None: 8}),
    ):
        found = rows(made(session, scope, by), field, "comments_analysed")
        assert {key: value.value for key, value in found.items()} == expected, by
    days = rows(made(session, scope, Breakdown.DAY), "day", "net_sentiment")
    assert [each.value for each in days.values()] == [
        None,
        pytest.approx(Decimal(3) / 6),
        Decimal(-1),
    ]
    assert next(iter(days.values())).reason == "no_comments"


@pytest.mark.usefixtures("posts")
def test_an_influencer_has_their_own(session: Session, story: Story) -> None:
    found = made(session, application_scope(story.bass)).totals
    assert found["comments_analysed"].value == 1
    assert found["net_sentiment"].value == 1
    assert found["net_sentiment"].source is Provenance.PLATFORM_API
    whole = made(session, brand_scope(story.brand)).totals
    assert whole["comments_analysed"].value == 8


def test_unknown_is_not_nought(
    session: Session, settings: Settings, story: Story
) -> None:
    none = made(session, campaign_scope(story.campaign)).totals
    assert {each.value for each in none.values()} == {None}
    assert {each.reason for each in none.values()} == {"no_comments"}
    post = make_post(session, story.annas)
    add_comment(session, post, "Das ist sehr schön geworden")
    add_comment(session, post, "DM me voor gratis volgers")
    read_all(session, settings)
    found = made(session, campaign_scope(story.campaign)).totals
    assert found["comments_analysed"].value == 1
    assert found["comments_naming_brand"].value == 0
    net = found["net_sentiment"]
    assert (net.value, net.reason, net.coverage) == (None, "tone_unknown", 0)

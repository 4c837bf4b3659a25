"""Reports: every KPI by hand, breakdowns that add up, null rules, walls, cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from content_rows import add_post
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_link,
    make_shop,
)
from kpi_cells import (
    END,
    JULY,
    MARCH,
    NOW,
    START,
    Story,
    add_clicks,
    add_commission,
    add_cost,
    add_orders,
    add_visits,
    facts,
    make_people,
    see_script,
    tell,
)
from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.accounts.rules import Platform
from marketplace.commissions.models import ClaimRequest
from marketplace.content import Comment, ContentSource, Post, PostFormat
from marketplace.kpis import Breakdown, Provenance, Value, Window, traffic_queries
from marketplace.orders.models import Lead
from marketplace.orders.rules import LeadKind
from marketplace.shops.models import WebhookEvent
from marketplace.tracking.rules import SetAside
from marketplace.tracking.traffic_models import JudgeRequest

WHOLE = Window(START, END)


@pytest.fixture
def story(session: Session) -> Story:
    return tell(session)


def of_campaign(session: Session, story: Story, **over: Any) -> kpis.Report:
    scope = over.pop("scope", None) or kpis.campaign_scope(story.campaign)
    return kpis.report(session, scope, **{"window": WHOLE, "now": NOW, **over})


# kpi: value, numerator, denominator, coverage
BY_HAND: dict[str, tuple[Any, Any, Any, Any]] = {
    "clicks": (7 + 6 + 3, None, None, "1"),
    "clicks_gross": (10 + 8 + 3, None, None, "1"),
    # March: v1 to v7, two of them on both links; July: v1 and v2 again.
    "unique_clickers": (7 + 2, None, None, "1"),
    "visitors": (7 + 3, None, None, "1"),
    # Bas's link is on TikTok, Anna's on Instagram.
    "social_visitors": (7 + 3, None, None, "1"),
    # Of four visits two are by people who may be recognised, one of them for the first
    # time; two stayed.
    "visits": (4, None, None, "1"),
    "bounce_rate": (Decimal("0.5"), 2, 4, "1"),
    "new_visitors": (1, None, None, "0.5"),
    "conversions": (3 + 1 + 2, None, None, "1"),
    "conversion_rate": (Decimal("0.5"), 5, 10, "1"),
    "revenue": (12000 + 5000 + 7000, None, None, "1"),
    "orders": (6, None, None, "1"),
    "average_order_value": (Decimal(4000), 24000, 6, "1"),
    # Of 4 of the 6 orders it is known whether the buyer is new.
    "new_customers": (3, None, None, "0." + "6" * 27 + "7"),
    "repeat_buyers": (3, None, None, "1"),  # c1, c4, c5
    # c5 and c6 bought last week: 3 of 5 customers are mature; only c1 was in time.
    "repeat_buyers_90d": (1, None, None, "0.6"),
    "repeat_rate": (Decimal("0." + "3" * 28), 1, 3, "0.6"),
    "code_redemptions": (2, None, None, "1"),
    "cost": (1200 + 500 + 700 + 3000 + 1000, None, None, "1"),
    # 9000 − 4000, 5000 − 2000, 7000 − 3500, over 5 of 6 orders.
    "gross_profit": (11500, None, None, "0.8" + "3" * 27),
    "net_profit": (11500 - 6400, None, None, "0.8" + "3" * 27),
    "profit_per_visitor": (Decimal(510), 5100, 10, "0.8" + "3" * 27),
    "gross_profit_per_visitor": (Decimal(1150), 11500, 10, "0.8" + "3" * 27),
    "cost_per_conversion": (Decimal("1066." + "6" * 23 + "7"), 6400, 6, "1"),
    "cpa": (Decimal("2133." + "3" * 24), 6400, 3, "0." + "6" * 27 + "7"),
    "cpc": (Decimal(400), 6400, 16, "1"),
    "roi": (Decimal("0.796875"), 5100, 6400, "0.8" + "3" * 27),
    "roas": (Decimal("3.75"), 24000, 6400, "1"),
    "refund_rate": (Decimal("0.1" + "6" * 26 + "7"), 1, 6, "1"),
}


def test_a_hand_knows_every_kpi() -> None:
    """Here, or in the test of the room it is in."""
    here = Path(__file__)
    rooms = "".join(
        each.read_text() for each in here.parent.glob("*.py") if each != here
    )
    unknown = {
        each
        for each in kpis.CATALOGUE
        if each not in BY_HAND and f'"{each}"' not in rooms
    }
    assert unknown == set()


def test_every_kpi_by_hand(session: Session, story: Story) -> None:
    made = of_campaign(session, story, kpis=BY_HAND)
    found = {
        kpi_id: (
            value.value,
            value.numerator,
            value.denominator,
            None if value.coverage is None else format(value.coverage, "f"),
        )
        for kpi_id, value in made.totals.items()
    }
    assert found == BY_HAND
    assert {value.reason for value in made.totals.values()} == {None}
    kinds = {kpi_id: type(value.value) for kpi_id, value in made.totals.items()}
    for kpi in map(kpis.CATALOGUE.__getitem__, BY_HAND):
        whole = kpi.unit in (kpis.Unit.COUNT, kpis.Unit.MONEY)
        assert kinds[kpi.id] is (int if whole else Decimal), kpi.id
    estimated = {kpi_id for kpi_id, value in made.totals.items() if value.estimated}
    assert estimated == {
        *("unique_clickers", "visitors", "social_visitors"),
        *("conversion_rate", "profit_per_visitor", "gross_profit_per_visitor"),
    }
    assert made.totals["visitors"].basis is kpis.Basis.VISITOR_DAYS
    assert (made.currency, made.timezone) == ("EUR", "Europe/Amsterdam")
    assert made.fresh_as_of == NOW


def rows_of(made: kpis.Report, *names: str) -> list[tuple[Any, ...]]:
    """Key and values of each row."""
    return [
        (
            tuple(line.key.values()),
            *(line.kpis[name].value for name in names),
        )
        for line in made.rows
    ]


def test_by_influencer(session: Session, story: Story) -> None:
    made = of_campaign(session, story, by=Breakdown.INFLUENCER)
    assert rows_of(made, "visitors", "orders", "cost", "net_profit") == [
        ((story.anna.id, "Anna"), 8, 4, 4700, 8000 - 4700),
        ((story.bas.id, "Bas"), 4, 2, 700, 3500 - 700),
        # The cost of the campaign as a whole is nobody's.
        ((None, None), 0, 0, 1000, -1000),
    ]
    assert made.rows[0].key == {"influencer_id": story.anna.id, "name": "Anna"}


def test_by_link_platform_and_channel(session: Session, story: Story) -> None:
    by_link = of_campaign(session, story, by=Breakdown.LINK)
    # Orders by code alone, and costs, followed no link.
    assert rows_of(by_link, "clicks", "orders", "cost") == [
        ((story.anna_link.id, "a-link"), 10, 3, 1200),
        ((story.bas_link.id, "b-link"), 6, 2, 700),
        ((None, None), 0, 1, 4500),
    ]
    by_platform = of_campaign(session, story, by=Breakdown.PLATFORM)
    assert [line.key for line in by_platform.rows] == [
        {"platform": "instagram"},
        {"platform": "tiktok"},
        {"platform": None},
    ]
    by_channel = of_campaign(session, story, by=Breakdown.CHANNEL)
    assert [line.key["handle"] for line in by_channel.rows] == ["anna", "bas", None]


def test_by_shop_clicks_belong_nowhere(session: Session, story: Story) -> None:
    made = of_campaign(session, story, by=Breakdown.SHOP)
    assert rows_of(made, "clicks", "orders", "cost") == [
        ((story.shop.id, "Wolkje shop"), 0, 6, 2400),
        ((None, None), 16, 0, 4000),
    ]


def test_every_day_has_a_row(session: Session, story: Story) -> None:
    made = of_campaign(session, story, by=Breakdown.DAY)
    days = [line.key["day"] for line in made.rows]
    assert days == [(START + timedelta(n)).isoformat() for n in range(WHOLE.length)]
    rows = {line.key["day"]: line.kpis for line in made.rows}
    assert rows["2026-03-10"]["visitors"] == Value(
        *(7, None, None, None, Decimal(1), False, None),
        source=Provenance.TRACKED,
    )
    quiet = rows["2026-03-11"]
    assert (quiet["clicks"].value, quiet["cpc"].reason) == (0, "no_clicks")


def test_weeks_and_months_hold_their_days(session: Session, story: Story) -> None:
    weeks = of_campaign(session, story, by=Breakdown.WEEK)
    assert weeks.rows[0].key == {"week": "2026-W09"}  # only its Sunday is in it
    busy = [line for line in weeks.rows if line.kpis["clicks"].value]
    assert [line.key["week"] for line in busy] == ["2026-W11", "2026-W28"]
    assert not weeks.rows[0].kpis["visitors"].estimated
    assert weeks.rows[1].kpis["visitors"].estimated
    months = of_campaign(session, story, by=Breakdown.MONTH)
    assert rows_of(months, "orders") == [
        (("2026-03",), 4),
        *((((f"2026-0{n}",), 0)) for n in (4, 5, 6)),
        (("2026-07",), 2),
    ]


def test_previous_is_the_stretch_before(session: Session, story: Story) -> None:
    window = Window(date(2026, 3, 11), date(2026, 3, 13))
    made = of_campaign(session, story, window=window)
    assert made.previous_days == (date(2026, 3, 9), date(2026, 3, 11))
    assert made.totals["orders"].value == 0
    assert made.previous["orders"].value == 4
    assert made.previous["revenue"].value == 17000


def test_the_window_is_half_open(session: Session, story: Story) -> None:
    def clicks(start: date, end: date) -> Any:
        made = of_campaign(session, story, window=Window(start, end))
        return made.totals["clicks"].value

    day = timedelta(days=1)
    assert clicks(MARCH, MARCH + day) == 13
    assert clicks(MARCH - day, MARCH) == 0
    assert clicks(MARCH + day, JULY + day) == 3


def test_nothing_happened_is_zero_and_ratios_are_null(session: Session) -> None:
    made = of_campaign(session, make_people(session), kpis=BY_HAND)
    known = {k: v.value for k, v in made.totals.items() if v.value is not None}
    assert known == dict.fromkeys(
        (
            *("clicks", "clicks_gross", "unique_clickers", "visitors"),
            "social_visitors",
            *("conversions", "revenue", "orders", "new_customers"),
            *("repeat_buyers", "repeat_buyers_90d", "code_redemptions"),
            *("cost", "gross_profit", "net_profit"),
        ),
        0,
    )
    reasons = {k: v.reason for k, v in made.totals.items() if v.reason}
    assert reasons == {
        **dict.fromkeys(("bounce_rate", "new_visitors", "visits"), "no_script"),
        "conversion_rate": "no_visitors",
        "average_order_value": "no_orders",
        "repeat_rate": "no_customers",
        "profit_per_visitor": "no_visitors",
        "gross_profit_per_visitor": "no_visitors",
        "cost_per_conversion": "no_conversions",
        "cpa": "no_new_customers",
        "cpc": "no_clicks",
        "roi": "no_cost",
        "roas": "no_cost",
        "refund_rate": "no_orders",
    }
    assert made.totals["revenue"].coverage is None
    assert made.rows == []


def test_what_nobody_knows_is_null(session: Session) -> None:
    story = make_people(session)
    # Newness, cost of goods and exchange rate are all unknown.
    add_orders(session, story.annas, story.shop, JULY, customers="c1", orders=2)
    add_commission(session, story.annas, JULY, 100)
    made = of_campaign(session, story, kpis=BY_HAND)
    reasons = {k: v.reason for k, v in made.totals.items() if v.value is None}
    assert reasons == {
        **dict.fromkeys(("bounce_rate", "new_visitors", "visits"), "no_script"),
        "conversion_rate": "no_visitors",
        "revenue": "no_exchange_rate",
        "average_order_value": "no_exchange_rate",
        "new_customers": "newness_unknown",
        "repeat_buyers_90d": "immature",
        "repeat_rate": "immature",
        "gross_profit": "no_cost_of_goods",
        "net_profit": "no_cost_of_goods",
        "profit_per_visitor": "no_cost_of_goods",
        "gross_profit_per_visitor": "no_cost_of_goods",
        # Nor is known what these orders earned.
        **dict.fromkeys(("cost", "cost_per_conversion"), "no_exchange_rate"),
        **dict.fromkeys(("cpa", "cpc"), "no_exchange_rate"),
        "roi": "no_cost_of_goods",
        "roas": "no_exchange_rate",
    }
    assert made.totals["new_customers"].coverage == 0
    # What nobody knows comes from nowhere.
    assert {v.source for v in made.totals.values() if v.value is None} == {None}
    assert made.totals["orders"].source is Provenance.TRACKED
    assert made.totals["average_order_value"].numerator is None
    assert made.totals["average_order_value"].denominator == 0


@pytest.mark.parametrize(
    ("now", "mature"),
    [
        # Amsterdam: 10 March ends at 23:00 UTC; 90 days later is 8 June, 23:00 UTC.
        (datetime(2026, 6, 8, 22, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 6, 8, 23, 0, 0, tzinfo=UTC), True),
    ],
)
def test_customers_are_mature_after_ninety_whole_days(
    session: Session, now: datetime, mature: bool
) -> None:
    story = make_people(session)
    add_orders(
        session,
        story.annas,
        story.shop,
        MARCH,
        customers="c1 c2",
        repeat="c1",
        repeat_90d="c1",
        **facts(2, 1000),
    )
    made = of_campaign(session, story, now=now)
    rate = made.totals["repeat_rate"]
    assert made.totals["repeat_buyers"].value == 1
    expected = (Decimal("0.5"), None) if mature else (None, "immature")
    assert (rate.value, rate.reason) == expected


def test_a_customer_of_two_campaigns_is_one_person(session: Session) -> None:
    story = make_people(session)
    other = make_campaign(session, story.brand, title="Other")
    again = make_application(session, other, story.bas)
    for application in (story.annas, again):
        add_orders(
            session,
            application,
            story.shop,
            MARCH,
            customers="c1",
            repeat="c1",
            **facts(1, 1000),
        )
    scope = kpis.brand_scope(story.brand)
    made = of_campaign(session, story, scope=scope, by=Breakdown.INFLUENCER)
    assert made.totals["repeat_buyers"].value == 1
    assert [line.kpis["repeat_buyers"].value for line in made.rows] == [1, 1]


def test_too_many_visitors_to_count_are_said_to_be_estimated(session: Session) -> None:
    story = make_people(session)
    crowd = " ".join(f"v{n}" for n in range(40_000))
    add_clicks(session, story.anna_link, MARCH, crowd)
    window = Window(MARCH, MARCH + timedelta(days=1))
    made = of_campaign(session, story, window=window)
    visitors = made.totals["visitors"]
    assert visitors.basis is kpis.Basis.SKETCH
    assert isinstance(visitors.value, int)
    assert abs(visitors.value - 40_000) < 1_200


def test_an_influencer_sees_the_own_share(session: Session, story: Story) -> None:
    made = of_campaign(session, story, scope=kpis.application_scope(story.annas))
    assert made.totals["orders"].value == 4
    assert made.totals["visitors"].value == 8
    assert made.totals["cost"].value == 4700
    by = of_campaign(
        session,
        story,
        scope=kpis.influencer_scope(story.anna),
        by=Breakdown.INFLUENCER,
    )
    assert rows_of(by, "orders", "cost") == [((story.anna.id, "Anna"), 4, 4700)]


def test_brands_and_influencers_are_walls(session: Session, story: Story) -> None:
    stranger = make_brand(session, name="Other")
    there = make_campaign(session, stranger)
    make_link(session, make_application(session, there, story.bas), slug="elsewhere")
    for by in (None, *Breakdown):
        made = of_campaign(session, story, scope=kpis.brand_scope(stranger), by=by)
        assert all(not value.value for value in made.totals.values())
        assert made.set_aside == dict.fromkeys(SetAside, 0)
        if by is None or not by.is_time:
            assert made.rows == []
    # Bas sees both of his campaigns, and of each only what is his.
    add_cost(session, there, JULY, 55)
    made = of_campaign(
        session, story, scope=kpis.influencer_scope(story.bas), by=Breakdown.CAMPAIGN
    )
    assert rows_of(made, "orders", "cost") == [((story.campaign.id, "Spring"), 2, 700)]
    everything = of_campaign(session, story, scope=kpis.brand_scope(story.brand))
    assert everything.totals["cost"].value == 6400


def test_commissions_are_known_of_orders_that_have_a_rate(session: Session) -> None:
    """Of seven orders two wait for an exchange rate, so nobody knows what they earn."""
    story = make_people(session)
    told = {**facts(7, 50_000, 20_000), "converted_orders": 5, "costed_orders": 5}
    newness = {"known_customers": 7, "new_customers": 4}
    add_orders(session, story.annas, story.shop, MARCH, **told, **newness)
    add_commission(session, story.annas, MARCH, 5_000)
    add_cost(session, story.campaign, MARCH, 1_000)
    names = ["cost", "cpa", "roi", "roas", "revenue", "orders"]
    made = of_campaign(session, story, kpis=names)
    covers = {name: made.totals[name].coverage for name in names}
    assert covers.pop("orders") == 1
    assert set(covers.values()) == {Decimal("0." + "714285" * 4 + "7143")}
    assert made.totals["cost"].value == 6_000
    assert made.totals["cpa"].value == 1_500
    # What was entered is known where nothing was sold.
    add_cost(session, story.campaign, JULY, 300)
    by_day = of_campaign(session, story, by=Breakdown.DAY, kpis=["cost"])
    july = next(row for row in by_day.rows if row.kpis["cost"].value == 300)
    assert july.kpis["cost"].coverage == 1


def test_what_has_no_rate_is_left_out_and_it_says_so(
    session: Session, story: Story
) -> None:
    pounds = make_campaign(session, story.brand, currency="GBP", title="London")
    abroad = make_application(session, pounds, story.bas)
    link = make_link(session, abroad, slug="c-link")
    add_clicks(session, link, MARCH, "w1 w2 w3")
    add_orders(session, abroad, story.shop, MARCH, link=link, **facts(1, 99_900))
    scope = kpis.brand_scope(story.brand)
    made = of_campaign(session, story, scope=scope, by=Breakdown.CAMPAIGN, kpis=BY_HAND)
    assert made.totals["orders"].value == 7
    assert made.totals["visitors"].value == 7 + 3 + 3
    revenue = made.totals["revenue"]
    assert (revenue.value, revenue.reason) == (24_000, "no_exchange_rate")
    # Of three days on which something happened in a campaign two can be told in euros.
    assert revenue.coverage == Decimal("0." + "6" * 27 + "7")
    # The visitors of London are not in a ratio with money that is not theirs.
    assert made.totals["profit_per_visitor"].denominator == 10
    london, spring = made.rows
    assert london.kpis["revenue"].value is None
    assert london.kpis["revenue"].reason == "no_exchange_rate"
    assert london.kpis["orders"].value == 1
    assert spring.kpis["revenue"].reason is None
    in_pounds = of_campaign(
        session,
        story,
        scope=kpis.brand_scope(story.brand, currency="GBP"),
        kpis=["revenue"],
    )
    assert in_pounds.totals["revenue"].value == 99_900


def test_freshness_waits_for_what_was_received(session: Session, story: Story) -> None:
    waiting = NOW - timedelta(minutes=7)
    session.add(
        WebhookEvent(
            shop_id=story.shop.id,
            brand_id=story.brand.id,
            delivery_key="1",
            body_sha256="",
            sealed_body=b"",
            received_at=waiting,
            next_attempt_at=waiting,
        )
    )
    session.flush()
    assert of_campaign(session, story).fresh_as_of == waiting
    own = of_campaign(session, story, scope=kpis.influencer_scope(story.anna))
    assert own.fresh_as_of == waiting
    stranger = kpis.brand_scope(make_brand(session))
    assert of_campaign(session, story, scope=stranger).fresh_as_of == NOW
    earlier = waiting - timedelta(hours=1)
    assert of_campaign(session, story, clicks_until=earlier).fresh_as_of == earlier


def test_freshness_waits_for_everything_that_changes_figures(
    session: Session, story: Story
) -> None:
    """What was asked to be decided, judged, granted or read again is not in them yet."""
    campaign_id, brand_id = story.campaign.id, story.brand.id
    common = {"brand_id": brand_id, "created_at": NOW}
    post = Post(
        **common,
        campaign_id=campaign_id,
        application_id=story.annas.id,
        influencer_id=story.anna.id,
        platform=Platform.INSTAGRAM,
        format=PostFormat.REEL,
        published_at=NOW,
    )
    session.add(post)
    session.flush()
    at = [NOW - timedelta(minutes=n) for n in range(6)]
    lead = Lead(
        **common,
        kind=LeadKind.NEWSLETTER,
        external_id="1",
        occurred_at=NOW,
        settle_requested_at=at[1],
    )
    comment = Comment(
        **{**common, "created_at": at[4]},
        campaign_id=campaign_id,
        post_id=post.id,
        external_id="1",
        text="Mooi!",
        source=ContentSource.REPORTED,
        published_at=NOW,
    )
    for number, row in enumerate(
        (
            lead,
            ClaimRequest(campaign_id=campaign_id, since_at=NOW, requested_at=at[2]),
            JudgeRequest(campaign_id=campaign_id, since_on=JULY, requested_at=at[3]),
            comment,
        ),
        start=1,
    ):
        session.add(row)
        session.flush()
        for scope in (
            kpis.campaign_scope(story.campaign),
            kpis.brand_scope(story.brand),
            kpis.influencer_scope(story.anna),
            kpis.application_scope(story.annas),
        ):
            made = of_campaign(session, story, scope=scope, kpis=["clicks"])
            assert made.fresh_as_of == at[number], type(row)
        stranger = kpis.brand_scope(make_brand(session))
        made = of_campaign(session, story, scope=stranger, kpis=["clicks"])
        assert made.fresh_as_of == NOW
    comment.reading = 1
    session.flush()
    made = of_campaign(session, story, kpis=["clicks"])
    assert made.fresh_as_of == at[3]


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("by", [None, *Breakdown])
def test_the_number_of_statements_is_fixed(session: Session, by: Breakdown) -> None:
    story = make_people(session)
    add_clicks(session, story.anna_link, MARCH, "v1")
    scope = kpis.brand_scope(story.brand)
    with counted(session) as few:
        of_campaign(session, story, scope=scope, by=by)
    with counted(session) as main:
        of_campaign(session, story, scope=scope, by=by, kpis=BY_HAND)
    for n in range(12):
        other = make_campaign(session, story.brand)
        application = make_application(session, other, story.anna)
        link = make_link(session, application)
        day = MARCH + timedelta(days=n)
        add_clicks(session, link, day, "v1 v2", country="NL")
        add_visits(session, link, day, "v2 v3", is_new=True)
        add_orders(session, application, story.shop, day, **facts(1, 100))
        add_commission(session, application, day, 10)
        add_cost(session, other, day, 5)
    session.flush()
    with counted(session) as many:
        made = of_campaign(session, story, scope=scope, by=by)
    assert made.totals["orders"].value == 12
    assert len(many) == len(few) <= 75  # every KPI there is, of nine kinds of facts
    assert len(main) <= 24


def test_only_what_is_asked_for_is_read(session: Session, story: Story) -> None:
    with counted(session) as sent:
        made = of_campaign(session, story, kpis=["clicks"])
    assert list(made.totals) == ["clicks"]
    assert not any("order_cells" in each or "FROM costs" in each for each in sent)


def test_an_unknown_kpi_is_refused(session: Session, story: Story) -> None:
    with pytest.raises(kpis.UnknownKpi) as refused:
        of_campaign(session, story, kpis=["clicks", "emw", "<x>"])
    assert len(refused.value.errors["kpis"]) == 2


def test_the_default_window_is_all_there_is(session: Session, story: Story) -> None:
    scope = kpis.campaign_scope(story.campaign)
    window = kpis.window_of(session, scope, now=NOW)
    assert window == Window(date(2026, 3, 2), date(2026, 7, 16))
    add_cost(session, story.campaign, date(2026, 1, 5), 10)
    assert kpis.window_of(session, scope, now=NOW).start == date(2026, 1, 5)
    # A post of before the campaign was made is a part of it too; midnight in Amsterdam.
    posted = datetime(2025, 12, 31, 23, 0, tzinfo=UTC)
    add_post(session, story.annas, posted.date(), published_at=posted)
    assert kpis.window_of(session, scope, now=NOW).start == date(2026, 1, 1)
    add_cost(session, story.campaign, date(2020, 1, 5), 10)
    assert kpis.window_of(session, scope, now=NOW).length == 1100
    late = datetime(2026, 7, 15, 22, 30, tzinfo=UTC)  # the 16th in Amsterdam
    assert kpis.window_of(session, scope, now=late).end == date(2026, 7, 17)


def test_moments_are_rounded_outward(session: Session, story: Story) -> None:
    scope = kpis.campaign_scope(story.campaign)
    midnight = datetime(2026, 3, 9, 23, 0, tzinfo=UTC)  # of the 10th in Amsterdam
    minute = timedelta(minutes=1)
    whole = kpis.window_of(
        session, scope, start=midnight, end=midnight + timedelta(days=1), now=NOW
    )
    assert whole == Window(MARCH, MARCH + timedelta(days=1))
    wider = kpis.window_of(
        session, scope, start=midnight - minute, end=midnight + minute, now=NOW
    )
    assert wider == Window(MARCH - timedelta(days=1), MARCH + timedelta(days=1))


def test_nonsense_windows_are_refused(session: Session, story: Story) -> None:
    scope = kpis.campaign_scope(story.campaign)
    for field, over in (
        ("from", {"start": MARCH, "end": MARCH - timedelta(days=1)}),
        ("from", {"start": date(1980, 1, 1), "end": date(1980, 1, 2)}),
        ("to", {"start": MARCH, "end": MARCH + timedelta(days=1101)}),
        ("timezone", {"timezone": "Mars/Olympus"}),
    ):
        with pytest.raises(kpis.BadWindow) as refused:
            kpis.window_of(session, scope, now=NOW, **over)
        assert set(refused.value.errors) == {field}


def test_a_day_named_as_both_ends_is_that_day(session: Session, story: Story) -> None:
    scope = kpis.campaign_scope(story.campaign)
    window = kpis.window_of(session, scope, start=MARCH, end=MARCH, now=NOW)
    assert window == kpis.Window(MARCH, MARCH + timedelta(days=1))


@pytest.mark.parametrize("hour", [0, 11, 23])  # 23:00 begins a day in Amsterdam
def test_from_a_moment_to_the_same_there_is_nothing(
    session: Session, story: Story, hour: int
) -> None:
    scope = kpis.campaign_scope(story.campaign)
    moment = datetime(2026, 3, 9, hour, 0, tzinfo=UTC)
    for end in (moment, moment - timedelta(minutes=1)):
        with pytest.raises(kpis.BadWindow) as refused:
            kpis.window_of(session, scope, start=moment, end=end, now=NOW)
        assert set(refused.value.errors) == {"from"}
    # Nothing of the 10th in Amsterdam lies before it begins.
    begins = datetime(2026, 3, 9, 23, 0, tzinfo=UTC)
    with pytest.raises(kpis.BadWindow):
        kpis.window_of(session, scope, start=MARCH, end=begins, now=NOW)


def test_sketches_of_one_day_are_united_across_links(session: Session) -> None:
    """The sum of the links' visitors is more than the visitors of the day."""
    story = make_people(session)
    add_clicks(session, story.anna_link, MARCH, "v1 v2 v3")
    add_clicks(session, story.bas_link, MARCH, "v2 v3 v4")
    made = of_campaign(session, story, by=Breakdown.LINK)
    assert made.totals["visitors"].value == 4
    assert [line.kpis["visitors"].value for line in made.rows] == [3, 3]


def of_day(session: Session, story: Story, **over: Any) -> kpis.Report:
    window = Window(MARCH, MARCH + timedelta(days=1))
    return of_campaign(session, story, **{"window": window, "kpis": BY_HAND, **over})


def test_who_clicked_and_then_visited_is_one_visitor(session: Session) -> None:
    story = make_people(session)
    add_clicks(session, story.anna_link, MARCH, "v1 v2")
    add_visits(session, story.anna_link, MARCH, "v2 v3")
    made = of_day(session, story)
    assert made.totals["visitors"].value == 3
    assert made.totals["unique_clickers"].value == 2
    assert not made.totals["visitors"].estimated


def test_a_visitor_of_two_campaigns_is_one_visitor_of_the_brand(
    session: Session,
) -> None:
    story = make_people(session)
    other = make_campaign(session, story.brand, title="Autumn")
    there = make_link(session, make_application(session, other, story.anna))
    add_clicks(session, story.anna_link, MARCH, "v1 v2", country="NL")
    add_clicks(session, there, MARCH, "v2 v3", country="BE")
    add_visits(session, there, MARCH, "v1 v4", country="NL")
    brand = kpis.brand_scope(story.brand)
    for scope in (brand, kpis.influencer_scope(story.anna)):
        made = of_day(session, story, scope=scope, by=Breakdown.COUNTRY)
        assert made.totals["visitors"].value == 4
        assert made.totals["unique_clickers"].value == 3
        assert rows_of(made, "visitors", "unique_clickers", "visits") == [
            (("BE",), 2, 2, 0),
            (("NL",), 3, 2, 2),
        ]
        (row,) = of_day(session, story, scope=scope, by=Breakdown.INFLUENCER).rows
        assert row.kpis["visitors"].value == 4
        rows = of_day(session, story, scope=scope, by=Breakdown.CAMPAIGN)
        assert rows_of(rows, "visitors") == [
            ((other.id, "Autumn"), 4),
            ((story.campaign.id, "Spring"), 2),
        ]
    # The next day they are other people.
    add_clicks(session, there, MARCH + timedelta(days=1), "v1")
    assert of_campaign(session, story, scope=brand).totals["visitors"].value == 5


def test_no_sketch_is_read_where_no_visitor_can_be_in_two_cells(
    session: Session, story: Story
) -> None:
    for scope in (
        kpis.campaign_scope(story.campaign),
        kpis.application_scope(story.annas),
    ):
        # Links that several posts share meet in one row.
        for by in {None, *Breakdown} - {Breakdown.POST}:
            with counted(session) as sent:
                of_campaign(session, story, scope=scope, by=by, kpis=BY_HAND)
            assert not any("traffic_sketches" in each for each in sent), by


def test_crowds_of_two_campaigns_are_estimated(session: Session) -> None:
    story = make_people(session)
    other = make_campaign(session, story.brand)
    there = make_link(session, make_application(session, other, story.anna))
    add_clicks(session, story.anna_link, MARCH, " ".join(f"v{n}" for n in range(9000)))
    add_clicks(session, there, MARCH, " ".join(f"w{n}" for n in range(9000)))
    scope = kpis.brand_scope(story.brand)
    made = of_day(session, story, scope=scope, by=Breakdown.CAMPAIGN)
    assert made.totals["visitors"].basis is kpis.Basis.SKETCH
    assert abs((made.totals["visitors"].value or 0) - 18_000) < 540
    assert {line.kpis["visitors"].value for line in made.rows} == {9000}
    assert {line.kpis["visitors"].estimated for line in made.rows} == {False}


def test_by_country_orders_and_costs_belong_nowhere(
    session: Session, story: Story
) -> None:
    add_clicks(session, story.bas_link, MARCH, "v8", country="NL", gross=3)
    made = of_campaign(session, story, by=Breakdown.COUNTRY)
    assert rows_of(made, "clicks", "clicks_gross", "orders", "cost") == [
        (("NL",), 1, 3, 0, 0),
        ((None,), 16, 21, 6, 6400),
    ]
    # From which country those came who came by social media, no cell says.
    for line in made.rows:
        assert line.kpis["social_visitors"].value is None
        assert line.kpis["social_visitors"].reason == "not_broken_down"
    assert made.totals["social_visitors"].value == 11


def test_only_the_busiest_values_have_a_row(
    session: Session, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic_queries, "MOST_VALUES", 2)
    for n, value in enumerate(("story", "reel", "post", "bio")):
        add_clicks(session, story.bas_link, MARCH, f"v{n}", gross=9 - n, s1=value)
    for scope in (
        kpis.campaign_scope(story.campaign),
        kpis.brand_scope(story.brand),
    ):
        made = of_campaign(session, story, scope=scope, by=Breakdown.S1)
        assert rows_of(made, "clicks_gross", "visitors") == [
            (("reel",), 8, 1),
            (("story",), 9, 1),
            # Of 7 and 6 more it is not known how many people these are together.
            ((None,), 21 + 7 + 6, 7 + 3),
        ]


def test_new_and_returning_are_those_who_consent(
    session: Session, story: Story
) -> None:
    made = of_campaign(session, story, by=Breakdown.NEW_OR_RETURNING)
    assert rows_of(made, "visits", "new_visitors", "visitors", "clicks") == [
        (("new",), 1, 1, 1, 0),
        (("returning",), 1, 0, 1, 0),
        ((None,), 2, None, 9, 16),
    ]
    nobody = of_campaign(session, story, scope=kpis.application_scope(story.bass))
    new = nobody.totals["new_visitors"]
    assert (new.value, new.reason, new.coverage) == (0, None, None)


def test_without_a_script_there_is_no_telling_of_visits(session: Session) -> None:
    story = make_people(session)
    add_clicks(session, story.anna_link, MARCH, "v1 v2")
    told = ("visits", "bounce_rate", "new_visitors", "returning_visitors")

    def of_visits(by: Breakdown | None = None) -> list[Any]:
        made = of_campaign(session, story, kpis=(*told, "visitors"), by=by)
        every = [made.totals, *(line.kpis for line in made.rows)]
        assert {each["visitors"].value for each in every} <= {0, 2}
        return [
            [(each[name].value, each[name].reason) for name in told] for each in every
        ]

    assert of_visits() == [[(None, "no_script")] * 4]
    for row in of_visits(Breakdown.DAY):
        assert row == [(None, "no_script")] * 4
    # Another brand's script says nothing of this one.
    see_script(session, make_shop(session, make_brand(session, name="Other")))
    assert of_visits() == [[(None, "no_script")] * 4]
    see_script(session, story.shop)
    assert of_visits() == [[(0, None), (None, "no_visits"), (0, None), (0, None)]]


def test_nobody_who_consents_is_not_nobody_new(session: Session) -> None:
    story = make_people(session)
    add_visits(session, story.anna_link, MARCH, "v1 v2", engaged=2)
    made = of_campaign(session, story)
    new, bounced = made.totals["new_visitors"], made.totals["bounce_rate"]
    assert (new.value, new.reason, new.coverage) == (None, "no_consent", 0)
    assert (bounced.value, bounced.numerator) == (Decimal(0), 0)


def test_blogs_are_no_social_medium(session: Session) -> None:
    story = make_people(session)
    blog = make_link(session, story.annas, platform=Platform.BLOG, slug="c-link")
    add_clicks(session, story.anna_link, MARCH, "v1 v2")
    add_clicks(session, blog, MARCH, "v2 v3 v4")
    made = of_campaign(session, story, by=Breakdown.LINK)
    assert made.totals["social_visitors"].value == 2
    assert rows_of(made, "social_visitors", "visitors") == [
        ((story.anna_link.id, "a-link"), 2, 2),
        ((blog.id, "c-link"), 0, 3),
    ]
    made = of_campaign(session, story, by=Breakdown.PLATFORM)
    assert rows_of(made, "social_visitors", "visitors") == [
        (("blog",), 0, 3),
        (("instagram",), 2, 2),
    ]


def test_what_was_set_aside_is_told_per_reason(session: Session) -> None:
    story = make_people(session)
    add_clicks(session, story.anna_link, MARCH, "v1", gross=4, aside=SetAside.BOT)
    add_clicks(session, story.bas_link, MARCH, "v2", gross=3, aside=SetAside.REPEAT)
    add_clicks(session, story.bas_link, JULY, "v2", gross=3, aside=SetAside.REPEAT)
    made = of_day(session, story)
    expected = dict.fromkeys(SetAside, 0) | {SetAside.BOT: 3, SetAside.REPEAT: 2}
    assert made.set_aside == expected
    own = of_day(session, story, scope=kpis.application_scope(story.annas))
    assert own.set_aside == dict.fromkeys(SetAside, 0) | {SetAside.BOT: 3}
    assert of_day(session, story, kpis=["orders"]).set_aside is None

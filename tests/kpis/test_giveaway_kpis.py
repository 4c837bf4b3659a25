"""KPIs of giveaways by hand: who entered, how often, for how much, and who bought."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from factories import KEYRING, make_campaign
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kpi_cells import JULY, NOW, Story, add_clicks, add_cost, make_people
from sqlalchemy import delete
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.clock import day_start
from marketplace.ids import id_bytes
from marketplace.keys import keyed_hash
from marketplace.kpis import Basis, Breakdown, Window, giveaway_reading
from marketplace.orders.models import Customer, CustomerKey, Order
from marketplace.orders.rules import OrderStatus
from marketplace.tracking import giveaway_entries, giveaway_forgetting, giveaways
from marketplace.tracking.codec import click_codec
from marketplace.tracking.giveaway_entries import EntryKeys, EntrySaid
from marketplace.tracking.giveaway_models import Giveaway, GiveawayEntry
from marketplace.tracking.giveaway_rules import EntrySource

KEYS = EntryKeys(KEYRING, b"k" * 32, click_codec(KEYRING))
OPENS = day_start(JULY, "Europe/Amsterdam")
WEEK = Window(JULY, JULY + timedelta(7))


@pytest.fixture
def story(session: Session) -> Story:
    return make_people(session)


def announce(session: Session, story: Story, **over: Any) -> Giveaway:
    return giveaways.announce(
        session,
        over.pop("campaign", story.campaign),
        page_url="https://mkt.example/g/",
        keyring=KEYRING,
        by=None,
        now=OPENS,
        title="Win",
        prize="a mask",
        rules_url="https://wolkje.example/rules",
        closes_at=OPENS + timedelta(days=30),
        **{"entries_per_person": "daily", **over},
    )


def enter(
    session: Session, giveaway: Giveaway, who: str, day: int, link: Any = None
) -> GiveawayEntry:
    at = OPENS + timedelta(days=day, hours=12)
    click = None
    if link is not None:
        click = KEYS.codec.mint(id_bytes(link.id), int(at.timestamp() * 1000))
    said = EntrySaid(
        email=f"{who}@x.example",
        source=EntrySource.PAGE,
        accepts_rules=True,
        click_id=click,
    )
    entry, _ = giveaway_entries.enter(session, giveaway, said, keys=KEYS, now=at)
    return entry


def buys(session: Session, story: Story, who: str, day: int, **over: Any) -> None:
    customer = Customer(brand_id=story.brand.id, created_at=NOW)
    session.add(customer)
    session.flush()
    key = f"mail:{keyed_hash(b'k' * 32, f'{who}@x.example')}"
    session.add(CustomerKey(brand_id=story.brand.id, key=key, customer_id=customer.id))
    at = OPENS + timedelta(days=day)
    fields = {
        "brand_id": story.brand.id,
        "shop_id": story.shop.id,
        "customer_id": customer.id,
        "external_id": f"{who}-{day}",
        "status": OrderStatus.PAID,
        "placed_at": at,
        "updated_at": at,
        "currency": "EUR",
        "total_amount": 1000,
        "base_amount": 1000,
        "net_amount": 1000,
        "created_at": at,
        **over,
    }
    session.add(Order(**fields))
    session.flush()


def made(session: Session, story: Story, **over: Any) -> kpis.Report:
    scope = over.pop("scope", None) or kpis.campaign_scope(story.campaign)
    ids = [
        *("giveaway_entrants", "giveaway_entries", "entries_per_click"),
        *("cost_per_entrant", "entrants_who_bought", "entrant_purchase_rate"),
    ]
    return kpis.report(session, scope, window=WEEK, kpis=ids, now=NOW, **over)


def tell(session: Session, story: Story) -> Giveaway:
    """Ann enters twice by Anna's link, Bob once by Bas's, Cas by none; Dan cheats."""
    giveaway = announce(session, story)
    enter(session, giveaway, "ann", 0, story.anna_link)
    enter(session, giveaway, "ann", 1, story.anna_link)
    enter(session, giveaway, "bob", 1, story.bas_link)
    enter(session, giveaway, "cas", 2)
    out = enter(session, giveaway, "dan", 2, story.bas_link)
    giveaway_entries.disqualify(session, out, "r", by="usr", now=NOW)
    other = announce(session, story)
    enter(session, other, "ann", 2)  # the same person, in another giveaway
    enter(session, other, "eve", 9)  # after the window
    add_clicks(session, story.anna_link, JULY, "v1 v2 v3 v4")
    add_cost(session, story.campaign, JULY, 900)
    buys(session, story, "ann", 1)
    buys(session, story, "bob", 1, status=OrderStatus.REFUNDED)
    buys(session, story, "cas", 2)  # earlier on the day on which Cas entered
    buys(session, story, "dan", 5)
    session.commit()
    return giveaway


def test_every_kpi_by_hand(session: Session, story: Story) -> None:
    tell(session, story)
    totals = made(session, story).totals
    found = {name: (v.value, v.numerator, v.denominator) for name, v in totals.items()}
    assert found == {
        "giveaway_entrants": (3, None, None),  # ann, bob, cas
        "giveaway_entries": (5, None, None),
        "entries_per_click": (Decimal("1.25"), 5, 4),
        "cost_per_entrant": (Decimal(300), 900, 3),
        # Ann bought after the first time she entered; Bob's order went back.
        "entrants_who_bought": (1, None, None),
        "entrant_purchase_rate": (Decimal("0." + "3" * 28), 1, 3),
    }
    assert {value.reason for value in totals.values()} == {None}
    assert not any(value.estimated for value in totals.values())


def test_rows(session: Session, story: Story) -> None:
    tell(session, story)
    by_link = made(session, story, by=Breakdown.LINK)
    assert {
        line.key["slug"]: (
            line.kpis["giveaway_entrants"].value,
            line.kpis["giveaway_entries"].value,
        )
        for line in by_link.rows
        if line.kpis["giveaway_entries"].value
    } == {"a-link": (1, 2), "b-link": (1, 1), None: (2, 2)}
    by_day = made(session, story, by=Breakdown.DAY)
    numbers = [line.kpis["giveaway_entrants"].value for line in by_day.rows]
    assert numbers == [1, 2, 2, 0, 0, 0, 0]
    (week,) = made(session, story, by=Breakdown.MONTH).rows
    assert week.kpis["giveaway_entrants"].value == 3
    anna = made(session, story, scope=kpis.application_scope(story.annas)).totals
    assert anna["giveaway_entrants"].value == 1
    assert anna["giveaway_entries"].value == 2


def test_one_person_in_two_campaigns_is_one(session: Session, story: Story) -> None:
    tell(session, story)
    campaign = make_campaign(session, story.brand, title="Other")
    giveaway = announce(session, story, campaign=campaign)
    enter(session, giveaway, "ann", 3)
    enter(session, giveaway, "fay", 3)
    scope = kpis.brand_scope(story.brand)
    report = made(session, story, scope=scope, by=Breakdown.CAMPAIGN)
    assert report.totals["giveaway_entrants"].value == 4
    rows = {r.key["title"]: r.kpis["giveaway_entrants"].value for r in report.rows}
    assert rows == {"Spring": 3, "Other": 2}


def test_who_was_forgotten_still_entered(session: Session, story: Story) -> None:
    tell(session, story)
    hashed = [keyed_hash(b"k" * 32, "ann@x.example")]
    giveaway_forgetting.forget_entrants(session, story.brand.id, hashed, at=NOW)
    totals = made(session, story).totals
    assert totals["giveaway_entrants"].value == 3
    assert totals["giveaway_entries"].value == 5
    bought = totals["entrants_who_bought"]
    assert bought.value == 0
    assert bought.coverage is not None
    assert format(bought.coverage, ".3f") == "0.667"


def test_without_a_giveaway(session: Session, story: Story) -> None:
    totals = made(session, story).totals
    assert totals["giveaway_entrants"].value == 0
    assert totals["cost_per_entrant"].reason == "no_giveaway_entrants"
    assert totals["entries_per_click"].reason == "no_clicks"
    assert totals["entrant_purchase_rate"].reason == "no_entrants"


def test_very_many_are_estimated(
    session: Session, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(session, story)
    monkeypatch.setattr(giveaway_reading, "MOST_EXACT", 2)
    totals = made(session, story).totals
    assert totals["giveaway_entrants"].value == 3  # a small sketch is exact
    assert totals["giveaway_entrants"].basis is Basis.SKETCH
    assert totals["giveaway_entries"].value == 5
    assert totals["giveaway_entries"].basis is None


ENTRIES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 3), st.booleans()), max_size=10
)


@settings(
    max_examples=20,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(ENTRIES, st.data())
def test_whatever_order_entries_come_in(
    session: Session, story: Story, entries: list[Any], data: st.DataObject
) -> None:
    giveaway = announce(session, story)
    for who, day, by_link in data.draw(st.permutations([*entries, *entries[:2]])):
        enter(session, giveaway, who, day, story.anna_link if by_link else None)
    report = made(session, story, by=Breakdown.DAY)
    pairs = {(who, day) for who, day, _ in entries}
    assert report.totals["giveaway_entries"].value == len(pairs)
    assert report.totals["giveaway_entrants"].value == len({who for who, _ in pairs})
    rows = [line.kpis["giveaway_entries"].value or 0 for line in report.rows]
    assert sum(rows) == len(pairs)
    session.execute(delete(GiveawayEntry))
    session.execute(delete(Giveaway))

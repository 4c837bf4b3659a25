"""Paths from a brand's own orders and clicks: whose, in which order, worth what."""

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from factories import make_application, make_campaign, make_influencer, make_link
from kpi_cells import add_clicks
from pipeline_world import T0, World, make_world, sale
from sqlalchemy.orm import Session

from marketplace import currencies
from marketplace.attribution import observed_paths, visitor_paths
from marketplace.attribution.observed_paths import Observed, TooManyTouches, observe
from marketplace.attribution.path_groups import GroupedBy, Within
from marketplace.collaborations.models import Application
from marketplace.orders.models import Lead
from marketplace.orders.rules import LeadKind
from marketplace.shops.adapters.base import Customer
from marketplace.shops.adapters.base import OrderStatus as Stated
from marketplace.tracking.rules import SetAside
from marketplace.tracking.traffic_models import Click, Visit

FIRST, LAST = date(2026, 3, 1), date(2026, 4, 1)
HOUR = timedelta(hours=1)


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def visit_by_click(
    world: World, who: str, at: datetime, visitor: str, **over: Any
) -> str:
    """A stored click; its id."""
    click_id = world.click(who, at)
    row = Click(
        id=click_id,
        day_on=at.date(),
        link_id=world.links[who].id,
        at=at,
        visitor=visitor,
        evidence={},
        **over,
    )
    world.session.add(row)
    world.session.flush()
    return click_id


def seen(world: World, by: GroupedBy = GroupedBy.INFLUENCER, **over: Any) -> Observed:
    said = {
        "brand_id": world.brand.id,
        "timezone": world.brand.timezone,
        "start": FIRST,
        "end": LAST,
        "currency": "EUR",
        **over,
    }
    return observe(world.session, Within(**said), by)


def influencer(world: World, who: str) -> str:
    return world.session.get_one(Application, world.apps[who]).influencer_id


def walks(world: World, found: Observed, *, won: bool = True) -> Counter[str]:
    """The paths as ``"ANNA BO"``, with how often each ended that way."""
    names: dict[str | None, str] = {influencer(world, who): who for who in world.apps}
    return Counter(
        {
            " ".join(names.get(key, "?") for key in path.touches): times
            for path in found.paths
            if (times := path.conversions if won else path.nulls)
        }
    )


def test_an_orders_path_is_every_contact_in_time_order(world: World) -> None:
    anna = world.click("ANNA", T0 - 5 * HOUR)
    bo = world.click("BO", T0 - 2 * HOUR)
    world.deliver(sale("1", click_ids=(bo, anna), codes=("ANNA",)))
    assert walks(world, seen(world)) == {"ANNA BO ANNA": 1}
    (by_link,) = seen(world, GroupedBy.LINK).paths
    assert by_link.touches == (world.links["ANNA"].id, world.links["BO"].id, None)
    (by_platform,) = seen(world, GroupedBy.PLATFORM).paths
    assert by_platform.touches == ("instagram", "instagram", None)
    assert by_platform.amount == 10_000
    campaign_id = world.links["BO"].campaign_id
    (by_campaign,) = seen(world, GroupedBy.CAMPAIGN).paths
    assert set(by_campaign.touches) == {campaign_id}


def test_what_was_no_contact_is_in_no_path(world: World) -> None:
    recent = world.click("ANNA", T0 - timedelta(days=5))
    old = world.click("BO", T0 - timedelta(days=400))
    world.deliver(sale("unknown", codes=("NOBODY",), click_ids=("not-a-click",)))
    world.deliver(sale("old", click_ids=(old,)))
    world.deliver(sale("cancelled", click_ids=(recent,), status=Stated.CANCELLED))
    assert seen(world).paths == []
    world.deliver(sale("other month", minute=60 * 24 * 40, codes=("ANNA",)))
    assert seen(world).paths == []


def test_an_order_nobody_is_paid_for_is_in_the_report(session: Session) -> None:
    world = make_world(session, new_customers_only=True)
    world.deliver(sale("1", click_ids=(world.click("BO", T0 - HOUR),)))
    assert world.decision("1").application_id is None
    assert walks(world, seen(world)) == {"BO": 1}


def test_who_clicked_and_is_in_no_order_is_a_path_without_one(world: World) -> None:
    bought = visit_by_click(world, "ANNA", T0 - HOUR, "buyer")
    visit_by_click(world, "BO", T0 + HOUR, "buyer")
    world.deliver(sale("1", click_ids=(bought,)))
    visit_by_click(world, "BO", T0, "looked")
    visit_by_click(world, "ANNA", T0 + HOUR, "looked")
    visit_by_click(world, "BO", T0 + 2 * HOUR, "looked", reason=SetAside.REPEAT)
    visit_by_click(world, "BO", T0, "crawler", reason=SetAside.BOT)
    visit_by_click(world, "BO", T0, "staff", reason=SetAside.INTERNAL)
    visit_by_click(world, "ANNA", T0 - timedelta(days=40), "before")
    assert walks(world, seen(world), won=False) == {"BO ANNA BO": 1}


def test_a_consenting_person_is_one_path_over_days(world: World) -> None:
    for day, who in enumerate(("ANNA", "BO", "BO")):
        at = T0 + timedelta(days=day)
        visit_by_click(world, who, at, f"hash{day}")
        world.session.add(
            Visit(
                id=f"vis_{day}",
                brand_id=world.brand.id,
                shop_id=world.shop.id,
                day_on=at.date(),
                visitor=f"hash{day}",
                person="somebody" if day < 2 else None,
                started_at=at,
                ended_at=at,
                page_views=1,
                engaged=False,
                source="click",
                facts={},
            )
        )
    world.session.flush()
    assert walks(world, seen(world), won=False) == {"ANNA BO": 1, "BO": 1}


def test_another_brand_and_another_campaign_stay_outside(world: World) -> None:
    session = world.session
    other = make_world(session, mail="other.example")
    visit_by_click(other, "ANNA", T0, "stranger")
    other.deliver(sale("theirs", codes=("BO",)))
    assert seen(world).paths == []
    campaign = make_campaign(session, world.brand)
    second = make_application(session, campaign, make_influencer(session))
    world.apps["CAS"] = second.id
    world.links["CAS"] = make_link(session, second)
    cas = world.click("CAS", T0 - HOUR)
    world.deliver(sale("1", click_ids=(cas,), codes=("BO",)))
    visit_by_click(world, "CAS", T0, "looked")
    visit_by_click(world, "BO", T0, "looked")
    assert walks(world, seen(world)) == {"CAS BO": 1}
    only = seen(world, campaign_id=campaign.id)
    assert walks(world, only) == {"CAS": 1}
    assert walks(world, only, won=False) == {"CAS": 1}


def test_orders_are_worth_what_they_came_to_that_day(world: World) -> None:
    world.deliver(sale("1", codes=("ANNA",), currency="USD"))
    world.deliver(sale("2", codes=("BO",)))
    found = seen(world)
    assert (found.unpriced, sum(path.amount for path in found.paths)) == (1, 10_000)
    rates = {("USD", T0.date()): Decimal("1.25")}
    currencies.set_rates(world.session, rates)
    found = seen(world)
    assert (found.unpriced, sum(path.amount for path in found.paths)) == (0, 18_000)


def test_the_touch_that_made_the_buyer_a_lead_has_its_place(world: World) -> None:
    clicks = [
        world.click(who, T0 - hours * HOUR) for who, hours in (("ANNA", 9), ("BO", 5))
    ]
    buyer = Customer(external_id="7", email="buyer@example.com", orders_count=1)
    world.deliver(sale("1", click_ids=tuple(clicks), codes=("ANNA",), customer=buyer))
    world.session.add(
        Lead(
            brand_id=world.brand.id,
            customer_id=world.order("1").customer_id,
            kind=LeadKind.NEWSLETTER,
            external_id="n1",
            occurred_at=T0 - 4 * HOUR,
            codes=[],
            click_ids=[],
            created_at=T0,
        )
    )
    world.session.flush()
    (path,) = seen(world).paths
    assert (len(path.touches), path.lead) == (3, 1)


def test_of_very_many_clicks_a_fixed_part_of_the_visitors_is_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor_paths, "MOST_CLICKS", 100)
    for n in range(256):
        visit_by_click(world, "ANNA", T0 + n * timedelta(seconds=1), f"{n:02x}" * 16)
    add_clicks(world.session, world.links["ANNA"], T0.date(), "x", counted=256)
    found = seen(world)
    assert found.sampled == Decimal("0.25")
    assert walks(world, found, won=False) == {"ANNA": 256}
    assert seen(world) == found


def test_more_orders_than_one_report_reads_are_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observed_paths, "MOST_TOUCHES", 1)
    world.deliver(sale("1", codes=("ANNA",)))
    assert len(seen(world).paths) == 1
    world.deliver(sale("2", codes=("ANNA",)))
    with pytest.raises(TooManyTouches):
        seen(world)

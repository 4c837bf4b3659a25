"""What leads and counted clicks earn, and that caps hold for them as well."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pipeline_world import T0, World, make_world
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import commissions
from marketplace.attribution import LeadAttribution
from marketplace.campaigns.pay_rules import CommissionKind, CommissionOn
from marketplace.collaborations.models import Application
from marketplace.commissions import Commission, EntryKind
from marketplace.orders import Lead
from marketplace.orders.rules import LeadKind
from marketplace.tracking.rules import Dimension
from marketplace.tracking.traffic_models import TrafficCell

FLAT = {
    "commission_kind": CommissionKind.FLAT,
    "commission_bps": None,
    "commission_amount": 250,
}
DAY = date(2026, 3, 10)


def tell_lead(world: World, name: str, who: str | None, minute: int = 0) -> None:
    """As the pipeline settles a lead that is credited to somebody, or to nobody."""
    session, at = world.session, T0 + timedelta(minutes=minute)
    lead = session.get(Lead, name) or Lead(
        id=name,
        brand_id=world.brand.id,
        kind=LeadKind.REGISTRATION,
        external_id=name,
        occurred_at=at,
        created_at=at,
    )
    session.add(lead)
    session.flush()
    row = session.get(LeadAttribution, name) or LeadAttribution(
        lead_id=name, brand_id=world.brand.id, decided_at=at, day_on=DAY, revision=1
    )
    session.add(row)
    application = session.get(Application, world.apps[who]) if who else None
    row.application_id = application.id if application else None
    row.campaign_id = application.campaign_id if application else None
    row.influencer_id = application.influencer_id if application else None
    session.flush()
    cells = commissions.settle_lead(session, lead, row, now=T0)
    commissions.rebuild(session, cells, now=T0)
    assert commissions.check_ledger(session) == []


def owed(world: World) -> dict[tuple[str, str], int]:
    names = {app: who for who, app in world.apps.items()}
    sums: dict[tuple[str, str], int] = {}
    for entry in world.session.scalars(select(Commission)):
        key = (names[entry.application_id], entry.lead_id or entry.source or "")
        sums[key] = sums.get(key, 0) + entry.amount
    return {key: amount for key, amount in sums.items() if amount}


def test_leads_earn_their_amount_within_caps(session: Session) -> None:
    caps = [{"of": "influencer", "period": "day", "amount": 600}]
    terms: dict[str, Any] = {**FLAT, "commission_on": CommissionOn.LEAD}
    world = make_world(session, **terms, commission_caps=caps)
    for number in (3, 1, 2):
        tell_lead(world, f"lea_{number}", "ANNA", number)
    expected = {("ANNA", "lea_1"): 250, ("ANNA", "lea_2"): 250, ("ANNA", "lea_3"): 100}
    assert owed(world) == expected
    tell_lead(world, "lea_1", "BO", 1)
    assert owed(world) == {
        ("ANNA", "lea_2"): 250,
        ("ANNA", "lea_3"): 250,
        ("BO", "lea_1"): 250,
    }
    tell_lead(world, "lea_1", None, 1)
    entry = session.scalars(
        select(Commission).where(Commission.lead_id == "lea_2")
    ).first()
    assert entry is not None
    commissions.approve(session, entry, now=T0)
    assert session.get_one(LeadAttribution, "lea_2").final_at == T0
    assert session.get_one(LeadAttribution, "lea_3").final_at is None


def test_leads_reach_goals(session: Session) -> None:
    goals = [{"goal": "leads", "period": "day", "at_least": 2, "amount": 900}]
    world = make_world(session, commission_bonuses=goals)
    tell_lead(world, "lea_1", "ANNA")
    assert owed(world) == {}
    tell_lead(world, "lea_2", "ANNA")
    assert owed(world) == {("ANNA", "bonus:0:2026-03-10"): 900}
    tell_lead(world, "lea_2", "BO")
    assert owed(world) == {}


def count(world: World, who: str, day: date, counted: int) -> None:
    key = (world.apps[who], Dimension.ALL, day, "")
    cell = world.session.get(TrafficCell, key)
    if cell is None:
        cell = TrafficCell(
            scope_id=key[0], dimension=key[1], day_on=day, value="", set_aside={}
        )
        world.session.add(cell)
    cell.counted, cell.gross, cell.updated_at = counted, counted + 5, T0
    world.session.flush()


def settle_clicks(world: World, at: datetime) -> int:
    done = commissions.settle_clicks(world.session, world.brand, now=at)
    assert commissions.check_ledger(world.session) == []
    return done


@pytest.fixture
def clicked(session: Session) -> World:
    terms: dict[str, Any] = {**FLAT, "commission_amount": 7}
    goals = [{"goal": "clicks", "period": "month", "at_least": 150, "amount": 500}]
    caps = [{"of": "campaign", "period": "month", "amount": 1_500}]
    return make_world(
        session,
        **{**terms, "commission_on": CommissionOn.CLICK},
        commission_bonuses=goals,
        commission_caps=caps,
    )


def test_clicks_of_a_running_day_earn_now_and_then(clicked: World) -> None:
    count(clicked, "ANNA", DAY, 40)
    count(clicked, "BO", DAY, 0)
    evening = datetime(2026, 3, 10, 22, 59, tzinfo=UTC)  # 23:59 in Amsterdam
    quarter = timedelta(minutes=15)
    assert settle_clicks(clicked, evening - quarter) == 1
    assert owed(clicked) == {("ANNA", "clicks:2026-03-10"): 280}
    count(clicked, "ANNA", DAY, 100)
    count(clicked, "ANNA", DAY + timedelta(days=1), 9)  # ahead of the brand's clock
    assert settle_clicks(clicked, evening - timedelta(minutes=1)) == 0
    assert settle_clicks(clicked, evening) == 1
    assert owed(clicked) == {("ANNA", "clicks:2026-03-10"): 700}
    count(clicked, "ANNA", DAY + timedelta(days=1), 0)
    assert settle_clicks(clicked, evening + timedelta(days=3)) == 0
    entry = clicked.session.scalars(
        select(Commission).order_by(Commission.created_at.desc())
    ).first()
    assert entry is not None
    assert entry.day_on == DAY
    assert entry.inputs["clicks"] == 100
    hold = timedelta(days=30)
    assert entry.matures_at == evening + timedelta(minutes=1, microseconds=-1) + hold


def test_clicks_judged_again_are_a_difference(clicked: World) -> None:
    after = datetime(2026, 3, 20, tzinfo=UTC)
    count(clicked, "ANNA", DAY, 100)
    count(clicked, "ANNA", DAY + timedelta(days=1), 60)
    count(clicked, "BO", DAY, 80)
    assert settle_clicks(clicked, after) == 3
    assert owed(clicked) == {
        ("ANNA", "bonus:0:2026-03"): 500,
        ("ANNA", "clicks:2026-03-10"): 700,
        ("BO", "clicks:2026-03-10"): 560,
        ("ANNA", "clicks:2026-03-11"): 240,  # what the month left of 420
    }
    count(clicked, "ANNA", DAY, 70)
    assert settle_clicks(clicked, after) == 1
    assert owed(clicked) == {
        ("ANNA", "clicks:2026-03-10"): 490,
        ("BO", "clicks:2026-03-10"): 560,
        ("ANNA", "clicks:2026-03-11"): 420,
    }
    kinds = {e.kind for e in clicked.session.scalars(select(Commission))}
    assert kinds == {EntryKind.EARNING, EntryKind.BONUS}

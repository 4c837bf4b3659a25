"""The rates that come with a release: all of them, once, beside what was set by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_shop,
)
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.attribution import Attribution
from marketplace.config import Settings
from marketplace.currencies import (
    ExchangeRate,
    RateFill,
    fill_rates,
    is_filled,
    rate_on,
    set_rates,
)
from marketplace.currencies import operations as filling
from marketplace.jobs import JobContext, fill_exchange_rates
from marketplace.orders import Order, OrderStatus

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MONDAY = date(2024, 3, 4)


def test_what_was_set_by_hand_stays(
    session: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "FILLED_DAYS", 10_000)
    set_rates(session, {("USD", MONDAY): Decimal("1.5")})
    session.commit()
    first, last = fill_rates(session, now=NOW) or (NOW.date(), NOW.date())
    assert first == date(1999, 1, 4)
    assert last >= date(2026, 1, 1)
    assert not is_filled(session)
    assert fill_rates(session, now=NOW) is None
    assert is_filled(session)
    session.commit()
    found = rate_on(session, "EUR", "USD", MONDAY)
    assert found == (Decimal("1.5"), MONDAY)
    assert rate_on(session, "EUR", "JPY", MONDAY) == (Decimal("163.22"), MONDAY)
    rows = session.scalar(select(func.count()).select_from(ExchangeRate)) or 0
    assert rows > 190_000


def test_a_stretch_at_a_time_the_newest_first_and_orders_that_waited_for_it(
    session: Session,
    engine: Engine,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(filling, "FILLED_DAYS", 5)
    context = JobContext(engine, settings)
    assert fill_exchange_rates.run(context) == 1
    newest = session.scalars(select(func.max(ExchangeRate.rate_on))).one()
    assert newest is not None
    fill = session.scalars(select(RateFill)).one()
    oldest = fill.filled_from
    assert oldest is not None
    assert 4 <= (newest - oldest).days <= 10
    waiting = [waiting_order(session, day) for day in (oldest, date(2010, 1, 4))]
    session.commit()
    assert fill_exchange_rates.run(context) == 1
    session.expire_all()
    again, long_ago = (session.get_one(Order, order_id) for order_id in waiting)
    assert again.settle_requested_at is not None
    assert long_ago.settle_requested_at is None  # its days have not come yet


def waiting_order(session: Session, day: date) -> str:
    """A credited order in dollars of that day, not converted yet."""
    brand = make_brand(session)
    campaign = make_campaign(session, brand)
    application = make_application(session, campaign, make_influencer(session))
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    order = Order(
        brand_id=brand.id,
        shop_id=make_shop(session, brand).id,
        external_id="1",
        status=OrderStatus.PAID,
        placed_at=at,
        updated_at=at,
        currency="USD",
        total_amount=1,
        base_amount=1,
        net_amount=1,
        created_at=at,
    )
    session.add(order)
    session.flush()
    session.add(
        Attribution(
            order_id=order.id,
            brand_id=brand.id,
            shop_id=order.shop_id,
            campaign_id=campaign.id,
            application_id=application.id,
            influencer_id=application.influencer_id,
            decided_at=at,
            day_on=day,
        )
    )
    session.flush()
    return order.id

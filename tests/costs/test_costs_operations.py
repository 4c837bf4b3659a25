"""Costs are written down once, of the right campaign, in its currency."""

from datetime import UTC, date, datetime

import pytest
from factories import make_application, make_brand, make_campaign, make_influencer
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import costs
from marketplace.costs import CostKind, CostNotValid
from marketplace.events import Event
from marketplace.money import LARGEST_AMOUNT

NOW = datetime(2026, 3, 5, tzinfo=UTC)
DAY = date(2026, 3, 4)


def test_a_cost_is_of_the_campaign_and_its_currency(session: Session) -> None:
    campaign = make_campaign(session, make_brand(session), currency="SEK")
    application = make_application(session, campaign, make_influencer(session))
    cost = costs.add(
        session,
        campaign,
        kind=CostKind.FEE,
        amount=25_000,
        incurred_on=DAY,
        application=application,
        note="Two reels",
        now=NOW,
    )
    costs.add(
        session, campaign, kind=CostKind.FEE, amount=-5_000, incurred_on=DAY, now=NOW
    )
    session.expire_all()
    assert (cost.currency, cost.brand_id) == ("SEK", campaign.brand_id)
    assert cost.application_id == application.id
    found = session.scalars(costs.costs_of(campaign)).all()
    assert sorted(each.amount for each in found) == [-5_000, 25_000]
    stranger = make_campaign(session, make_brand(session))
    assert session.scalars(costs.costs_of(stranger)).all() == []
    told = session.scalars(select(Event).where(Event.kind == "cost.added")).all()
    assert {each.subject_id for each in told} == {each.id for each in found}


@pytest.mark.parametrize("amount", [0, LARGEST_AMOUNT + 1, -LARGEST_AMOUNT - 1])
def test_an_amount_that_is_none_is_refused(session: Session, amount: int) -> None:
    campaign = make_campaign(session, make_brand(session))
    with pytest.raises(CostNotValid) as refused:
        costs.add(
            session,
            campaign,
            kind=CostKind.ADS,
            amount=amount,
            incurred_on=DAY,
            now=NOW,
        )
    assert set(refused.value.errors) == {"amount"}


def test_another_campaigns_application_is_refused(session: Session) -> None:
    brand = make_brand(session)
    campaign, other = make_campaign(session, brand), make_campaign(session, brand)
    application = make_application(session, other, make_influencer(session))
    with pytest.raises(CostNotValid) as refused:
        costs.add(
            session,
            campaign,
            kind=CostKind.ADS,
            amount=0,
            incurred_on=DAY,
            application=application,
            now=NOW,
        )
    assert set(refused.value.errors) == {"amount", "application_id"}

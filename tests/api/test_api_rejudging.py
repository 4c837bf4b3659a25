"""Whoever changes what clicks are judged by has them judged again, without a thought."""

from callers import Caller, make_application
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from marketplace.tracking.traffic_models import JudgeRequest


def look(engine: Engine) -> list[str]:
    with Session(engine) as session:
        found = list(session.scalars(select(JudgeRequest.campaign_id)))
        session.execute(delete(JudgeRequest))
        session.commit()
    return found


def test_changes_over_http(engine: Engine, brand: Caller, influencer: Caller) -> None:
    application = make_application(brand, influencer)
    campaign_id = application["campaign_id"]
    campaign = f"/v1/campaigns/{campaign_id}"
    assert look(engine) == []  # a fresh one has no clicks
    for change, wanted in (
        ({"ends_at": "2090-01-01T00:00:00Z"}, [campaign_id]),
        ({"ends_at": "2090-01-01T00:00:00Z"}, []),  # as it was
        ({"title": "Herfst"}, []),
        ({"ends_at": None}, [campaign_id]),
    ):
        answer = brand.patch(campaign, change)
        assert answer.status_code == 200, answer.text
        assert look(engine) == wanted, change
    assert brand.post(f"/v1/applications/{application['id']}/end").status_code == 200
    assert look(engine) == [campaign_id]
    assert brand.post(f"{campaign}/close").status_code == 200
    assert look(engine) == [campaign_id]


def test_a_budget_that_is_spent_and_is_not(
    engine: Engine, brand: Caller, influencer: Caller
) -> None:
    budget = {"amount": 10_000, "currency": "EUR"}
    application = make_application(brand, influencer, budget=budget)
    adjustments = f"/v1/applications/{application['id']}/adjustments"
    for amount, wanted in ((9_000, 0), (1_000, 1), (-2_000, 1), (500, 0)):
        body = {"amount": {"amount": amount, "currency": "EUR"}, "reason": "fee"}
        answer = brand.post(adjustments, body)
        assert answer.status_code == 201, answer.text
        assert len(look(engine)) == wanted, amount

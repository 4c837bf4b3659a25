"""Models side by side, and what-ifs, over HTTP: sums, names, walls."""

from datetime import timedelta
from typing import Any

import pytest
from factories import make_brand
from flask.testing import FlaskClient
from pipeline_world import T0, World, make_world, sale
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.accounts.models import Brand, Influencer, Membership, User
from marketplace.accounts.rules import Scope
from marketplace.attribution import Attribution
from marketplace.attribution.comparison import ReportModel
from marketplace.clock import now
from marketplace.collaborations.models import Application
from marketplace.database import begin_writing
from marketplace.tracking.traffic_models import Click

DAYS = {"from": "2026-03-01", "to": "2026-04-01"}
HOUR = timedelta(hours=1)


@pytest.fixture
def world(session: Session) -> World:
    """Three orders: ANNA and BO; BO alone; a code of ANNA. Two visitors who left."""
    found = make_world(session)
    clicks = {
        (who, hours): found.click(who, T0 - hours * HOUR)
        for who, hours in (("ANNA", 9), ("BO", 5), ("BO", 3))
    }
    both = (clicks["ANNA", 9], clicks["BO", 5])
    found.deliver(sale("1", click_ids=both, base_amount=10_001))
    found.deliver(sale("2", click_ids=(clicks["BO", 3],), minute=1))
    found.deliver(sale("3", codes=("ANNA",), minute=2))
    for n in range(2):
        at = T0 + n * HOUR
        session.add(
            Click(
                id=found.click("BO", at),
                day_on=at.date(),
                link_id=found.links["BO"].id,
                at=at,
                visitor=f"looked{n}",
                evidence={},
            )
        )
    session.commit()
    return found


def headers(
    session: Session, who: Brand | Influencer, *scopes: Scope
) -> dict[str, str]:
    """Of a brand's owner or an influencer."""
    if isinstance(who, Brand):
        owner = select(Membership.user_id).where(Membership.brand_id == who.id)
        user = session.get_one(User, session.scalars(owner).first())
    else:
        user = session.get_one(User, who.user_id)
    _, secret = accounts.issue_token(
        session, user, name="test", scopes=scopes or tuple(Scope), now=now()
    )
    session.commit()
    return {"Authorization": f"Bearer {secret}"}


def report(
    client: FlaskClient, world: World, status: int = 200, **said: Any
) -> dict[str, Any]:
    query = {**DAYS, **said}
    asking = headers(world.session, world.brand, Scope.READ)
    answer = client.get("/v1/attribution/models", query_string=query, headers=asking)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_every_model_adds_up_to_the_same(client: FlaskClient, world: World) -> None:
    found = report(client, world)
    assert found["models"] == [model.value for model in ReportModel]
    assert found["window"] == {**DAYS, "timezone": "Europe/Amsterdam"}
    assert found["paths"] == {
        "converting": 3,
        "not_converting": 2,
        "sampled": "1",
        "estimated": False,
    }
    assert found["totals"] == {
        "conversions": "3",
        "revenue": 30_001,
        "unpriced_orders": 0,
    }
    for model in found["models"]:
        credits = [row["models"][model] for row in found["rows"]]
        assert sum(each["revenue"] for each in credits) == 30_001, model
        assert sum(float(each["conversions"]) for each in credits) == 3, model


def test_models_differ_as_they_say(client: FlaskClient, world: World) -> None:
    found = report(client, world, models="last,first,linear,markov")
    ids = {
        world.session.get_one(Application, world.apps[who]).influencer_id: who
        for who in world.apps
    }
    rows = {ids[row["key"]["influencer_id"]]: row for row in found["rows"]}
    assert rows["ANNA"]["key"]["name"] == "Anna"
    assert rows["ANNA"]["paths"] == {"converting": 2, "not_converting": 0}
    assert rows["BO"]["paths"] == {"converting": 2, "not_converting": 2}
    revenue = {
        (who, model): row["models"][model]["revenue"]
        for who, row in rows.items()
        for model in found["models"]
    }
    assert revenue["ANNA", "last"] == 10_000
    assert revenue["ANNA", "first"] == 20_001
    # Of the odd cent the first touch has the larger remainder's.
    assert revenue["ANNA", "linear"] == 15_001
    # start>ANNA 2/5, start>BO 3/5; ANNA>order 1/2, ANNA>BO 1/2; BO>order 2/4:
    # an order comes of 3/5. Without ANNA 3/10 is left, without BO 1/5.
    markov = {who: row["models"]["markov"] for who, row in rows.items()}
    assert markov["ANNA"]["removal_effect"] == "0.500000"
    assert markov["BO"]["removal_effect"] == "0.666667"
    assert markov["ANNA"]["conversions"] == "1.285714"
    assert rows["BO"]["models"]["last"]["removal_effect"] is None


@pytest.mark.parametrize("by", ["platform", "channel", "link", "campaign"])
def test_what_has_no_link_has_a_row_of_its_own(
    client: FlaskClient, world: World, by: str
) -> None:
    found = report(client, world, by=by, models="linear,shapley")
    campaign_id = world.links["BO"].campaign_id
    assert (
        report(client, world, by=by, models="linear,shapley", campaign_id=campaign_id)
        == found
    )
    for model in found["models"]:
        revenue = [row["models"][model]["revenue"] for row in found["rows"]]
        assert sum(revenue) == 30_001
    nobody = [row for row in found["rows"] if not any(row["key"].values())]
    assert len(nobody) == (0 if by == "campaign" else 1)
    if by == "link":
        slugs = {row["key"]["slug"] for row in found["rows"]}
        assert slugs == {None, *(link.slug for link in world.links.values())}


def test_nothing_there_is_nothing_and_no_error(
    client: FlaskClient, world: World
) -> None:
    found = report(client, world, **{"from": "2025-01-01", "to": "2025-02-01"})
    assert found["rows"] == []
    assert found["totals"]["conversions"] == "0"


@pytest.mark.parametrize(
    "said",
    [
        {"models": "last,best"},
        {"models": ","},
        {"by": "country"},
        {"markov_order": 9},
        {"half_life_days": 0},
        {"from": "2026-04-01", "to": "2026-03-01"},
        {"what": "is this"},
    ],
)
def test_what_makes_no_sense_is_refused(
    client: FlaskClient, world: World, said: dict[str, Any]
) -> None:
    report(client, world, 422, **said)


def test_it_is_the_brands_own(client: FlaskClient, world: World) -> None:
    session = world.session
    campaign_id = world.links["BO"].campaign_id
    other = make_brand(session)
    application = session.get_one(Application, world.apps["ANNA"])
    anna = session.get_one(Influencer, application.influencer_id)
    for who, statuses in ((other, (200, 404, 404)), (anna, (403, 404, 404))):
        asking = headers(session, who)
        for said, status in zip(
            ({}, {"campaign_id": campaign_id}, {"brand_id": world.brand.id}),
            statuses,
            strict=True,
        ):
            answer = client.get(
                "/v1/attribution/models",
                query_string={**DAYS, **said},
                headers=asking,
            )
            assert answer.status_code == status, (said, answer.text)
            assert anna.id not in answer.text


def ask(
    client: FlaskClient, who: dict[str, str], path: str, status: int, **body: Any
) -> dict[str, Any]:
    said = {**DAYS, "policy": {"precedence": "click", "window_days": 7}, **body}
    answer = client.post(f"/v1/{path}/attribution/simulate", json=said, headers=who)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_what_another_policy_would_change(client: FlaskClient, world: World) -> None:
    session = world.session
    click = world.click("BO", T0 - HOUR)
    world.deliver(sale("4", codes=("ANNA",), click_ids=(click,), minute=3))
    session.commit()
    asking = headers(session, world.brand, Scope.READ)
    campaign_id = world.links["BO"].campaign_id
    found = ask(client, asking, f"campaigns/{campaign_id}", 200)
    assert found["policy"] == {"precedence": "click", "window_days": 7}
    assert found["window"] == {**DAYS, "timezone": "Europe/Amsterdam"}
    counts = ("orders", "other_winners", "changed_orders", "recorded_otherwise")
    assert [found[name] for name in counts] == [4, 1, 1, 0]
    (change,) = found["changes"]
    anna, bo = (
        session.get_one(Application, world.apps[who]).influencer_id
        for who in ("ANNA", "BO")
    )
    assert found["moves"] == [
        {"from_influencer_id": anna, "to_influencer_id": bo, "orders": 1}
    ]
    assert change["before"]["method"] == "code"
    assert change["after"]["influencer_id"] == bo
    code = next(touch for touch in change["touches"] if touch["kind"] == "code")
    assert code["after"] == {
        "reason": "click_first",
        "explanation": "A click decides before a promo code in this campaign.",
        "explanation_nl": "Een klik gaat in deze campagne voor een promocode.",
    }
    sums = {row["influencer_id"]: row for row in found["influencers"]}
    assert sums[anna]["before"] == {"orders": 2, "revenue": 20_000, "commission": 2_000}
    assert sums[anna]["after"] == {"orders": 1, "revenue": 10_000, "commission": 1_000}
    assert sums[bo]["after"]["orders"] == sums[bo]["before"]["orders"] + 1
    assert ask(client, asking, f"brands/{world.brand.id}", 200) == found


def test_a_simulation_waits_for_no_writer_and_keeps_nothing(
    client: FlaskClient, world: World
) -> None:
    session = world.session
    asking = headers(session, world.brand, Scope.READ)
    path = f"brands/{world.brand.id}"
    before = session.scalars(select(Attribution.revision)).all()
    session.rollback()
    begin_writing(session)  # on SQLite nobody else can write now
    session.execute(select(Attribution)).all()
    ask(client, asking, path, 200)
    session.rollback()
    assert session.scalars(select(Attribution.revision)).all() == before
    keyed = {**asking, "Idempotency-Key": "once"}
    assert ask(client, keyed, path, 200) == ask(client, keyed, path, 200)


@pytest.mark.parametrize(
    "policy", [{}, {"window_days": 0}, {"precedence": "coin"}, {"rate_bps": 1}]
)
def test_a_policy_that_is_none_is_refused(
    client: FlaskClient, world: World, policy: dict[str, Any]
) -> None:
    asking = headers(world.session, world.brand)
    ask(client, asking, f"brands/{world.brand.id}", 422, policy=policy)


def test_nobody_else_may_simulate(client: FlaskClient, world: World) -> None:
    session = world.session
    application = session.get_one(Application, world.apps["ANNA"])
    anna = session.get_one(Influencer, application.influencer_id)
    for who in (make_brand(session), anna):
        asking = headers(session, who)
        ask(client, asking, f"campaigns/{application.campaign_id}", 404)
        ask(client, asking, f"brands/{world.brand.id}", 404)

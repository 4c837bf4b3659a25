"""Two workers at the edge of one budget: at no commit is it exceeded."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from deliveries import generic
from factories import make_application, make_campaign, make_code, make_influencer
from flask import Flask
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from marketplace import commissions
from marketplace.accounts.models import Brand
from marketplace.commissions import Claim, Commission, EntryStatus, operations
from marketplace.config import Settings
from marketplace.database import make_engine
from marketplace.jobs import JobContext, process_webhooks, settle_claims, settle_orders
from marketplace.jobs.approve_commissions import run as approve_commissions

ORDERS = 24
BUDGET = 9_999


@pytest.fixture
def world(app: Flask, settings: Settings, engine: Engine) -> ApiWorld:
    """A brand with two influencers and a budget for ten orders, less a cent."""
    world = make_api_world(app, settings)
    with Session(engine) as session:
        brand = session.get_one(Brand, world.brand_id)
        campaign = make_campaign(
            session, brand, budget_amount=BUDGET, terms={"hold_days": 365}
        )
        for name in ("ANNA", "BO"):
            application = make_application(session, campaign, make_influencer(session))
            make_code(session, application, f"{name}15")
            world.ids[name] = application.id
        world.ids["campaign"] = campaign.id
        session.commit()
    return world


def committed(session: Session) -> int:
    owed = Commission.status != EntryStatus.REJECTED
    return int(session.scalar(select(func.sum(Commission.amount)).where(owed)) or 0)


def at_once(world: ApiWorld, jobs: list[Callable[[JobContext], int]]) -> list[int]:
    """Run these jobs in two threads until nothing is left; the sum at each commit."""
    sums: list[int] = []
    failures: list[BaseException] = []
    watcher = make_engine(world.settings.database_url)

    def look(_: Session) -> None:
        with Session(watcher) as session:
            sums.append(committed(session))

    def work() -> None:
        engine = make_engine(world.settings.database_url)
        try:
            context = JobContext(engine, world.settings)
            idle = 0
            while idle < 3:
                idle = 0 if any(job(context) for job in jobs) else idle + 1
        except BaseException as error:
            failures.append(error)
        finally:
            engine.dispose()

    event.listen(Session, "after_commit", look)
    try:
        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
    finally:
        event.remove(Session, "after_commit", look)
        watcher.dispose()
    assert failures == []
    return sums


def granted(session: Session) -> dict[str, int]:
    session.expire_all()
    return {
        claim.external_id: claim.granted_amount
        for claim in session.scalars(select(Claim))
        if claim.granted_amount
    }


def test_two_workers_never_exceed_a_budget(
    world: ApiWorld, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_webhooks, "TOGETHER", 2)  # so that they take turns
    chance = random.Random(7)
    numbers = list(range(ORDERS))
    chance.shuffle(numbers)
    for number in numbers:
        code = chance.choice(["ANNA15", "BO15"])
        world.send(
            "generic", generic(f"o{number:02d}", number, discount_codes=[code]).body
        )
    settling = [process_webhooks.run, settle_orders.run, settle_claims.run]
    sums = at_once(world, settling)
    assert max(sums) == BUDGET
    with Session(engine) as session:
        # whoever came first in time, in whichever order it was told and settled
        firsts = {f"o{number:02d}": 1_000 for number in range(9)} | {"o09": 999}
        assert granted(session) == firsts
        assert commissions.check_ledger(session) == []
    for number in range(0, ORDERS, 2):
        code = chance.choice(["ANNA15", "BO15"])
        refunds = [{"id": "r", "amount": "60.50", "created_at": "2026-03-20T10:00:00Z"}]
        told = generic(
            *(f"o{number:02d}", number, 5_000),
            discount_codes=[code],
            refunds=refunds,
        )
        world.send("generic", told.body)
    assert max(at_once(world, [*settling, approve_commissions])) == BUDGET
    path = f"/v1/campaigns/{world.ids['campaign']}"
    refused = world.call("PATCH", path, 409, {"budget": 9_998})
    assert "99.99 EUR is committed" in refused["detail"]
    world.call("PATCH", path, 200, {"budget": 15_500})
    assert max(at_once(world, settling)) == 15_500
    with Session(engine) as session:
        assert commissions.check_ledger(session) == []
        assert sum(granted(session).values()) == 15_500


def test_people_and_workers_race_for_the_last_of_a_budget(
    app: Flask, world: ApiWorld, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_webhooks, "TOGETHER", 1)
    fits = operations.refuse_beyond_budget

    def slowly(*said: Any) -> None:  # what fitted must still fit when it is written
        fits(*said)
        time.sleep(0.03)

    monkeypatch.setattr(operations, "refuse_beyond_budget", slowly)
    for number in range(6):
        body = generic(f"o{number}", number, discount_codes=["ANNA15"]).body
        world.send("generic", body)
    answers: list[int] = []

    def ask(_: JobContext) -> bool:
        """A bonus of a whole order's commission, until five were refused."""
        if answers.count(409) >= 5:
            return False
        path = f"/v1/applications/{world.ids['BO']}/adjustments"
        said = {"amount": 1_000, "reason": "x", "kind": "bonus"}
        client = app.test_client()
        answers.append(client.post(path, json=said, headers=world.headers).status_code)
        return True

    sums = at_once(world, [process_webhooks.run, ask])
    assert max(sums) <= BUDGET
    assert set(answers) == {201, 409}
    with Session(engine) as session:
        # Orders have what the bonuses left them: nobody has more, nothing is left.
        bonuses = answers.count(201) * 1_000
        assert committed(session) == min(BUDGET, bonuses + 6 * 1_000)
        assert commissions.check_ledger(session) == []

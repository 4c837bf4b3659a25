"""The job that looks for patterns: when, at whom, and that one failure stays alone."""

from datetime import timedelta
from typing import Any

import pytest
from click_lines import CODEC, line
from pipeline_world import World, make_world
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts.models import Brand
from marketplace.config import Settings
from marketplace.fraud import Flag, FraudWatch
from marketplace.fraud.watching import EVERY, Finding
from marketplace.jobs import JobContext, watch_for_fraud
from marketplace.tracking.clicks import record_lines


@pytest.fixture
def context(engine: Engine, settings: Settings) -> JobContext:
    return JobContext(engine, settings)


def from_coupon_sites(world: World, number: int) -> None:
    link, at = world.links["ANNA"].id, clock.now() - timedelta(minutes=1)
    said = {"referrer": "www.kortingscode.nl"}
    lines = [line(link, at, visitor=f"{n:x}", **said) for n in range(number)]
    record_lines(world.session, lines, codec=CODEC, now=clock.now())
    world.session.commit()


def test_every_brand_has_its_turn(context: JobContext, session: Session) -> None:
    worlds = [make_world(session, mail=f"{name}.example") for name in "ab"]
    for world in worlds:
        from_coupon_sites(world, 10)
    assert watch_for_fraud.run(context) == 2
    flags = session.scalars(select(Flag)).all()
    assert {flag.brand_id for flag in flags} == {world.brand.id for world in worlds}
    assert watch_for_fraud.run(context) == 0  # looked at just now
    session.execute(update(FraudWatch).values(watched_at=clock.now() - EVERY))
    session.commit()
    assert watch_for_fraud.run(context) == 2
    assert len(session.scalars(select(Flag)).all()) == 2


def test_a_brand_without_contracts_is_nobodys_concern(
    context: JobContext, session: Session
) -> None:
    session.add(
        Brand(
            name="Leeg",
            country="NL",
            currency="EUR",
            timezone="Europe/Amsterdam",
            hosts=[],
            customer_key=b"",
            created_at=clock.now(),
        )
    )
    session.commit()
    assert watch_for_fraud.run(context) == 0


def test_a_brand_that_fails_holds_up_no_other(
    context: JobContext, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds = [make_world(session, mail=f"{name}.example") for name in "ab"]
    for world in worlds:
        from_coupon_sites(world, 10)
    look = watch_for_fraud.look

    def fail(session: Session, brand: Brand, **rest: Any) -> list[Finding]:
        if brand.id == worlds[0].brand.id:
            raise RuntimeError("cannot be looked at")
        return look(session, brand, **rest)

    monkeypatch.setattr(watch_for_fraud, "look", fail)
    assert watch_for_fraud.run(context) == 2
    assert watch_for_fraud.run(context) == 0  # it waits for its next turn, too
    flags = session.scalars(select(Flag)).all()
    assert [flag.brand_id for flag in flags] == [worlds[1].brand.id]

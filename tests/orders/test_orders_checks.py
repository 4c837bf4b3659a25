"""An order that is not what its events come to is found."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pipeline_world import make_world, refund, sale
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from marketplace.jobs import check_ledger
from marketplace.orders import Order, Refund, check
from marketplace.orders.models import OrderVersion


def test_orders_equal_their_events(session: Session) -> None:
    world = make_world(session)
    world.deliver(sale("1", refunds=(refund("r1", 1_000, 5),)))
    world.deliver(sale("2"))
    session.flush()
    assert check(session) == []
    for wrong, what in (
        (update(Order).values(net_amount=Order.net_amount + 1), "net_amount"),
        (update(Order).values(status="cancelled"), "status"),
        (update(Refund).values(amount=Refund.amount + 1), "refunds"),
        (delete(OrderVersion), "never told of"),
    ):
        nested = session.begin_nested()
        session.execute(wrong.execution_options(synchronize_session=False))
        session.expire_all()
        assert what in " ".join(check(session))
        nested.rollback()
        session.expire_all()
    assert check(session) == []


@pytest.mark.parametrize(("hour", "looks"), [(2, False), (3, True)])
def test_the_ledger_is_checked_at_night(
    hour: int,
    looks: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    at = datetime(2026, 3, 2, hour, 59, tzinfo=UTC)
    monkeypatch.setattr(check_ledger.clock, "now", lambda: at)
    found = {"sums": ["a balance is off by 1"]}
    monkeypatch.setattr(check_ledger, "violations", lambda _engine: found)
    context: Any = SimpleNamespace(engine=None)
    assert check_ledger.run(context) == 0
    assert ("a balance is off by 1" in caplog.text) is looks

"""What was approved and taken back in full can be earned again."""

from datetime import timedelta

from pipeline_world import T0, World, make_world, sale
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import commissions
from marketplace.commissions import Commission, EntryKind, EntryStatus
from marketplace.shops.adapters.base import OrderCancelled

GOAL = {"goal": "orders", "period": "month", "at_least": 2, "amount": 900}


def bonuses(world: World) -> list[tuple[int, EntryStatus, str]]:
    of_goals = select(Commission).where(Commission.kind == EntryKind.BONUS)
    rows = world.session.scalars(of_goals)
    return sorted((entry.amount, entry.status, entry.reason) for entry in rows)


def test_a_goal_reached_again_is_paid_again(session: Session) -> None:
    world = make_world(session, commission_bonuses=[GOAL], hold_days=5)
    world.deliver(sale("1", codes=("ANNA",)))
    world.deliver(sale("2", codes=("ANNA",)))
    world.deliver(OrderCancelled("2", T0 + timedelta(hours=1)))
    later = T0 + timedelta(days=6)
    while commissions.approve_matured(session, world.brand, now=later):
        pass
    approved = [
        (-900, EntryStatus.APPROVED, "the goal is not reached any more"),
        (900, EntryStatus.APPROVED, "a goal was reached"),
    ]
    assert bonuses(world) == approved
    world.deliver(sale("3", 6 * 24 * 60, codes=("ANNA",)))
    assert bonuses(world) == [*approved, (900, EntryStatus.HELD, "a goal was reached")]
    world.deliver(OrderCancelled("3", T0 + timedelta(days=7)))
    assert sum(amount for amount, *_ in bonuses(world)) == 0
    assert commissions.check_ledger(session) == []

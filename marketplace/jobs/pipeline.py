"""From a changed order to its visible consequences, in the pipeline's own order.

Not a job: what `process_webhooks` and `settle_orders` share. All of it happens in the
caller's transaction, under the brand's lock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace import attribution, clock, commissions, fraud, orders
from marketplace.accounts.models import Brand
from marketplace.attribution import Keys
from marketplace.keys import Keyring
from marketplace.orders import Lead, Order, Recorded
from marketplace.orders.leads import leads_after
from marketplace.tracking.codec import ClickCodec


def hold(session: Session) -> list[object]:
    """Keep what the session loads or inserts for as long as the list lives.

    A session forgets what nobody refers to, and a batch of events would read the same
    campaign, terms and application again for each of them.
    """
    held: list[object] = []
    for name in ("loaded_as_persistent", "pending_to_persistent"):
        event.listen(session, name, lambda _, row: held.append(row))
    return held


def keys_of(brand: Brand, keyring: Keyring) -> Keys:
    """What deciding this brand's orders needs."""
    return Keys(
        codec=ClickCodec(keyring.key("click-id:1")),
        customer_key=keyring.open("customer-key", brand.customer_key),
        keyring=keyring,
    )


@dataclass(slots=True)
class Stale:
    """Roll-up cells that must be rebuilt before the transaction ends."""

    order_cells: set[attribution.CellKey] = field(default_factory=set)
    lead_cells: set[attribution.LeadKey] = field(default_factory=set)
    ledger_cells: set[commissions.CellKey] = field(default_factory=set)

    def rebuild(self, session: Session, *, now: datetime) -> None:
        """Make them what their orders and entries add up to."""
        session.flush()
        attribution.rebuild(session, self.order_cells, now=now)
        if self.lead_cells:
            attribution.rebuild_leads(session, self.lead_cells, now=now)
        commissions.rebuild(session, self.ledger_cells, now=now)


def settle(
    session: Session,
    brand: Brand,
    changed: Iterable[Order],
    *,
    keys: Keys,
    now: datetime,
) -> None:
    """Decide changed orders, and what that changes for others of the same customers,
    and write what follows.
    """
    stale = Stale()
    decide(session, brand, changed, stale, keys=keys, now=now)
    stale.rebuild(session, now=now)


def decide(
    session: Session,
    brand: Brand,
    changed: Iterable[Order],
    stale: Stale,
    *,
    keys: Keys,
    now: datetime,
) -> None:
    """`settle`, but for the roll-ups: those to rebuild are added to `stale`."""
    waiting = {order.id: order for order in changed}
    done: set[str] = set()
    for order in waiting.values():
        attribution.match_queries(session, brand, order, now=now)
    for order in waiting.values():
        if order.settle_requested_at is not None:
            order.settle_requested_at = None
        if order.id in done:
            continue
        history = orders.history_of(session, order)
        done |= {each.id for each in history}
        newly = {each.id for each in orders.mark_new(session, history)}
        if order.customer_id is not None:
            orders.request_leads(session, leads_after(history[0]), now=now)
        decided, touched = attribution.settle(
            session, brand, history, newly | waiting.keys(), keys=keys, now=now
        )
        stale.order_cells |= touched
        for each, row in decided:
            fraud.examine(session, each, row, keys=keys, now=now)
            stale.ledger_cells |= commissions.settle(session, each, row, now=now)
            granted = session.scalars(attribution.accepted_queries(each.id)).all()
            attribution.conclude_queries(session, each, granted, row, now=now)
            stale.ledger_cells |= commissions.settle_goodwill(
                session, brand, each, row, granted, now=now
            )


def absorb(session: Session, recorded: Recorded, stale: Stale) -> None:
    """Orders that turned out to be one sale: entries move, the decisions go."""
    if recorded.order is None:
        return
    for lost in recorded.absorbed:
        stale.order_cells |= attribution.discard(session, lost)
        stale.ledger_cells |= commissions.absorb(
            session, lost, recorded.order, now=clock.now()
        )
        fraud.discard(session, lost)
        attribution.move_queries(session, lost, recorded.order, now=clock.now())
        orders.discard(session, lost)


def settle_leads(
    session: Session, brand: Brand, leads: Iterable[Lead], *, keys: Keys, now: datetime
) -> None:
    """Decide leads, and write what follows."""
    stale = Stale()
    for lead in leads:
        orders.refresh_lead(session, lead)
        row, touched = attribution.settle_lead(session, brand, lead, keys=keys, now=now)
        stale.lead_cells |= touched
        stale.ledger_cells |= commissions.settle_lead(session, lead, row, now=now)
    stale.rebuild(session, now=now)

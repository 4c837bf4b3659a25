"""From a changed order to its visible consequences, in the pipeline's own order.

Not a job: what `process_webhooks` and `settle_orders` share. All of it happens in the
caller's transaction, under the brand's lock.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace import attribution, commissions, orders
from marketplace.accounts.models import Brand
from marketplace.attribution import Keys
from marketplace.keys import Keyring
from marketplace.orders import Order, Recorded
from marketplace.tracking.codec import ClickCodec


def keys_of(brand: Brand, keyring: Keyring) -> Keys:
    """What deciding this brand's orders needs."""
    return Keys(
        codec=ClickCodec(keyring.key("click-id:1")),
        customer_key=keyring.open("customer-key", brand.customer_key),
    )


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
    waiting = {order.id: order for order in changed}
    order_cells: set[attribution.CellKey] = set()
    ledger_cells: set[commissions.CellKey] = set()
    done: set[str] = set()
    for order in waiting.values():
        order.settle_requested_at = None
        if order.id in done:
            continue
        history = orders.history_of(session, order)
        done |= {each.id for each in history}
        newly = {each.id for each in orders.mark_new(session, history)}
        decided, touched = attribution.settle(
            session, brand, history, newly | waiting.keys(), keys=keys, now=now
        )
        order_cells |= touched
        for each, row in decided:
            ledger_cells |= commissions.settle(session, each, row, now=now)
    session.flush()
    attribution.rebuild(session, order_cells, now=now)
    commissions.rebuild(session, ledger_cells, now=now)


def absorb(session: Session, recorded: Recorded, *, now: datetime) -> None:
    """Orders that turned out to be one sale: entries move, the decisions go."""
    if recorded.order is None:
        return
    for lost in recorded.absorbed:
        cells = attribution.discard(session, lost)
        commissions.absorb(session, lost, recorded.order)
        orders.discard(session, lost)
        attribution.rebuild(session, cells, now=now)

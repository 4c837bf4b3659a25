"""PrestaShop: orders as its webservice or the ps_eventbus module states them.

Sources: PrestaShopCorp/ps_eventbus (batches of many objects, one after the other),
devdocs.prestashop-project.org (webservice resources). PrestaShop signs nothing itself: a
module in the shop posts by Standard Webhooks, with a secret of ours.
"""

from collections.abc import Mapping, Sequence

from marketplace.shops.adapters import generic, standard_webhooks
from marketplace.shops.adapters.base import (
    Delivery,
    Fetch,
    Ignored,
    NotReadable,
    OrderCancelled,
    OrderEvent,
    Partly,
    ShopFacts,
)
from marketplace.shops.adapters.prestashop_batch import Batch, gather, id_of
from marketplace.shops.adapters.prestashop_order import read_order
from marketplace.shops.adapters.prestashop_refunds import read_slip, refund_total
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    first_moment,
    moment,
    read_json,
    record,
    records,
    topic_text,
)

_MOST = 2000  # more than so large a body can hold of real ones
# What is asked for where a message only names an order.
_ASKED: Mapping[str, str] = {
    "orders": "/orders?filter[id]=[{ids}]",
    "order_details": "/order_details?filter[id_order]=[{ids}]",
    "order_cart_rules": "/order_cart_rules?filter[id_order]=[{ids}]",
    "order_slips": "/order_slip?filter[id_order]=[{ids}]",
    "currencies": "/currencies?",
}
_IN_FULL = "&display=full&output_format=JSON"


def authenticate(delivery: Delivery, secrets: Sequence[str]) -> None:
    """Standard Webhooks over the body as PrestaShop has it."""
    standard_webhooks.authenticate(delivery, secrets)


def delivery_key(delivery: Delivery) -> str:
    """The webhook id."""
    return standard_webhooks.delivery_key(delivery)


def topic(delivery: Delivery) -> str:
    """The hook that a module names, or the collections of a batch."""
    try:
        body = read_json(delivery.body)
    except NotReadable:
        return ""
    if isinstance(body, list):
        names = {topic_text(item.get("collection")) for item in records(body)}
        return topic_text(",".join(sorted(names - {""})))
    hook = topic_text(record(body).get("hook"))
    return hook or topic_text(record(body).get("type"))


def read(
    delivery: Delivery, shop: ShopFacts
) -> Sequence[OrderEvent] | Partly | Fetch | Ignored:
    """The orders of a body, with the lines, vouchers and slips that came with them.

    Orders of which only the id came, or only vouchers, are fetched.
    """
    batch = gather(read_json(delivery.body))
    events: list[OrderEvent] = _deleted(batch, delivery)
    reasons: list[str] = []
    for order in batch.orders[:_MOST]:
        try:
            events += _order_events(order, batch, delivery, shop)
        except NotAnOrder as reason:
            reasons.append(str(reason))
    for slip in batch.of("order_slips")[:_MOST]:
        try:
            events.append(read_slip(slip, batch, delivery, shop))
        except NotAnOrder as reason:
            reasons.append(str(reason))
    if events:
        return Partly(tuple(events), reasons[0]) if reasons else events
    named = batch.named_only()
    if named and not delivery.is_fetched:
        return _fetch(named)
    return Ignored(next(iter(reasons), _nothing_in(batch)))


def new_secret() -> str:
    """A Standard Webhooks secret."""
    return generic.new_secret()


def _order_events(
    order: Record, batch: Batch, delivery: Delivery, shop: ShopFacts
) -> list[OrderEvent]:
    state = read_order(order, batch, delivery, shop)
    total = refund_total(order, state, batch, shop)
    return [state] if total is None else [state, total]


def _deleted(batch: Batch, delivery: Delivery) -> list[OrderEvent]:
    events: list[OrderEvent] = []
    for order in batch.deleted[:_MOST]:
        order_id = id_of(order, "id_order")
        if order_id is not None:
            stated = moment(order.get("deletedAt")) or moment(order.get("deleted_at"))
            at = first_moment([stated], delivery.received_at)
            events.append(OrderCancelled(order_id, at))
    return events


def _fetch(numbers: Sequence[str]) -> Fetch:
    among = "|".join(numbers)
    paths = {name: path.format(ids=among) + _IN_FULL for name, path in _ASKED.items()}
    return Fetch(paths, order_external_id=numbers[0] if len(numbers) == 1 else None)


def _nothing_in(batch: Batch) -> str:
    names = ", ".join(batch.names)[:200]
    return f"there is no order in it, only {names}" if names else "there is no order"

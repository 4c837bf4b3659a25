"""Whether something said of an order was said before."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.orders import versions as stored
from marketplace.orders.models import OrderAlias, OrderVersion
from marketplace.shops.adapters.base import OrderEvent
from marketplace.shops.models import Shop


def is_told(
    session: Session, shop: Shop, event: OrderEvent, *, customer_key: bytes
) -> bool:
    """Whether a version of its order says exactly this: then it is no news."""
    said = stored.to_body(stored.pseudonymous(event, shop.id, customer_key))
    versions = (
        select(OrderVersion.body)
        .join(OrderAlias, OrderAlias.order_id == OrderVersion.order_id)
        .where(
            OrderAlias.shop_id == shop.id,
            OrderAlias.alias == stored.external_id_of(event),
            OrderVersion.shop_id == shop.id,
            OrderVersion.kind == stored.kind_of(event),
        )
    )
    return any(body == said for body in session.scalars(versions))

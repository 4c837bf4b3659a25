"""Which decisions there are, and how they explain themselves."""

from collections.abc import Collection

from sqlalchemy import Select, select

from marketplace.attribution.models import Attribution, Touch


def attributions_of(order_ids: Collection[str]) -> Select[Attribution]:
    """The decisions about these orders."""
    return select(Attribution).where(Attribution.order_id.in_(order_ids))


def touches_of(order_id: str) -> Select[Touch]:
    """Every touch considered for an order, in the order they were judged."""
    return select(Touch).where(Touch.order_id == order_id).order_by(Touch.position)

"""The brand's lock: all that writes its orders, decisions or ledger is serial.

On PostgreSQL its row, locked so that others may still refer to it; on SQLite the one
writer there can be.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand


def claim_brand(session: Session, brand_id: str) -> Brand | None:
    """The brand, locked until the transaction ends; None if another holds it."""
    return session.scalars(
        select(Brand)
        .where(Brand.id == brand_id)
        .with_for_update(key_share=True, skip_locked=True)
    ).one_or_none()


def lock_brand(session: Session, brand_id: str) -> Brand:
    """The brand, locked until the transaction ends; waits for whoever holds it."""
    return session.scalars(
        select(Brand).where(Brand.id == brand_id).with_for_update(key_share=True)
    ).one()

"""What shops ask of us that is about no order. Not a job: `process_webhooks` calls it."""

from datetime import datetime

from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.attribution import Keys
from marketplace.shops import Shop
from marketplace.shops.adapters.base import ShopClosed, ShopEvent


def obey(
    session: Session,
    brand: Brand,
    shop: Shop,
    asked: ShopEvent,
    keys: Keys,
    *,
    now: datetime,
) -> str | None:
    """Do it, under the brand's lock; what was done, for people."""
    if isinstance(asked, ShopClosed):
        shop.disconnected_at = shop.disconnected_at or now
        events.publish(
            session,
            "shop.disconnected",
            now=now,
            subject_id=shop.id,
            brand_id=brand.id,
            data={"reason": asked.reason},
        )
        return asked.reason
    raise NotImplementedError

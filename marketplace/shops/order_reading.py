"""Reading a shop's changed orders by its API, a page at a time: whose turn, how far.

A turn is claimed by `next_attempt_at`, which is then some minutes ahead; the page is
read outside of any transaction; how far the reading is stands in the same transaction
as what it brought. So it goes on where it was, however it is interrupted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.shops.adapters.base import ShopFacts
from marketplace.shops.adapters.reading import text
from marketplace.shops.apis import APIS
from marketplace.shops.apis.shop_client import ApiFailure
from marketplace.shops.models import Shop, ShopAccess

EVERY = timedelta(minutes=15)
# The first time. Long enough for webhooks that were lost before anybody thought of
# access: WooCommerce never sends again, Shopify for four hours, Stripe for three days.
# Older orders are history, to be imported.
FIRST_LOOK_BACK = timedelta(days=7)
# Clocks differ, and what was committed last may be seen late.
OVERLAP = timedelta(minutes=10)
# Longer than a page can take; after it whoever claimed the turn is gone.
LEASE = timedelta(minutes=5)
FIRST_RETRY, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
TELL_AFTER = 3  # failures in a row
LONGEST_CURSOR = 1000


@dataclass(frozen=True, slots=True)
class Turn:
    """A page to be read: what changed in [since, until), from `cursor` on.

    `is_first`: these credentials have not worked yet. `lease`: the claim.
    """

    shop: Shop
    since: datetime
    until: datetime
    cursor: str | None
    is_first: bool
    lease: datetime

    @property
    def facts(self) -> ShopFacts:
        """What an API module may know of the shop."""
        return ShopFacts(self.shop.domain, self.shop.currency, self.shop.timezone)


def shops_to_read(now: datetime) -> Select[str]:
    """Shops whose turn it is, longest waiting first."""
    return (
        select(ShopAccess.shop_id)
        .join(Shop, Shop.id == ShopAccess.shop_id)
        .where(
            ShopAccess.next_attempt_at <= now,
            Shop.disconnected_at.is_(None),
            Shop.platform.in_(APIS),
        )
        .order_by(ShopAccess.next_attempt_at, ShopAccess.shop_id)
    )


def begin_turn(session: Session, shop_id: str, *, now: datetime) -> Turn | None:
    """Claim a shop's next page; null if another worker has, or it is not due."""
    access = session.scalars(
        select(ShopAccess)
        .where(ShopAccess.shop_id == shop_id, ShopAccess.next_attempt_at <= now)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if access is None:
        return None
    if access.reading_until is None:
        access.reading_until, access.cursor = now, None
    access.next_attempt_at = lease = now + LEASE
    session.flush()
    known = access.reconciled_until
    return Turn(
        shop=session.get_one(Shop, shop_id),
        since=known - OVERLAP if known else access.created_at - FIRST_LOOK_BACK,
        until=access.reading_until,
        cursor=access.cursor,
        is_first=access.checked_at is None,
        lease=lease,
    )


def end_turn(
    session: Session, turn: Turn, cursor: str | None, *, now: datetime
) -> None:
    """The page is stored; the next one is due, or all is known until then."""
    access = _held(session, turn)
    if access is None:
        return
    access.checked_at, access.failure, access.attempts = now, None, 0
    access.cursor = cursor
    access.next_attempt_at = now
    if cursor is None:
        access.reconciled_until, access.reading_until = turn.until, None
        # A reading that took long was of what had changed when it began.
        access.next_attempt_at = max(now, turn.until + EVERY)
    session.flush()


def put_off(
    session: Session, turn: Turn, failure: ApiFailure, *, now: datetime
) -> None:
    """Try again later, each time twice as late; not at all where that cannot help.

    A cursor may have expired: before it is given up, the reading begins anew.
    """
    access = _held(session, turn)
    if access is None:
        return
    access.failure, access.attempts = text(str(failure), 500), access.attempts + 1
    is_last = failure.is_lasting and access.cursor is None
    if failure.is_lasting:
        access.cursor = None
    asked = timedelta(seconds=failure.retry_after or 0)
    wait = max(FIRST_RETRY * 2 ** min(access.attempts - 1, 10), asked)
    access.next_attempt_at = None if is_last else now + min(wait, LONGEST_WAIT)
    session.flush()
    if is_last or access.attempts == TELL_AFTER:
        events.publish(
            session,
            "shop.access_failed",
            now=now,
            brand_id=turn.shop.brand_id,
            subject_id=turn.shop.id,
            data={"is_lasting": is_last},
        )


def _held(session: Session, turn: Turn) -> ShopAccess | None:
    """The row, if it is still claimed by this turn and not set anew since."""
    access = session.get(ShopAccess, turn.shop.id, with_for_update=True)
    return access if access and access.next_attempt_at == turn.lease else None

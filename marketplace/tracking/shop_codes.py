"""Promo codes as discount codes in the brand's shops: what is done, and what came of it.

A row is claimed until `next_attempt_at`; between claim and outcome there is the call.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, and_, column, select, table
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.campaigns.models import Campaign, Terms
from marketplace.shops.adapters.base import ShopFacts
from marketplace.shops.adapters.reading import text
from marketplace.shops.apis.shop_client import ApiFailure, CodeWish
from marketplace.shops.models import Shop, ShopAccess
from marketplace.shops.rules import ShopPlatform
from marketplace.tracking.models import PromoCode, PromoCodeName, ShopCode
from marketplace.tracking.relations import inserting
from marketplace.tracking.rules import LONGEST_CODE, ShopCodeStatus, normalise_code

MAX_ATTEMPTS = 10
FIRST_RETRY = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=2)
# Longer than the calls can take; after it whoever claimed it is gone.
LEASE = timedelta(minutes=10)
AT_ONCE = 200
# Applications belong to a later package: known here by table name.
_APPLICATIONS = table(
    "applications", column("id"), column("campaign_id"), column("terms_version")
)


@dataclass(frozen=True, slots=True)
class Errand:
    """A code to be made (`is_wanted`) or ended in a shop; claimed until `until`.

    `external_id`: what the shop calls it; null if it may not know it.
    """

    promo_code_id: str
    shop: Shop
    wish: CodeWish
    is_wanted: bool
    external_id: str | None
    until: datetime

    @property
    def facts(self) -> ShopFacts:
        """What an API module may know of the shop."""
        return ShopFacts(self.shop.domain, self.shop.currency, self.shop.timezone)


def due_codes(now: datetime) -> Select[str, str]:
    """(promo code, shop) of what is to be done, longest waiting first."""
    return (
        select(ShopCode.promo_code_id, ShopCode.shop_id)
        .join(Shop, Shop.id == ShopCode.shop_id)
        .join(ShopAccess, ShopAccess.shop_id == Shop.id)
        .where(
            ShopCode.next_attempt_at <= now,
            Shop.disconnected_at.is_(None),
            ShopAccess.next_attempt_at.is_not(None),  # null: refused, given up
        )
        .order_by(ShopCode.next_attempt_at)
        .limit(AT_ONCE)
    )


def claim(
    session: Session, promo_code_id: str, shop_id: str, *, now: datetime
) -> Errand | None:
    """Claim one; null if another worker has, or it is done."""
    found = session.execute(
        _with_terms()
        .where(
            ShopCode.promo_code_id == promo_code_id,
            ShopCode.shop_id == shop_id,
            ShopCode.next_attempt_at <= now,
        )
        .with_for_update(of=ShopCode, skip_locked=True)
    ).one_or_none()
    if found is None:
        return None
    row, shop = found[0], found[1]
    row.attempts += 1
    row.next_attempt_at = until = now + LEASE
    session.flush()
    wish = _wish(found)
    return Errand(promo_code_id, shop, wish, row.is_wanted, row.external_id, until)


def conclude(
    session: Session, errand: Errand, external_id: str | None, *, now: datetime
) -> None:
    """It was done; `external_id`: what the shop calls the code, if it has it."""
    row = _held(session, errand)
    if row is None:
        return
    done = ShopCodeStatus.ACTIVE if errand.is_wanted else ShopCodeStatus.DISABLED
    row.external_id, row.status = external_id, done
    row.attempts, row.failure, row.next_attempt_at = 0, None, None
    row.updated_at = now
    session.flush()
    if external_id and errand.shop.platform is ShopPlatform.STRIPE:
        _name_by_id(session, errand, external_id)


def put_off(
    session: Session, errand: Errand, failure: ApiFailure, *, now: datetime
) -> None:
    """Try again later, each time twice as late; after ten times it has failed.

    So it has at once where trying again will not help.
    """
    row = _held(session, errand)
    if row is None:
        return
    row.failure, row.updated_at = text(str(failure), 500), now
    if not failure.is_lasting and row.attempts < MAX_ATTEMPTS:
        asked = timedelta(seconds=failure.retry_after or 0)
        wait = max(FIRST_RETRY * 2 ** (row.attempts - 1), asked)
        row.next_attempt_at = now + min(wait, LONGEST_WAIT)
        return
    row.status, row.next_attempt_at = ShopCodeStatus.FAILED, None
    events.publish(
        session,
        "promo_code.failed_in_shop",
        now=now,
        brand_id=errand.shop.brand_id,
        subject_id=row.promo_code_id,
        data={"shop_id": row.shop_id, "is_wanted": row.is_wanted},
    )


def try_again(session: Session, rows: Iterable[ShopCode], *, now: datetime) -> None:
    """Try those again that failed."""
    for row in rows:
        if row.status is ShopCodeStatus.FAILED:
            wanted, unwanted = ShopCodeStatus.WANTED, ShopCodeStatus.UNWANTED
            row.status = wanted if row.is_wanted else unwanted
            row.attempts, row.next_attempt_at, row.updated_at = 0, now, now
    session.flush()


def shop_codes_of(promo_code_id: str) -> Select[ShopCode]:
    """A promo code in the brand's shops."""
    found = select(ShopCode).where(ShopCode.promo_code_id == promo_code_id)
    return found.order_by(ShopCode.shop_id)


def failed_in(shop: Shop) -> Select[ShopCode]:
    """Codes that could not be made or ended in a shop."""
    failed = ShopCode.status == ShopCodeStatus.FAILED
    return select(ShopCode).where(ShopCode.shop_id == shop.id, failed)


def _with_terms() -> Select[ShopCode, Shop, PromoCode, Campaign, Terms]:
    """Codes in shops, with the terms on which their influencers were accepted."""
    version = Terms.version == _APPLICATIONS.c.terms_version
    return (
        select(ShopCode, Shop, PromoCode, Campaign, Terms)
        .join(Shop, Shop.id == ShopCode.shop_id)
        .join(PromoCode, PromoCode.id == ShopCode.promo_code_id)
        .join(_APPLICATIONS, _APPLICATIONS.c.id == PromoCode.application_id)
        .join(Campaign, Campaign.id == _APPLICATIONS.c.campaign_id)
        .join(Terms, and_(Terms.campaign_id == Campaign.id, version))
    )


def _wish(found: Row[ShopCode, Shop, PromoCode, Campaign, Terms]) -> CodeWish:
    row, _, promo_code, campaign, terms = found
    return CodeWish(
        code=row.code,
        title=f"Marketplace {promo_code.id}",  # by this it is known as made here
        rate_bps=terms.discount_bps or None,
        amount=terms.discount_amount or None,
        currency=campaign.currency,
        starts_at=promo_code.created_at,
        ends_at=row.ends_at,
    )


def _name_by_id(session: Session, errand: Errand, external_id: str) -> None:
    """Stripe's orders name a promotion code by its id: that means our code as well."""
    name = inserting(session, PromoCodeName).values(
        brand_id=errand.shop.brand_id,
        normalised=normalise_code(external_id)[:LONGEST_CODE],
        promo_code_id=errand.promo_code_id,
    )
    session.execute(name.on_conflict_do_nothing())


def _held(session: Session, errand: Errand) -> ShopCode | None:
    """The row, if it is still claimed by this errand."""
    row = session.get(
        ShopCode, (errand.promo_code_id, errand.shop.id), with_for_update=True
    )
    return row if row and row.next_attempt_at == errand.until else None

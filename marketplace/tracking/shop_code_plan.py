"""Which discount codes the brand's shops should have, and where that differs.

It follows from the tables alone, so nothing that changes a code, an application or a
campaign needs to think of shops. What is claimed, or waits for its next try, is left
alone until then.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, column, not_, or_, select, table
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.campaigns.rules import CampaignStatus
from marketplace.shops.apis import CODES
from marketplace.shops.models import Shop, ShopAccess
from marketplace.tracking.models import PromoCode, ShopCode
from marketplace.tracking.relations import inserting
from marketplace.tracking.rules import PromoCodeStatus, ShopCodeStatus

AT_ONCE = 200
# Applications belong to a later package: known here by table name.
_APPLICATIONS = table("applications", column("id"), column("campaign_id"))


def all_as_wanted(session: Session, *, now: datetime) -> bool:
    """Whether there is nothing to plan; to be asked before a transaction that writes."""
    looks = (_missing(now), _differing(now))
    return all(session.execute(look.limit(1)).first() is None for look in looks)


def plan_shop_codes(session: Session, *, now: datetime) -> int:
    """Set what shops should have, some at a time; how many codes that concerns."""
    return _want_missing(session, now) + _aim_differing(session, now)


def _want_missing(session: Session, now: datetime) -> int:
    rows = session.execute(_missing(now).limit(AT_ONCE)).all()
    for promo_code_id, shop_id, code, ends_at in rows:
        new = inserting(session, ShopCode).values(
            promo_code_id=promo_code_id,
            shop_id=shop_id,
            code=code,
            ends_at=ends_at,
            is_wanted=True,
            status=ShopCodeStatus.WANTED,
            attempts=0,
            next_attempt_at=now,
            updated_at=now,
        )
        session.execute(new.on_conflict_do_nothing())  # another worker plans the same
    return len(rows)


def _aim_differing(session: Session, now: datetime) -> int:
    locked = _differing(now).limit(AT_ONCE)
    locked = locked.with_for_update(of=ShopCode, skip_locked=True)
    found = session.execute(locked).all()
    for row, code, ends_at, wanted in found:
        _aim(row, code, ends_at, is_wanted=wanted, now=now)
    session.flush()
    return len(found)


def _missing(now: datetime) -> Select[str, str, str, datetime | None]:
    """Codes that are wanted in a shop that has never heard of them."""
    here = and_(ShopCode.promo_code_id == PromoCode.id, ShopCode.shop_id == Shop.id)
    return (
        select(PromoCode.id, Shop.id, PromoCode.code, Campaign.ends_at)
        .join(Shop, _can_have_codes())
        .join(ShopAccess, ShopAccess.shop_id == Shop.id)
        .join(_APPLICATIONS, _APPLICATIONS.c.id == PromoCode.application_id)
        .join(Campaign, Campaign.id == _APPLICATIONS.c.campaign_id)
        .outerjoin(ShopCode, here)
        .where(ShopCode.shop_id.is_(None), _is_wanted(now))
    )


def _differing(now: datetime) -> Select[ShopCode, str, datetime | None, bool]:
    """Codes that shops know, but should have otherwise."""
    is_wanted = _is_wanted(now)
    return (
        select(ShopCode, PromoCode.code, Campaign.ends_at, is_wanted)
        .join(PromoCode, PromoCode.id == ShopCode.promo_code_id)
        .join(Shop, and_(Shop.id == ShopCode.shop_id, _can_have_codes()))
        .join(ShopAccess, ShopAccess.shop_id == Shop.id)
        .join(_APPLICATIONS, _APPLICATIONS.c.id == PromoCode.application_id)
        .join(Campaign, Campaign.id == _APPLICATIONS.c.campaign_id)
        .where(
            _differs(is_wanted),
            or_(ShopCode.next_attempt_at.is_(None), ShopCode.next_attempt_at <= now),
        )
    )


def _can_have_codes() -> ColumnElement[bool]:
    """A shop of the code's brand to which we can say so."""
    return and_(
        Shop.brand_id == PromoCode.brand_id,
        Shop.disconnected_at.is_(None),
        Shop.platform.in_(CODES),
    )


def _is_wanted(now: datetime) -> ColumnElement[bool]:
    """It earns, in a campaign under way. An application that ended disabled its code."""
    return and_(
        PromoCode.status == PromoCodeStatus.ACTIVE,
        Campaign.status != CampaignStatus.CLOSED,
        or_(Campaign.starts_at.is_(None), Campaign.starts_at <= now),
        or_(Campaign.ends_at.is_(None), Campaign.ends_at > now),
    )


def _differs(is_wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """An ending that failed under another wording waits for somebody to look."""
    same_code = ShopCode.code == PromoCode.code
    other_end = ShopCode.ends_at.is_distinct_from(Campaign.ends_at)
    ended = ShopCode.status == ShopCodeStatus.DISABLED
    return or_(
        and_(ShopCode.is_wanted, or_(not_(is_wanted), not_(same_code), other_end)),
        and_(not_(ShopCode.is_wanted), is_wanted, or_(ended, same_code)),
    )


def _aim(
    row: ShopCode,
    code: str,
    ends_at: datetime | None,
    *,
    is_wanted: bool,
    now: datetime,
) -> None:
    """Say what is to be done. A code that is worded otherwise is ended first."""
    never_asked_for = row.attempts == 0 and row.status is ShopCodeStatus.WANTED
    row.next_attempt_at = row.updated_at = now
    if row.is_wanted and not (is_wanted and row.code == code):
        row.is_wanted, row.status = False, ShopCodeStatus.UNWANTED
        if row.external_id is None and never_asked_for:
            row.status, row.next_attempt_at = ShopCodeStatus.DISABLED, None
    else:
        if row.code != code:
            row.code, row.external_id = code, None
        row.is_wanted, row.status = True, ShopCodeStatus.WANTED
        row.ends_at = ends_at
    row.attempts, row.failure = 0, None

"""Minting and wording promo codes, switching them off and on."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.rules import Actor
from marketplace.campaigns.models import Campaign, Terms
from marketplace.errors import Conflict, Invalid
from marketplace.tracking.link_targets import follow_code
from marketplace.tracking.models import PromoCode, PromoCodeName
from marketplace.tracking.queries import code_named, names_taken
from marketplace.tracking.rules import (
    Contract,
    PromoCodeStatus,
    alternatives,
    code_error,
    normalise_code,
    random_letters,
    worded,
)


class CodeTaken(Conflict):
    """Another code of the brand is, or once was, worded so."""


def mint_promo_code(
    session: Session,
    application: Contract,
    *,
    campaign: Campaign,
    terms: Terms,
    handle: str,
    now: datetime,
) -> PromoCode:
    """The application's code, worded by the campaign's pattern, unique in the brand."""
    wording = worded(campaign.code_pattern, handle=handle, percent=_percent(terms))
    promo_code = PromoCode(
        application_id=application.id,
        brand_id=application.brand_id,
        code=wording,
        status=PromoCodeStatus.ACTIVE,
        created_at=now,
    )
    session.add(promo_code)
    session.flush()
    wordings = {
        normalise_code(code): code for code in [wording, *alternatives(wording)]
    }
    taken = set(session.scalars(names_taken(application.brand_id, wordings)))
    free = [code for name, code in wordings.items() if name not in taken]
    for code in [*free, random_letters(12)]:
        if _name(session, promo_code, code):
            promo_code.code = code
            session.flush()
            return promo_code
    raise CodeTaken("Every wording tried was taken in the meantime; try again.")


def rename_promo_code(
    session: Session,
    promo_code: PromoCode,
    *,
    code: str,
    by: Actor | None,
    now: datetime,
) -> None:
    """Word it otherwise. Its earlier wordings go on meaning it, for ever."""
    code = code.strip()
    if reason := code_error(code):
        raise Invalid({"code": [reason]})
    if code == promo_code.code:
        return
    owner = session.scalar(code_named(promo_code.brand_id, code))
    if owner is None and not _name(session, promo_code, code):
        owner = session.scalar(code_named(promo_code.brand_id, code))
    if owner is not None and owner.id != promo_code.id:
        raise CodeTaken("This code was used before; a code is unique for ever.")
    promo_code.code = code
    session.flush()
    _tell(session, "promo_code.renamed", promo_code, by, now)


def disable_promo_code(
    session: Session, promo_code: PromoCode, *, by: Actor | None, now: datetime
) -> None:
    """Orders from now on earn nothing by it."""
    if promo_code.status is PromoCodeStatus.ACTIVE:
        promo_code.status, promo_code.disabled_at = PromoCodeStatus.DISABLED, now
        session.flush()
        _tell(session, "promo_code.disabled", promo_code, by, now)


def enable_promo_code(
    session: Session, promo_code: PromoCode, *, by: Actor | None, now: datetime
) -> None:
    """Let it earn again."""
    if promo_code.status is PromoCodeStatus.DISABLED:
        promo_code.status, promo_code.disabled_at = PromoCodeStatus.ACTIVE, None
        session.flush()
        _tell(session, "promo_code.enabled", promo_code, by, now)


def mark_leaked(
    session: Session,
    promo_code: PromoCode,
    *,
    leaked_at: datetime | None,
    by: Actor | None,
    now: datetime,
) -> datetime | None:
    """It is where anybody can pick it up, since then; null: it is not, after all.

    Returns since when orders by it may be judged otherwise; null if nothing changed.
    """
    before = promo_code.leaked_at
    if before == leaked_at:
        return None
    promo_code.leaked_at = leaked_at
    session.flush()
    kind = "promo_code.not_leaked" if leaked_at is None else "promo_code.leaked"
    _tell(session, kind, promo_code, by, now)
    return min(at for at in (before, leaked_at) if at is not None)


def _percent(terms: Terms) -> str:
    """What stands for {PERCENT}: the discount, else the commission, else nothing."""
    bps = terms.discount_bps if terms.discount_bps is not None else terms.commission_bps
    return str(bps // 100) if bps else ""


def _name(session: Session, promo_code: PromoCode, code: str) -> bool:
    """Give it this wording, unless somebody was faster."""
    name = PromoCodeName(
        brand_id=promo_code.brand_id,
        normalised=normalise_code(code),
        promo_code_id=promo_code.id,
    )
    try:
        with session.begin_nested():
            session.add(name)
    except IntegrityError:
        return False
    return True


def _tell(
    session: Session, kind: str, promo_code: PromoCode, by: Actor | None, now: datetime
) -> None:
    """Tell whom it concerns, and let its links and its page follow."""
    follow_code(session, promo_code.application_id, now=now)
    events.publish(
        session,
        kind,
        now=now,
        brand_id=promo_code.brand_id,
        subject_id=promo_code.id,
        actor_id=by.user_id if by else None,
        data={"application_id": promo_code.application_id},
    )

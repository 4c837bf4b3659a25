"""What flags keep back or let go besides orders and leads, which are settled anyway."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.commissions.cells import rebuild
from marketplace.commissions.models import Claim
from marketplace.commissions.rules import ClaimOf
from marketplace.commissions.settlement import settle_again
from marketplace.fraud import Flag
from marketplace.fraud.rules import APPLICATION

_SETTLED = (ClaimOf.ORDER, ClaimOf.LEAD)


def follow_flags(session: Session, flags: Iterable[Flag], *, now: datetime) -> None:
    """Let days of clicks, bonuses and fees follow the flags on them, or on all that
    their application earns. The caller holds the brand's lock.
    """
    claims: dict[tuple[str, str], Claim] = {}
    for flag in flags:
        if flag.source is None and flag.subject != APPLICATION:
            continue
        theirs = select(Claim).where(
            Claim.application_id == flag.application_id, Claim.of.not_in(_SETTLED)
        )
        if flag.source is not None:
            theirs = theirs.where(Claim.thing_id == flag.source)
        for claim in session.scalars(theirs):
            claims[claim.thing_id, claim.application_id] = claim
    if claims:
        some = [claims[key] for key in sorted(claims)]
        rebuild(session, settle_again(session, some, now=now), now=now)

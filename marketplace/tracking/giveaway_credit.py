"""Whose an entry in a giveaway is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from marketplace.orm import UtcDateTime
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.giveaway_models import Giveaway
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.queries import code_named

# Applications belong to a later package: known here by table name.
_APPLICATIONS = table(
    "applications",
    column("id"),
    column("campaign_id"),
    column("accepted_at", UtcDateTime()),
)


@dataclass(frozen=True, slots=True)
class Credit:
    """Whose an entry is, and by what that is known."""

    application_id: str | None
    link_id: str | None = None
    click_id: str | None = None
    code: str | None = None


def credit_of(
    session: Session,
    giveaway: Giveaway,
    click_id: str | None,
    promo_code: str | None,
    codec: ClickCodec,
    at: datetime,
) -> Credit:
    """Whose the entry is: the giveaway's own application's; else by click, then code.

    A code counts from when its application was accepted.
    """
    own = giveaway.application_id
    click = codec.read(click_id) if click_id else None
    link = session.get(TrackingLink, click.link_id) if click else None
    if link is not None and (
        link.campaign_id == giveaway.campaign_id and own in (None, link.application_id)
    ):
        return Credit(link.application_id, link.id, click_id)
    if own is not None:
        return Credit(own)
    code = promo_code and session.scalar(code_named(giveaway.brand_id, promo_code))
    if not code:
        return Credit(None)
    of_campaign = select(_APPLICATIONS.c.id).where(
        _APPLICATIONS.c.id == code.application_id,
        _APPLICATIONS.c.campaign_id == giveaway.campaign_id,
        _APPLICATIONS.c.accepted_at <= at,
    )
    found = session.scalar(of_campaign)
    return Credit(found, code=code.code if found else None)

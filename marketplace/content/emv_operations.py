"""Setting rates and audiences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.accounts.rules import Actor, Platform
from marketplace.campaigns.models import Campaign
from marketplace.content.emv_models import CampaignAudience, EmvRate
from marketplace.content.emv_queries import INSTANCE, versions_of
from marketplace.content.emv_rules import EmvAction
from marketplace.errors import Conflict

TRIES = 5


class RatesBeingSet(Conflict):
    """Somebody else sets these rates again and again at this moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedRate:
    """A rate as somebody states it; as in `EmvRate`."""

    platform: Platform
    action: EmvAction
    valid_from: date
    value: Decimal | None
    currency: str
    source: str

    @property
    def key(self) -> tuple[Platform, EmvAction, date]:
        """What there is one rate of at a time."""
        return self.platform, self.action, self.valid_from


def set_emv_rates(
    session: Session,
    rates: Sequence[StatedRate],
    *,
    brand: Brand | None,
    by: Actor,
    now: datetime,
) -> list[EmvRate]:
    """Keep these rates, of that brand or (None) of the instance, as further versions.

    What held before stays written down; of one day the latest version holds. Of two who
    set one at once the later one's is the later version; RatesBeingSet if others go on
    being faster.
    """
    owner = INSTANCE if brand is None else brand.id
    for _ in range(TRIES):
        rows = _next_versions(session, owner, rates, by, now)
        in_order = sorted(rows, key=_order)
        try:
            with session.begin_nested():
                session.add_all(in_order)
        except IntegrityError:  # somebody was faster, and theirs is known now
            continue
        break
    else:
        raise RatesBeingSet("Somebody else is setting these rates: try again.")
    events.publish(
        session,
        "emv_rates.set",
        now=now,
        brand_id=owner or None,
        actor_id=by.user_id,
        data={"set": len(rows)},
    )
    session.flush()
    return rows


def _next_versions(
    session: Session,
    owner: str,
    rates: Sequence[StatedRate],
    by: Actor,
    now: datetime,
) -> list[EmvRate]:
    found = session.execute(versions_of(owner, [each.key for each in rates]))
    versions = {(platform, action, day): n for platform, action, day, n in found}
    return [
        EmvRate(
            brand_id=owner,
            platform=each.platform,
            action=each.action,
            valid_from=each.valid_from,
            version=versions.get(each.key, 0) + 1,
            value=each.value,
            currency=each.currency,
            source=each.source,
            user_id=by.user_id,
            created_at=now,
        )
        for each in rates
    ]


def _order(rate: EmvRate) -> tuple[str, str, date]:
    """Who stores several waits for others in one order, so that none wait in a circle."""
    return rate.platform.value, rate.action.value, rate.valid_from


def set_audiences(
    session: Session,
    campaign: Campaign,
    sizes: Sequence[tuple[Platform | None, int, str]],
    *,
    by: Actor,
    now: datetime,
) -> list[CampaignAudience]:
    """Replace what a campaign declares: platform (None: all together), size, source."""
    session.refresh(campaign, with_for_update={"key_share": True})  # one at a time
    whose = CampaignAudience.campaign_id == campaign.id
    session.execute(delete(CampaignAudience).where(whose))
    rows = [
        CampaignAudience(
            campaign_id=campaign.id,
            platform="" if platform is None else platform.value,
            size=size,
            source=source,
            user_id=by.user_id,
            updated_at=now,
        )
        for platform, size, source in sizes
    ]
    session.add_all(rows)
    events.publish(
        session,
        "campaign.audiences_set",
        now=now,
        subject_id=campaign.id,
        brand_id=campaign.brand_id,
        actor_id=by.user_id,
        data={each.platform or "all": each.size for each in rows},
    )
    session.flush()
    return rows

"""Setting rates and audiences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import delete
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Brand
from marketplace.accounts.rules import Actor, Platform
from marketplace.campaigns.models import Campaign
from marketplace.content.emv_models import CampaignAudience, EmvRate
from marketplace.content.emv_queries import INSTANCE, versions_of
from marketplace.content.emv_rules import EmvAction


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

    What held before stays written down; of one day the latest version holds.
    """
    owner = INSTANCE if brand is None else brand.id
    found = session.execute(versions_of(owner, [each.key for each in rates]))
    versions = {(platform, action, day): n for platform, action, day, n in found}
    rows = [
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
    session.add_all(rows)
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


def set_audiences(
    session: Session,
    campaign: Campaign,
    sizes: Sequence[tuple[Platform | None, int, str]],
    *,
    by: Actor,
    now: datetime,
) -> list[CampaignAudience]:
    """Replace what a campaign declares: platform (None: all together), size, source."""
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

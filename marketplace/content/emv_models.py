"""EmvRate: what an action is worth; CampaignAudience: how many people there are."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.rules import Platform
from marketplace.content.emv_rules import EmvAction
from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice


class EmvRate(Model):
    """A rate as a brand or an admin set it; never changed: a correction is a version.

    `brand_id`: whose; empty for the instance's own. `value`: money for one action, for
    a thousand impressions; null takes the action's worth back from that day on.
    """

    __tablename__ = "emv_rates"
    __table_args__ = (
        UniqueConstraint("brand_id", "platform", "action", "valid_from", "version"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("emv"))
    brand_id: Mapped[str] = mapped_column(Id)
    platform: Mapped[Platform] = mapped_column(choice(Platform))
    action: Mapped[EmvAction] = mapped_column(choice(EmvAction))
    valid_from: Mapped[date] = mapped_column(Date)
    version: Mapped[int]
    value: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(String(3))
    source: Mapped[str] = mapped_column(String(200))
    user_id: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime]


class CampaignAudience(Model):
    """How many people a campaign could reach on a platform, by the brand's own word.

    `platform`: empty for all platforms together, each person once. `source`: where the
    number is from, for people.
    """

    __tablename__ = "campaign_audiences"

    campaign_id: Mapped[str] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True
    )
    platform: Mapped[str] = mapped_column(String(32), primary_key=True)
    size: Mapped[int]
    source: Mapped[str] = mapped_column(String(200), default="")
    user_id: Mapped[str] = mapped_column(Id)
    updated_at: Mapped[datetime]

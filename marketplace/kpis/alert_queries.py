"""Which alerts there are."""

from sqlalchemy import Select, select

from marketplace.campaigns.models import Campaign
from marketplace.kpis.alert_models import Alert
from marketplace.kpis.alert_rules import AlertKind


def alerts_on(subject: str, kind: AlertKind, key: str) -> Select[Alert]:
    """Those that are the same but for the moment; the newest first."""
    return (
        select(Alert)
        .where(Alert.subject == subject, Alert.kind == kind, Alert.key == key[:200])
        .order_by(Alert.raised_at.desc(), Alert.id.desc())
    )


def alerts_of(campaign: Campaign) -> Select[Alert]:
    """A campaign's, and those of its brand as a whole (its shops)."""
    return select(Alert).where(
        Alert.brand_id == campaign.brand_id,
        Alert.campaign_id.is_(None) | (Alert.campaign_id == campaign.id),
    )


def alerts_of_brands(brand_ids: list[str]) -> Select[Alert]:
    """All alerts of these brands."""
    return select(Alert).where(Alert.brand_id.in_(brand_ids))

"""Of which orders and clicks paths are made, and what their touches are put together by."""

import enum
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.paths import Key
from marketplace.collaborations.models import Application
from marketplace.tracking.models import TrackingLink


class GroupedBy(enum.StrEnum):
    """What touches are put together by; a code has no link, platform or channel."""

    INFLUENCER = "influencer"
    PLATFORM = "platform"
    CHANNEL = "channel"
    LINK = "link"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True)
class Within:
    """A brand's orders and clicks, or one campaign's, in ``[start, end)`` of the brand's
    days; what they are worth is told in `currency`.
    """

    brand_id: str
    timezone: str
    start: date
    end: date
    currency: str
    campaign_id: str | None = None


class Groups(NamedTuple):
    """The keys of the applications and links of a brand or campaign, and no others."""

    by: GroupedBy
    of_application: dict[str, Key]
    of_link: dict[str, Key]

    def of(self, application_id: str, link_id: str | None) -> Key:
        """The key of a touch of one of these applications."""
        if self.by in (GroupedBy.INFLUENCER, GroupedBy.CAMPAIGN):
            return self.of_application[application_id]
        return None if link_id is None else self.of_link.get(link_id)


def groups_of(session: Session, within: Within, by: GroupedBy) -> Groups:
    """The keys of everything a path can touch."""
    people = select(
        Application.id, Application.influencer_id, Application.campaign_id
    ).where(Application.brand_id == within.brand_id)
    links = select(
        TrackingLink.id,
        TrackingLink.application_id,
        TrackingLink.platform,
        TrackingLink.channel_id,
    ).where(TrackingLink.brand_id == within.brand_id)
    if within.campaign_id is not None:
        people = people.where(Application.campaign_id == within.campaign_id)
        links = links.where(TrackingLink.campaign_id == within.campaign_id)
    of_application: dict[str, Key] = {
        id_: campaign_id if by is GroupedBy.CAMPAIGN else influencer_id
        for id_, influencer_id, campaign_id in session.execute(people)
    }
    of_link: dict[str, Key] = {}
    for id_, application_id, platform, channel_id in session.execute(links):
        named = {
            GroupedBy.LINK: id_,
            GroupedBy.PLATFORM: platform and platform.value,
            GroupedBy.CHANNEL: channel_id,
        }
        of_link[id_] = named.get(by, of_application.get(application_id))
    return Groups(by, of_application, of_link)

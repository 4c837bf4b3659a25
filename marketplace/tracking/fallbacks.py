"""Where a campaign's links lead once they are over: a page of its own brand."""

from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.errors import Invalid
from marketplace.tracking.link_targets import listed_url


def refuse_unlisted_fallback(session: Session, campaign: Campaign) -> None:
    """Invalid if it leads to a host that the brand has not listed; none at all is fine.

    A campaign's own rules cannot say so: what a brand has listed includes its shops.
    """
    if campaign.fallback_url:
        try:
            listed_url(session, campaign, campaign.fallback_url)
        except ValueError as error:
            raise Invalid({"fallback_url": [str(error)]}) from error

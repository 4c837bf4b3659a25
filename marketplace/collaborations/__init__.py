"""The contract between a brand and an influencer, from application to its end."""

from marketplace.collaborations.access import (
    NotYourPart,
    require_brand_side,
    require_influencer,
    require_party,
)
from marketplace.collaborations.channels import remove_channel
from marketplace.collaborations.contract import (
    ApplicationNotAccepted,
    add_link,
    change_link,
    enable_promo_code,
    publish_pages,
)
from marketplace.collaborations.models import Application
from marketplace.collaborations.operations import (
    AlreadyApplied,
    CampaignNotOpen,
    WrongStatus,
    accept,
    apply,
    end,
    reject,
    withdraw,
)
from marketplace.collaborations.posting import (
    TakenIn,
    add_post,
    change_post,
    take_in_posts,
)
from marketplace.collaborations.queries import (
    application_to,
    applications_of,
    visible,
)
from marketplace.collaborations.rules import ApplicationStatus, RejectReason

__all__ = [
    "AlreadyApplied",
    "Application",
    "ApplicationNotAccepted",
    "ApplicationStatus",
    "CampaignNotOpen",
    "NotYourPart",
    "RejectReason",
    "TakenIn",
    "WrongStatus",
    "accept",
    "add_link",
    "add_post",
    "application_to",
    "applications_of",
    "apply",
    "change_link",
    "change_post",
    "enable_promo_code",
    "end",
    "publish_pages",
    "reject",
    "remove_channel",
    "require_brand_side",
    "require_influencer",
    "require_party",
    "take_in_posts",
    "visible",
    "withdraw",
]

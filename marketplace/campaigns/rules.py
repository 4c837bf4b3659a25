"""Statuses of a campaign, the moves between them, and what its terms can say. Pure."""

import enum
from typing import Final


class CampaignStatus(enum.StrEnum):
    """Where a campaign is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    CLOSED = "closed"


MOVES: Final[dict[str, tuple[frozenset[CampaignStatus], CampaignStatus]]] = {
    "publish": (
        frozenset({CampaignStatus.DRAFT, CampaignStatus.PAUSED}),
        CampaignStatus.PUBLISHED,
    ),
    "pause": (frozenset({CampaignStatus.PUBLISHED}), CampaignStatus.PAUSED),
    "close": (
        frozenset(
            {CampaignStatus.DRAFT, CampaignStatus.PUBLISHED, CampaignStatus.PAUSED}
        ),
        CampaignStatus.CLOSED,
    ),
}


class Objective(enum.StrEnum):
    """What a campaign is for."""

    AWARENESS = "awareness"
    ENGAGEMENT = "engagement"
    TRAFFIC = "traffic"
    FOLLOWERS = "followers"
    CONVERSIONS = "conversions"
    VALUE = "value"


class CommissionKind(enum.StrEnum):
    """How a commission is computed."""

    PERCENT = "percent"
    FLAT = "flat"


class CommissionOn(enum.StrEnum):
    """What earns a commission."""

    ORDER = "order"
    NEW_CUSTOMER = "new_customer"
    LEAD = "lead"
    CLICK = "click"


class DiscountKind(enum.StrEnum):
    """What the promo code gives the shopper."""

    PERCENT = "percent"
    AMOUNT = "amount"


class Precedence(enum.StrEnum):
    """Which evidence decides when an order carries both."""

    CODE = "code"
    CLICK = "click"


class AttributionModel(enum.StrEnum):
    """How credit is divided over several touches of the deciding kind."""

    LAST = "last"
    FIRST = "first"
    LINEAR = "linear"
    TIME_DECAY = "time_decay"
    POSITION = "position"


class SelfReferral(enum.StrEnum):
    """What happens to an influencer's own purchase."""

    REJECT = "reject"
    ALLOW = "allow"


class RepeatOrders(enum.StrEnum):
    """What happens to a later order without a code or click of its own."""

    NONE = "none"
    WINDOW = "window"


class Facet(enum.StrEnum):
    """What a campaign can be found by."""

    PLATFORM = "platform"
    CATEGORY = "category"
    COUNTRY = "country"
    LANGUAGE = "language"

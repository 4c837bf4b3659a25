"""What the money of a campaign goes to besides commissions, and whose it is. Pure."""

import enum
from collections.abc import Mapping

from marketplace.money import split


class CostKind(enum.StrEnum):
    """What the money went to.

    product: the value of goods given away. platform_fee: of a marketplace or tool.
    payment_fee: of whoever moved the money.
    """

    FEE = "fee"
    PRODUCT = "product"
    SHIPPING = "shipping"
    AGENCY = "agency"
    ADS = "ads"
    PLATFORM_FEE = "platform_fee"
    PAYMENT_FEE = "payment_fee"
    OTHER = "other"


class Allocation(enum.StrEnum):
    """Over whom a cost of the campaign as a whole goes, among its influencers.

    campaign: nobody; it stays with the campaign. equal: everybody accepted alike. posts:
    by the number of their posts. clicks, revenue: by what each brought in the days that
    are looked at. Where there is nothing to go by it stays with the campaign.
    """

    CAMPAIGN = "campaign"
    EQUAL = "equal"
    POSTS = "posts"
    CLICKS = "clicks"
    REVENUE = "revenue"


def divided(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """An amount in proportion to these weights, to the last cent (largest remainder).

    Of equal remainders the first by key. Nothing where no weight is above 0.
    """
    heavy = {key: weight for key, weight in sorted(weights.items()) if weight > 0}
    if not heavy:
        return {}
    return dict(zip(heavy, split(amount, list(heavy.values())), strict=True))

"""What the money of a campaign goes to besides commissions. Pure."""

import enum


class CostKind(enum.StrEnum):
    """What the money went to."""

    FEE = "fee"
    PRODUCT = "product"
    SHIPPING = "shipping"
    AGENCY = "agency"
    ADS = "ads"
    OTHER = "other"

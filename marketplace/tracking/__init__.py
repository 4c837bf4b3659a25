"""Promo codes, tracked links, the clicks on them and their roll-ups."""

from marketplace.tracking.models import (
    Click,
    ClickCell,
    PromoCode,
    PromoCodeName,
    SpoolFile,
    TrackingLink,
    VisitorSalt,
)
from marketplace.tracking.operations import (
    CodeTaken,
    create_link,
    disable_promo_code,
    enable_promo_code,
    end_links,
    mint_promo_code,
    move_links,
    rename_promo_code,
)
from marketplace.tracking.queries import code_named, codes_of, links_of
from marketplace.tracking.rules import (
    CLICK_PARAMETER,
    NO_EVIDENCE,
    UTM_NAMES,
    PromoCodeStatus,
    SetAside,
    normalise_code,
)

__all__ = [
    "CLICK_PARAMETER",
    "NO_EVIDENCE",
    "UTM_NAMES",
    "Click",
    "ClickCell",
    "CodeTaken",
    "PromoCode",
    "PromoCodeName",
    "PromoCodeStatus",
    "SetAside",
    "SpoolFile",
    "TrackingLink",
    "VisitorSalt",
    "code_named",
    "codes_of",
    "create_link",
    "disable_promo_code",
    "enable_promo_code",
    "end_links",
    "links_of",
    "mint_promo_code",
    "move_links",
    "normalise_code",
    "rename_promo_code",
]

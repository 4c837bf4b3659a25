"""Promo codes, tracked links, the clicks on them and their roll-ups."""

from marketplace.tracking import domains, rejudging
from marketplace.tracking.fallbacks import refuse_unlisted_fallback
from marketplace.tracking.landing_pages import (
    page_days,
    pages_shown,
    publish_page,
    touch_page,
    touch_pages,
)
from marketplace.tracking.link_changes import TooManySlugs, change_link
from marketplace.tracking.link_rules import utm_of
from marketplace.tracking.link_targets import retarget_brand, retarget_links
from marketplace.tracking.models import (
    LandingPage,
    PromoCode,
    PromoCodeName,
    ShopCode,
    TrackingDomain,
    TrackingLink,
)
from marketplace.tracking.operations import (
    SlugTaken,
    TooManyLinks,
    create_link,
    end_links,
)
from marketplace.tracking.promo_codes import (
    CodeTaken,
    disable_promo_code,
    enable_promo_code,
    mark_leaked,
    mint_promo_code,
    rename_promo_code,
)
from marketplace.tracking.queries import (
    code_named,
    codes_of,
    domains_of,
    links_of,
)
from marketplace.tracking.rules import (
    CLICK_PARAMETER,
    NO_EVIDENCE,
    PromoCodeStatus,
    SetAside,
    normalise_code,
)
from marketplace.tracking.traffic_models import (
    Click,
    LandingCell,
    SpoolFile,
    VisitorSalt,
)

__all__ = [
    "CLICK_PARAMETER",
    "NO_EVIDENCE",
    "Click",
    "CodeTaken",
    "LandingCell",
    "LandingPage",
    "PromoCode",
    "PromoCodeName",
    "PromoCodeStatus",
    "SetAside",
    "ShopCode",
    "SlugTaken",
    "SpoolFile",
    "TooManyLinks",
    "TooManySlugs",
    "TrackingDomain",
    "TrackingLink",
    "VisitorSalt",
    "change_link",
    "code_named",
    "codes_of",
    "create_link",
    "disable_promo_code",
    "domains",
    "domains_of",
    "enable_promo_code",
    "end_links",
    "links_of",
    "mark_leaked",
    "mint_promo_code",
    "normalise_code",
    "page_days",
    "pages_shown",
    "publish_page",
    "refuse_unlisted_fallback",
    "rejudging",
    "rename_promo_code",
    "retarget_brand",
    "retarget_links",
    "touch_page",
    "touch_pages",
    "utm_of",
]

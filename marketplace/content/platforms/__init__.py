"""The platforms whose APIs are asked, with a person's grant: one file each.

An answer in a platform's own JSON is read by `shapes`; here is how it is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.accounts.rules import Platform
from marketplace.content.grant_rules import PlatformNotAsked, PlatformNotSetUp
from marketplace.content.platforms import (
    instagram,
    linkedin,
    linkedin_pages,
    tiktok,
    tiktok_business,
    youtube,
)
from marketplace.content.platforms.asking import Account, Owner, PlatformApi, Tokens
from marketplace.content.platforms.door import (
    Door,
    PlatformApp,
    PlatformFailure,
    Trouble,
)
from marketplace.outbound import Networks
from marketplace.platform_keys import PlatformKeys

APIS: dict[Platform, PlatformApi] = {
    Platform.INSTAGRAM: instagram,
    Platform.TIKTOK: tiktok,
    Platform.YOUTUBE: youtube,
    Platform.LINKEDIN: linkedin,
}
_BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Way:
    """How a channel's platform is asked, and as whom."""

    api: PlatformApi
    app: PlatformApp

    def door(self, access: str = "", *, permitted: Networks = ()) -> Door:
        """The way in, with a token to show unless it is to be had yet."""
        return Door(
            self.app,
            self.api.HOSTS,
            judge=self.api.judge,
            headers=self.api.headers(access) if access else {},
            permitted=permitted,
        )


def way_to(
    platform: Platform,
    owner: Owner,
    keys: Mapping[str, PlatformKeys],
    *,
    public_url: str,
) -> Way:
    """How to ask about a channel; PlatformNotAsked, PlatformNotSetUp."""
    if platform not in APIS:
        known = ", ".join(APIS)
        raise PlatformNotAsked(
            f"Channels on {platform} are not asked for figures (those on {known} are):"
            " enter them."
        )
    found = keys.get(platform)
    if found is None:
        raise PlatformNotSetUp(
            f"This instance is not registered with {platform}: enter figures, or have"
            f" {platform.upper()}_CLIENT_ID and {platform.upper()}_CLIENT_SECRET set."
        )
    api = APIS[platform]
    if platform is Platform.LINKEDIN and owner is Owner.BRAND:
        api = linkedin_pages
    elif platform is Platform.TIKTOK and found.variant == _BUSINESS:
        api = tiktok_business
    redirect = f"{public_url}/oauth/{platform}/callback"
    app = PlatformApp(found.client_id, found.client_secret, redirect, found.api_base)
    return Way(api, app)


__all__ = [
    "APIS",
    "Account",
    "Door",
    "Owner",
    "PlatformApi",
    "PlatformApp",
    "PlatformFailure",
    "Tokens",
    "Trouble",
    "Way",
    "way_to",
]

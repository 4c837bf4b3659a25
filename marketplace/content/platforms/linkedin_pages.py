"""LinkedIn for pages: a brand's own followers, who they are, its views and mentions.

Consent is given by somebody who administers the page; which page is meant is known by
its name in addresses, the channel's handle.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from marketplace.content import shapes
from marketplace.content.platforms import linkedin
from marketplace.content.platforms.asking import (
    Account,
    CommentPage,
    Tokens,
    Told,
    ToldOfChannel,
    Wanted,
)
from marketplace.content.platforms.door import Door, PlatformFailure, Trouble
from marketplace.content.said import handle_of
from marketplace.content.shapes.place import Faults, Place

HOSTS, PAGE_PATH = linkedin.HOSTS, linkedin.PAGE_PATH
SCOPES: Sequence[str] = ("rw_organization_admin", "r_organization_social")
SCOPES_BY, PACE = linkedin.SCOPES_BY, linkedin.PACE
RENEW_BEFORE, POSTS_AT_ONCE = linkedin.RENEW_BEFORE, 1
HAS_COMMENTS, HAS_PKCE = False, False

judge, headers, consent_query = linkedin.judge, linkedin.headers, linkedin.consent_query
exchange, refresh, revoke = linkedin.exchange, linkedin.refresh, linkedin.revoke
platform_id = linkedin.platform_id


def account(door: Door, tokens: Tokens, handle: str) -> Account:
    """The page of that name, if whoever consented administers it."""
    name = handle_of(handle)
    asked = {"q": "vanityName", "vanityName": name}
    found = Place(door.get("api", "/rest/organizations", asked), "", Faults())
    for one in found.each("elements"):
        of, vanity = one.identity("id"), one.text("vanityName", 200) or ""
        if of is not None and handle_of(vanity) == name:
            urn = f"urn:li:organization:{of}"
            if not _administers(door, urn):
                why = "whoever consented does not administer this page"
                raise PlatformFailure(why, Trouble.NO)
            return Account(urn, vanity, one.text("localizedName", 200) or "")
    raise PlatformFailure(f"there is no page called {name}", Trouble.NO)


def _administers(door: Door, urn: str) -> bool:
    asked = {"q": "roleAssignee", "role": "ADMINISTRATOR", "state": "APPROVED"}
    said = Place(door.get("api", "/rest/organizationAcls", asked), "", Faults())
    return any(one.text("organization", 200) == urn for one in said.each("elements"))


def read_channel(door: Door, account: Account, now: datetime) -> ToldOfChannel:
    """Followers, who they are, how often the page was seen, how often it was named."""
    urn = account.id
    size = f"/rest/networkSizes/{quote(urn, safe='')}"
    bodies: list[Any] = [
        door.get("api", size, {"edgeType": "COMPANY_FOLLOWED_BY_MEMBER"})
    ]
    for name, by in (
        ("organizationalEntityFollowerStatistics", "organizationalEntity"),
        ("organizationalEntityShareStatistics", "organizationalEntity"),
        ("organizationPageStatistics", "organization"),
    ):
        try:
            bodies.append(door.get("api", f"/rest/{name}", {"q": by, by: urn}))
        except PlatformFailure as failure:
            if failure.trouble is not Trouble.NO:
                raise
    return ToldOfChannel(tuple(shapes.read_channels("linkedin", bodies)))


def read_posts(
    door: Door, account: Account, wanted: Sequence[Wanted], now: datetime
) -> dict[str, Told]:
    """Posts of campaigns are influencers', never a brand's page's."""
    return {one.post_id: Told(failure="is no post of this page") for one in wanted}


def read_comments(
    door: Door, account: Account, platform_id: str, cursor: str | None
) -> CommentPage:
    """None, as there are no posts."""
    return CommentPage(())

"""LinkedIn for people: their posts' figures, one question for each, and their followers.

What members' posts are said of is open to apps that LinkedIn has let in; comments of
members are not. Each metric is a question, and there are few questions in a day, so it
is asked seldom. A refresh token is given to some apps only.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

from marketplace.content import shapes
from marketplace.content.platforms.asking import (
    Account,
    CommentPage,
    Tokens,
    Told,
    ToldOfChannel,
    Wanted,
)
from marketplace.content.platforms.door import (
    Door,
    PlatformFailure,
    Trouble,
    usual_judge,
)
from marketplace.content.platforms.pace import DAY, HOUR, Pace
from marketplace.content.platforms.token_reading import (
    ask_for_tokens,
    code_form,
    refresh_form,
)
from marketplace.content.shapes.place import Faults, Place

VERSION = "202606"
HOSTS: Mapping[str, str] = {
    "page": "https://www.linkedin.com",
    "token": "https://www.linkedin.com",
    "api": "https://api.linkedin.com",
}
EXCHANGE_PATH = "/oauth/v2/accessToken"
PAGE_PATH = "/oauth/v2/authorization"
SCOPES: Sequence[str] = (
    "openid",
    "profile",
    "r_member_postAnalytics",
    "r_member_profileAnalytics",
)
SCOPES_BY = " "
PACE = Pace(
    steps={
        2 * DAY: 6 * HOUR,
        14 * DAY: 12 * HOUR,
        60 * DAY: 2 * DAY,
        360 * DAY: 14 * DAY,
    },
    channel=DAY,
)
RENEW_BEFORE = timedelta(days=5)
POSTS_AT_ONCE = 1
HAS_COMMENTS, HAS_PKCE = False, False
METRICS = ("IMPRESSION", "MEMBERS_REACHED", "REACTION", "COMMENT", "RESHARE")
# Since version 202604; each is a question more.
IN_DETAIL = (
    "POST_SAVE",
    "LINK_CLICKS",
    "FOLLOWER_GAINED_FROM_CONTENT",
    "PROFILE_VIEW_FROM_CONTENT",
)
_URN = re.compile(r"urn:li:(share|ugcPost):[0-9]{5,30}")


def judge(status: int, said: Any) -> Trouble | None:
    """By the status; `invalid_grant` and such come as 400."""
    error = said.get("error") if isinstance(said, dict) else None
    if error in ("invalid_grant", "invalid_request", "invalid_token"):
        return Trouble.TOKEN
    return usual_judge(status, said)


def headers(access: str) -> dict[str, str]:
    """How a token is shown, and which version is meant."""
    return {
        "Authorization": f"Bearer {access}",
        "LinkedIn-Version": VERSION,
        "X-Restli-Protocol-Version": "2.0.0",
    }


def consent_query(client_id: str) -> dict[str, str]:
    """Nothing beyond what is usual."""
    return {"client_id": client_id}


def exchange(door: Door, code: str, verifier: str, now: datetime) -> Tokens:
    """Tokens for the code."""
    form = code_form(door, code)
    return ask_for_tokens(door, EXCHANGE_PATH, form, now)


def refresh(door: Door, tokens: Tokens, now: datetime) -> Tokens | None:
    """A further token, for apps that were given a refresh token."""
    if not tokens.refresh:
        return None
    form = refresh_form(tokens)
    return ask_for_tokens(door, EXCHANGE_PATH, form, now, before=tokens)


def revoke(door: Door, tokens: Tokens) -> None:
    """Take the access back."""
    form = {
        "client_id": door.app.client_id,
        "client_secret": door.app.client_secret,
        "token": tokens.access,
    }
    door.post("token", "/oauth/v2/revoke", form=form)


def account(door: Door, tokens: Tokens, handle: str) -> Account:
    """The member behind the token; what they are called in addresses is not said."""
    said = Place(door.get("api", "/v2/userinfo"), "", Faults())
    of = said.identity("sub")
    if of is None:
        raise PlatformFailure("LinkedIn does not say whose token it is", Trouble.NO)
    return Account(of, "", said.text("name", 200) or "")


def platform_id(external_id: str | None, url: str | None) -> str | None:
    """A post's URN, which is in some of its addresses; its activity's does not do."""
    if external_id and _URN.fullmatch(external_id):
        return external_id
    found = _URN.search(unquote(url or ""))
    return found[0] if found else None


def read_channel(door: Door, account: Account, now: datetime) -> ToldOfChannel:
    """Followers."""
    said = door.get("api", "/rest/memberFollowersCount", {"q": "me"})
    return ToldOfChannel(tuple(shapes.read_channels("linkedin", said)))


def read_posts(
    door: Door, account: Account, wanted: Sequence[Wanted], now: datetime
) -> dict[str, Told]:
    """Metric by metric."""
    return {one.post_id: _read_post(door, one) for one in wanted}


def _read_post(door: Door, wanted: Wanted) -> Told:
    urn = wanted.platform_id
    if urn is None:
        return Told(failure="the post's share or ugcPost URN is not known: state it")
    metrics = METRICS + IN_DETAIL if wanted.in_detail else METRICS
    bodies = []
    for metric in metrics:
        try:
            bodies.append(_metric(door, urn, metric))
        except PlatformFailure as failure:
            if failure.trouble is Trouble.GONE:
                return Told(platform_id=urn, is_gone=True)
            if failure.trouble is not Trouble.NO or metric in METRICS:
                raise
    found = [
        one
        for one in shapes.read_posts("linkedin", bodies)
        if one.external_id in (urn, None)
    ]
    return Told(tuple(found), urn)


def _metric(door: Door, urn: str, metric: str) -> Any:
    """The total of one metric. Rest.li's parentheses must stay as they are."""
    kind = "share" if ":share:" in urn else "ugc"
    query = (
        f"entity=({kind}:{quote(urn, safe='')})&queryType={metric}&aggregation=TOTAL"
    )
    return door.get("api", f"/rest/memberCreatorPostAnalytics?q=entity&{query}")


def read_comments(
    door: Door, account: Account, platform_id: str, cursor: str | None
) -> CommentPage:
    """Comments of members are closed to apps."""
    return CommentPage(())

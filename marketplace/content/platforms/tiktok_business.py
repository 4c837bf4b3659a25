"""TikTok's Business API for accounts: reach, time watched, sources, comments, days.

For apps that TikTok has let into its Accounts API (`TIKTOK_API=business`). Its figures
come 24 to 48 hours late, so it is asked less often. What went wrong is a number in an
answer whose status says that all is well.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from marketplace.content import shapes
from marketplace.content.platforms import tiktok
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
from marketplace.content.platforms.pace import DAY, Pace
from marketplace.content.platforms.token_reading import read_tokens
from marketplace.content.shapes.place import Faults, Place

_HOST = "https://business-api.tiktok.com"
HOSTS: Mapping[str, str] = {
    "page": "https://www.tiktok.com",
    "token": _HOST,
    "api": _HOST,
}
PAGE_PATH = tiktok.PAGE_PATH
SCOPES: Sequence[str] = (
    "user.info.basic",
    "user.info.username",
    "user.info.stats",
    "user.insights",
    "video.list",
    "video.insights",
    "comment.list",
)
SCOPES_BY = ","
PACE = Pace(
    steps={
        14 * DAY: 6 * timedelta(hours=1),
        60 * DAY: DAY,
        400 * DAY: 7 * DAY,
    }
)
RENEW_BEFORE = timedelta(hours=1)
POSTS_AT_ONCE = 20
HAS_COMMENTS, HAS_PKCE = True, False
DAYS_BACK = timedelta(days=30)

_API = "/open_api/v1.3"
_VIDEO = (
    *("item_id", "create_time", "caption", "share_url", "video_duration"),
    *("video_views", "reach", "likes", "comments", "shares", "favorites"),
    *("total_time_watched", "average_time_watched", "full_video_watched_rate"),
    *("new_followers", "profile_views", "website_clicks"),
    *("impression_sources", "audience_countries", "video_view_retention"),
)
_ACCOUNT = (
    *("username", "followers_count", "profile_views", "bio_link_clicks"),
    *("daily_new_followers", "daily_lost_followers"),
    *("audience_ages", "audience_genders", "audience_countries", "audience_cities"),
)
_TOKEN_CODES = {40102, 40104, 40105, 40110}
_LATER_CODES = {40016, 40100, 40133, 50000, 50002, 51305}

consent_query = tiktok.consent_query
platform_id = tiktok.platform_id


def headers(access: str) -> dict[str, str]:
    """How a token is shown."""
    return {"Access-Token": access}


def judge(status: int, said: Any) -> Trouble | None:
    """By the number in the answer."""
    code = said.get("code") if isinstance(said, dict) else None
    if not isinstance(code, int) or code == 0:
        return usual_judge(status, said)
    if code in _TOKEN_CODES:
        return Trouble.TOKEN
    return Trouble.LATER if code in _LATER_CODES or status >= 500 else Trouble.NO


def exchange(door: Door, code: str, verifier: str, now: datetime) -> Tokens:
    """Tokens for the code."""
    more = {"auth_code": code, "redirect_uri": door.app.redirect_url}
    said = _ask_for_tokens(door, "token", "authorization_code", more)
    return read_tokens(said, now)


def refresh(door: Door, tokens: Tokens, now: datetime) -> Tokens | None:
    """Further ones, refresh token included."""
    if not tokens.refresh:
        return None
    more = {"refresh_token": tokens.refresh}
    said = _ask_for_tokens(door, "refresh_token", "refresh_token", more)
    return read_tokens(said, now, before=tokens)


def _ask_for_tokens(door: Door, path: str, kind: str, more: dict[str, str]) -> Any:
    body = {
        "client_id": door.app.client_id,
        "client_secret": door.app.client_secret,
        "grant_type": kind,
        **more,
    }
    said = door.post("token", f"{_API}/tt_user/oauth2/{path}/", body=body)
    return Place(said, "", Faults()).inside("data").record


def revoke(door: Door, tokens: Tokens) -> None:
    """Take the access back."""
    body = {
        "client_id": door.app.client_id,
        "client_secret": door.app.client_secret,
        "access_token": tokens.access,
    }
    door.post("token", f"{_API}/tt_user/oauth2/revoke/", body=body)


def account(door: Door, tokens: Tokens, handle: str) -> Account:
    """The account that the tokens name: it must be named to be asked about."""
    of = tokens.account_id
    if not of:
        raise PlatformFailure("TikTok does not say whose token it is", Trouble.NO)
    asked = {"business_id": of, "fields": json.dumps(["username", "display_name"])}
    told = Place(door.get("api", f"{_API}/business/get/", asked), "", Faults())
    user = told.inside("data")
    name = user.text("display_name", 200) or ""
    return Account(of, user.text("username", 200) or "", name)


def read_channel(door: Door, account: Account, now: datetime) -> ToldOfChannel:
    """Followers now and on past days, who they are, and what each day brought."""
    asked = {
        "business_id": account.id,
        "fields": json.dumps(_ACCOUNT),
        "start_date": (now - DAYS_BACK).date().isoformat(),
        "end_date": (now - DAY).date().isoformat(),
    }
    said = door.get("api", f"{_API}/business/get/", asked)
    readings = [
        one
        for one in shapes.read_channels("tiktok", said)
        if one.observed_at is None or one.observed_at < now
    ]
    days = shapes.read_channel_days("tiktok", said)
    return ToldOfChannel(tuple(readings), tuple(days))


def read_posts(
    door: Door, account: Account, wanted: Sequence[Wanted], now: datetime
) -> dict[str, Told]:
    """All in one question; what is not in the answer is not there."""
    known = sorted({one.platform_id for one in wanted if one.platform_id})
    if not known:
        return tiktok.told_of(wanted, ())
    asked = {
        "business_id": account.id,
        "fields": json.dumps(_VIDEO),
        "filters": json.dumps({"video_ids": known}),
        "max_count": str(POSTS_AT_ONCE),
    }
    said = door.get("api", f"{_API}/business/video/list/", asked)
    return tiktok.told_of(wanted, shapes.read_posts("tiktok", said))


def read_comments(
    door: Door, account: Account, platform_id: str, cursor: str | None
) -> CommentPage:
    """Newest first, with the first replies to each."""
    asked = {
        "business_id": account.id,
        "video_id": platform_id,
        "include_replies": "true",
        "sort_field": "create_time",
        "sort_order": "desc",
        "max_count": "30",
        **({"cursor": cursor} if cursor else {}),
    }
    said = door.get("api", f"{_API}/business/comment/list/", asked)
    page = Place(said, "", Faults()).inside("data")
    following = page.cursor("cursor") if page.record.get("has_more") is True else None
    found = shapes.read_comments("tiktok", said)
    return CommentPage(tuple(found), following)

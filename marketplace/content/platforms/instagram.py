"""Instagram, by its API with Instagram Login: professional accounts and their media.

A token holds for 60 days and is exchanged for a further one before that; there is no
refresh token. Errors come as 400 with a code of Meta's own.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from marketplace.content import shapes
from marketplace.content.platforms.asking import (
    Account,
    CommentPage,
    Tokens,
    Told,
    ToldOfChannel,
    Wanted,
)
from marketplace.content.platforms.door import Door, PlatformFailure, Trouble
from marketplace.content.platforms.pace import Pace
from marketplace.content.platforms.token_reading import code_form, read_tokens
from marketplace.content.rules import PostFormat
from marketplace.content.shapes.place import Faults, Place

VERSION = "v23.0"
HOSTS: Mapping[str, str] = {
    "page": "https://www.instagram.com",
    "token": "https://api.instagram.com",
    "long": "https://graph.instagram.com",
    "api": "https://graph.instagram.com",
}
PAGE_PATH = "/oauth/authorize"
SCOPES: Sequence[str] = (
    "instagram_business_basic",
    "instagram_business_manage_insights",
    "instagram_business_manage_comments",
)
SCOPES_BY = ","
PACE = Pace(stories_end=True)
POSTS_AT_ONCE = 1
HAS_COMMENTS, HAS_PKCE = True, False
MOST_PAGES = 5  # of media, to find what a permalink is called
RENEW_BEFORE = timedelta(days=10)

_MEDIA = (
    "id,media_type,media_product_type,permalink,caption,timestamp,like_count,"
    "comments_count,owner"
)
_EVERY = "views,reach,shares,total_interactions"
_OF_REELS = (
    f"{_EVERY},likes,comments,saved,ig_reels_avg_watch_time,"
    "ig_reels_video_view_total_time"
)
_OF_STORIES = f"{_EVERY},follows,profile_visits"
_OF_POSTS = f"{_EVERY},likes,comments,saved,follows,profile_visits"
_COMMENT = "id,text,timestamp,username,from,like_count,parent_id"
_TOKEN_CODES, _LATER_CODES = {102, 190, 463, 467}, {1, 2, 4, 17, 32, 341, 613, 80002}
_MISSING = 33  # a subcode of 100
_SHORTCODE = re.compile(r"instagram\.com/(?:[\w.]+/)?(?:p|reel|reels|tv)/([\w-]{5,40})")
_NUMBER = re.compile(r"[0-9]{5,40}")
_DEMOGRAPHICS = ("age", "gender", "country", "city")


def judge(status: int, said: Any) -> Trouble | None:
    """By Meta's codes: in a 400, and never by the status alone."""
    error = said.get("error") if isinstance(said, dict) else None
    if not isinstance(error, dict):
        return None if status < 300 else _by_status(status)
    code, told = error.get("code"), str(error.get("message"))
    if code == 10 and "not enough viewers" in told.lower():
        return None  # no news, which the shape reads as such
    known = code if isinstance(code, int) else None
    if known in _TOKEN_CODES:
        return Trouble.TOKEN
    if known in _LATER_CODES or status == 429 or status >= 500:
        return Trouble.LATER
    return Trouble.GONE if error.get("error_subcode") == _MISSING else Trouble.NO


def _by_status(status: int) -> Trouble:
    if status in (401, 400):
        return Trouble.TOKEN if status == 401 else Trouble.NO
    return Trouble.LATER if status == 429 or status >= 500 else Trouble.NO


def headers(access: str) -> dict[str, str]:
    """How a token is shown."""
    return {"Authorization": f"Bearer {access}"}


def consent_query(client_id: str) -> dict[str, str]:
    """Nothing beyond what is usual, but for the name of the app."""
    return {"client_id": client_id, "force_reauth": "true"}


def exchange(door: Door, code: str, verifier: str, now: datetime) -> Tokens:
    """A token of an hour, and for that one of 60 days."""
    told = {
        "client_id": door.app.client_id,
        "client_secret": door.app.client_secret,
    }
    form = code_form(door, code.removesuffix("#_"))
    said = door.post("token", "/oauth/access_token", form={**told, **form})
    listed = said.get("data") if isinstance(said, dict) else None
    if isinstance(listed, list) and listed:
        said = listed[0]
    brief = read_tokens(said, now)
    asked = {
        "grant_type": "ig_exchange_token",
        "client_secret": door.app.client_secret,
        "access_token": brief.access,
    }
    return read_tokens(door.get("long", "/access_token", asked), now, before=brief)


def refresh(door: Door, tokens: Tokens, now: datetime) -> Tokens | None:
    """A token for the one we have, which must still hold."""
    asked = {"grant_type": "ig_refresh_token", "access_token": tokens.access}
    said = door.get("long", "/refresh_access_token", asked)
    return read_tokens(said, now, before=tokens)


def revoke(door: Door, tokens: Tokens) -> None:
    """There is no call for it: people take access back in their settings."""


def account(door: Door, tokens: Tokens, handle: str) -> Account:
    """The professional account behind the token."""
    said = door.get("api", f"/{VERSION}/me", {"fields": "user_id,username,name"})
    place = Place(said, "", Faults())
    of = place.identity("user_id") or place.identity("id")
    if of is None:
        raise PlatformFailure("Instagram does not say whose token it is", Trouble.NO)
    return Account(of, place.text("username", 200) or "", place.text("name", 200) or "")


def platform_id(external_id: str | None, url: str | None) -> str | None:
    """A media's number; a permalink says another name, which is looked up."""
    return external_id if external_id and _NUMBER.fullmatch(external_id) else None


def read_channel(door: Door, account: Account, now: datetime) -> ToldOfChannel:
    """Followers, and what they are where Instagram says it (from 100 of them)."""
    bodies = [door.get("api", f"/{VERSION}/me", {"fields": "followers_count"})]
    for breakdown in _DEMOGRAPHICS:
        asked = {
            "metric": "follower_demographics",
            "period": "lifetime",
            "metric_type": "total_value",
            "breakdown": breakdown,
        }
        said = _or_nothing(door, f"/{VERSION}/me/insights", asked)
        if isinstance(said, dict) and said.get("data"):
            bodies.append(said)
    return ToldOfChannel(tuple(shapes.read_channels("instagram", bodies)))


def read_posts(
    door: Door, account: Account, wanted: Sequence[Wanted], now: datetime
) -> dict[str, Told]:
    """Each media's fields and insights."""
    return {one.post_id: _read_post(door, one) for one in wanted}


def _read_post(door: Door, wanted: Wanted) -> Told:
    of = wanted.platform_id or _find(door, wanted)
    try:
        media = None if of is None else _media(door, of)
        if of is not None and not _is_at(media, wanted.url):  # it was corrected
            of = _find(door, wanted)
            media = None if of is None else _media(door, of)
    except PlatformFailure as failure:
        if failure.trouble is Trouble.GONE:
            return Told(platform_id=of, is_gone=True)
        raise
    if of is None:
        return Told(failure="no media of this account is at the post's address")
    bodies = [*_insights(door, of, media), media]
    # Insights come first: they are more exact than the fields of a media.
    readings = shapes.read_posts("instagram", bodies)
    return Told(tuple(one for one in readings if one.external_id in (of, None)), of)


def _media(door: Door, of: str) -> Any:
    return door.get("api", f"/{VERSION}/{of}", {"fields": _MEDIA})


def _is_at(media: Any, url: str | None) -> bool:
    """Whether a media may be what is at an address; False if that names another."""
    said = media.get("permalink") if isinstance(media, dict) else None
    theirs, stated = _SHORTCODE.search(str(said)), _SHORTCODE.search(url or "")
    return theirs is None or stated is None or theirs[1] == stated[1]


def _insights(door: Door, of: str, media: Any) -> list[Any]:
    """What there is depends on the kind of media; what is not there is refused."""
    product = media.get("media_product_type") if isinstance(media, dict) else None
    metrics = {"REELS": _OF_REELS, "STORY": _OF_STORIES}.get(str(product), _OF_POSTS)
    path = f"/{VERSION}/{of}/insights"
    found = _or_nothing(door, path, {"metric": metrics})
    if found is None:
        found = _or_nothing(door, path, {"metric": "views,reach"})
    bodies = [found]
    if product != "REELS":
        asked = {"metric": "profile_activity", "breakdown": "action_type"}
        bodies.append(_or_nothing(door, path, asked))
    return [one for one in bodies if one is not None]


def _or_nothing(door: Door, path: str, params: dict[str, str]) -> Any:
    """Null where Instagram has no such figure of it; other trouble is trouble."""
    try:
        return door.get("api", path, params)
    except PlatformFailure as failure:
        if failure.trouble in (Trouble.NO, Trouble.GONE):
            return None
        raise


def _find(door: Door, wanted: Wanted) -> str | None:
    """What the media at a permalink is called: by looking through the newest."""
    match = _SHORTCODE.search(wanted.url or "")
    edge = "stories" if wanted.format is PostFormat.STORY else "media"
    asked = {"fields": "id,shortcode,permalink", "limit": "100"}
    for _ in range(MOST_PAGES):
        page = Place(door.get("api", f"/{VERSION}/me/{edge}", asked), "", Faults())
        for one in page.each("data"):
            code = one.text("shortcode", 100)
            same_code = match is not None and code == match[1]
            if same_code or (wanted.url and one.text("permalink", 2000) == wanted.url):
                return one.identity("id")
        after = page.inside("paging").inside("cursors").cursor("after")
        if after is None or not page.inside("paging").has("next"):
            return None
        asked = {**asked, "after": after}
    return None


def read_comments(
    door: Door, account: Account, platform_id: str, cursor: str | None
) -> CommentPage:
    """Newest first."""
    asked = {"fields": f"{_COMMENT},replies{{{_COMMENT}}}", "limit": "50"}
    if cursor is not None:
        asked["after"] = cursor
    said = door.get("api", f"/{VERSION}/{platform_id}/comments", asked)
    own = {"owner": {"id": account.id}, "username": account.handle or None}
    found = shapes.read_comments("instagram", {**own, "comments": said})
    paging = Place(said, "", Faults()).inside("paging")
    after = paging.inside("cursors").cursor("after")
    return CommentPage(tuple(found), after if paging.has("next") else None)

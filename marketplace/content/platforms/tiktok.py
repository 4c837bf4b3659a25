"""TikTok's Display API: anybody's account; views, likes, comments and shares of videos.

A token holds for a day; with each further one a further refresh token may come, and the
one before may no longer do.
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
from marketplace.content.platforms.door import (
    Door,
    PlatformFailure,
    Trouble,
    usual_judge,
)
from marketplace.content.platforms.pace import Pace
from marketplace.content.platforms.token_reading import (
    ask_for_tokens,
    code_form,
    refresh_form,
)
from marketplace.content.shapes.place import Faults, Place

HOSTS: Mapping[str, str] = {
    "page": "https://www.tiktok.com",
    "token": "https://open.tiktokapis.com",
    "api": "https://open.tiktokapis.com",
}
EXCHANGE_PATH = "/v2/oauth/token/"
PAGE_PATH = "/v2/auth/authorize/"
SCOPES: Sequence[str] = (
    "user.info.basic",
    "user.info.profile",
    "user.info.stats",
    "video.list",
)
SCOPES_BY = ","
PACE = Pace()
RENEW_BEFORE = timedelta(hours=1)
POSTS_AT_ONCE = 20
HAS_COMMENTS, HAS_PKCE = False, False

_VIDEO = (
    "id,create_time,share_url,video_description,duration,title,like_count,"
    "comment_count,share_count,view_count"
)
_IN_URL = re.compile(r"/(?:video|photo)/([0-9]{5,30})")
_NUMBER = re.compile(r"[0-9]{5,30}")
_TOKEN_CODES = {
    "access_token_invalid",
    "invalid_grant",
    "scope_not_authorized",
    "scope_permission_missed",
}
_LATER_CODES = {"rate_limit_exceeded", "internal_error"}


def judge(status: int, said: Any) -> Trouble | None:
    """By the code in the answer, which is a word, where there is one."""
    error = said.get("error") if isinstance(said, dict) else None
    code = error.get("code") if isinstance(error, dict) else error
    if not isinstance(code, str) or code == "ok":
        return usual_judge(status, said)
    if code in _TOKEN_CODES:
        return Trouble.TOKEN
    if code in _LATER_CODES or status == 429 or status >= 500:
        return Trouble.LATER
    return Trouble.NO


def headers(access: str) -> dict[str, str]:
    """How a token is shown."""
    return {"Authorization": f"Bearer {access}"}


def consent_query(client_id: str) -> dict[str, str]:
    """The app goes by another name here."""
    return {"client_key": client_id}


def exchange(door: Door, code: str, verifier: str, now: datetime) -> Tokens:
    """Tokens for the code."""
    form = code_form(door, code)
    return ask_for_tokens(door, EXCHANGE_PATH, form, now, app_as="client_key")


def refresh(door: Door, tokens: Tokens, now: datetime) -> Tokens | None:
    """Further ones, refresh token included."""
    if not tokens.refresh:
        return None
    form = refresh_form(tokens)
    return ask_for_tokens(
        door, EXCHANGE_PATH, form, now, app_as="client_key", before=tokens
    )


def revoke(door: Door, tokens: Tokens) -> None:
    """Take the access back."""
    form = {
        "client_key": door.app.client_id,
        "client_secret": door.app.client_secret,
        "token": tokens.access,
    }
    door.post("token", "/v2/oauth/revoke/", form=form)


def account(door: Door, tokens: Tokens, handle: str) -> Account:
    """The account behind the token."""
    asked = {"fields": "open_id,username,display_name"}
    said = Place(door.get("api", "/v2/user/info/", asked), "", Faults())
    user = said.inside("data").inside("user")
    of = user.identity("open_id")
    if of is None:
        raise PlatformFailure("TikTok does not say whose token it is", Trouble.NO)
    name = user.text("display_name", 200) or ""
    return Account(of, user.text("username", 200) or "", name)


def platform_id(external_id: str | None, url: str | None) -> str | None:
    """A video's number, which is in its address, too."""
    if external_id and _NUMBER.fullmatch(external_id):
        return external_id
    found = _IN_URL.search(url or "")
    return found[1] if found else None


def read_channel(door: Door, account: Account, now: datetime) -> ToldOfChannel:
    """Followers."""
    said = door.get("api", "/v2/user/info/", {"fields": "open_id,follower_count"})
    return ToldOfChannel(tuple(shapes.read_channels("tiktok", said)))


def read_posts(
    door: Door, account: Account, wanted: Sequence[Wanted], now: datetime
) -> dict[str, Told]:
    """All in one question; what is not in the answer is not there."""
    known = {one.post_id: one.platform_id for one in wanted if one.platform_id}
    if not known:
        return {one.post_id: Told(failure=NOT_NAMED) for one in wanted}
    asked = {"filters": {"video_ids": sorted(set(known.values()))}}
    said = door.post("api", "/v2/video/query/", params={"fields": _VIDEO}, body=asked)
    return told_of(wanted, shapes.read_posts("tiktok", said))


NOT_NAMED = "neither the post's address nor its id says which video it is"


def told_of(wanted: Sequence[Wanted], readings: Sequence[Any]) -> dict[str, Told]:
    """Which of the readings is of which post."""
    found: dict[str, Told] = {}
    for one in wanted:
        mine = tuple(r for r in readings if r.external_id == one.platform_id)
        if one.platform_id is None:
            found[one.post_id] = Told(failure=NOT_NAMED)
        else:
            found[one.post_id] = Told(mine, one.platform_id, is_gone=not mine)
    return found


def read_comments(
    door: Door, account: Account, platform_id: str, cursor: str | None
) -> CommentPage:
    """This API has none."""
    return CommentPage(())

"""YouTube: its Data API for what is now, Analytics for what was until some days ago.

Views, likes and comments come of the Data API, as of now; time watched, shares, engaged
views and subscribers of Analytics, as of the last day it has made up. Each is stored as
of its own moment, so that they divide like by like.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
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
from marketplace.content.readings import ChannelReading, PostReading
from marketplace.content.shapes.place import Faults, Place
from marketplace.content.shapes.youtube_tables import DAYS_OF

HOSTS: Mapping[str, str] = {
    "page": "https://accounts.google.com",
    "token": "https://oauth2.googleapis.com",
    "api": "https://www.googleapis.com",
    "analytics": "https://youtubeanalytics.googleapis.com",
}
EXCHANGE_PATH = "/token"
PAGE_PATH = "/o/oauth2/v2/auth"
SCOPES: Sequence[str] = (
    "https://www.googleapis.com/auth/youtube.readonly",
    "https://www.googleapis.com/auth/yt-analytics.readonly",
)
SCOPES_BY = " "
PACE = Pace()
RENEW_BEFORE = timedelta(minutes=5)
POSTS_AT_ONCE = 5
HAS_COMMENTS, HAS_PKCE = True, True
# No table has a day before it, and none has the last two or three days.
FIRST_DAY = date(2005, 2, 14)
DELAY = timedelta(days=3)
AUDIENCE_DAYS = timedelta(days=90)

_COUNTED = "engagedViews,estimatedMinutesWatched,shares,subscribersGained"
_IN_URL = re.compile(
    r"(?:youtu\.be/|[?&]v=|/shorts/|/live/|/embed/)([A-Za-z0-9_-]{11})(?![A-Za-z0-9_-])"
)
_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_LATER_REASONS = {
    "quotaExceeded",
    "dailyLimitExceeded",
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "backendError",
}


def judge(status: int, said: Any) -> Trouble | None:
    """A 403 may mean that the day's questions are used up; the reason says."""
    error = said.get("error") if isinstance(said, dict) else None
    if error == "invalid_grant":
        return Trouble.TOKEN
    if status == 403 and isinstance(error, dict):
        listed = error.get("errors")
        reasons = {
            one.get("reason")
            for one in (listed if isinstance(listed, list) else [])
            if isinstance(one, dict) and isinstance(one.get("reason"), str)
        }
        return Trouble.LATER if reasons & _LATER_REASONS else Trouble.NO
    return usual_judge(status, said)


def headers(access: str) -> dict[str, str]:
    """How a token is shown."""
    return {"Authorization": f"Bearer {access}"}


def consent_query(client_id: str) -> dict[str, str]:
    """Ask for a refresh token, which Google gives only with consent."""
    more = {"access_type": "offline", "prompt": "consent"}
    return {"client_id": client_id, **more}


def exchange(door: Door, code: str, verifier: str, now: datetime) -> Tokens:
    """Tokens for the code and the verifier of its challenge."""
    form = code_form(door, code, code_verifier=verifier)
    return ask_for_tokens(door, EXCHANGE_PATH, form, now)


def refresh(door: Door, tokens: Tokens, now: datetime) -> Tokens | None:
    """A token for an hour; the refresh token stays as it is."""
    if not tokens.refresh:
        return None
    form = refresh_form(tokens)
    return ask_for_tokens(door, EXCHANGE_PATH, form, now, before=tokens)


def revoke(door: Door, tokens: Tokens) -> None:
    """Take the access back, refresh token and all."""
    door.post("token", "/revoke", form={"token": tokens.refresh or tokens.access})


def account(door: Door, tokens: Tokens, handle: str) -> Account:
    """The channel behind the token."""
    asked = {"part": "id,snippet", "mine": "true"}
    said = Place(door.get("api", "/youtube/v3/channels", asked), "", Faults())
    for one in said.each("items"):
        of, snippet = one.identity("id"), one.inside("snippet")
        if of is not None:
            custom = snippet.text("customUrl", 200) or ""
            return Account(of, custom, snippet.text("title", 200) or "")
    raise PlatformFailure("there is no channel behind this account", Trouble.NO)


def platform_id(external_id: str | None, url: str | None) -> str | None:
    """A video's id, which is in its address, too."""
    if external_id and _ID.fullmatch(external_id):
        return external_id
    found = _IN_URL.search(url or "")
    return found[1] if found else None


def read_channel(door: Door, account: Account, now: datetime) -> ToldOfChannel:
    """Subscribers now; gained and lost since the first day; who watches."""
    asked = {"part": "statistics", "mine": "true"}
    readings = shapes.read_channels(
        "youtube", door.get("api", "/youtube/v3/channels", asked)
    )
    last = _last_day(now)
    table = _table(door, "subscribersGained,subscribersLost", FIRST_DAY, last)
    at = datetime.combine(last, datetime.max.time().replace(microsecond=0), DAYS_OF)
    for one in _channels_in(table):
        readings.append(replace(one, observed_at=at.astimezone(now.tzinfo)))
    since = last - AUDIENCE_DAYS
    people = _table(door, "viewerPercentage", since, last, "ageGroup,gender")
    countries = _table(door, "views", since, last, "country", sort="-views")
    parts = [
        shares
        for table in (people, countries)
        for one in _channels_in(table)
        for shares in one.distributions
    ]
    if parts:
        readings.append(ChannelReading(distributions=tuple(parts)))
    return ToldOfChannel(tuple(readings))


def _channels_in(table: Any) -> list[ChannelReading]:
    return [] if table is None else shapes.read_channels("youtube", table)


def read_posts(
    door: Door, account: Account, wanted: Sequence[Wanted], now: datetime
) -> dict[str, Told]:
    """All videos in one question; Analytics of each once a day."""
    known = sorted({one.platform_id for one in wanted if one.platform_id})
    said: Any = {"kind": "youtube#videoListResponse", "items": []}
    if known:
        asked = {"part": "snippet,contentDetails,statistics", "id": ",".join(known)}
        said = door.get("api", "/youtube/v3/videos", asked)
    videos = {one.external_id: one for one in shapes.read_posts("youtube", said)}
    return {
        one.post_id: _told(door, one, videos.get(one.platform_id), now)
        for one in wanted
    }


def _told(door: Door, one: Wanted, video: PostReading | None, now: datetime) -> Told:
    if one.platform_id is None:
        return Told(failure="neither the post's address nor its id names the video")
    if video is None:
        return Told(platform_id=one.platform_id, is_gone=True)
    if not one.in_detail:
        return Told((video,), one.platform_id)
    further = _analytics(door, one, one.platform_id, now)
    return Told((video, *further), one.platform_id)


def _analytics(door: Door, one: Wanted, video: str, now: datetime) -> list[PostReading]:
    """What was counted up to the last day that is made up; how views are divided."""
    since, last = one.published_at.astimezone(DAYS_OF).date(), _last_day(now)
    if last < since:
        return []
    of = f"video=={video}"
    counted = _table(door, _COUNTED, since, last, "day", filters=of)
    found = [] if counted is None else shapes.read_posts("youtube", counted)[-1:]
    divided = (
        _table(door, "views", since, last, "insightTrafficSourceType", filters=of),
        _table(
            door, "audienceWatchRatio", since, last, "elapsedVideoTimeRatio", filters=of
        ),
    )
    for table in divided:
        found += [] if table is None else shapes.read_posts("youtube", table)
    return found


def _last_day(now: datetime) -> date:
    """The last day (in California, as YouTube counts them) that is made up."""
    return (now.astimezone(DAYS_OF) - DELAY).date()


def _table(
    door: Door,
    metrics: str,
    since: date,
    last: date,
    dimensions: str = "",
    **more: str,
) -> Any:
    """A table of Analytics; null where there is none for this channel."""
    asked = {
        "ids": "channel==MINE",
        "startDate": since.isoformat(),
        "endDate": last.isoformat(),
        "metrics": metrics,
        **({"dimensions": dimensions} if dimensions else {}),
        **more,
    }
    try:
        return door.get("analytics", "/v2/reports", asked)
    except PlatformFailure as failure:
        if failure.trouble is Trouble.NO:
            return None
        raise


def read_comments(
    door: Door, account: Account, platform_id: str, cursor: str | None
) -> CommentPage:
    """Newest first, with the first replies to each."""
    asked = {
        "part": "snippet,replies",
        "videoId": platform_id,
        "order": "time",
        "textFormat": "plainText",
        "maxResults": "100",
        **({"pageToken": cursor} if cursor else {}),
    }
    said = door.get("api", "/youtube/v3/commentThreads", asked)
    following = Place(said, "", Faults()).cursor("nextPageToken")
    return CommentPage(tuple(shapes.read_comments("youtube", said)), following)

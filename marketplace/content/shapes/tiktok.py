"""TikTok's Display API (v2) and Business API (accounts): videos, accounts, comments.

The Display API knows views, likes, comments and shares, and nothing of saves, reach or
time watched: those stay unknown. The Business API says rates and shares of 1, and times
in seconds.
"""

from collections.abc import Callable
from decimal import Decimal

from marketplace.content.readings import (
    ChannelReading,
    CommentReading,
    PostReading,
    Shares,
)
from marketplace.content.rules import (
    ChannelMetric,
    DistributionKind,
    PostFormat,
    PostMetric,
)
from marketplace.content.shapes.days import ChannelDay, counted_day
from marketplace.content.shapes.dividing import (
    age_key,
    by_fractions,
    country_key,
    gender_key,
    hashtags_of,
    plain_key,
)
from marketplace.content.shapes.place import UNFIT, Place

_DISPLAY = {
    "view_count": PostMetric.VIEWS,
    "like_count": PostMetric.LIKES,
    "comment_count": PostMetric.COMMENTS,
    "share_count": PostMetric.SHARES,
}
_BUSINESS = {
    "video_views": PostMetric.VIEWS,
    "reach": PostMetric.REACH,
    "likes": PostMetric.LIKES,
    "comments": PostMetric.COMMENTS,
    "shares": PostMetric.SHARES,
    "favorites": PostMetric.SAVES,
    "new_followers": PostMetric.FOLLOWS,
    "profile_views": PostMetric.PROFILE_VISITS,
    "website_clicks": PostMetric.BIO_LINK_CLICKS,
}
# List in an answer → what it divides, the name of a part in it, and how that is written.
_DIVIDED: dict[str, tuple[DistributionKind, str, Callable[[str], str]]] = {
    "impression_sources": (
        DistributionKind.TRAFFIC_SOURCE,
        "impression_source",
        plain_key,
    ),
    "audience_countries": (DistributionKind.COUNTRY, "country", country_key),
    "audience_cities": (DistributionKind.CITY, "city_name", str.strip),
    "audience_genders": (DistributionKind.GENDER, "gender", gender_key),
    "audience_ages": (DistributionKind.AGE, "age", age_key),
}
_DAILY = {
    "profile_views": ChannelMetric.PROFILE_VISITS,
    "bio_link_clicks": ChannelMetric.BIO_LINK_CLICKS,
    "daily_new_followers": ChannelMetric.FOLLOWERS_GAINED,
    "daily_lost_followers": ChannelMetric.FOLLOWERS_LOST,
}
_ACCOUNT = ("follower_count", "followers_count", "audience_countries", "metrics")
_FINE = ("ok", "0")


def posts(body: Place) -> list[PostReading]:
    """Of ``video/list`` and ``video/query``, or of ``business/video/list``."""
    content = _content(body)
    if content is None:
        return []
    if not content.has("videos"):
        content.fault("videos", "is missing: the list of videos")
        return []
    return [_video(one) for one in content.each("videos")]


def channels(body: Place) -> list[ChannelReading]:
    """Of ``user/info`` or of ``business/get``; followers of past days where it has them.

    Its profile views and such are of single days, and no counters: see `days`.
    """
    content = _content(body)
    if content is None:
        return []
    account = content.inside("user") if content.has("user") else content
    if not account.has(*_ACCOUNT):
        account.fault("followers_count", "is missing")
        return []
    followers = account.count("followers_count")
    if followers is None:
        followers = account.count("follower_count")
    metrics = {} if followers is None else {ChannelMetric.FOLLOWERS: followers}
    now = ChannelReading(metrics=metrics, distributions=_divided(account))
    return [now, *_days_before(account)]


def days(body: Place) -> list[ChannelDay]:
    """What grew on single days, of ``business/get``."""
    content = _content(body)
    found = [] if content is None else content.each("metrics")
    return [day for one in found if (day := counted_day(one, "date", _DAILY))]


def comments(body: Place) -> list[CommentReading]:
    """Of ``business/comment/list`` and its replies."""
    content = _content(body)
    if content is None:
        return []
    if not content.has("comments"):
        content.fault("comments", "is missing: the list of comments")
        return []
    found = []
    for one in content.each("comments"):
        found.append(_comment(one))
        found += [_comment(reply) for reply in one.each("reply_list")]
    return [one for one in found if one is not None]


def _content(body: Place) -> Place | None:
    """What an answer holds, or null for one that says why it holds nothing."""
    if not body.has("data", "error", "code"):
        body.fault("data", "is missing: this is no answer of TikTok's")
        return None
    error = body.inside("error")
    refused = error.identity("code") if error.has("code") else None
    told = error.text("message", 300)
    if refused is None and body.has("code"):
        refused = UNFIT.sub("\ufffd", str(body.record["code"])[:100])
        told = body.text("message", 300)
    if refused is not None and refused not in _FINE:
        body.fault("error", f"TikTok refused ({refused}): {told or ''}")
        return None
    return body.inside("data")


def _video(video: Place) -> PostReading:
    caption = video.text("video_description") or video.text("caption")
    caption = caption or video.text("title")
    length = video.number("duration")
    if length is None:
        length = video.number("video_duration")
    return PostReading(
        external_id=video.identity("id") or video.identity("item_id"),
        metrics=_metrics(video),
        distributions=_of_video(video),
        format=_format(video),
        url=video.text("share_url", 2000),
        title=caption,
        hashtags=hashtags_of(caption),
        duration_ms=None if length is None else _milliseconds(length),
        published_at=video.moment("create_time"),
    )


def _format(video: Place) -> PostFormat:
    kind = (video.text("media_type", 40) or "").upper()
    return PostFormat.CAROUSEL if kind == "PHOTO" else PostFormat.VIDEO


def _metrics(video: Place) -> dict[PostMetric, int]:
    found = {
        name: count
        for told, name in (_DISPLAY | _BUSINESS).items()
        if (count := video.count(told)) is not None
    }
    views, total = found.get(PostMetric.VIEWS), video.number("total_time_watched")
    average = video.number("average_time_watched")
    if total is None and average is not None and views is not None:
        total = average * views
    if total is not None and total >= 0:
        found[PostMetric.WATCH_MS] = _milliseconds(total)
    rate = video.number("full_video_watched_rate")
    if rate is not None and views is not None:
        if 0 <= rate <= 1:
            found[PostMetric.COMPLETED_VIEWS] = round(rate * views)
        else:
            video.fault("full_video_watched_rate", "must be a share of 1")
    return found


def _of_video(video: Place) -> tuple[Shares, ...]:
    curve = [
        (f"{second:f}", share)
        for one in video.each("video_view_retention")
        if (second := one.number("second")) is not None
        and (share := one.number("percentage")) is not None
    ]
    retention = by_fractions(DistributionKind.RETENTION, curve)
    return (*((retention,) if retention else ()), *_divided(video))


def _divided(place: Place) -> tuple[Shares, ...]:
    found = []
    for name, (kind, part_name, written) in _DIVIDED.items():
        parts: list[tuple[str, Decimal]] = []
        for one in place.each(name):
            part, share = one.text(part_name, 200), one.number("percentage")
            if part is not None and share is not None:
                parts.append((written(part), share))
        shares = by_fractions(kind, parts)
        if shares is not None:
            found.append(shares)
    return tuple(found)


def _days_before(account: Place) -> list[ChannelReading]:
    """The followers at the end of days past (`daily_total_followers` is their growth)."""
    found = []
    for day in account.each("metrics"):
        followers, ended_at = day.count("followers_count"), day.end_of_day("date")
        if followers is not None and ended_at is not None:
            metrics = {ChannelMetric.FOLLOWERS: followers}
            found.append(ChannelReading(observed_at=ended_at, metrics=metrics))
    return found


def _comment(one: Place) -> CommentReading | None:
    of, written = one.identity("comment_id"), one.text("text")
    if of is None:
        one.fault("comment_id", "is missing")
    if of is None or written is None:
        return None
    author = one.identity("user_id") or one.identity("unique_identifier")
    return CommentReading(
        external_id=of,
        text=written,
        published_at=one.moment("create_time"),
        author=author or one.text("username", 200),
        is_own=one.record.get("owner") is True,
        is_reply=one.has("parent_comment_id"),
        likes=one.count("likes"),
    )


def _milliseconds(seconds: Decimal) -> int:
    return round(seconds * 1000)

"""Instagram's Graph API: media with their insights, accounts, comments, story webhooks.

An empty data set and "not enough viewers" mean unknown, never 0. `impressions` are gone
for media published after 1 July 2024 and are taken of older ones alone.
"""

from collections.abc import Callable
from datetime import UTC, datetime
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
from marketplace.content.shapes.dividing import (
    age_key,
    by_counts,
    country_key,
    gender_key,
    hashtags_of,
)
from marketplace.content.shapes.place import Place

Counts = dict[str, int]

LAST_WITH_IMPRESSIONS = datetime(2024, 7, 2, tzinfo=UTC)
_METRICS = {
    "reach": PostMetric.REACH,
    "views": PostMetric.VIEWS,
    "likes": PostMetric.LIKES,
    "comments": PostMetric.COMMENTS,
    "shares": PostMetric.SHARES,
    "saved": PostMetric.SAVES,
    "follows": PostMetric.FOLLOWS,
    "profile_visits": PostMetric.PROFILE_VISITS,
    "ig_reels_video_view_total_time": PostMetric.WATCH_MS,
}
_FIELDS = {"like_count": PostMetric.LIKES, "comments_count": PostMetric.COMMENTS}
_AVERAGE = "ig_reels_avg_watch_time"
_BIO_LINK = "profile_activity.bio_link_clicked"
_MARKS = ("media_type", "media_product_type", "permalink", "caption", *_FIELDS)
_FORMATS = {
    "REELS": PostFormat.REEL,
    "STORY": PostFormat.STORY,
    "CAROUSEL_ALBUM": PostFormat.CAROUSEL,
    "VIDEO": PostFormat.VIDEO,
    "IMAGE": PostFormat.POST,
}
_DIMENSIONS: dict[str, tuple[DistributionKind, Callable[[str], str]]] = {
    "age": (DistributionKind.AGE, age_key),
    "gender": (DistributionKind.GENDER, gender_key),
    "country": (DistributionKind.COUNTRY, country_key),
    "city": (DistributionKind.CITY, str.strip),
}


def posts(body: Place) -> list[PostReading]:
    """Of media (one, or a page of them), of one media's insights, or of a webhook."""
    if body.has("error"):
        return _of_error(body)
    if body.has("entry"):
        return _of_webhook(body)
    if body.has("data"):
        listed = body.each("data")
        if any(one.has("name") for one in listed):
            return _of_insights(listed)
        return [_of_media(one) for one in listed]
    if body.has(*_MARKS) or (body.has("id") and body.has("insights")):
        return [_of_media(body)]
    body.fault("", "is no Instagram media, insights or story_insights webhook")
    return []


def channels(body: Place) -> list[ChannelReading]:
    """Of an account's fields, or of its demographics."""
    if body.has("error"):
        _of_error(body)
        return []
    if body.has("business_discovery"):
        body = body.inside("business_discovery")
    if body.has("followers_count", "insights"):
        found = body.count("followers_count")
        metrics = {} if found is None else {ChannelMetric.FOLLOWERS: found}
        parts = _demographics(body.inside("insights").each("data"))
        return [ChannelReading(metrics=metrics, distributions=parts)]
    if body.has("data"):
        parts = _demographics(body.each("data"))
        return [ChannelReading(distributions=parts)] if parts else []
    body.fault("", "is no Instagram account and no insights of one")
    return []


def comments(body: Place) -> list[CommentReading]:
    """Of a media's comments edge, or of a media with its comments; replies included."""
    if body.has("error"):
        _of_error(body)
        return []
    page = body.inside("comments") if body.has("comments") else body
    if not page.has("data"):
        page.fault("data", "is missing: the list of comments")
        return []
    own = (body.inside("owner").identity("id"), body.text("username", 200))
    found = []
    for one in page.each("data"):
        found.append(_comment(one, own, is_reply=one.has("parent_id")))
        replies = one.inside("replies").each("data")
        found += [_comment(reply, own, is_reply=True) for reply in replies]
    return [one for one in found if one is not None]


def _comment(
    one: Place, own: tuple[str | None, str | None], *, is_reply: bool
) -> CommentReading | None:
    written, of = one.text("text"), one.identity("id")
    if of is None:
        one.fault("id", "is missing")
    if of is None or written is None:  # a picture alone says nothing that can be read
        return None
    by = one.inside("from")
    name = by.text("username", 200) or one.text("username", 200)
    who = by.identity("id") or name
    return CommentReading(
        external_id=of,
        text=written,
        published_at=one.moment("timestamp"),
        author=who,
        is_own=(who is not None and who == own[0])
        or (name is not None and name == own[1]),
        is_reply=is_reply,
        likes=one.count("like_count"),
    )


def _of_error(body: Place) -> list[PostReading]:
    """Too few viewers is no news; any other error is no figure."""
    error = body.inside("error")
    code, told = error.count("code"), error.text("message", 300) or ""
    if not (code == 10 and "not enough viewers" in told.lower()):
        body.fault("error", f"Instagram refused ({code}): {told}")
    return []


def _of_insights(listed: list[Place]) -> list[PostReading]:
    """Insights name their media in their own id: ``<media>/insights/reach/lifetime``."""
    named = {(one.text("id", 300) or "").partition("/")[0] for one in listed}
    counts = _counts(listed)
    metrics = _metrics(counts, published_at=None)
    if not metrics:
        return []
    only = named.pop() if len(named) == 1 else ""
    return [PostReading(external_id=only or None, metrics=metrics)]


def _of_media(media: Place) -> PostReading:
    published_at, caption = media.moment("timestamp"), media.text("caption")
    metrics = {
        name: found
        for field, name in _FIELDS.items()
        if (found := media.count(field)) is not None
    }
    told = _counts(media.inside("insights").each("data"))
    return PostReading(
        external_id=media.identity("id"),
        metrics=metrics | _metrics(told, published_at=published_at),
        format=_format(media),
        url=media.text("permalink", 2000),
        title=caption,
        hashtags=hashtags_of(caption),
        published_at=published_at,
    )


def _format(media: Place) -> PostFormat | None:
    product = media.text("media_product_type", 40) or ""
    kind = media.text("media_type", 40) or ""
    return _FORMATS.get(product) or _FORMATS.get(kind)


def _counts(insights: list[Place]) -> Counts:
    """Name → its value since ever; parts of a breakdown as ``name.part``."""
    found: Counts = {}
    for one in insights:
        name = one.text("name", 100)
        if name is None:
            one.fault("name", "is missing")
            continue
        value = one.inside("total_value").count("value")
        values = one.each("values")
        if value is None and values:
            value = values[-1].count("value")
        if value is not None:
            found[name] = value
        for key, part in _parts(one):
            found[f"{name}.{key.lower()}"] = part
    return found


def _parts(insight: Place) -> list[tuple[str, int]]:
    return [
        (str(result.items("dimension_values")[-1]), part)
        for breakdown in insight.inside("total_value").each("breakdowns")
        for result in breakdown.each("results")
        if result.items("dimension_values")
        and (part := result.count("value")) is not None
    ]


def _metrics(counts: Counts, *, published_at: datetime | None) -> dict[PostMetric, int]:
    found = {
        name: counts[told]
        for told, name in _METRICS.items()
        if counts.get(told) is not None
    }
    if _BIO_LINK in counts:
        found[PostMetric.BIO_LINK_CLICKS] = counts[_BIO_LINK]
    if PostMetric.WATCH_MS not in found and _AVERAGE in counts and "views" in counts:
        found[PostMetric.WATCH_MS] = counts[_AVERAGE] * counts["views"]
    is_old = published_at is not None and published_at < LAST_WITH_IMPRESSIONS
    if is_old and "impressions" in counts:
        found[PostMetric.IMPRESSIONS] = counts["impressions"]
    return found


def _of_webhook(body: Place) -> list[PostReading]:
    """``story_insights``: the last word on a story, sent as it expires."""
    found = []
    for entry in body.each("entry"):
        for change in entry.each("changes"):
            if change.text("field", 100) != "story_insights":
                continue
            told = change.inside("value")
            counts = {
                name: count
                for name in ("reach", "views", "shares", "follows", "profile_visits")
                if (count := told.count(name)) is not None
            }
            found.append(
                PostReading(
                    external_id=told.identity("media_id"),
                    observed_at=entry.moment("time"),
                    metrics=_metrics(counts, published_at=None),
                    format=PostFormat.STORY,
                )
            )
    return found


def _demographics(insights: list[Place]) -> tuple[Shares, ...]:
    parts: dict[str, list[tuple[str, Decimal]]] = {}
    for one in insights:
        if one.text("name", 100) != "follower_demographics":
            continue
        for breakdown in one.inside("total_value").each("breakdowns"):
            _add_parts(breakdown, parts)
    found = [
        by_counts(_DIMENSIONS[dimension][0], listed)
        for dimension, listed in parts.items()
    ]
    return tuple(shares for shares in found if shares is not None)


def _add_parts(breakdown: Place, parts: dict[str, list[tuple[str, Decimal]]]) -> None:
    """Of a breakdown by several things at once, each by itself."""
    dimensions = [str(name) for name in breakdown.items("dimension_keys")]
    for result in breakdown.each("results"):
        values, count = result.items("dimension_values"), result.count("value")
        if count is None:
            continue
        for dimension, value in zip(dimensions, values, strict=False):
            if dimension in _DIMENSIONS:
                key = _DIMENSIONS[dimension][1](str(value))
                parts.setdefault(dimension, []).append((key, Decimal(count)))

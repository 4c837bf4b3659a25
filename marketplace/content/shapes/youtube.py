"""YouTube's Data API (v3): videos, channels, comments; with `youtube_tables` the rest.

Counts come as digits. A hidden count is absent, which means unknown. Shares and saves
are not in this API at all.
"""

from marketplace.content.readings import ChannelReading, CommentReading, PostReading
from marketplace.content.rules import ChannelMetric, PostFormat, PostMetric
from marketplace.content.shapes import youtube_tables
from marketplace.content.shapes.dividing import hashtags_of
from marketplace.content.shapes.place import Place

CSV = youtube_tables.CSV
LONGEST_SHORT_MS = 60_000
_STATISTICS = {
    "viewCount": PostMetric.VIEWS,
    "likeCount": PostMetric.LIKES,
    "commentCount": PostMetric.COMMENTS,
}
_SHORTS = ("#shorts", "#short")


def posts(body: Place) -> list[PostReading]:
    """Of ``videos.list``, of a table of Analytics, or of a bulk report in CSV."""
    if _is_refusal(body):
        return []
    if youtube_tables.is_table(body):
        return youtube_tables.posts(body)
    if not _lists(body, "youtube#video", "statistics", "contentDetails", "snippet"):
        body.fault("", "is no list of videos, no table of Analytics and no report")
        return []
    return [_video(one) for one in body.each("items")]


def channels(body: Place) -> list[ChannelReading]:
    """Of ``channels.list``, or of a table of Analytics about the whole channel."""
    if _is_refusal(body):
        return []
    if youtube_tables.is_table(body):
        return youtube_tables.channels(body)
    if not _lists(body, "youtube#channel", "statistics"):
        body.fault("", "is no list of channels and no table of Analytics")
        return []
    found = []
    for one in body.each("items"):
        statistics = one.inside("statistics")
        followers = statistics.count("subscriberCount")
        if followers is not None and not statistics.record.get("hiddenSubscriberCount"):
            metrics = {ChannelMetric.FOLLOWERS: followers}
            found.append(ChannelReading(metrics=metrics))
    return found


def comments(body: Place) -> list[CommentReading]:
    """Of ``commentThreads.list`` and ``comments.list``; replies included."""
    if _is_refusal(body):
        return []
    if not _lists(body, "youtube#comment", "snippet"):
        body.fault("", "is no list of comments")
        return []
    found = []
    for one in body.each("items"):
        thread = one.inside("snippet")
        if not thread.has("topLevelComment"):
            found.append(_comment(one, owner=thread.text("channelId", 200)))
            continue
        owner = thread.text("channelId", 200)
        found.append(_comment(thread.inside("topLevelComment"), owner))
        for reply in one.inside("replies").each("comments"):
            found.append(_comment(reply, owner, is_reply=True))
    return [one for one in found if one is not None]


def _is_refusal(body: Place) -> bool:
    """An error is no figure."""
    if not body.has("error"):
        return False
    error = body.inside("error")
    told = error.text("message", 300) or ""
    body.fault("error", f"YouTube refused ({error.count('code')}): {told}")
    return True


def _lists(body: Place, kind: str, *parts: str) -> bool:
    """Whether it is a list of such resources, by what it says or by what is in it."""
    if not body.has("items"):
        return False
    said = body.text("kind", 100)
    if said is not None:
        return said.startswith(kind)
    return all(one.has(*parts) for one in body.each("items"))


def _video(video: Place) -> PostReading:
    statistics, snippet = video.inside("statistics"), video.inside("snippet")
    length = video.inside("contentDetails").duration_ms("duration")
    of, title = video.identity("id"), snippet.text("title")
    told = f"{title or ''}\n{snippet.text('description') or ''}"
    return PostReading(
        external_id=of,
        metrics={
            name: count
            for field, name in _STATISTICS.items()
            if (count := statistics.count(field)) is not None
        },
        format=_format(told, length, snippet) if title else None,
        url=f"https://www.youtube.com/watch?v={of}" if of else None,
        title=title,
        hashtags=hashtags_of(told),
        duration_ms=length,
        published_at=snippet.moment("publishedAt"),
    )


def _format(told: str, length: int | None, snippet: Place) -> PostFormat:
    """The API does not say what a Short is: brief, and called one by its maker."""
    if (snippet.text("liveBroadcastContent", 40) or "none") != "none":
        return PostFormat.LIVE
    is_brief = length is not None and 0 < length <= LONGEST_SHORT_MS
    is_short = is_brief and any(tag in told.lower() for tag in _SHORTS)
    return PostFormat.SHORT if is_short else PostFormat.VIDEO


def _comment(
    one: Place, owner: str | None = None, *, is_reply: bool = False
) -> CommentReading | None:
    snippet, of = one.inside("snippet"), one.identity("id")
    if of is None:
        one.fault("id", "is missing")
    written = snippet.text("textOriginal") or snippet.text("textDisplay")
    if of is None or written is None:
        return None
    author = snippet.inside("authorChannelId").identity("value")
    return CommentReading(
        external_id=of,
        text=written,
        published_at=snippet.moment("publishedAt"),
        author=author or snippet.text("authorDisplayName", 200),
        is_own=author is not None and author == owner,
        is_reply=is_reply or snippet.has("parentId"),
        likes=snippet.count("likeCount"),
    )

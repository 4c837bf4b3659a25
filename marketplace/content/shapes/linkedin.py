"""LinkedIn's Community Management API: posts of pages and of members, followers, comments.

Its counts are organic and can fall below zero where more is taken back than given in
the twelve months it looks at; -1 of a member's post means that it is not available.
Totals alone are read: whoever asks must not ask by time intervals.
"""

import re
from decimal import Decimal
from urllib.parse import unquote

from marketplace.content.readings import (
    ChannelReading,
    CommentReading,
    PostReading,
    Shares,
)
from marketplace.content.rules import ChannelMetric, DistributionKind, PostMetric
from marketplace.content.shapes.dividing import by_counts
from marketplace.content.shapes.linkedin_codes import named
from marketplace.content.shapes.place import Place

_SHARE = {
    "impressionCount": PostMetric.IMPRESSIONS,
    "uniqueImpressionsCount": PostMetric.REACH,
    "clickCount": PostMetric.CLICKS,
    "likeCount": PostMetric.LIKES,
    "commentCount": PostMetric.COMMENTS,
    "shareCount": PostMetric.SHARES,
}
_MENTIONS = ("shareMentionsCount", "commentMentionsCount")
_MEMBER = {
    "IMPRESSION": PostMetric.IMPRESSIONS,
    "MEMBERS_REACHED": PostMetric.REACH,
    "RESHARE": PostMetric.SHARES,
    "REACTION": PostMetric.LIKES,
    "COMMENT": PostMetric.COMMENTS,
    "POST_SAVE": PostMetric.SAVES,
    "LINK_CLICKS": PostMetric.CLICKS,
    "FOLLOWER_GAINED_FROM_CONTENT": PostMetric.FOLLOWS,
    "PROFILE_VIEW_FROM_CONTENT": PostMetric.PROFILE_VISITS,
}
_FACETS = {
    "followerCountsByFunction": (DistributionKind.FUNCTION, "function"),
    "followerCountsBySeniority": (DistributionKind.SENIORITY, "seniority"),
    "followerCountsByIndustry": (DistributionKind.INDUSTRY, "industry"),
    "followerCountsByGeoCountry": (DistributionKind.COUNTRY, "geo"),
    "followerCountsByGeo": (DistributionKind.CITY, "geo"),
}
_OF_COMMENT = re.compile(r"urn:li:comment:\((?P<of>urn:li:\w+:[^,]+),(?P<id>[^)]+)\)")


def posts(body: Place) -> list[PostReading]:
    """Of statistics of a page's posts, or of a member's (one answer for each metric)."""
    if not _is_answer(body, "elements"):
        return []
    found = []
    for one in body.each("elements"):
        if one.has("timeRange") or one.inside("dateRange").has("start", "end"):
            one.fault("", "is of a time interval: ask for totals")
        elif one.has("totalShareStatistics"):
            found.append(_of_page(one))
        elif one.has("metricType"):
            found.append(_of_member(one))
        else:
            one.fault("", "has no totalShareStatistics and no metricType")
    return [one for one in found if one is not None]


def channels(body: Place) -> list[ChannelReading]:
    """Of the size of a network, of followers by what they are, of views of a page."""
    if body.has("firstDegreeSize"):
        return _one(_counts({ChannelMetric.FOLLOWERS: body.count("firstDegreeSize")}))
    if not _is_answer(body, "elements"):
        return []
    return [one for element in body.each("elements") for one in _channel(element)]


def comments(body: Place) -> list[CommentReading]:
    """Of ``socialActions/…/comments``."""
    if not _is_answer(body, "elements"):
        return []
    found = [_comment(one) for one in body.each("elements")]
    return [one for one in found if one is not None]


def _is_answer(body: Place, name: str) -> bool:
    """Whether the list is there, empty or not; otherwise says what is wrong."""
    if isinstance(body.record.get(name), list):
        return True
    told = body.text("message", 300)
    if told is not None:
        body.fault("message", f"LinkedIn refused ({body.count('status')}): {told}")
    else:
        body.fault(name, "is missing: this is no answer of LinkedIn's")
    return False


def _of_page(one: Place) -> PostReading | None:
    """Statistics of one post; those of all posts together are of none."""
    of = one.identity("share") or one.identity("ugcPost")
    if of is None:
        return None
    told = one.inside("totalShareStatistics")
    metrics = {
        name: count
        for field, name in _SHARE.items()
        if (count := told.count(field, signed=True)) is not None
    }
    mentions = _mentions(told)
    if mentions is not None:
        metrics[PostMetric.MENTIONS] = mentions
    return PostReading(external_id=of, metrics=metrics)


def _mentions(told: Place) -> int | None:
    known = [
        count
        for name in _MENTIONS
        if (count := told.count(name, signed=True)) is not None
    ]
    return sum(known) if known else None


def _of_member(one: Place) -> PostReading | None:
    kind = one.record.get("metricType")
    if isinstance(kind, dict) and len(kind) == 1:  # so before version 202605
        kind = next(iter(kind.values()))
    if not isinstance(kind, str):
        one.fault("metricType", "must be the name of a metric")
        return None
    name, count = _MEMBER.get(kind), one.count("count", signed=True)
    if name is None or count is None or count == -1:
        return None
    return PostReading(external_id=_target(one), metrics={name: count})


def _target(one: Place) -> str | None:
    """The post; ``{"share": "urn:…"}``, also under another name, or the name alone."""
    target = one.record.get("targetEntity")
    if isinstance(target, str):
        return one.identity("targetEntity")
    inside = one.inside("targetEntity")
    for name in ("share", "ugcPost", "ugc"):
        if inside.has(name):
            return inside.identity(name)
    return None


def _channel(one: Place) -> list[ChannelReading]:
    if one.has("memberFollowersCount"):
        told = {ChannelMetric.FOLLOWERS: one.count("memberFollowersCount")}
        return _one(_counts(told))
    if one.has("timeRange"):
        one.fault("", "is of a time interval: ask for totals")
        return []
    if one.has("totalPageStatistics"):
        views = one.inside("totalPageStatistics").inside("views")
        seen = views.inside("allPageViews").count("pageViews")
        return _one(_counts({ChannelMetric.PROFILE_VISITS: seen}))
    if one.has("totalShareStatistics"):
        mentions = _mentions(one.inside("totalShareStatistics"))
        return _one(_counts({ChannelMetric.MENTIONS: mentions}))
    parts = tuple(
        shares
        for name, (kind, key) in _FACETS.items()
        if (shares := _facet(one.each(name), kind, key)) is not None
    )
    return [ChannelReading(distributions=parts)] if parts else []


def _facet(rows: list[Place], kind: DistributionKind, key: str) -> Shares | None:
    """All followers are in the organic count; the other holds none of these."""
    parts: list[tuple[str, Decimal]] = []
    for row in rows:
        of = row.text(key, 200)
        count = row.inside("followerCounts").count("organicFollowerCount")
        if of is not None and count is not None:
            parts.append((named(kind, of), Decimal(count)))
    return by_counts(kind, parts)


def _counts(told: dict[ChannelMetric, int | None]) -> dict[ChannelMetric, int]:
    return {name: count for name, count in told.items() if count is not None}


def _one(metrics: dict[ChannelMetric, int]) -> list[ChannelReading]:
    return [ChannelReading(metrics=metrics)] if metrics else []


def _comment(one: Place) -> CommentReading | None:
    urn = unquote(one.text("commentUrn", 400) or "")
    found = _OF_COMMENT.fullmatch(urn)
    of = one.identity("id") or (found["id"] if found else None)
    written = one.inside("message").text("text")
    if of is None:
        one.fault("id", "is missing")
    if of is None or written is None:
        return None
    summary = one.inside("likesSummary")
    return CommentReading(
        external_id=of,
        text=written,
        published_at=one.inside("created").moment("time"),
        author=one.text("actor", 200),
        is_reply=one.has("parentComment"),
        likes=summary.count("totalLikes") if summary.has("totalLikes") else None,
    )

"""What platforms answer, in their own JSON, as neutral readings. Pure.

A body is one answer of the platform's API as it stands in its documentation, or a list
of several (at most 100), which are joined: one reading of each post and moment. YouTube's
bulk reports are CSV: a text. What a platform does not say is not in a reading.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from marketplace.content.readings import ChannelReading, CommentReading, PostReading
from marketplace.content.rules import ContentNotValid
from marketplace.content.shapes import instagram, linkedin, tiktok, youtube
from marketplace.content.shapes.days import ChannelDay
from marketplace.content.shapes.merging import merge_channels, merge_posts
from marketplace.content.shapes.place import Faults, Place

MOST_BODIES = 100
Reading = TypeVar("Reading")


@dataclass(frozen=True, slots=True)
class Shape:
    """How one platform's answers are read."""

    posts: Callable[[Place], list[PostReading]]
    channels: Callable[[Place], list[ChannelReading]]
    comments: Callable[[Place], list[CommentReading]]
    days: Callable[[Place], list[ChannelDay]] = lambda _body: []


SHAPES: dict[str, Shape] = {
    "instagram": Shape(instagram.posts, instagram.channels, instagram.comments),
    "tiktok": Shape(tiktok.posts, tiktok.channels, tiktok.comments, tiktok.days),
    "youtube": Shape(youtube.posts, youtube.channels, youtube.comments),
    "linkedin": Shape(linkedin.posts, linkedin.channels, linkedin.comments),
}


def read_posts(shape: str, body: Any) -> list[PostReading]:
    """The posts a body tells of; ContentNotValid names every place that is wrong."""
    return merge_posts(_read(_shape(shape).posts, shape, body))


def read_channels(shape: str, body: Any) -> list[ChannelReading]:
    """What a body tells of one channel; ContentNotValid as above."""
    return merge_channels(_read(_shape(shape).channels, shape, body))


def read_comments(shape: str, body: Any) -> list[CommentReading]:
    """The comments in a body, each once; ContentNotValid as above."""
    found = _read(_shape(shape).comments, shape, body)
    return list({one.external_id: one for one in found}.values())


def read_channel_days(shape: str, body: Any) -> list[ChannelDay]:
    """What a channel's figures grew by on single days, oldest first, each day once.

    For whoever adds them up; most platforms have counters instead, and no such days.
    """
    found = _read(_shape(shape).days, shape, body)
    return sorted({one.day: one for one in found}.values(), key=lambda one: one.day)


def _shape(name: str) -> Shape:
    if name not in SHAPES:
        known = ", ".join(SHAPES)
        raise ContentNotValid({"shape": [f"must be one of {known}"]})
    return SHAPES[name]


def _read(
    read: Callable[[Place], list[Reading]], shape: str, body: Any
) -> list[Reading]:
    faults = Faults()
    if isinstance(body, str) and shape == "youtube":
        body = {youtube.CSV: body}
    bodies = body if isinstance(body, list) else [body]
    if len(bodies) > MOST_BODIES:
        faults.note("", f"has more than {MOST_BODIES} answers")
        bodies = []
    found: list[Reading] = []
    for number, one in enumerate(bodies):
        path = str(number) if isinstance(body, list) else ""
        found += read(Place(one, path, faults))
    faults.finish()
    return found

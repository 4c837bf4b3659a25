"""How often a platform is asked about a post: often at first, then ever more seldom.

Pure. Platforms keep telling new figures for days after they happened (Instagram up to
48 hours, TikTok's Business API 24 to 48), so a post is looked at for long after it has
come to rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from marketplace.content.rules import PostFormat

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The figures of a story end with it; the last look is a little before.
STORY_LASTS, STORY_LAST_LOOK = DAY, timedelta(hours=23, minutes=30)
STORY_EVERY = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Pace:
    """`steps`: up to which age, how often. Older posts are left alone.

    `channel`: how often the account's own figures are asked for.
    `stories_end`: whether stories' figures are there for a day only.
    """

    steps: Mapping[timedelta, timedelta] = field(
        default_factory=lambda: {
            2 * DAY: HOUR,
            14 * DAY: 6 * HOUR,
            60 * DAY: DAY,
            400 * DAY: 7 * DAY,
        }
    )
    channel: timedelta = 6 * HOUR
    stories_end: bool = False


def next_look(
    pace: Pace, kind: PostFormat, published_at: datetime, now: datetime
) -> datetime | None:
    """When to look at a post again; null if never."""
    age = now - published_at
    if pace.stories_end and kind is PostFormat.STORY:
        last = published_at + STORY_LAST_LOOK
        return min(now + STORY_EVERY, last) if now < last else None
    for limit, every in pace.steps.items():
        if age < limit:
            return now + every
    return None


def is_too_late(
    pace: Pace, kind: PostFormat, published_at: datetime, now: datetime
) -> bool:
    """Whether a post never looked at before is not worth it: a story that has ended."""
    is_story = pace.stories_end and kind is PostFormat.STORY
    return is_story and now >= published_at + STORY_LASTS

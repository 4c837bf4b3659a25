"""What somebody tells of content, in neutral form: from a form, a table or a platform.

Pure. Whoever reads a platform's own shape (`shapes`) makes these, and whoever stores
figures (`operations`) takes them; neither knows the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from marketplace.content.rules import (
    ChannelMetric,
    DistributionKind,
    PostFormat,
    PostMetric,
)


@dataclass(frozen=True, slots=True)
class Shares:
    """How a whole was divided: key → share of 1, in their order."""

    kind: DistributionKind
    shares: tuple[tuple[str, Decimal], ...]
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostReading:
    """The figures of one post at one moment; what was not told is not in `metrics`.

    `external_id`: the platform's own id of the post; None where the caller knows which
    post it is. `observed_at`: None for the moment it is told. Beside the figures, what
    the platform says of the post itself.
    """

    external_id: str | None = None
    observed_at: datetime | None = None
    metrics: Mapping[PostMetric, int] = field(default_factory=dict)
    distributions: tuple[Shares, ...] = ()
    format: PostFormat | None = None
    url: str | None = None
    title: str | None = None
    hashtags: tuple[str, ...] = ()
    names_brand: bool | None = None
    duration_ms: int | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReading:
    """The figures of one channel at one moment."""

    observed_at: datetime | None = None
    metrics: Mapping[ChannelMetric, int] = field(default_factory=dict)
    distributions: tuple[Shares, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentReading:
    """One comment. `author`: the platform's id or handle of whoever wrote it."""

    external_id: str
    text: str
    published_at: datetime | None = None
    author: str | None = None
    is_own: bool = False
    is_reply: bool = False
    likes: int | None = None

"""Content: posts, what platforms say of them and of channels, and what people write."""

from marketplace.content.models import (
    ChannelCell,
    ChannelSnapshot,
    Comment,
    Distribution,
    Post,
    PostCell,
    PostSnapshot,
)
from marketplace.content.rules import (
    ChannelMetric,
    ContentNotValid,
    ContentSource,
    DistributionKind,
    PostFormat,
    PostMetric,
)

__all__ = [
    "ChannelCell",
    "ChannelMetric",
    "ChannelSnapshot",
    "Comment",
    "ContentNotValid",
    "ContentSource",
    "Distribution",
    "DistributionKind",
    "Post",
    "PostCell",
    "PostFormat",
    "PostMetric",
    "PostSnapshot",
]

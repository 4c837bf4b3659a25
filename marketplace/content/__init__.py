"""Content: posts, what platforms say of them and of channels, and what people write."""

from marketplace.content.cells import check
from marketplace.content.channel_removal import remove_channel
from marketplace.content.commenting import (
    Commented,
    author_hash,
    erase_commenter,
    record_comments,
)
from marketplace.content.emv_models import CampaignAudience, EmvRate
from marketplace.content.emv_operations import (
    StatedRate,
    set_audiences,
    set_emv_rates,
)
from marketplace.content.emv_queries import audiences_of, rate_books, rate_of
from marketplace.content.emv_rules import (
    LARGEST_RATE,
    RATE_DECIMALS,
    EmvAction,
    Rate,
    RateBook,
    RateOwner,
)
from marketplace.content.figures import (
    record_channel,
    record_post,
    withdraw_from_channel,
    withdraw_from_post,
)
from marketplace.content.importing import take_in_figures
from marketplace.content.known_platforms import ALL as PLATFORMS
from marketplace.content.models import (
    ChannelCell,
    ChannelSnapshot,
    Comment,
    Distribution,
    ErasedCommenter,
    Post,
    PostCell,
    PostSnapshot,
)
from marketplace.content.operations import (
    Contract,
    NewPost,
    add,
    change_post,
    remove,
    restore,
)
from marketplace.content.particulars import Particulars
from marketplace.content.queries import (
    channel_snapshots_of,
    comments_of,
    distributions_of,
    figures_of,
    post_called,
    posts_of,
    snapshots_of,
)
from marketplace.content.readings import (
    ChannelReading,
    CommentReading,
    PostReading,
    Shares,
)
from marketplace.content.rules import (
    ChannelInUse,
    ChannelMetric,
    ContentNotValid,
    ContentSource,
    DistributionKind,
    NotWithdrawable,
    PostFormat,
    PostKnown,
    PostMetric,
)
from marketplace.content.taking import Recorded, Telling

__all__ = [
    "LARGEST_RATE",
    "PLATFORMS",
    "RATE_DECIMALS",
    "CampaignAudience",
    "ChannelCell",
    "ChannelInUse",
    "ChannelMetric",
    "ChannelReading",
    "ChannelSnapshot",
    "Comment",
    "CommentReading",
    "Commented",
    "ContentNotValid",
    "ContentSource",
    "Contract",
    "Distribution",
    "DistributionKind",
    "EmvAction",
    "EmvRate",
    "ErasedCommenter",
    "NewPost",
    "NotWithdrawable",
    "Particulars",
    "Post",
    "PostCell",
    "PostFormat",
    "PostKnown",
    "PostMetric",
    "PostReading",
    "PostSnapshot",
    "Rate",
    "RateBook",
    "RateOwner",
    "Recorded",
    "Shares",
    "StatedRate",
    "Telling",
    "add",
    "audiences_of",
    "author_hash",
    "change_post",
    "channel_snapshots_of",
    "check",
    "comments_of",
    "distributions_of",
    "erase_commenter",
    "figures_of",
    "post_called",
    "posts_of",
    "rate_books",
    "rate_of",
    "record_channel",
    "record_comments",
    "record_post",
    "remove",
    "remove_channel",
    "restore",
    "set_audiences",
    "set_emv_rates",
    "snapshots_of",
    "take_in_figures",
    "withdraw_from_channel",
    "withdraw_from_post",
]

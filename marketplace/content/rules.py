"""What is posted where, which figures there are of it, and whose word they are. Pure."""

import enum

from marketplace.errors import Conflict, Forbidden, Invalid, NotFound


class PostFormat(enum.StrEnum):
    """What kind of content a post is."""

    POST = "post"
    CAROUSEL = "carousel"
    REEL = "reel"
    STORY = "story"
    VIDEO = "video"
    SHORT = "short"
    LIVE = "live"
    ARTICLE = "article"
    EPISODE = "episode"
    NEWSLETTER = "newsletter"
    OTHER = "other"


class ContentSource(enum.StrEnum):
    """Whose word a figure is; of two at one moment the first one here is believed."""

    PLATFORM_API = "platform_api"
    REPORTED = "reported"
    ESTIMATED = "estimated"


class PostMetric(enum.StrEnum):
    """A figure of a post since it was published; counters, so a later one replaces it.

    `clicks`: as the platform counts them (LinkedIn), not ours. `watch_ms`: of all views
    together. `completed_views`: played to the end. `thumbnail_…`: of YouTube's preview
    pictures. `taps`: of a story's stickers.
    """

    IMPRESSIONS = "impressions"
    REACH = "reach"
    VIEWS = "views"
    ENGAGED_VIEWS = "engaged_views"
    LIKES = "likes"
    COMMENTS = "comments"
    SHARES = "shares"
    SAVES = "saves"
    MENTIONS = "mentions"
    CLICKS = "clicks"
    TAPS = "taps"
    WATCH_MS = "watch_ms"
    COMPLETED_VIEWS = "completed_views"
    THUMBNAIL_IMPRESSIONS = "thumbnail_impressions"
    THUMBNAIL_CLICKS = "thumbnail_clicks"
    PROFILE_VISITS = "profile_visits"
    FOLLOWS = "follows"
    BIO_LINK_CLICKS = "bio_link_clicks"


class ChannelMetric(enum.StrEnum):
    """A figure of a channel. `followers`: a level. The others are counters since ever."""

    FOLLOWERS = "followers"
    FOLLOWERS_GAINED = "followers_gained"
    FOLLOWERS_LOST = "followers_lost"
    PROFILE_VISITS = "profile_visits"
    BIO_LINK_CLICKS = "bio_link_clicks"
    MENTIONS = "mentions"


class DistributionKind(enum.StrEnum):
    """What a whole is divided by; `retention` is a curve over the length of a video.

    retention: key is the position (0 to 1 of the length, or seconds), share that of the
    viewers still watching, which can be above 1 where people look again. The others
    divide impressions (`traffic_source`) or people, and their shares sum to 1 at most.
    """

    TRAFFIC_SOURCE = "traffic_source"
    RETENTION = "retention"
    COUNTRY = "country"
    CITY = "city"
    AGE = "age"
    GENDER = "gender"
    FUNCTION = "function"
    SENIORITY = "seniority"
    INDUSTRY = "industry"
    INTEREST = "interest"
    LANGUAGE = "language"


class ContentNotValid(Invalid):
    """Such a post, figure or comment cannot be; says why, field by field."""


class ChannelGone(NotFound):
    """The channel was deleted while somebody told of it."""


class ChannelInUse(Conflict):
    """Something that stays is of this channel; says what."""


class PostKnown(Conflict):
    """The brand has this post already."""


class NotWithdrawable(Forbidden):
    """Only who entered a figure, or the brand, takes it back; a platform's stays."""

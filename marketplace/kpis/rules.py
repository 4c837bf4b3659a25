"""Windows, breakdowns, and the words a KPI is described in. Pure."""

import enum
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.clock import days_between
from marketplace.errors import Invalid
from marketplace.tracking.rules import Dimension

LONGEST_WINDOW = 1100
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2200, 1, 1)


class Goal(enum.StrEnum):
    """What a KPI says something about."""

    AWARENESS = "awareness"
    ENGAGEMENT = "engagement"
    TRAFFIC = "traffic"
    FOLLOWERS = "followers"
    CONVERSIONS = "conversions"
    VALUE = "value"
    EFFICIENCY = "efficiency"


class Unit(enum.StrEnum):
    """What a KPI's value is.

    count and money (minor units of the report's currency) are whole numbers; money per
    unit (minor units per unit), ratio, seconds and score (points on a scale of its own)
    are decimals.
    """

    COUNT = "count"
    MONEY = "money"
    MONEY_PER_UNIT = "money_per_unit"
    RATIO = "ratio"
    SECONDS = "seconds"
    SCORE = "score"


class Direction(enum.StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"


class Breakdown(enum.StrEnum):
    """What the rows of a report are.

    From country on only traffic has rows of its own: an order does not know these, so
    it stands in the row of what belongs nowhere, as does traffic in one by shop.
    """

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    CAMPAIGN = "campaign"
    INFLUENCER = "influencer"
    LINK = "link"
    PLATFORM = "platform"
    CHANNEL = "channel"
    POST = "post"
    SHOP = "shop"
    COUNTRY = "country"
    DEVICE = "device"
    BROWSER = "browser"
    OS = "os"
    LANGUAGE = "language"
    REFERRER = "referrer"
    S1 = "s1"
    S2 = "s2"
    S3 = "s3"
    NEW_OR_RETURNING = "new_or_returning"

    @property
    def is_time(self) -> bool:
        """Whether the rows are stretches of days, each of them present."""
        return self in (Breakdown.DAY, Breakdown.WEEK, Breakdown.MONTH)

    @property
    def dimension(self) -> Dimension | None:
        """The dimension of traffic whose values are the rows, if one is."""
        return _DIMENSIONS.get(self)

    @property
    def is_open(self) -> bool:
        """Whether the rows are whatever values there are, known of nothing else."""
        by_link = self in (Breakdown.PLATFORM, Breakdown.CHANNEL)
        return self.dimension is not None and not by_link

    @property
    def tells_social(self) -> bool:
        """Whether it is known of its rows who came by a social platform."""
        return self.dimension in (None, Dimension.PLATFORM)


_DIMENSIONS = {
    Breakdown.NEW_OR_RETURNING: Dimension.VISITOR,
    **{
        Breakdown(each.value): each
        for each in Dimension
        if each.value in set(Breakdown)
    },
}


class Provenance(enum.StrEnum):
    """Where a value comes from; of several, the one to be trusted least is named.

    tracked: by this system. platform_api: asked of the platform. reported: by the
    influencer or the brand. estimated: from other figures.
    """

    TRACKED = "tracked"
    PLATFORM_API = "platform_api"
    REPORTED = "reported"
    ESTIMATED = "estimated"

    @property
    def doubt(self) -> int:
        """The higher, the less it is to be trusted."""
        return _DOUBTS[self]


_DOUBTS = {each: n for n, each in enumerate(Provenance)}


class Basis(enum.StrEnum):
    """Why a value is estimated; or what it rests on, of what could be several things.

    visitor_days: the sum of several days' distinct visitors. sketch: too many to be
    counted exactly. random_overlap: audiences of several posts as if they overlapped
    by chance. stand_in: reckoned from another figure (reach from views). brand_days: kept
    by the brand's own day, and shown on the day of the same date in another time zone.
    scaled: from a stretch of another number of days.
    divided: clicks or cost of several posts, over these equally; or clickers of several
    links, as if nobody had followed two of them.
    sum_of_platforms: people on several platforms are in it several times.
    brand_channels, influencer_channels: no estimate, but whose followers are counted.
    word_lists: the tone of comments, read by lists of words and emoji.
    """

    VISITOR_DAYS = "visitor_days"
    SKETCH = "sketch"
    RANDOM_OVERLAP = "random_overlap"
    STAND_IN = "stand_in"
    BRAND_DAYS = "brand_days"
    SCALED = "scaled"
    DIVIDED = "divided"
    SUM_OF_PLATFORMS = "sum_of_platforms"
    BRAND_CHANNELS = "brand_channels"
    INFLUENCER_CHANNELS = "influencer_channels"
    WORD_LISTS = "word_lists"

    @property
    def is_estimate(self) -> bool:
        """Whether a value on this basis is an estimate."""
        return self not in (Basis.BRAND_CHANNELS, Basis.INFLUENCER_CHANNELS)


class DatedBy(enum.StrEnum):
    """When a refund lowers what it lowers: revenue, profit, commission.

    order: on the day of its order, which is told anew. event: on the day it happened; the
    order's day keeps what was sold then. Over all time both come to the same.
    """

    ORDER = "order"
    EVENT = "event"


class BadWindow(Invalid):
    """A stretch of days that no report can be made of."""


@dataclass(frozen=True, slots=True)
class Window:
    """The days ``[start, end)`` of a brand's calendar; BadWindow if there are none."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise BadWindow({"from": ["Must lie before the end of the window."]})
        if self.start < FIRST_DAY or self.end > LAST_DAY:
            raise BadWindow({"from": [f"Must lie in {FIRST_DAY} to {LAST_DAY}."]})
        if self.length > LONGEST_WINDOW:
            raise BadWindow({"to": [f"At most {LONGEST_WINDOW} days at a time."]})

    @property
    def length(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    @property
    def days(self) -> list[date]:
        """Each of its days, in order."""
        return days_between(self.start, self.end)

    def before(self) -> tuple[date, date]:
        """The stretch of equal length just before it."""
        return self.start - timedelta(days=self.length), self.start


def stretch_of(day: date, by: Breakdown) -> str:
    """The row a day belongs to: ``2026-11-21``, ``2026-W47`` (ISO) or ``2026-11``."""
    if by is Breakdown.WEEK:
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    return day.isoformat()[:7] if by is Breakdown.MONTH else day.isoformat()

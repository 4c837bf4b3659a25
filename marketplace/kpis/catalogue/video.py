"""How videos were watched."""

from marketplace.kpis.catalogue.content import both_known, known, over_posts
from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.formula import Constant, Covered, Ratio
from marketplace.kpis.measures import posts as m
from marketplace.kpis.measures.posts import SEEN
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

WATCH_TIME = Kpi(
    "watch_time",
    Words("Watch time", "Kijktijd"),
    Goal.ENGAGEMENT,
    Unit.SECONDS,
    Direction.UP,
    Covered(
        Ratio(m.WATCH.total.term, Constant(1000), "not_reported"),
        m.WATCH.known.term,
        SEEN.term,
        "not_reported",
    ),
    Words(
        "How long all views together lasted, in seconds.",
        "Hoe lang alle weergaven samen duurden, in seconden.",
    ),
)
AVERAGE_WATCH_TIME = Kpi(
    "average_watch_time",
    Words("Average watch time", "Gemiddelde kijktijd"),
    Goal.ENGAGEMENT,
    Unit.SECONDS,
    Direction.UP,
    both_known(
        Ratio(m.WATCHED.above.term, m.WATCHED.below.term * 1000, "no_views"),
        m.WATCHED,
    ),
    Words(
        "How long one view lasted, in seconds.",
        "Hoe lang een weergave duurde, in seconden.",
    ),
)
COMPLETED_VIEWS = Kpi(
    "completed_views",
    Words("Completed views", "Voltooide weergaven"),
    Goal.ENGAGEMENT,
    Unit.COUNT,
    Direction.UP,
    known(m.COMPLETED),
    Words("Views that played to the end.", "Weergaven tot het einde."),
)
COMPLETION_RATE = Kpi(
    "completion_rate",
    Words("Completion rate", "Voltooiingspercentage"),
    Goal.ENGAGEMENT,
    Unit.RATIO,
    Direction.UP,
    over_posts(m.COMPLETION, "no_views"),
    Words(
        "The share of views that played to the end.",
        "Het deel van de weergaven dat tot het einde liep.",
    ),
)
AVERAGE_VIEWED_SHARE = Kpi(
    "average_viewed_share",
    Words("Average share viewed", "Gemiddeld bekeken deel"),
    Goal.ENGAGEMENT,
    Unit.RATIO,
    Direction.UP,
    over_posts(m.VIEWED_SHARE, "no_views"),
    Words(
        "Which part of the video a view lasts on average.",
        "Welk deel van de video gemiddeld bekeken wordt.",
    ),
)
THUMBNAIL_CTR = Kpi(
    "thumbnail_ctr",
    Words("Thumbnail click-through rate", "Doorklikpercentage van de thumbnail"),
    Goal.ENGAGEMENT,
    Unit.RATIO,
    Direction.UP,
    over_posts(m.THUMBNAIL, "no_impressions"),
    Words(
        "Clicks on YouTube's preview picture per time it was shown; not clicks on links.",
        "Klikken op het voorbeeldplaatje van YouTube per vertoning; geen klikken op "
        "links.",
    ),
)

ALL: tuple[Kpi, ...] = (
    WATCH_TIME,
    AVERAGE_WATCH_TIME,
    COMPLETED_VIEWS,
    COMPLETION_RATE,
    AVERAGE_VIEWED_SHARE,
    THUMBNAIL_CTR,
)

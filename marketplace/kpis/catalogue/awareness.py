"""Who saw it."""

from marketplace.kpis.catalogue.content import known, over_posts
from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.formula import Covered, PartialSum, per
from marketplace.kpis.measures import channels as c
from marketplace.kpis.measures import posts as m
from marketplace.kpis.measures.comments import COMMENTS as READ_COMMENTS
from marketplace.kpis.measures.comments import NAMING_BRAND, NO_COMMENTS
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

POSTS = Kpi(
    "posts",
    Words("Posts", "Posts"),
    Goal.AWARENESS,
    Unit.COUNT,
    Direction.UP,
    m.PUBLISHED.term,
    Words("Posts published in the window.", "Posts die in de periode geplaatst zijn."),
)
REACH = Kpi(
    "reach",
    Words("Reach", "Bereik"),
    Goal.AWARENESS,
    Unit.COUNT,
    Direction.UP,
    Covered(m.REACH.term, m.POST_REACH.known.term, m.SEEN.term, "not_reported"),
    Words(
        "People who saw at least one post, never added up over posts: of one post what "
        "the platform says, of several the bounds and an estimate as if their audiences "
        "overlapped by chance.",
        "Mensen die minstens een post zagen, nooit opgeteld over posts: van een post "
        "wat het platform zegt, van meerdere de grenzen en een schatting alsof hun "
        "publiek elkaar bij toeval overlapt.",
    ),
)
REACH_WITH_ESTIMATES = Kpi(
    "reach_with_estimates",
    Words("Reach, estimates included", "Bereik met schattingen"),
    Goal.AWARENESS,
    Unit.COUNT,
    Direction.UP,
    Covered(m.REACH_WITH_STAND_INS.term, m.STOOD_IN.term, m.SEEN.term, "not_reported"),
    Words(
        "The same, with a stand-in for posts whose reach nobody told: 75% of the views "
        "on YouTube, 68% on TikTok, 30% of the followers on Facebook and X.",
        "Hetzelfde, met een benadering voor posts waarvan niemand het bereik meldde: "
        "75% van de weergaven op YouTube, 68% op TikTok, 30% van de volgers op Facebook "
        "en X.",
    ),
)
IMPRESSIONS = Kpi(
    "impressions",
    Words("Impressions", "Vertoningen"),
    Goal.AWARENESS,
    Unit.COUNT,
    Direction.UP,
    known(m.IMPRESSIONS),
    Words(
        "How often posts were shown.",
        "Hoe vaak posts vertoond zijn.",
    ),
)
VIEWS = Kpi(
    "views",
    Words("Views", "Weergaven"),
    Goal.AWARENESS,
    Unit.COUNT,
    Direction.UP,
    known(m.VIEWS),
    Words(
        "How often posts were viewed; each platform has its own idea of when that "
        "counts.",
        "Hoe vaak posts bekeken zijn; elk platform bepaalt zelf wanneer dat telt.",
    ),
)
POTENTIAL_REACH = Kpi(
    "potential_reach",
    Words("Potential reach", "Potentieel bereik"),
    Goal.AWARENESS,
    Unit.COUNT,
    Direction.UP,
    Covered(c.POTENTIAL.term, c.POSTING_KNOWN.term, c.POSTING.term, "no_followers"),
    Words(
        "Followers, at the end of the window, of the channels that posted in it; people "
        "who follow several channels are counted double.",
        "Volgers, aan het eind van de periode, van de kanalen die erin plaatsten; wie "
        "meerdere kanalen volgt telt dubbel.",
    ),
)
FREQUENCY = Kpi(
    "frequency",
    Words("Frequency", "Frequentie"),
    Goal.AWARENESS,
    Unit.SCORE,
    Direction.UP,
    over_posts(m.FREQUENCY, "no_reach"),
    Words(
        "How often a person a post reached saw it, over posts of which impressions and "
        "reach are both known.",
        "Hoe vaak iemand die door een post bereikt is die zag, over posts waarvan "
        "vertoningen en bereik allebei bekend zijn.",
    ),
)
MENTIONS = Kpi(
    "mentions",
    Words("Brand mentions", "Merkvermeldingen"),
    Goal.AWARENESS,
    Unit.COUNT,
    Direction.UP,
    PartialSum(
        (
            m.NAMING.term,
            m.MENTIONS.total.term,
            NAMING_BRAND.term,
            c.CHANNEL_MENTIONS.term,
        )
    ),
    Words(
        "Posts that name or tag the brand, mentions in reactions as platforms count "
        "them, comments that name it, and tags of the brand's own channels; those that "
        "nobody told are listed as missing.",
        "Posts die het merk noemen of taggen, vermeldingen in reacties zoals platforms "
        "ze tellen, reacties die het noemen, en vermeldingen van de eigen kanalen van "
        "het merk; wat niemand meldde staat vermeld als ontbrekend.",
    ),
)
MENTIONS_PER_1000_COMMENTS = Kpi(
    "mentions_per_1000_comments",
    Words("Mentions per 1,000 comments", "Vermeldingen per 1.000 reacties"),
    Goal.AWARENESS,
    Unit.SCORE,
    Direction.UP,
    per(NAMING_BRAND.term, READ_COMMENTS.term, none=NO_COMMENTS) * 1000,
    Words(
        "Of every thousand comments that were read, how many name the brand.",
        "Van elke duizend gelezen reacties hoeveel het merk noemen.",
    ),
)

ALL: tuple[Kpi, ...] = (
    POSTS,
    REACH,
    REACH_WITH_ESTIMATES,
    IMPRESSIONS,
    VIEWS,
    POTENTIAL_REACH,
    FREQUENCY,
    MENTIONS,
    MENTIONS_PER_1000_COMMENTS,
)

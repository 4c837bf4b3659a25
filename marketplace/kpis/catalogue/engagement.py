"""What people did with it where it was posted."""

from marketplace.kpis.catalogue.content import known, over_linked, over_posts
from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.catalogue.traffic import CLICKS, UNIQUE_CLICKERS
from marketplace.kpis.formula import PartialSum, per
from marketplace.kpis.measures import channels as c
from marketplace.kpis.measures import elsewhere as e
from marketplace.kpis.measures import posts as m
from marketplace.kpis.measures.figures import Figure, Pair
from marketplace.kpis.outcome import Words
from marketplace.kpis.remarks import AtMostOne, FirstKnown, NotBelowZero
from marketplace.kpis.rules import Direction, Goal, Unit

ABOVE_ONE = "above_one"


def _count(kpi_id: str, label: Words, figure: Figure, meaning: Words) -> Kpi:
    return Kpi(
        kpi_id,
        label,
        Goal.ENGAGEMENT,
        Unit.COUNT,
        Direction.UP,
        known(figure),
        meaning,
    )


def _rate(kpi_id: str, label: Words, pair: Pair, none: str, meaning: Words) -> Kpi:
    return Kpi(
        kpi_id,
        label,
        Goal.ENGAGEMENT,
        Unit.RATIO,
        Direction.UP,
        over_posts(pair, none),
        meaning,
    )


LIKES = _count(
    "likes",
    Words("Likes", "Likes"),
    m.LIKES,
    Words(
        "Likes and other reactions; less where people took them back.",
        "Likes en andere reacties; minder waar mensen ze introkken.",
    ),
)
COMMENTS = _count(
    "comments",
    Words("Comments", "Reacties"),
    m.COMMENTS,
    Words(
        "Comments, as the platforms count them.",
        "Reacties, zoals de platforms ze tellen.",
    ),
)
SHARES = _count(
    "shares",
    Words("Shares", "Keer gedeeld"),
    m.SHARES,
    Words("How often posts were passed on.", "Hoe vaak posts zijn doorgegeven."),
)
SAVES = _count(
    "saves",
    Words("Saves", "Keer bewaard"),
    m.SAVES,
    Words("How often posts were saved.", "Hoe vaak posts zijn bewaard."),
)
ENGAGEMENT_MENTIONS = _count(
    "engagement_mentions",
    Words("Mentions in reactions", "Vermeldingen in reacties"),
    m.MENTIONS,
    Words(
        "Mentions of the brand in reactions to posts.",
        "Vermeldingen van het merk in reacties op posts.",
    ),
)
PLATFORM_CLICKS = _count(
    "platform_clicks",
    Words("Clicks counted by the platform", "Door het platform getelde klikken"),
    m.PLATFORM_CLICKS,
    Words(
        "Clicks on posts as the platform counts them; those on tracked links are in "
        "clicks.",
        "Klikken op posts zoals het platform ze telt; die op gevolgde links staan bij "
        "klikken.",
    ),
)
_INTERACTIONS = LIKES.term, COMMENTS.term, SHARES.term, SAVES.term
ENGAGEMENT = Kpi(
    "engagement",
    Words("Engagement", "Betrokkenheid"),
    Goal.ENGAGEMENT,
    Unit.COUNT,
    Direction.UP,
    PartialSum((*_INTERACTIONS, ENGAGEMENT_MENTIONS.term)),
    Words(
        "Likes, comments, shares, saves and mentions together; those that nobody told "
        "are listed as missing.",
        "Likes, reacties, keer gedeeld, keer bewaard en vermeldingen samen; wat niemand "
        "meldde staat vermeld als ontbrekend.",
    ),
)
CONTENT_ENGAGEMENT = Kpi(
    "content_engagement",
    Words("Content engagement", "Contentbetrokkenheid"),
    Goal.ENGAGEMENT,
    Unit.COUNT,
    Direction.UP,
    PartialSum(
        (
            *(LIKES.term, PLATFORM_CLICKS.term, SHARES.term),
            *(ENGAGEMENT_MENTIONS.term, COMMENTS.term),
        )
    ),
    Words(
        "Likes, clicks, shares, mentions and comments together, as LinkedIn has it.",
        "Likes, klikken, keer gedeeld, vermeldingen en reacties samen, zoals LinkedIn "
        "het telt.",
    ),
)
ENGAGEMENT_RATE = _rate(
    "engagement_rate",
    Words("Engagement rate", "Betrokkenheidspercentage"),
    m.BY_DEFAULT,
    "no_audience",
    Words(
        "Interactions over the audience each platform goes by: views on TikTok and "
        "YouTube, impressions on LinkedIn, reach elsewhere.",
        "Interacties op het publiek waar elk platform van uitgaat: weergaven op TikTok "
        "en YouTube, vertoningen op LinkedIn, elders bereik.",
    ),
)
BY_FOLLOWERS = _rate(
    "engagement_rate_followers",
    Words("Engagement rate by followers", "Betrokkenheidspercentage op volgers"),
    m.BY_FOLLOWERS,
    "no_followers",
    Words(
        "Interactions per follower at publication, over posts published in the window.",
        "Interacties per volger bij plaatsing, over posts die in de periode geplaatst "
        "zijn.",
    ),
)
BY_REACH = _rate(
    "engagement_rate_reach",
    Words("Engagement rate by reach", "Betrokkenheidspercentage op bereik"),
    m.BY_REACH,
    "no_reach",
    Words(
        "Interactions over the reach of each post, added up over posts.",
        "Interacties op het bereik van elke post, opgeteld over posts.",
    ),
)
BY_VIEWS = _rate(
    "engagement_rate_views",
    Words("Engagement rate by views", "Betrokkenheidspercentage op weergaven"),
    m.BY_VIEWS,
    "no_views",
    Words("Interactions per view.", "Interacties per weergave."),
)
BY_IMPRESSIONS = _rate(
    "engagement_rate_impressions",
    Words("Engagement rate by impressions", "Betrokkenheidspercentage op vertoningen"),
    m.BY_IMPRESSIONS,
    "no_impressions",
    Words("Interactions per impression.", "Interacties per vertoning."),
)
_CTR = AtMostOne(
    over_linked(
        per(
            NotBelowZero(CLICKS.term - e.CLICKS.term),
            m.LINKED_IMPRESSIONS.total.term,
            none="no_impressions",
        ),
        *(m.IMPRESSIONS, m.LINKED_IMPRESSIONS),
    ),
    ABOVE_ONE,
)
_CTR_MEANING = Words(
    "Counted clicks on tracked links per impression, both of the same posts: those with a "
    "link whose impressions are known. A link that several posts share, or none has, "
    "stands for all of them (of the influencer's on its platform); where some of these are "
    "unknown its clicks are divided equally, and the basis says so. Above 1 the links "
    "were followed elsewhere, too, and the reason says so.",
    "Getelde klikken op gevolgde links per vertoning, allebei van dezelfde posts: die met "
    "een link waarvan de vertoningen bekend zijn. Een link van meerdere posts, of van geen "
    "enkele, staat voor allemaal (van de influencer op dat platform); waar die deels "
    "onbekend zijn, worden de klikken gelijk verdeeld, en de grondslag zegt dat. Boven 1 "
    "zijn de links ook elders gevolgd, en zegt de reden dat.",
)


def _ctr(kpi_id: str, label: Words, formula: AtMostOne, meaning: Words) -> Kpi:
    return Kpi(
        *(kpi_id, label, Goal.TRAFFIC, Unit.RATIO, Direction.UP, formula, meaning),
        version=2,
    )


CTR = _ctr("ctr", Words("Click-through rate", "Doorklikpercentage"), _CTR, _CTR_MEANING)
CTR_IMPRESSIONS = _ctr(
    "ctr_impressions",
    Words("Click-through rate by impressions", "Doorklikpercentage op vertoningen"),
    _CTR,
    _CTR_MEANING,
)
CTR_REACH = _ctr(
    "ctr_reach",
    Words("Click-through rate by reach", "Doorklikpercentage op bereik"),
    AtMostOne(
        over_linked(
            per(
                NotBelowZero(UNIQUE_CLICKERS.term - e.CLICKERS.term),
                m.REACH_WITH_LINK.term,
                none="no_reach",
            ),
            *(m.POST_REACH, m.LINKED_REACH),
        ),
        ABOVE_ONE,
    ),
    Words(
        "People who clicked over people who saw it, both of the posts with a link whose "
        "reach is known; the reach of several posts is an estimate with bounds, and so is "
        "this. Who also clicked a link of other posts that day is left out.",
        "Mensen die klikten op mensen die het zagen, allebei van de posts met een link "
        "waarvan het bereik bekend is; het bereik van meerdere posts is een schatting met "
        "grenzen, en dit dus ook. Wie die dag ook op een link van andere posts klikte, "
        "telt niet mee.",
    ),
)
BIO_LINK_CLICKS = Kpi(
    "bio_link_clicks",
    Words("Bio link clicks", "Klikken op de biolink"),
    Goal.TRAFFIC,
    Unit.COUNT,
    Direction.UP,
    FirstKnown((known(m.BIO_LINK_CLICKS), c.CHANNEL_BIO_LINK_CLICKS.term)),
    Words(
        "Clicks on the link in the profile: those traced to posts, or where no post "
        "says any all of the influencers' channels.",
        "Klikken op de link in het profiel: die vanuit posts, of als geen post ze meldt "
        "alle van de kanalen van de influencers.",
    ),
)
PROFILE_VISITS = Kpi(
    "profile_visits",
    Words("Profile visits", "Profielbezoeken"),
    Goal.TRAFFIC,
    Unit.COUNT,
    Direction.UP,
    FirstKnown((known(m.PROFILE_VISITS), c.CHANNEL_PROFILE_VISITS.term)),
    Words(
        "Visits to profiles and pages: those traced to posts, or where no post says any "
        "all of the brand's own channels (of the influencers', if it has none).",
        "Bezoeken aan profielen en pagina's: die vanuit posts, of als geen post ze meldt "
        "alle van de eigen kanalen van het merk (van de influencers, als het er geen "
        "heeft).",
    ),
)

ALL: tuple[Kpi, ...] = (
    ENGAGEMENT,
    ENGAGEMENT_RATE,
    BY_FOLLOWERS,
    BY_REACH,
    BY_VIEWS,
    BY_IMPRESSIONS,
    LIKES,
    COMMENTS,
    SHARES,
    SAVES,
    ENGAGEMENT_MENTIONS,
    PLATFORM_CLICKS,
    CONTENT_ENGAGEMENT,
    CTR,
    CTR_IMPRESSIONS,
    CTR_REACH,
    BIO_LINK_CLICKS,
    PROFILE_VISITS,
)

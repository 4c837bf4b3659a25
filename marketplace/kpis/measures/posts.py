"""What platforms say of posts: measures of content. Pure."""

from marketplace.kpis.measures.entry import Measure, MeasureUnit, Source, count
from marketplace.kpis.measures.figures import (
    NO_POSTS,
    PostMeasure,
    figure,
    pair,
    posts,
    with_link,
)
from marketplace.kpis.outcome import Words

PUBLISHED = PostMeasure(
    "published_posts",
    MeasureUnit.COUNT,
    Source.POSTS,
    "published",
    Words("published posts", "geplaatste posts"),
    "Posts published in the window.",
)
SEEN = posts(
    "posts",
    Words("posts", "posts"),
    "Posts of which anything is known in the window, published in it or before.",
)
IMPRESSIONS = figure(
    "impressions",
    Words("impressions", "vertoningen"),
    "How often posts were shown, as the platforms count it.",
)
POST_REACH = figure(
    "reach",
    Words("reach of each post added up", "bereik van elke post opgeteld"),
    "People each post reached; who saw several posts is in it several times.",
)
VIEWS = figure(
    "views",
    Words("views", "weergaven"),
    "How often posts were viewed; platforms differ in when a view counts.",
)
LIKES = figure("likes", Words("likes", "likes"), "Likes and other reactions.")
COMMENTS = figure(
    "comments", Words("comments", "reacties"), "Comments, as the platforms count them."
)
SHARES = figure("shares", Words("shares", "keer gedeeld"), "Shares and reposts.")
SAVES = figure("saves", Words("saves", "keer bewaard"), "How often posts were saved.")
MENTIONS = figure(
    "mentions",
    Words("mentions in reactions", "vermeldingen in reacties"),
    "Mentions of the brand in reactions to posts, as the platforms count them.",
)
PLATFORM_CLICKS = figure(
    "clicks",
    Words("clicks counted by the platform", "door het platform getelde klikken"),
    "Clicks on posts as the platform counts them, not those on tracked links.",
)
INTERACTIONS = figure(
    "interactions",
    Words("interactions", "interacties"),
    "Likes, comments, shares and saves that are known (and clicks on LinkedIn).",
)
FOLLOWERS_THEN = figure(
    "followers",
    Words("followers at publication", "volgers bij plaatsing"),
    "Followers the channel had when a post of the window was published.",
)
RATED = figure(
    "rated_interactions",
    Words("interactions that are rated", "interacties die meetellen"),
    "Interactions of posts whose platform's own engagement rate can be told.",
)
RATED_AUDIENCE = figure(
    "rated_audience",
    Words("their audience", "hun publiek"),
    "What the platform's rate divides by: views on TikTok and YouTube, impressions on "
    "LinkedIn, reach elsewhere.",
)
WATCH = figure(
    "watch_ms",
    Words("milliseconds watched", "bekeken milliseconden"),
    "How long all views together lasted.",
)
PLAYABLE = figure(
    "playable_ms",
    Words("milliseconds there were to watch", "milliseconden die er te bekijken waren"),
    "Views times the length of the video.",
)
COMPLETED = figure(
    "completed_views",
    Words("views to the end", "weergaven tot het einde"),
    "Views that played to the end.",
)
THUMBNAIL_SHOWN = figure(
    "thumbnail_impressions",
    Words("impressions of the thumbnail", "vertoningen van de thumbnail"),
    "How often YouTube showed the preview picture.",
)
THUMBNAIL_CLICKS = figure(
    "thumbnail_clicks",
    Words("clicks on the thumbnail", "klikken op de thumbnail"),
    "How often that was clicked; not a click on a tracked link.",
)
PROFILE_VISITS = figure(
    "profile_visits",
    Words("profile visits from posts", "profielbezoeken vanuit posts"),
    "Visits to the profile that platforms trace to posts.",
)
BIO_LINK_CLICKS = figure(
    "bio_link_clicks",
    Words("bio link clicks from posts", "klikken op de biolink vanuit posts"),
    "Clicks on the link of the profile that platforms trace to posts.",
)

LINKED_IMPRESSIONS = with_link(IMPRESSIONS)
LINKED_REACH = with_link(POST_REACH)
FREQUENCY = pair(IMPRESSIONS, POST_REACH)
BY_FOLLOWERS = pair(INTERACTIONS, FOLLOWERS_THEN)
BY_REACH = pair(INTERACTIONS, POST_REACH)
BY_VIEWS = pair(INTERACTIONS, VIEWS)
BY_IMPRESSIONS = pair(INTERACTIONS, IMPRESSIONS)
BY_DEFAULT = pair(RATED, RATED_AUDIENCE)
WATCHED = pair(WATCH, VIEWS)
COMPLETION = pair(COMPLETED, VIEWS)
VIEWED_SHARE = pair(WATCH, PLAYABLE)
THUMBNAIL = pair(THUMBNAIL_CLICKS, THUMBNAIL_SHOWN)

# What is not a sum over posts; `reach` and `emv` find these.
REACH = Measure(
    "people_reached",
    MeasureUnit.COUNT,
    Source.POSTS,
    "reach",
    Words("people reached", "bereikte mensen"),
    "People who saw at least one of the posts. Platforms never say who, so of several "
    "posts it lies between the largest and all together, and is estimated as if their "
    "audiences overlapped by chance.",
    absent=NO_POSTS,
)
REACH_WITH_LINK = Measure(
    "people_reached_with_link",
    MeasureUnit.COUNT,
    Source.POSTS,
    "reach",
    Words(
        "people reached by posts with a link", "bereikte mensen door posts met een link"
    ),
    "The same, of posts with a tracked link: their own, or else one of the influencer for "
    "that platform which no post has.",
    absent=NO_POSTS,
)
REACH_WITH_STAND_INS = Measure(
    "people_reached_with_stand_ins",
    MeasureUnit.COUNT,
    Source.POSTS,
    "reach",
    Words("people reached, estimates included", "bereikte mensen met schattingen"),
    "The same, where the reach of a post that nobody told is taken as 75% of its views "
    "on YouTube, 68% on TikTok, 30% of the followers on Facebook and X.",
    absent=NO_POSTS,
)
STOOD_IN = posts(
    "posts_with_reach_or_stand_in",
    Words(
        "posts with a reach, told or estimated", "posts met gemeld of geschat bereik"
    ),
    "Posts whose reach is known or has a stand-in.",
)
NAMING = PostMeasure(
    "posts_naming_the_brand",
    MeasureUnit.COUNT,
    Source.POSTS,
    "names_brand",
    Words("posts naming the brand", "posts die het merk noemen"),
    "Posts published in the window of which is known that they name or tag the brand.",
    absent=NO_POSTS,
)
VALUED_ENGAGEMENT = count(
    "posts_with_engagement_value",
    Source.POSTS,
    "emv_engagement",
    Words(
        "posts with engagement of known value",
        "posts met betrokkenheid van bekende waarde",
    ),
    "Posts of which likes, comments, shares or saves are known that have a rate.",
)
VALUED_EXPOSURE = count(
    "posts_with_exposure_value",
    Source.POSTS,
    "emv_exposure",
    Words(
        "posts with exposure of known value",
        "posts met zichtbaarheid van bekende waarde",
    ),
    "Posts of which impressions or views are known that have a rate.",
)
EMV_ENGAGEMENT = Measure(
    "engagement_value",
    MeasureUnit.MONEY,
    Source.POSTS,
    "emv_engagement",
    Words("value of engagement", "waarde van betrokkenheid"),
    "Likes, comments, shares and saves, each times the rate of its platform and day.",
    absent=NO_POSTS,
)
EMV_EXPOSURE = Measure(
    "exposure_value",
    MeasureUnit.MONEY,
    Source.POSTS,
    "emv_exposure",
    Words("value of exposure", "waarde van zichtbaarheid"),
    "Impressions or views, never both, and counted clicks on tracked links, each times "
    "the rate of its platform and day.",
    absent=NO_POSTS,
)

FIGURES = (
    *(IMPRESSIONS, POST_REACH, VIEWS, LIKES, COMMENTS, SHARES, SAVES, MENTIONS),
    *(PLATFORM_CLICKS, WATCH, COMPLETED, PROFILE_VISITS, BIO_LINK_CLICKS),
)
PAIRS = (
    *(FREQUENCY, BY_FOLLOWERS, BY_REACH, BY_VIEWS, BY_IMPRESSIONS, BY_DEFAULT),
    *(WATCHED, COMPLETION, VIEWED_SHARE, THUMBNAIL),
)
ALL: tuple[Measure, ...] = (
    PUBLISHED,
    SEEN,
    *(each for every in FIGURES if every is not POST_REACH for each in every.measures),
    POST_REACH.known,
    *LINKED_IMPRESSIONS.measures,
    LINKED_REACH.known,
    *(PROFILE_VISITS.total, BIO_LINK_CLICKS.total),
    *(each for both in PAIRS for each in both.measures),
    REACH,
    REACH_WITH_LINK,
    REACH_WITH_STAND_INS,
    STOOD_IN,
    NAMING,
    VALUED_ENGAGEMENT,
    VALUED_EXPOSURE,
    EMV_ENGAGEMENT,
    EMV_EXPOSURE,
)

"""TikTok and YouTube: platforms of videos. Pure data; see `known_platforms`."""

from datetime import date

from marketplace.accounts.rules import Platform
from marketplace.content.particulars import (
    THUMBNAILS,
    Meaning,
    Particulars,
    Words,
    told_by,
)
from marketplace.content.rules import PostFormat, PostMetric

M = PostMetric

TIKTOK = Particulars(
    Platform.TIKTOK,
    "TikTok",
    views=(
        Meaning(
            Words(
                "Times a video started to play; every loop and replay counts again.",
                "Keren dat een video begon te spelen; elke herhaling telt opnieuw.",
            )
        ),
    ),
    metrics=told_by(
        api=(
            *(M.VIEWS, M.LIKES, M.COMMENTS, M.SHARES, M.REACH, M.SAVES, M.WATCH_MS),
            *(M.COMPLETED_VIEWS, M.FOLLOWS, M.PROFILE_VISITS, M.BIO_LINK_CLICKS),
        ),
        none=(M.IMPRESSIONS, M.ENGAGED_VIEWS, M.TAPS, *THUMBNAILS),
    ),
    delay_hours=48,
    notes=(
        Words(
            "Personal accounts tell views, likes, comments and shares; reach, saves,"
            " time watched and completion come of business accounts, or are entered.",
            "Persoonlijke accounts vertellen weergaven, likes, reacties en delingen;"
            " bereik, opslaan, kijktijd en uitgekeken video's komen van zakelijke"
            " accounts, of worden ingevoerd.",
        ),
    ),
    rated_by=M.VIEWS,
    guide=("engagement_rate", "completion_rate", "average_watch_time", "views"),
    guide_text=Words(
        "The engagement rate by views, and how much of the video is watched: views alone"
        " count every loop.",
        "Het betrokkenheidspercentage per weergave, en hoeveel van de video wordt"
        " bekeken: weergaven alleen tellen elke herhaling mee.",
    ),
)

_SINCE_SHORTS, _SINCE_ALL = date(2025, 3, 31), date(2026, 8, 24)

YOUTUBE = Particulars(
    Platform.YOUTUBE,
    "YouTube",
    views=(
        Meaning(
            Words(
                "Times a Short started to play or was replayed, without minimum time.",
                "Keren dat een Short begon te spelen of opnieuw werd afgespeeld, zonder"
                " minimumtijd.",
            ),
            (PostFormat.SHORT,),
            since=_SINCE_SHORTS,
        ),
        Meaning(
            Words(
                "Times somebody chose to watch a video, past its first moments.",
                "Keren dat iemand bewust een video bekeek, voorbij het allereerste"
                " begin.",
            ),
            (PostFormat.VIDEO, PostFormat.LIVE),
            until=_SINCE_ALL,
        ),
        Meaning(
            Words(
                "Times a video started to play, by itself or not, without minimum time;"
                " what was counted before goes on as engaged views.",
                "Keren dat een video begon te spelen, al dan niet vanzelf, zonder"
                " minimumtijd; wat eerder telde heet nu betrokken weergaven.",
            ),
            (PostFormat.VIDEO, PostFormat.LIVE),
            since=_SINCE_ALL,
        ),
    ),
    metrics=told_by(
        api=(
            *(M.VIEWS, M.ENGAGED_VIEWS, M.LIKES, M.COMMENTS, M.SHARES, M.WATCH_MS),
            *(M.FOLLOWS, *THUMBNAILS),
        ),
        none=(M.SAVES, M.COMPLETED_VIEWS, M.PROFILE_VISITS, M.BIO_LINK_CLICKS, M.TAPS),
    ),
    delay_hours=72,
    notes=(
        Words(
            "Thumbnail impressions and their clicks are told by YouTube's bulk reports"
            " alone; clicks on a preview picture are not clicks on a link.",
            "Vertoningen van de miniatuur en de klikken erop staan alleen in YouTubes"
            " bulkrapporten; een klik op een miniatuur is geen klik op een link.",
        ),
        Words(
            "Likes, comments and views are there at once; shares and watch time two to"
            " three days later.",
            "Likes, reacties en weergaven zijn er meteen; delingen en kijktijd twee tot"
            " drie dagen later.",
        ),
        Words(
            "What YouTube's interface told is had anew within 30 days or deleted, and"
            " deleted within a week once its owner no longer lets us read it.",
            "Wat YouTubes koppeling vertelde wordt binnen 30 dagen opnieuw opgehaald of"
            " verwijderd, en binnen een week verwijderd als de eigenaar ons niet meer"
            " laat lezen.",
        ),
    ),
    rated_by=M.VIEWS,
    keep_days=30,
    guide=(
        *("average_watch_time", "watch_time", "average_viewed_share"),
        *("thumbnail_ctr", "engagement_rate"),
    ),
    guide_text=Words(
        "Time watched says more than views: it is what YouTube recommends by.",
        "Kijktijd zegt meer dan weergaven: daarop beveelt YouTube aan.",
    ),
)

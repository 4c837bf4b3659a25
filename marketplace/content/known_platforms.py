"""The platforms, one by one. Pure data; its shape is in `particulars`."""

from datetime import date

from marketplace.accounts.rules import Platform
from marketplace.content.particulars import (
    THUMBNAILS,
    Meaning,
    Particulars,
    Telling,
    Told,
    Words,
    told_by,
)
from marketplace.content.rules import PostFormat, PostMetric
from marketplace.content.video_platforms import TIKTOK, YOUTUBE

M = PostMetric
INSTAGRAM = Particulars(
    Platform.INSTAGRAM,
    "Instagram",
    views=(
        Meaning(
            Words(
                "Times a reel started to play or was replayed. No minimum time: three"
                " seconds, as is often said, is not Meta's definition.",
                "Keren dat een reel begon te spelen of opnieuw werd afgespeeld. Zonder"
                " minimumtijd: drie seconden, zoals vaak wordt gezegd, is niet Meta's"
                " definitie.",
            ),
            (PostFormat.REEL, PostFormat.VIDEO),
        ),
        Meaning(
            Words(
                "Times a post or story appeared on a screen.",
                "Keren dat een bericht of story op een scherm verscheen.",
            ),
            (PostFormat.POST, PostFormat.CAROUSEL, PostFormat.STORY),
        ),
    ),
    metrics=told_by(
        api=(
            *(M.REACH, M.VIEWS, M.LIKES, M.COMMENTS, M.SHARES, M.SAVES, M.WATCH_MS),
            *(M.PROFILE_VISITS, M.FOLLOWS, M.BIO_LINK_CLICKS),
        ),
        none=(M.ENGAGED_VIEWS, M.COMPLETED_VIEWS, *THUMBNAILS),
        more={
            M.IMPRESSIONS: Told(
                Telling.API,
                until=date(2024, 7, 2),
                note=Words(
                    "Withdrawn on 21 April 2025 for everything published since 2 July"
                    " 2024; views take their place.",
                    "Vervallen op 21 april 2025 voor alles wat sinds 2 juli 2024 is"
                    " gepubliceerd; weergaven komen ervoor in de plaats.",
                ),
            ),
        },
    ),
    delay_hours=48,
    notes=(
        Words(
            "Figures of a story are told for 24 hours only: enter them in time, or let"
            " them be fetched.",
            "Cijfers van een story zijn er maar 24 uur: voer ze op tijd in, of laat ze"
            " ophalen.",
        ),
        Words(
            "Of stories with few viewers Instagram tells nothing; that is unknown,"
            " not 0. Instagram keeps figures for two years.",
            "Van story's met weinig kijkers vertelt Instagram niets; dat is onbekend,"
            " geen 0. Instagram bewaart cijfers twee jaar.",
        ),
    ),
    guide=("engagement_rate", "reach", "saves", "follower_growth_rate"),
    guide_text=Words(
        "The engagement rate (interactions per account reached) says most: it compares"
        " posts whatever their reach.",
        "Het betrokkenheidspercentage (interacties per bereikt account) zegt het meest:"
        " het vergelijkt berichten ongeacht hun bereik.",
    ),
)

LINKEDIN = Particulars(
    Platform.LINKEDIN,
    "LinkedIn",
    views=(
        Meaning(
            Words(
                "Times a video played for at least three seconds.",
                "Keren dat een video minstens drie seconden speelde.",
            ),
            (PostFormat.VIDEO,),
        ),
    ),
    metrics=told_by(
        api=(
            *(M.IMPRESSIONS, M.REACH, M.LIKES, M.COMMENTS, M.SHARES, M.VIEWS),
            *(M.WATCH_MS, M.MENTIONS),
        ),
        none=(M.ENGAGED_VIEWS, M.COMPLETED_VIEWS, M.TAPS, *THUMBNAILS),
        more={
            M.CLICKS: Told(
                Telling.API,
                note=Words(
                    "Of pages of organisations; of members LinkedIn tells no clicks.",
                    "Van pagina's van organisaties; van leden vertelt LinkedIn geen"
                    " klikken.",
                ),
            ),
        },
    ),
    delay_hours=48,
    notes=(
        Words(
            "Likes and shares can be below 0: LinkedIn takes off what was withdrawn.",
            "Likes en delingen kunnen onder 0 zijn: LinkedIn trekt af wat is"
            " ingetrokken.",
        ),
        Words(
            "Figures of pages cover the last twelve months, without advertising.",
            "Cijfers van pagina's gaan over de laatste twaalf maanden, zonder"
            " advertenties.",
        ),
    ),
    rated_by=M.IMPRESSIONS,
    views_are_displays=False,
    below_zero=frozenset({M.LIKES, M.SHARES}),
    guide=("content_engagement", "engagement_rate", "impressions", "ctr_impressions"),
    guide_text=Words(
        "Content engagement, clicks included: people here read and click more than they"
        " like.",
        "Contentbetrokkenheid, klikken meegeteld: hier wordt meer gelezen en geklikt dan"
        " geliket.",
    ),
)

FACEBOOK = Particulars(
    Platform.FACEBOOK,
    "Facebook",
    views=(
        Meaning(
            Words(
                "Times the content played or appeared on a screen.",
                "Keren dat de inhoud werd afgespeeld of op een scherm verscheen.",
            )
        ),
    ),
    metrics=told_by(
        api=(M.VIEWS, M.REACH, M.LIKES, M.COMMENTS, M.SHARES, M.CLICKS, M.WATCH_MS),
        none=(M.ENGAGED_VIEWS, M.TAPS, *THUMBNAILS),
        more={
            M.IMPRESSIONS: Told(
                Telling.API,
                until=date(2025, 11, 15),
                note=Words(
                    "Withdrawn on 15 November 2025; views take their place.",
                    "Vervallen op 15 november 2025; weergaven komen ervoor in de"
                    " plaats.",
                ),
            ),
        },
    ),
    delay_hours=48,
    guide=("engagement_rate", "reach", "clicks"),
    guide_text=Words(
        "The engagement rate by reach, and the clicks our own links count.",
        "Het betrokkenheidspercentage per bereik, en de klikken die onze eigen links"
        " tellen.",
    ),
)

_SITE = Words(
    "No interface tells its figures: our own links and codes do, from click to order.",
    "Geen koppeling vertelt de cijfers: onze eigen links en codes wel, van klik tot"
    " bestelling.",
)
_OWN_SITES = {
    Platform.BLOG: ("Blog", ("visitors", "conversion_rate", "revenue")),
    Platform.NEWSLETTER: ("Newsletter", ("clicks", "conversion_rate", "revenue")),
    Platform.PODCAST: ("Podcast", ("code_redemptions", "new_customers", "revenue")),
}
_OTHERS = {
    Platform.PINTEREST: "Pinterest",
    Platform.SNAPCHAT: "Snapchat",
    Platform.TWITCH: "Twitch",
    Platform.X: "X",
    Platform.OTHER: "Other",
}
_ENTERED = Words(
    "Figures are entered by hand, by file or by the interface; nothing is fetched.",
    "Cijfers worden met de hand, per bestand of via de koppeling ingevoerd; er wordt"
    " niets opgehaald.",
)

ALL: dict[Platform, Particulars] = {
    one.platform: one
    for one in (
        *(INSTAGRAM, TIKTOK, YOUTUBE, LINKEDIN, FACEBOOK),
        *(
            Particulars(platform, name, guide=guide, guide_text=_SITE)
            for platform, (name, guide) in _OWN_SITES.items()
        ),
        *(
            Particulars(platform, name, notes=(_ENTERED,), guide=("engagement_rate",))
            for platform, name in _OTHERS.items()
        ),
    )
}

"""Which few KPIs to follow, by what a campaign is for and where it runs. Pure.

At most seven: more distract. The reasons are for people, in English and Dutch. A
platform's own particulars come first, and what it does not tell is left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from marketplace.accounts.rules import Platform
from marketplace.campaigns.rules import Objective
from marketplace.kpis.catalogue import CATALOGUE, Kpi
from marketplace.kpis.goal_rules import MOST_KPIS
from marketplace.kpis.outcome import Words
from marketplace.kpis.recommendation_reasons import REASONS


@dataclass(frozen=True, slots=True)
class Advice:
    """A KPI and why."""

    kpi: Kpi
    reason: Words


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to follow for an objective; `platform` None: wherever it runs."""

    objective: Objective
    platform: Platform | None
    advice: tuple[Advice, ...]


# What each objective is followed by, the most telling first.
_BY_OBJECTIVE: Final[Mapping[Objective, tuple[str, ...]]] = {
    Objective.AWARENESS: (
        *("reach", "impressions", "views", "branded_searches"),
        *("mentions", "frequency", "cpm"),
    ),
    Objective.ENGAGEMENT: (
        *("engagement_rate", "engagement", "comments", "shares"),
        *("saves", "giveaway_entrants", "cpe"),
    ),
    Objective.TRAFFIC: (
        *("social_visitors", "clicks", "new_visitors", "target_audience_growth"),
        *("ctr_impressions", "bounce_rate", "cpc"),
    ),
    Objective.FOLLOWERS: (
        *("follower_growth_rate", "new_followers", "profile_visits"),
        *("reach", "engagement_rate", "mentions"),
    ),
    Objective.CONVERSIONS: (
        *("conversions", "conversion_rate", "revenue", "new_customers"),
        *("code_redemptions", "repeat_buyers", "cpa"),
    ),
    Objective.VALUE: (
        *("net_profit", "roi", "profit_per_visitor", "emv"),
        *("average_order_value", "repeat_rate", "roas"),
    ),
}

# What a platform is best judged by (it comes first), with its own reason where it has one.
_OF_PLATFORM: Final[
    Mapping[Platform, Mapping[Objective, Mapping[str, Words | None]]]
] = {
    Platform.INSTAGRAM: {
        Objective.ENGAGEMENT: {
            "engagement_rate": Words(
                "The most strategic one on Instagram: interactions beside reach.",
                "De meest strategische op Instagram: interacties naast het bereik.",
            ),
            "saves": None,
        },
    },
    Platform.TIKTOK: {
        Objective.AWARENESS: {
            "views": Words(
                "TikTok counts from the start and every loop; the base of its rates.",
                "TikTok telt vanaf de start en elke herhaling; de basis van de ratio's.",
            ),
            "average_watch_time": None,
        },
        Objective.ENGAGEMENT: {"engagement_rate": None, "completion_rate": None},
    },
    Platform.YOUTUBE: {
        Objective.AWARENESS: {
            "watch_time": Words(
                "On YouTube time watched tells more than views.",
                "Op YouTube zegt kijktijd meer dan weergaven.",
            ),
            "thumbnail_ctr": None,
        },
        Objective.ENGAGEMENT: {"watch_time": None, "completion_rate": None},
    },
    Platform.LINKEDIN: {
        Objective.AWARENESS: {"impressions": None, "ssi": None},
        Objective.ENGAGEMENT: {"content_engagement": None},
    },
}

# What a platform does not tell, or what does not exist there.
_VIDEO = (
    "views",
    "watch_time",
    "average_watch_time",
    "completion_rate",
    "thumbnail_ctr",
)
_WRITTEN = (*_VIDEO, "reach", "impressions", "frequency", "ctr_impressions", "cpm")
_SOCIAL = ("saves", "shares", "profile_visits", "engagement_rate", "engagement", "cpe")
_UNTOLD: Final[Mapping[Platform, tuple[str, ...]]] = {
    Platform.INSTAGRAM: ("impressions", "frequency", "cpm", "ctr_impressions"),
    Platform.TIKTOK: ("impressions", "frequency", "cpm", "ctr_impressions"),
    Platform.YOUTUBE: ("reach", "frequency", "saves", "profile_visits"),
    Platform.LINKEDIN: ("saves",),
    Platform.BLOG: (*_WRITTEN, *_SOCIAL),
    Platform.PODCAST: (*_WRITTEN, *_SOCIAL, "comments"),
    Platform.NEWSLETTER: (*_WRITTEN, *_SOCIAL, "comments", "mentions"),
}


def recommend(
    objectives: Iterable[Objective], platforms: Iterable[Platform]
) -> list[Recommendation]:
    """For each objective and platform (none: wherever), at most seven KPIs."""
    where: list[Platform | None] = list(dict.fromkeys(platforms)) or [None]
    return [
        Recommendation(objective, platform, _advice(objective, platform))
        for objective in dict.fromkeys(objectives)
        for platform in where
    ]


def _advice(objective: Objective, platform: Platform | None) -> tuple[Advice, ...]:
    own: Mapping[str, Words | None] = {}
    untold: tuple[str, ...] = ()
    if platform is not None:
        own = _OF_PLATFORM.get(platform, {}).get(objective, {})
        untold = _UNTOLD.get(platform, ())
    names = dict.fromkeys((*own, *_BY_OBJECTIVE[objective]))
    some = [name for name in names if name in CATALOGUE and name not in untold]
    return tuple(
        Advice(CATALOGUE[name], own.get(name) or REASONS[name])
        for name in some[:MOST_KPIS]
    )

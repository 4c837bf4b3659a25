"""What was promised is there: each KPI and capability of the two articles the product is
built from, by its number, with the entry of the catalogue, the call that shows it and
the test in which an example of it is worked by hand.
"""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask

from marketplace import kpis

TESTS = Path(__file__).parents[1]
REPORT = "GET /v1/campaigns/<campaign_id>/kpis"
DISTRIBUTIONS = "GET /v1/campaigns/<campaign_id>/distributions"
ANALYSIS = "GET /v1/campaigns/<campaign_id>/comments/analysis"
GOALS = "POST /v1/campaigns/<campaign_id>/goals"
FORECAST = "GET /v1/campaigns/<campaign_id>/forecast"
ALERTS = "GET /v1/campaigns/<campaign_id>/alerts"
CONTENT = "kpis/test_kpis_content.py::test_every_kpi_of_content_by_hand"
SALES = "kpis/test_kpis_sales_leads.py::test_every_one_by_hand"
STORY = "kpis/test_kpis_report.py::test_every_kpi_by_hand"
FOLLOWERS = "kpis/test_kpis_followers.py::test_growth_by_hand"
SERIES = "kpis/test_own_series.py::test_growth_is_against_as_many_days_before"
GIVEAWAYS = "kpis/test_giveaway_kpis.py::test_every_kpi_by_hand"
OPINIONS = "content/test_opinions_figures.py::"


class Promise(NamedTuple):
    """Ids in the catalogue (separated by blanks), a call, and a worked example."""

    kpis: str
    call: str
    example: str


def of_content(ids: str) -> Promise:
    return Promise(ids, REPORT, CONTENT)


def of_sales(ids: str) -> Promise:
    return Promise(ids, REPORT, SALES)


def of_story(ids: str) -> Promise:
    return Promise(ids, REPORT, STORY)


def able(call: str, example: str, ids: str = "") -> Promise:
    return Promise(ids, call, example)


KPIS: dict[int, Promise] = {
    1: Promise("reach", REPORT, "kpis/test_kpis_reach.py::test_platforms_by_hand"),
    2: of_content("impressions"),
    3: of_content("views"),
    4: of_content("potential_reach"),
    5: of_content("frequency"),
    6: Promise("branded_searches branded_search_growth", REPORT, SERIES),
    7: Promise(
        "reach impressions views potential_reach",
        "GET /v1/kpis",
        "kpis/test_kpis_content.py::test_bundles_are_choices_of_kpis",
    ),
    8: of_content("likes"),
    9: of_content("comments"),
    10: of_content("shares"),
    11: of_content("saves"),
    12: of_content("engagement_mentions"),
    13: of_content("engagement"),
    14: of_content("engagement_rate_followers"),
    15: of_content("engagement_rate_reach engagement_rate"),
    16: of_content("engagement_rate_views engagement_rate"),
    17: of_content("engagement_rate_impressions engagement_rate"),
    18: of_content("mentions mentions_per_1000_comments"),
    19: Promise(
        "giveaway_entrants giveaway_entries entries_per_click cost_per_entrant",
        REPORT,
        GIVEAWAYS,
    ),
    20: of_content("content_engagement"),
    21: of_story("clicks clicks_gross"),
    22: of_story("unique_clickers"),
    23: of_story("visitors visits"),
    24: of_story("social_visitors"),
    25: of_story("new_visitors"),
    26: of_sales("new_visitor_share"),
    27: of_story("bounce_rate"),
    28: of_content("ctr ctr_impressions ctr_reach"),
    29: of_content("bio_link_clicks"),
    30: Promise(
        "target_visitors target_audience_growth",
        "PUT /v1/campaigns/<campaign_id>/target-audience",
        SALES,
    ),
    31: of_sales("returning_visitors returning_visitor_growth"),
    32: of_content("profile_visits"),
    33: Promise("new_followers followers_gained", REPORT, FOLLOWERS),
    34: Promise("follower_growth_rate", REPORT, FOLLOWERS),
    35: Promise(
        "followers", REPORT, "kpis/test_kpis_followers.py::test_rows_of_followers"
    ),
    36: Promise("conversions leads registrations enrolments subscriptions", REPORT, SALES),
    37: of_story("conversion_rate"),
    38: of_sales("conversion_rate_clicks"),
    39: of_sales("revenue revenue_share"),
    40: of_sales("code_redemptions code_revenue code_discount"),
    41: of_sales(
        "repeat_buyers repeat_buyers_30d repeat_buyers_60d repeat_buyers_90d "
        "repeat_buyers_365d"
    ),
    42: of_story("repeat_rate"),
    43: of_sales("new_customers new_customer_rate"),
    44: of_sales("returning_customers"),
    45: of_sales("newsletter_signups"),
    46: of_sales("qualified_leads"),
    47: of_story("average_order_value"),
    48: of_content("emv"),
    49: of_content("emv_engagement"),
    50: of_content("emv_exposure"),
    51: Promise("", "PUT /v1/emv-rates", "content/test_emv_rates.py::test_by_hand"),
    52: of_story("net_profit"),
    53: of_story("roi"),
    54: of_content("roi_with_emv"),
    55: of_story("roas"),
    56: of_story("profit_per_visitor"),
    57: of_content("roi roi_with_emv emv"),
    58: of_content("cpm cpe cpv cpv_completed"),
    59: Promise(
        "positive_comment_share negative_comment_share net_sentiment",
        ANALYSIS,
        f"{OPINIONS}test_net_sentiment_by_hand",
    ),
    60: able(
        ANALYSIS, f"{OPINIONS}test_keywords_count_people_and_compare_with_elsewhere"
    ),
    61: able(
        ANALYSIS,
        "content/test_opinions_reading.py::test_emotions_come_from_emoji_alone",
    ),
    62: able(
        ANALYSIS,
        f"{OPINIONS}test_points_need_enough_people_and_more_of_that_tone_than_usual",
    ),
    63: able(
        ANALYSIS,
        f"{OPINIONS}test_expectations_are_gathered_by_what_they_have_in_common",
    ),
    64: able(ALERTS, "content/test_opinions_crisis.py::test_the_tail_by_hand"),
    65: of_content("average_watch_time"),
    66: of_content("completion_rate"),
    67: able(DISTRIBUTIONS, ""),
    68: able(DISTRIBUTIONS, ""),
    69: of_content("thumbnail_ctr"),
    70: of_content("watch_time"),
    71: of_content("average_viewed_share"),
    72: able(DISTRIBUTIONS, ""),
    73: Promise("ssi", REPORT, "kpis/test_own_series.py::test_the_four_pillars"),
}

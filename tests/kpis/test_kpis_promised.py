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
    36: Promise(
        "conversions leads registrations enrolments subscriptions", REPORT, SALES
    ),
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
    51: Promise(
        "",
        "PUT /v1/emv-rates",
        "kpis/test_kpis_worth.py::test_each_day_has_the_rate_of_its_day",
    ),
    52: of_story("net_profit"),
    53: of_story("roi"),
    54: of_content("roi_with_emv"),
    55: of_story("roas"),
    56: of_story("profit_per_visitor"),
    57: of_content("roi roi_with_emv emv"),
    58: of_content("cpm cpe cpv cpv_completed cpc cpa cost_per_conversion"),
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
    67: able(
        DISTRIBUTIONS,
        "api/test_api_content_kpis.py::test_traffic_sources_are_weighed_by_impressions",
    ),
    68: able(
        DISTRIBUTIONS,
        "api/test_api_content_kpis.py::test_retention_is_averaged_where_all_have_it",
    ),
    69: of_content("thumbnail_ctr"),
    70: of_content("watch_time"),
    71: of_content("average_viewed_share"),
    72: able(
        DISTRIBUTIONS,
        "api/test_api_content_kpis.py::test_audiences_of_channels_stand_in_for_those_of_posts",
    ),
    73: Promise("ssi", REPORT, "kpis/test_own_series.py::test_the_four_pillars"),
}

CAPABILITIES: dict[int, Promise] = {
    1: able(GOALS, "api/test_api_goals.py::test_a_goal_and_how_it_stands"),
    2: able(
        "GET /v1/kpis/recommendations",
        "api/test_api_goals.py::test_too_many_kpis_are_a_warning",
    ),
    3: able(GOALS, "kpis/test_goal_rules.py::test_progress_by_hand"),
    4: able(
        REPORT,
        "journeys/test_main_job.py::test_the_main_job",
        "clicks orders",
    ),
    5: able(
        "GET /v1/kpis", "kpis/test_kpis_content.py::test_bundles_are_choices_of_kpis"
    ),
    6: able(REPORT, "kpis/test_kpis_report.py::test_weeks_and_months_hold_their_days"),
    7: able(ANALYSIS, "kpis/test_kpis_comments.py::test_by_hand", "net_sentiment"),
    8: able(
        FORECAST,
        "kpis/test_forecast_campaigns.py::test_before_launch_ones_own_history_decides",
    ),
    9: able(
        FORECAST,
        "kpis/test_forecast_campaigns.py::"
        "test_in_flight_a_post_goes_on_from_where_it_stands",
    ),
    10: able(ALERTS, "kpis/test_alerts.py::test_a_drop_is_a_day_below_its_band"),
    11: able("PATCH /v1/promo-codes/<code_id>", STORY, "code_redemptions"),
    12: able(
        "POST /v1/applications/<application_id>/links",
        "api/test_api_links.py::test_a_link_is_renamed_and_changed_by_either_side",
    ),
    13: able(
        "GET /v1/landing-pages/<page_id>",
        "api/test_api_landing_pages.py::test_a_look_over_http_ends_in_the_figures",
    ),
    14: able("POST /v1/campaigns/<campaign_id>/giveaways", GIVEAWAYS),
    15: able(
        REPORT, "kpis/test_kpis_reach.py::test_posts_of_one_platform_by_hand", "reach"
    ),
    16: able(
        "GET /v1/campaigns/<campaign_id>/posting-times",
        "kpis/test_posting_times.py::test_by_hand",
    ),
    17: able(
        "GET /v1/platforms",
        "api/test_api_content.py::test_platforms_say_what_is_particular_in_both_languages",
    ),
    18: able(
        "GET /v1/orders/<order_id>/attribution",
        "kpis/test_kpis_content.py::test_by_post",
    ),
    19: able(
        "PUT /v1/emv-rates", "kpis/test_kpis_worth.py::test_what_is_seen_is_priced_once"
    ),
    20: able(
        ANALYSIS,
        "content/test_opinions_recording.py::test_a_batch_is_written_with_all_that_follows",
    ),
    21: able(ANALYSIS, f"{OPINIONS}test_themes_are_neighbours_within_a_sentence"),
    22: able(
        ANALYSIS,
        "content/test_opinions_reading.py::test_emotions_come_from_emoji_alone",
    ),
    23: able(
        ANALYSIS,
        f"{OPINIONS}test_points_need_enough_people_and_more_of_that_tone_than_usual",
    ),
    24: able(ANALYSIS, "content/test_opinions_reading.py::test_asking_and_wishing"),
    25: able(
        "POST /v1/alerts/<alert_id>/assign",
        "jobs/test_watch_comments.py::test_a_crisis_is_raised_once_and_ends",
    ),
    26: able(
        "PUT /v1/campaigns/<campaign_id>/target-audience", SALES, "target_visitors"
    ),
    27: able(
        "POST /v1/posts", "kpis/test_kpis_content.py::test_by_everything_else", "views"
    ),
    28: able(
        REPORT,
        "kpis/test_kpis_sales_leads.py::test_each_horizon_has_customers_of_its_own",
        "repeat_buyers_90d",
    ),
    29: able(
        "POST /v1/hashtags",
        "api/test_api_hashtags.py::test_a_list_and_the_brands_own_posts",
    ),
    30: able("GET /v1/platforms", "api/test_api_goals.py::test_recommendations"),
    31: able(
        "POST /v1/campaigns/<campaign_id>/applications",
        "journeys/test_main_job.py::test_the_main_job",
    ),
    32: able("GET /v1/kpis", "kpis/test_papers.py::test_in_words"),
    33: able(
        "GET /v1/campaigns/<campaign_id>/closing-report",
        "api/test_api_goals.py::test_the_closing_report",
    ),
    34: able(
        "POST /v1/leads",
        "kpis/test_kpis_sales_leads.py::test_leads_by_whose_they_are",
        "registrations enrolments subscriptions newsletter_signups qualified_leads "
        "giveaway_leads orders",
    ),
}


@cache
def names_in(path: str) -> set[str]:
    tree = ast.parse((TESTS / path).read_text())
    return {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def test_none_is_missing() -> None:
    assert sorted(KPIS) == list(range(1, 74))
    assert sorted(CAPABILITIES) == list(range(1, 35))


PROMISES = {
    **{f"K{number}": promise for number, promise in KPIS.items()},
    **{f"C{number}": promise for number, promise in CAPABILITIES.items()},
}


@pytest.mark.parametrize("number", PROMISES)
def test_it_is_in_the_catalogue_and_worked_by_hand(number: str) -> None:
    promise = PROMISES[number]
    assert set(promise.kpis.split()) <= set(kpis.CATALOGUE)
    path, _, name = promise.example.partition("::")
    assert name in names_in(path)


def test_there_is_a_call_for_each(app: Flask) -> None:
    calls = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    assert {
        number for number, each in PROMISES.items() if each.call not in calls
    } == set()


def test_every_id_of_the_contract_is_in_the_catalogue() -> None:
    contract = (
        "clicks clicks_gross unique_clickers visitors social_visitors new_visitors "
        "target_audience_growth conversions conversion_rate revenue orders "
        "average_order_value new_customers returning_customers repeat_buyers "
        "repeat_buyers_90d repeat_rate cost gross_profit net_profit profit_per_visitor "
        "cpa cpc cpm cpe cpv roi roi_with_emv roas emv reach impressions views "
        "engagement engagement_rate mentions saves average_watch_time completion_rate "
        "ctr bounce_rate new_followers follower_growth_rate giveaway_entrants "
        "newsletter_signups code_redemptions refund_rate leak_rate"
    ).split()
    assert set(contract) <= set(kpis.CATALOGUE)

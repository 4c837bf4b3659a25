"""What the comments under a campaign's posts say, taken together."""

from datetime import timedelta
from typing import Any

from marshmallow.validate import OneOf

from marketplace import kpis
from marketplace.accounts import Brand
from marketplace.api.comment_schemas import AnalysisOut
from marketplace.api.comment_shapes import shown
from marketplace.api.fields import Query, Text
from marketplace.api.frame import Resource, begin, reads
from marketplace.api.kpi_schemas import DayOrMoment
from marketplace.api.kpi_scopes import scope_of_campaign
from marketplace.campaigns.models import Campaign
from marketplace.clock import now
from marketplace.content import Post
from marketplace.content.opinions.analysis import analyse
from marketplace.content.opinions.languages import LANGUAGES, UNDECIDED
from marketplace.content.opinions.queries import Within, first_day
from marketplace.content.opinions.reading import READING
from marketplace.content.opinions.watching import current
from marketplace.errors import NotFound
from marketplace.kpis.rules import LONGEST_WINDOW

blp = Resource("comment_analysis", description="What people say under posts")

UND = "und"  # ISO 639: undetermined


class AnalysisQuery(Query):
    """The days ``[from, to)`` in the brand's time zone; all there is by default.

    `language`: nl, en, de, fr, or `und` for what could not be told.
    """

    start = DayOrMoment(data_key="from", load_default=None)
    end = DayOrMoment(data_key="to", load_default=None)
    post_id = Text(longest=64, load_default=None)
    influencer_id = Text(longest=64, load_default=None)
    language = Text(longest=3, load_default=None, validate=OneOf([*LANGUAGES, UND]))


@blp.route("/campaigns/<campaign_id>/comments/analysis")
@reads
@blp.arguments(AnalysisQuery, location="query")
@blp.response(200, AnalysisOut)
def analyse_comments(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Tone with its interval, emotions, keywords, strong and weak points, expectations
    and whether it looks like a crisis; an influencer sees that of their own posts.

    Counts are of all comments; keywords, points and expectations of the newest 20,000.
    """
    session = begin()
    scope = scope_of_campaign(campaign_id)
    campaign, only_of = session.get_one(Campaign, campaign_id), scope.influencer_id
    _refuse_others(query, campaign, only_of)
    window = _window(scope, campaign, query)
    language = query["language"]
    within = Within(
        brand_id=campaign.brand_id,
        campaign_id=campaign.id,
        start=window.start,
        end=window.end,
        post_id=query["post_id"],
        influencer_id=query["influencer_id"],
        language=UNDECIDED if language == UND else language,
        only_of=only_of,
    )
    brand = session.get_one(Brand, campaign.brand_id)
    signal = current(session, campaign.id, only_of=only_of, now=now())
    return {
        "campaign_id": campaign.id,
        "window": {
            "start": window.start,
            "end": window.end,
            "timezone": brand.timezone,
        },
        "reading": READING,
        **shown(analyse(session, within), signal),
    }


def _window(
    scope: kpis.ReportScope, campaign: Campaign, query: dict[str, Any]
) -> kpis.Window:
    """The days that are meant; by default from the first comment on."""
    session, start, end = begin(), query["start"], query["end"]
    whole = kpis.window_of(session, scope, start=start, end=end, now=now())
    first = session.scalar(first_day(campaign.id, scope.influencer_id))
    if start is not None or first is None or first >= whole.start:
        return whole
    longest = whole.end - timedelta(days=LONGEST_WINDOW)
    return kpis.Window(max(first, longest), whole.end)


def _refuse_others(
    query: dict[str, Any], campaign: Campaign, only_of: str | None
) -> None:
    """NotFound for a post or influencer that the caller may not ask about."""
    if only_of is not None and query["influencer_id"] not in (None, only_of):
        raise NotFound("There is no such influencer, or it is not you.")
    if query["post_id"] is None:
        return
    post = begin().get(Post, query["post_id"])
    if (
        post is None
        or post.campaign_id != campaign.id
        or only_of not in (None, post.influencer_id)
    ):
        raise NotFound("There is no such post in this campaign.")

"""/v1/…/posting-times: at which times of the week posts do well."""

from typing import Any

from marshmallow import fields

from marketplace import kpis
from marketplace.api.fields import Answer, Query, Text
from marketplace.api.frame import Resource, begin, reads
from marketplace.api.kpi_scopes import scope_of_all, scope_of_campaign
from marketplace.api.names import Zone
from marketplace.clock import now
from marketplace.kpis.outcome import decimal_of_fraction, plain
from marketplace.kpis.posting_times import PostingTime

blp = Resource("posting_times", description="At which times of the week posts do well")


class PostingTimesQuery(Query):
    """By whose clock; the brand's by default."""

    timezone = Zone(longest=64, load_default=None)


class AllPostingTimesQuery(PostingTimesQuery):
    """Of all campaigns of a brand, or of one's own posts as an influencer."""

    brand_id = Text(longest=64, load_default=None)


class PostingMeanOut(Answer):
    """A mean, and over how many posts of which it is known."""

    value = fields.String(allow_none=True)
    posts = fields.Integer()


class PostingTimeOut(Answer):
    """Posts of one weekday (0 is Monday) from `from_hour` on, for three hours.

    `reach_lift`: 1.2 is a fifth more reach than the posts of the same platforms have on
    the whole; null with fewer than three posts.
    """

    weekday = fields.Integer()
    from_hour = fields.Integer()
    posts = fields.Integer()
    reach = fields.Nested(PostingMeanOut)
    views = fields.Nested(PostingMeanOut)
    interactions = fields.Nested(PostingMeanOut)
    reach_lift = fields.String(allow_none=True)


class PostingTimesOut(Answer):
    """Times of the week at which anything was posted more than three days ago."""

    data = fields.List(fields.Nested(PostingTimeOut))


@blp.route("/campaigns/<campaign_id>/posting-times")
@reads
@blp.arguments(PostingTimesQuery, location="query")
@blp.response(200, PostingTimesOut)
def get_posting_times(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """How posts of a campaign fared by the time they were published."""
    return _shown(scope_of_campaign(campaign_id), query["timezone"])


@blp.route("/kpis/posting-times")
@reads
@blp.arguments(AllPostingTimesQuery, location="query")
@blp.response(200, PostingTimesOut)
def get_all_posting_times(query: dict[str, Any]) -> dict[str, Any]:
    """The same over all campaigns of a brand, or over one's own posts."""
    scope = scope_of_all(brand_id=query["brand_id"], influencer_id=None)
    return _shown(scope, query["timezone"])


def _shown(scope: kpis.ReportScope, timezone: str | None) -> dict[str, Any]:
    found = kpis.posting_times(begin(), scope, timezone=timezone, now=now())
    return {"data": [_row(each) for each in found]}


def _row(time: PostingTime) -> dict[str, Any]:
    means = {
        name: {"value": _text(mean.value), "posts": mean.posts}
        for name, mean in time.means.items()
    }
    return {
        "weekday": time.weekday,
        "from_hour": time.from_hour,
        "posts": time.posts,
        **means,
        "reach_lift": _text(time.reach_lift),
    }


def _text(value: Any) -> str | None:
    return None if value is None else plain(decimal_of_fraction(value))

"""/v1/hashtags: what trends on a platform, and the brand's own posts with it."""

from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.validate import Length

from marketplace.accounts import Platform, Scope
from marketplace.api.fields import (
    Answer,
    Body,
    Choice,
    Country,
    Day,
    Query,
    Text,
    Whole,
)
from marketplace.api.frame import Resource, begin, own_brand, reads, writes
from marketplace.clock import now
from marketplace.kpis import hashtags as trends
from marketplace.kpis.hashtags import MOST_HASHTAGS, HashtagSaid, OwnPosts
from marketplace.kpis.outcome import decimal_of_fraction, plain
from marketplace.kpis.series_models import TrendingHashtag

blp = Resource("hashtags", description="Hashtags that trend")


class Hashtag(Text):
    """A hashtag, with its sign or without."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        said = trends.plain_hashtag(super()._deserialize(*args, **kwargs))
        if not said or any(letter.isspace() for letter in said):
            raise ValidationError("Must be one word, such as #zomer.")
        return said


class HashtagIn(Body):
    """A line of the list; what the platform says of it, where it says anything."""

    hashtag = Hashtag(required=True, longest=100)
    posts = Whole(load_default=None, allow_none=True)
    views = Whole(load_default=None, allow_none=True)


class TrendsIn(Body):
    """A list, the first one first; it takes the place of any of the same day."""

    platform = Choice(Platform, required=True)
    country = Country(
        load_default="", metadata={"description": "everywhere unless said"}
    )
    on = Day(required=True)
    hashtags = fields.List(
        fields.Nested(HashtagIn),
        required=True,
        validate=Length(min=1, max=MOST_HASHTAGS),
    )
    brand_id = Text(load_default=None, allow_none=True, longest=64)


class TrendsQuery(Query):
    """Which list: the last one, or the last up to a day."""

    platform = Choice(Platform, required=True)
    country = Country(load_default="")
    on = Day(load_default=None)
    brand_id = Text(load_default=None, longest=64)


class HashtagOut(Answer):
    """A hashtag of the list. `own_posts`: of the brand that carry it.

    `engagement_rate`: of those of which it is known (`rated_posts`), together; null
    where it is of none.
    """

    rank = fields.Integer()
    hashtag = fields.String()
    posts = fields.Integer(allow_none=True)
    views = fields.Integer(allow_none=True)
    own_posts = fields.Integer()
    rated_posts = fields.Integer()
    engagement_rate = fields.String(allow_none=True)


class TrendsOut(Answer):
    """A list as it was told; `on` is null where none was."""

    platform = Choice(Platform)
    country = fields.String()
    on = Day(allow_none=True)
    source = fields.String()
    data = fields.List(fields.Nested(HashtagOut))


@blp.route("/hashtags", methods=["POST"])
@writes
@blp.arguments(TrendsIn)
@blp.response(201, TrendsOut)
def tell_hashtags(body: dict[str, Any]) -> dict[str, Any]:
    """Tell what trends on a platform on a day, from a list such as Creative Center's."""
    brand = own_brand(Scope.WRITE, body["brand_id"])
    said = [HashtagSaid(**each) for each in body["hashtags"]]
    where = body["platform"], body["country"], body["on"]
    rows = trends.tell_trends(begin(), brand, *where, said, now=now())
    return _shown(brand.id, body["platform"], body["country"], rows)


@blp.route("/hashtags", methods=["GET"])
@reads
@blp.arguments(TrendsQuery, location="query")
@blp.response(200, TrendsOut)
def get_hashtags(query: dict[str, Any]) -> dict[str, Any]:
    """What trended when it was last told, each with the brand's own posts."""
    brand = own_brand(Scope.READ, query["brand_id"])
    where = query["platform"], query["country"]
    found = begin().scalars(trends.latest_list(brand.id, *where, query["on"])).all()
    return _shown(brand.id, *where, list(found))


def _shown(
    brand_id: str, platform: Platform, country: str, rows: list[TrendingHashtag]
) -> dict[str, Any]:
    names = [row.hashtag for row in rows]
    own = trends.own_posts(begin(), brand_id, platform, names)
    return {
        "platform": platform,
        "country": country,
        "on": rows[0].day_on if rows else None,
        "source": "reported",
        "data": [_line(row, own[row.hashtag]) for row in rows],
    }


def _line(row: TrendingHashtag, own: OwnPosts) -> dict[str, Any]:
    rate = own.engagement_rate
    return {
        "rank": row.rank,
        "hashtag": row.hashtag,
        "posts": row.posts,
        "views": row.views,
        "own_posts": own.posts,
        "rated_posts": own.rated_posts,
        "engagement_rate": None if rate is None else plain(decimal_of_fraction(rate)),
    }

"""How the people and views behind a campaign's content are divided."""

from typing import Any

from marshmallow import fields

from marketplace import kpis
from marketplace.api.fields import Answer, Choice, Moment, Query, Text
from marketplace.api.frame import Resource, begin, reads
from marketplace.api.kpi_scopes import scope_of_campaign
from marketplace.clock import now
from marketplace.content import ContentSource, DistributionKind
from marketplace.errors import Invalid, NotFound
from marketplace.kpis.outcome import plain

blp = Resource("distributions", description="How audiences and views are divided")


class WholesQuery(Query):
    """Of which kind (all by default); of one post or one channel alone."""

    kind = Choice(DistributionKind, load_default=None)
    post_id = Text(longest=64, load_default=None)
    channel_id = Text(longest=64, load_default=None)


class PartOfWholeOut(Answer):
    """A part: of 1, or (retention) of the viewers still there at that position."""

    key = fields.String()
    share = fields.Function(lambda each: plain(each.share), metadata={"type": "string"})


class WholeOut(Answer):
    """The weighted mean of the newest word of each post, or of each channel (`of`).

    Shares and `unknown` sum to 1; retention is a curve and has no such rest, at the
    positions all curves have. `used` of `told` wholes are in it: of several those whose
    size is known. `size`: of all together. `reason`: why there are no shares.
    """

    kind = Choice(DistributionKind)
    of = fields.String()
    shares = fields.List(fields.Nested(PartOfWholeOut))
    rest = fields.Function(
        lambda each: None if each.unknown is None else plain(each.unknown),
        data_key="unknown",
        metadata={"type": "string", "nullable": True},
    )
    used = fields.Integer()
    told = fields.Integer()
    coverage = fields.Function(
        lambda each: plain(each.coverage), metadata={"type": "string"}
    )
    size = fields.Integer(allow_none=True)
    as_of = Moment()
    source = Choice(ContentSource)
    reason = fields.String(allow_none=True)


class WholesOut(Answer):
    """One of each kind of which anything was told."""

    data = fields.List(fields.Nested(WholeOut))


@blp.route("/campaigns/<campaign_id>/distributions")
@reads
@blp.arguments(WholesQuery, location="query")
@blp.response(200, WholesOut)
def get_distributions(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Traffic sources, retention and audiences of a campaign; an influencer sees the
    own ones only.
    """
    if query["post_id"] is not None and query["channel_id"] is not None:
        raise Invalid({"channel_id": ["Ask of a post or of a channel, not of both."]})
    scope = scope_of_campaign(campaign_id)
    found = kpis.distributions(begin(), scope, **query, now=now())
    if found is None:
        what = "post" if query["post_id"] is not None else "channel"
        raise NotFound(f"There is no such {what} in this campaign.")
    return {"data": found}

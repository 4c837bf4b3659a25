"""Whom a campaign is meant for, and what its growth is compared with."""

from typing import Any

from flask import Response
from marshmallow import fields
from marshmallow.validate import Length

from marketplace import accounts, clock
from marketplace.accounts import Brand, Scope
from marketplace.api.fields import (
    Answer,
    Body,
    Choice,
    Country,
    Day,
    Moment,
    Text,
    Whole,
)
from marketplace.api.frame import Resource, actor, begin, own_campaign, reads, writes
from marketplace.campaigns.models import Campaign
from marketplace.tracking import audiences
from marketplace.tracking.audience_models import TargetAudience
from marketplace.tracking.audience_rules import Device, Newness
from marketplace.tracking.audiences import Baseline, Wanted

blp = Resource("target_audiences", description="Whom a campaign is meant for")
PATH = "/campaigns/<campaign_id>/target-audience"


class PlainLanguage(Text):
    """An ISO 639 code without a region, such as ``nl``: all that browsers surely say."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        code = super()._deserialize(*args, **kwargs)
        if not (2 <= len(code) <= 3 and code.isascii() and code.isalpha()):
            raise self.make_error("invalid")
        return code.lower()


class AudienceBaselineIn(Body):
    """The days ``[from, to)`` before, and how many of the audience came in them.

    Without `visitors`: as many as this very campaign had then.
    """

    start = Day(data_key="from", required=True)
    end = Day(data_key="to", required=True)
    visitors = Whole(load_default=None, allow_none=True)


class TargetAudienceIn(Body):
    """Any of these values, of each field; an empty field asks for nothing."""

    countries = fields.List(Country(), load_default=list, validate=Length(max=250))
    languages = fields.List(
        PlainLanguage(longest=3), load_default=list, validate=Length(max=200)
    )
    devices = fields.List(Choice(Device), load_default=list, validate=Length(max=10))
    visitors = Choice(
        Newness,
        load_default=None,
        allow_none=True,
        metadata={"description": "known of visits with consent only"},
    )
    baseline = fields.Nested(AudienceBaselineIn, load_default=None, allow_none=True)


class AudienceBaselineOut(Answer):
    """What growth is compared with; `visitors` null: the campaign's own of then."""

    start = Day(data_key="from", attribute="baseline_from")
    end = Day(data_key="to", attribute="baseline_to")
    visitors = fields.Integer(attribute="baseline_visitors", allow_none=True)


class TargetAudienceOut(Answer):
    """Whom it is meant for. `is_counted`: whether all visitors of before have been
    counted by it; until then its KPIs are null. `known_from`: of days before, clicks
    had expired.
    """

    campaign_id = fields.String()
    version = fields.Integer()
    countries = fields.List(fields.String())
    languages = fields.List(fields.String())
    devices = fields.List(fields.String())
    visitors = Choice(Newness, allow_none=True)
    baseline = fields.Nested(AudienceBaselineOut, allow_none=True)
    is_counted = fields.Boolean()
    known_from = Day(allow_none=True)
    changed_at = Moment()


@blp.route(PATH)
@reads
@blp.response(200, TargetAudienceOut)
def get_target_audience(campaign_id: str) -> dict[str, Any]:
    """Whom the campaign is meant for."""
    campaign = own_campaign(campaign_id, Scope.READ)
    return _shown(audiences.audience_of(begin(), campaign))


@blp.route(PATH, methods=["PUT"])
@writes
@blp.arguments(TargetAudienceIn)
@blp.response(200, TargetAudienceOut)
def set_target_audience(body: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Say whom it is meant for; all visitors so far are counted by it soon."""
    campaign = own_campaign(campaign_id, Scope.WRITE)
    brand = _locked(campaign)
    base = body.pop("baseline")
    wanted = Wanted(**body, baseline=None if base is None else Baseline(**base))
    row = audiences.set_audience(
        begin(),
        campaign,
        wanted,
        timezone=brand.timezone,
        by=actor().user_id,
        now=clock.now(),
    )
    return _shown(row)


@blp.route(PATH, methods=["DELETE"])
@writes
@blp.response(204)
def remove_target_audience(campaign_id: str) -> Response:
    """Say no more whom it is meant for."""
    campaign = own_campaign(campaign_id, Scope.WRITE)
    _locked(campaign)
    by = actor().user_id
    audiences.remove_audience(begin(), campaign, by=by, now=clock.now())
    return Response(status=204)


def _locked(campaign: Campaign) -> Brand:
    """Its brand, locked: what clicks ingest counts meanwhile would be of either."""
    return accounts.lock_brand(begin(), campaign.brand_id)


def _shown(row: TargetAudience) -> dict[str, Any]:
    names = ("campaign_id", "version", "countries", "languages", "devices", "visitors")
    return {
        **{name: getattr(row, name) for name in names},
        "baseline": row if row.baseline_from is not None else None,
        "is_counted": row.recount_from is None,
        "known_from": row.known_from,
        "changed_at": row.changed_at,
    }

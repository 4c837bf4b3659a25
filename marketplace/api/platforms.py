"""GET /v1/platforms: what is particular about each, and what to look at there."""

from typing import Any

from marshmallow import fields

from marketplace import content
from marketplace.accounts import Platform
from marketplace.api.fields import Answer, Choice, Day
from marketplace.api.frame import Resource, public
from marketplace.content import Particulars, PostFormat, PostMetric
from marketplace.content.particulars import Telling, Words

blp = Resource("platforms", description="What is particular about each platform")


class MetricOut(Answer):
    """A figure of a post: `told` by the platform's API, on its owner's screen only, or
    not at all; `until`: not of what was published from that day on.
    """

    metric = Choice(PostMetric)
    told = Choice(Telling)
    until = Day(allow_none=True)
    may_be_negative = fields.Boolean()
    note = fields.String(allow_none=True)
    note_nl = fields.String(allow_none=True)


class MeaningOut(Answer):
    """What counts as one view, of which formats (all if none), from when to when."""

    formats = fields.List(Choice(PostFormat))
    since = Day(allow_none=True)
    until = Day(allow_none=True)
    text = fields.String()
    text_nl = fields.String()


class NoteOut(Answer):
    """Something to know, in both languages."""

    text = fields.String()
    text_nl = fields.String()


class PlatformOut(Answer):
    """A platform. `engagement_rate_by`: what its engagement rate is a share of.

    `api_data_days`: for how long what its API answered may be kept without asking
    again; null where no limit is known. `guide`: which KPIs say most, the first most.
    """

    platform = Choice(Platform)
    name = fields.String()
    views = fields.List(fields.Nested(MeaningOut))
    metrics = fields.List(fields.Nested(MetricOut))
    delay_hours = fields.Integer(allow_none=True)
    api_data_days = fields.Integer(allow_none=True)
    engagement_rate_by = Choice(PostMetric)
    notes = fields.List(fields.Nested(NoteOut))
    guide = fields.List(fields.String())
    guide_text = fields.String(allow_none=True)
    guide_text_nl = fields.String(allow_none=True)


@blp.route("/platforms")
@public()
@blp.response(200, PlatformOut(many=True))
def list_platforms() -> list[dict[str, Any]]:
    """The platforms: which figures exist, what a view is, delays, and what to look at."""
    return [_shown(one) for one in content.PLATFORMS.values()]


def _shown(one: Particulars) -> dict[str, Any]:
    return {
        "platform": one.platform,
        "name": one.name,
        "views": [
            {
                "formats": list(meaning.formats),
                "since": meaning.since,
                "until": meaning.until,
                **_both("text", meaning.text),
            }
            for meaning in one.views
        ],
        "metrics": [_metric(one, metric) for metric in PostMetric],
        "delay_hours": one.delay_hours,
        "api_data_days": one.keep_days,
        "engagement_rate_by": one.rated_by,
        "notes": [_both("text", note) for note in one.notes],
        "guide": list(one.guide),
        **_both("guide_text", one.guide_text),
    }


def _metric(one: Particulars, metric: PostMetric) -> dict[str, Any]:
    told = one.told(metric)
    return {
        "metric": metric,
        "told": told.how,
        "until": told.until,
        "may_be_negative": metric in one.below_zero,
        **_both("note", told.note),
    }


def _both(name: str, words: Words | None) -> dict[str, str | None]:
    english, dutch = words or (None, None)
    return {name: english, f"{name}_nl": dutch}

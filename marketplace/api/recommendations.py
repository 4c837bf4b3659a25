"""Which few KPIs to follow, by what a campaign is for and where it runs."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from marketplace.accounts.rules import Platform
from marketplace.api.fields import Answer, Choice, Query, Text
from marketplace.api.frame import Resource, reads
from marketplace.campaigns.rules import Objective
from marketplace.kpis.recommendations import recommend

blp = Resource("recommendations", description="Which KPIs to follow")


class Platforms(fields.Field[list[Platform]]):
    """Platforms, separated by commas."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> list[Platform]:
        text: str = Text(longest=400).deserialize(value)
        named = [each.strip().casefold() for each in text.split(",") if each.strip()]
        unknown = [each for each in named if each not in set(Platform)]
        if unknown:
            raise ValidationError(
                [f"There is no platform {each!r}." for each in unknown]
            )
        return [Platform(each) for each in named]


class RecommendationQuery(Query):
    """What for, and where. All objectives if none is named."""

    objective = Choice(Objective, load_default=None)
    platforms = Platforms(
        load_default=(),
        metadata={"description": "Separated by commas; none: any.", "type": "string"},
    )


class AdviceOut(Answer):
    """A KPI to follow, and why."""

    kpi = fields.String()
    label = fields.String()
    label_nl = fields.String()
    reason = fields.String()
    reason_nl = fields.String()


class RecommendationOut(Answer):
    """At most seven KPIs; `platform` null: wherever it runs."""

    objective = Choice(Objective)
    platform = Choice(Platform, allow_none=True)
    kpis = fields.List(fields.Nested(AdviceOut))


@blp.route("/kpis/recommendations")
@reads
@blp.arguments(RecommendationQuery, location="query")
@blp.response(200, RecommendationOut(many=True))
def list_recommendations(query: dict[str, Any]) -> list[dict[str, Any]]:
    """Which few KPIs to follow, by objective and platform."""
    wanted = [query["objective"]] if query["objective"] else list(Objective)
    return [
        {
            "objective": each.objective,
            "platform": each.platform,
            "kpis": [
                {
                    "kpi": advice.kpi.id,
                    "label": advice.kpi.label.en,
                    "label_nl": advice.kpi.label.nl,
                    "reason": advice.reason.en,
                    "reason_nl": advice.reason.nl,
                }
                for advice in each.advice
            ],
        }
        for each in recommend(wanted, query["platforms"])
    ]

"""/v1/attribution/models: what several models make of the same orders."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.validate import Range
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.accounts import Scope
from marketplace.accounts.models import Brand
from marketplace.api.fields import Answer, Choice, Currency, Query, Text
from marketplace.api.frame import Resource, actor, begin, own_brand, reads
from marketplace.api.kpi_schemas import DayOrMoment, WindowOut
from marketplace.attribution.comparison import ModelOutcome, ReportModel, compare
from marketplace.attribution.observed_paths import Observed, observe
from marketplace.attribution.path_groups import GroupedBy, Within
from marketplace.attribution.paths import Key, Path
from marketplace.attribution.weights import HALF_LIFE
from marketplace.campaigns.models import Campaign, Terms
from marketplace.campaigns.rules import LONGEST_WINDOW_DAYS
from marketplace.clock import now
from marketplace.errors import NotFound
from marketplace.kpis.groups import groups_of
from marketplace.kpis.reader import campaigns_of

blp = Resource("attribution_reports", description="One order, many models of credit")

LONGEST_MEMORY = 3


class Models(fields.Field[list[ReportModel]]):
    """Models separated by commas."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> list[ReportModel]:
        text: str = Text(longest=400).deserialize(value)
        named = [each.strip() for each in text.split(",") if each.strip()]
        known = [each.value for each in ReportModel]
        if not named or not set(known).issuperset(named):
            raise ValidationError(f"Must be some of {', '.join(known)}.")
        return [ReportModel(each) for each in dict.fromkeys(named)]


class ModelsQuery(Query):
    """A brand's orders or one campaign's, in the days ``[from, to)``.

    `half_life_days`: of time decay; the campaign's, or 7. `markov_order`: how many
    touches the chain remembers.
    """

    campaign_id = Text(longest=64, load_default=None)
    brand_id = Text(longest=64, load_default=None)
    start = DayOrMoment(data_key="from", load_default=None)
    end = DayOrMoment(data_key="to", load_default=None)
    by = Choice(GroupedBy, load_default=GroupedBy.INFLUENCER)
    models = Models(load_default=list(ReportModel))
    currency = Currency(load_default=None)
    half_life_days = fields.Integer(
        load_default=None, validate=Range(1, LONGEST_WINDOW_DAYS)
    )
    markov_order = fields.Integer(load_default=1, validate=Range(1, LONGEST_MEMORY))


class PathCountsOut(Answer):
    """How many paths ended in an order and how many did not; of a row, those that
    touch it.
    """

    converting = fields.Integer()
    not_converting = fields.Integer()


class AllPathCountsOut(PathCountsOut):
    """`sampled`: which part of the visitors without an order was looked at; with less
    than all, `not_converting` is an estimate.
    """

    sampled = fields.String()
    estimated = fields.Boolean()


class ModelCreditOut(Answer):
    """What a model credits: orders as a decimal, revenue in minor units.

    `removal_effect`: of markov, the part of all orders that would be lost.
    """

    conversions = fields.String()
    revenue = fields.Integer()
    removal_effect = fields.String(allow_none=True)
    estimated = fields.Boolean()


class ModelRowOut(Answer):
    """One key; all null for what belongs nowhere."""

    key = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True))
    paths = fields.Nested(PathCountsOut)
    models = fields.Dict(keys=fields.String(), values=fields.Nested(ModelCreditOut))


class ModelTotalsOut(Answer):
    """What every model's rows add up to. `unpriced_orders`: those for which no exchange
    rate is known; they count, and are worth nothing.
    """

    conversions = fields.String()
    revenue = fields.Integer()
    unpriced_orders = fields.Integer()


class ComparisonOut(Answer):
    """The same orders by several models."""

    window = fields.Nested(WindowOut)
    currency = fields.String()
    by = Choice(GroupedBy)
    models = fields.List(Choice(ReportModel))
    half_life_days = fields.Integer()
    markov_order = fields.Integer()
    paths = fields.Nested(AllPathCountsOut)
    totals = fields.Nested(ModelTotalsOut)
    rows = fields.List(fields.Nested(ModelRowOut))


@blp.route("/attribution/models")
@reads
@blp.arguments(ModelsQuery, location="query")
@blp.response(200, ComparisonOut)
def compare_models(query: dict[str, Any]) -> dict[str, Any]:
    """A brand's orders credited by several models: last, first, linear, time_decay,
    position, position_w, markov and shapley.

    Every touch that was a contact is in an order's path, whoever is paid; visitors who
    clicked and did not buy are the paths without an order. Repeats stay as they are.
    Codes are only seen where somebody bought, which favours them in markov and shapley.
    """
    session = begin()
    brand, campaign = _of_whom(query)
    scope = (
        kpis.campaign_scope(campaign)
        if campaign
        else kpis.brand_scope(brand, currency=query["currency"])
    )
    window = kpis.window_of(
        session, scope, start=query["start"], end=query["end"], now=now()
    )
    within = Within(
        brand.id,
        brand.timezone,
        window.start,
        window.end,
        query["currency"] or scope.currency or brand.currency,
        campaign.id if campaign else None,
    )
    half_life = query["half_life_days"] or _half_life(session, campaign)
    seen = observe(session, within, query["by"])
    outcomes = compare(
        seen.paths,
        query["models"],
        half_life=timedelta(days=half_life),
        chain_order=query["markov_order"],
    )
    names = _names(session, scope, window, query["by"])
    return {
        "window": {
            "start": within.start,
            "end": within.end,
            "timezone": within.timezone,
        },
        "currency": within.currency,
        **{name: query[name] for name in ("by", "models", "markov_order")},
        "half_life_days": half_life,
        **_totals(seen),
        "rows": _rows(seen.paths, outcomes, names),
    }


def _of_whom(query: Mapping[str, Any]) -> tuple[Brand, Campaign | None]:
    """The caller's brand and campaign; NotFound for anybody else's."""
    if query["campaign_id"] is None:
        return own_brand(Scope.READ, query["brand_id"]), None
    campaign = begin().get(Campaign, query["campaign_id"])
    if campaign is None or query["brand_id"] not in (None, campaign.brand_id):
        raise NotFound("There is no such campaign.")
    actor().require_brand(campaign.brand_id, Scope.READ)
    return begin().get_one(Brand, campaign.brand_id), campaign


def _half_life(session: Session, campaign: Campaign | None) -> int:
    """The days that the campaign's terms say."""
    if campaign is None or campaign.terms_version is None:
        return HALF_LIFE.days
    terms = session.get(Terms, (campaign.id, campaign.terms_version))
    return terms.half_life_days if terms else HALF_LIFE.days


def _names(
    session: Session, scope: kpis.ReportScope, window: kpis.Window, by: GroupedBy
) -> dict[Key, dict[str, str | None]]:
    """How a key is shown; as in reports of KPIs."""
    breakdown = kpis.Breakdown(by.value)
    campaigns = campaigns_of(session, scope).values()
    groups = groups_of(session, scope, window, breakdown, campaigns)
    known = {key[0]: groups.named(key) for key in groups.keys.values()}
    return {**known, None: groups.named(groups.nowhere)}


def _totals(seen: Observed) -> dict[str, Any]:
    return {
        "paths": {
            "converting": sum(path.conversions for path in seen.paths),
            "not_converting": sum(path.nulls for path in seen.paths),
            "sampled": str(seen.sampled),
            "estimated": seen.sampled < 1,
        },
        "totals": {
            "conversions": str(sum(path.conversions for path in seen.paths)),
            "revenue": sum(path.amount for path in seen.paths),
            "unpriced_orders": seen.unpriced,
        },
    }


def _rows(
    paths: list[Path],
    outcomes: Mapping[ReportModel, ModelOutcome],
    names: Mapping[Key, Mapping[str, str | None]],
) -> list[dict[str, Any]]:
    """A row for each key of a path, those with the most orders first."""
    won: Counter[Key] = Counter()
    lost: Counter[Key] = Counter()
    for path in paths:
        for key in set(path.touches):
            won[key] += path.conversions
            lost[key] += path.nulls
    nameless = dict.fromkeys(names[None])
    field = next(iter(nameless))
    conversions = {model: each.conversions() for model, each in outcomes.items()}
    return [
        {
            "key": names.get(key) or {**nameless, field: key},
            "paths": {"converting": won[key], "not_converting": lost[key]},
            "models": {
                model.value: _credit(key, outcome, conversions[model])
                for model, outcome in outcomes.items()
            },
        }
        for key in sorted(won, key=lambda key: (-won[key], key is None, key or ""))
    ]


def _credit(
    key: Key, outcome: ModelOutcome, conversions: Mapping[Key, Decimal]
) -> dict[str, Any]:
    removal = outcome.removal
    return {
        "conversions": str(conversions.get(key, Decimal(0))),
        "revenue": outcome.amounts.get(key, 0),
        "removal_effect": None if removal is None else f"{removal.get(key, 0.0):.6f}",
        "estimated": outcome.estimated,
    }

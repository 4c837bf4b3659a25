"""Costs into tallies: each where it was spent, or where its allocation says.

The costs of a campaign as a whole are divided where the rows are influencers or posts; in
every other breakdown they are as entered. An influencer's own report has the costs of
that influencer alone, never a share of what the campaign spent as a whole.
"""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from marketplace import costs
from marketplace.costs import Cost
from marketplace.kpis.exchange import Span
from marketplace.kpis.fees import Fee, fees_in
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import Measure, Source
from marketplace.kpis.rules import Breakdown
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.tally import Facts, Key

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader


def read_costs(
    reader: "Reader",
    facts: Facts,
    measures: list[Measure],
    span: Span,
    groups: Groups | None,
) -> None:
    """What was spent in these days, in total and in the groups."""
    for fee in fees_in(reader, span):
        key = groups.of(_raw(fee, groups.by)) if groups else None
        at = fee.campaign_id, fee.charged_on
        _add(reader, facts, measures, at, key, fee.amount)
    if groups is None or groups.by not in (Breakdown.INFLUENCER, Breakdown.POST):
        reader.read_table(Source.COSTS, facts, measures, span, groups)
        return
    found = reader.session.execute(costs_in(reader.scope, span)).all()
    weights = costs.weights_of(reader.session, found, span)
    posts = {}
    if groups.by is Breakdown.POST:
        campaign_ids = {cost.campaign_id for cost in found}
        posts = costs.posts_by_application(reader.session, campaign_ids)
    for cost in found:
        shares = costs.shares_of(cost, weights)
        if groups.by is Breakdown.POST:
            shares = costs.shares_of_posts(cost, weights, posts)
        for raw, amount in shares.items():
            at = cost.campaign_id, cost.incurred_on
            _add(reader, facts, measures, at, groups.of(raw), amount)


def _raw(fee: Fee, by: Breakdown) -> str | date | None:
    """What the row of a fee is found from; it is of a campaign and a day alone."""
    if by.is_time:
        return fee.charged_on
    return fee.campaign_id if by is Breakdown.CAMPAIGN else None


def _add(
    reader: "Reader",
    facts: Facts,
    measures: list[Measure],
    at: tuple[str, date],
    key: Key | None,
    amount: int,
) -> None:
    campaign, day = reader.campaigns[at[0]], at[1]
    worth = facts.exchange.factor(campaign.currency, day)
    for tally in facts.tallies(key, campaign, day):
        if worth is not None:
            for measure in measures:
                tally.sums[measure.name] += amount * worth


def costs_in(scope: ReportScope, span: Span) -> Rows:
    """Each cost that stands, of these days."""
    statement = select(
        *(Cost.campaign_id, Cost.application_id, Cost.post_id, Cost.allocation),
        *(Cost.amount, Cost.incurred_on),
    ).where(
        Cost.incurred_on >= span[0],
        Cost.incurred_on < span[1],
        Cost.voided_at.is_(None),
    )
    return scope.narrow(statement, Cost.campaign_id, Cost.application_id).order_by(
        Cost.id
    )

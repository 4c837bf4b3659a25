"""What a report reads: sums and sketches per group, names of groups, freshness.

What it reads of traffic is in `traffic`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    case,
    cast,
    exists,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import Brand, Channel, Influencer
from marketplace.attribution.models import LeadCell, OrderCell
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.commissions.models import CommissionCell
from marketplace.content.models import Post
from marketplace.costs.models import Cost
from marketplace.kpis.measures import Measure, Source
from marketplace.kpis.rules import Breakdown
from marketplace.kpis.scope import IdColumn, ReportScope, Rows
from marketplace.shops.models import Shop
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.traffic_models import TrafficCell

BY_LINK = (
    Breakdown.LINK,
    Breakdown.PLATFORM,
    Breakdown.CHANNEL,
    Breakdown.POST,
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a source keeps what its facts are grouped by; None where it does not."""

    table: Any
    campaign_id: IdColumn
    application_id: IdColumn
    day_on: InstrumentedAttribute[date]
    link_id: IdColumn | None = None
    shop_id: IdColumn | None = None

    def raw_key(self, by: Breakdown | None) -> ColumnElement[Any] | None:
        """The column from which a breakdown's rows are found; None where none is."""
        if by is None:
            return None
        named: dict[Breakdown, Any] = {
            Breakdown.DAY: self.day_on,
            Breakdown.WEEK: self.day_on,
            Breakdown.MONTH: self.day_on,
            Breakdown.CAMPAIGN: self.campaign_id,
            Breakdown.INFLUENCER: self.application_id,
            Breakdown.SHOP: self.shop_id,
            **dict.fromkeys(BY_LINK, self.link_id),
        }
        return named.get(by)


COLUMNS = {
    Source.ORDERS: Columns(
        OrderCell,
        OrderCell.campaign_id,
        OrderCell.application_id,
        OrderCell.day_on,
        link_id=OrderCell.link_id,
        shop_id=OrderCell.shop_id,
    ),
    Source.COMMISSIONS: Columns(
        CommissionCell,
        CommissionCell.campaign_id,
        CommissionCell.application_id,
        CommissionCell.day_on,
        link_id=CommissionCell.link_id,
        shop_id=CommissionCell.shop_id,
    ),
    Source.LEADS: Columns(
        LeadCell,
        LeadCell.campaign_id,
        LeadCell.application_id,
        LeadCell.day_on,
        link_id=LeadCell.link_id,
    ),
    Source.COSTS: Columns(
        Cost, Cost.campaign_id, Cost.application_id, Cost.incurred_on
    ),
}


def sums(
    scope: ReportScope,
    source: Source,
    measures: Sequence[Measure],
    span: tuple[date, date],
    by: Breakdown | None,
    *,
    daily: bool = False,
    ripe: Mapping[tuple[int, str], date] | None = None,
) -> Rows:
    """Rows of campaign id, raw key, day and one sum per measure, over the days of `span`.

    The day is null unless they are to be `daily`. `ripe`: of customers who must have been
    observed for so many days, by these and time zone, the first day that is too late;
    they are of one campaign's scope, so there is one time zone.
    """
    columns = COLUMNS[source]
    key, day = columns.raw_key(by), columns.day_on if daily else None
    late = {days: on for (days, _), on in (ripe or {}).items()}
    totals = [_total(source, each, late.get(each.mature)) for each in measures]
    # PostgreSQL groups by no constant, so what is null is selected but not grouped by.
    shown = [null() if each is None else each for each in (key, day)]
    statement = select(
        columns.campaign_id, shown[0].label("raw"), shown[1].label("day"), *totals
    )
    grouping = [each for each in (columns.campaign_id, key, day) if each is not None]
    return _within(scope, source, statement, span).group_by(*grouping)


@lru_cache(maxsize=1024)  # a statement has many, and takes longer to make than to ask
def _total(source: Source, measure: Measure, late: date | None) -> ColumnElement[int]:
    """What cells come to, of a measure that must mature those before `late`; as a whole
    number, where a database would make a decimal of it.
    """
    columns = COLUMNS[source]
    held: ColumnElement[int] = getattr(columns.table, measure.once or measure.column)
    if measure.mature:
        held = case((columns.day_on < late, held), else_=0)
    return cast(func.sum(held), BigInteger)


def sketches(
    scope: ReportScope,
    source: Source,
    measures: Sequence[Measure],
    span: tuple[date, date],
    by: Breakdown | None,
) -> Rows:
    """Rows of campaign id, raw key, day and one sketch per measure: a row per cell."""
    columns = COLUMNS[source]
    held = [getattr(columns.table, each.column) for each in measures]
    key = columns.raw_key(by)
    shown = null() if key is None else key
    statement = select(columns.campaign_id, shown.label("raw"), columns.day_on, *held)
    present = or_(*(each.is_not(None) for each in held))
    return _within(scope, source, statement, span).where(present)


def _within(
    scope: ReportScope, source: Source, statement: Rows, span: tuple[date, date]
) -> Rows:
    columns = COLUMNS[source]
    statement = statement.select_from(columns.table)
    statement = scope.narrow(statement, columns.campaign_id, columns.application_id)
    if source is Source.COSTS:
        statement = statement.where(Cost.voided_at.is_(None))
    return statement.where(columns.day_on >= span[0], columns.day_on < span[1])


# One cell of each shop is looked up; without the limit PostgreSQL reads them all.
_SEEN = select(TrafficCell.scope_id).where(TrafficCell.scope_id == Shop.id).limit(1)
_HAS_SCRIPT = exists().where(
    Shop.brand_id == Brand.id, _SEEN.scalar_subquery().is_not(None)
)
_BEGUN_AT = case(
    (Campaign.starts_at < Campaign.created_at, Campaign.starts_at),
    else_=Campaign.created_at,
)
_CAMPAIGNS: Rows = (
    select(
        Campaign.id,
        Campaign.brand_id,
        Campaign.currency,
        Campaign.title,
        _BEGUN_AT,
        Brand.timezone,
        _HAS_SCRIPT,
    )
    .join(Brand, Brand.id == Campaign.brand_id)
    .order_by(Campaign.created_at, Campaign.id)
)


def campaigns_in(scope: ReportScope) -> Rows:
    """id, brand_id, currency, title, when it began, time zone of the scope's campaigns, and
    whether the script of any shop of the brand ever told of a visit.
    """
    statement = _CAMPAIGNS
    if scope.brand_id is not None:
        statement = statement.where(Campaign.brand_id == scope.brand_id)
    if scope.campaign_id is not None:
        statement = statement.where(Campaign.id == scope.campaign_id)
    if scope.influencer_id is not None:
        statement = statement.join(
            Application, Application.campaign_id == Campaign.id
        ).where(Application.influencer_id == scope.influencer_id)
    return statement


def first_cost(scope: ReportScope) -> Rows:
    """The day of the scope's earliest cost."""
    statement = select(func.min(Cost.incurred_on)).select_from(Cost)
    statement = statement.where(Cost.voided_at.is_(None))
    return scope.narrow(statement, Cost.campaign_id, Cost.application_id)


def first_posts(scope: ReportScope) -> Rows:
    """By time zone of the scope's brands, when their first post was published."""
    statement = select(Brand.timezone, func.min(Post.published_at)).select_from(Post)
    statement = statement.join(Brand, Brand.id == Post.brand_id)
    statement = scope.narrow(statement, Post.campaign_id, Post.application_id)
    return statement.group_by(Brand.timezone)


def influencers_in(scope: ReportScope) -> Rows:
    """Application id, influencer id, name."""
    statement = (
        select(Application.id, Influencer.id, Influencer.name)
        .select_from(Application)
        .join(Influencer, Influencer.id == Application.influencer_id)
        .where(scope.brand_is(Application.brand_id))
    )
    if scope.campaign_id is not None:
        statement = statement.where(Application.campaign_id == scope.campaign_id)
    if scope.influencer_id is not None:
        statement = statement.where(Application.influencer_id == scope.influencer_id)
    return statement


def links_in(scope: ReportScope) -> Rows:
    """Link id, slug, platform, channel id."""
    statement = select(
        TrackingLink.id,
        TrackingLink.slug,
        TrackingLink.platform,
        TrackingLink.channel_id,
    ).select_from(TrackingLink)
    return scope.narrow(
        statement, TrackingLink.campaign_id, TrackingLink.application_id
    )


def channels_in(scope: ReportScope) -> Rows:
    """Id, platform and handle of the channels of everybody in the scope."""
    people = select(Application.influencer_id).where(
        scope.brand_is(Application.brand_id)
    )
    if scope.campaign_id is not None:
        people = people.where(Application.campaign_id == scope.campaign_id)
    if scope.influencer_id is not None:
        people = people.where(Application.influencer_id == scope.influencer_id)
    return select(Channel.id, Channel.platform, Channel.handle).where(
        Channel.influencer_id.in_(people)
    )


def shops_in(scope: ReportScope) -> Rows:
    """Shop id and name."""
    return select(Shop.id, Shop.name).where(scope.brand_is(Shop.brand_id))


def contract_of(influencer_id: str, campaign_id: str) -> Select[Application]:
    """An influencer's accepted (perhaps ended) application to a campaign."""
    return select(Application).where(
        Application.influencer_id == influencer_id,
        Application.campaign_id == campaign_id,
        Application.accepted_at.is_not(None),
    )

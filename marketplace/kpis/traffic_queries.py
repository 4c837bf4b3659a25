"""What a report reads of clicks and visits: the fewest cells that say it.

Never a click, and no sketch where a stored count will do: only where several cells of
one brand and day meet in a row may the same visitor be in two of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.content.models import Post
from marketplace.kpis.measures import Measure
from marketplace.kpis.rules import Breakdown
from marketplace.kpis.scope import IdColumn, ReportScope, Rows
from marketplace.tracking.audience_rules import Newness
from marketplace.tracking.dimensions import SOCIAL
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.rules import Dimension, SetAside
from marketplace.tracking.traffic_models import TrafficCell, TrafficSketch

Span = tuple[date, date]
# Of an open breakdown the values with the most clicks and visits have a row each (what
# stands in an address anybody can make up); the rest belongs nowhere.
MOST_VALUES = 1000
SOCIAL_VALUE = "social"
_KEYS = ("scope_id", "dimension", "day_on", "value")
_BY_LINK = (Breakdown.LINK, Breakdown.POST)
_BY_SCOPE = (Breakdown.INFLUENCER, *_BY_LINK)
_Owner = aliased(Application)  # whose cell it is; a ReportScope joins another one


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells behind the rows of a breakdown, or (`by` None) behind the totals.

    `owner`: what they are of, where it is no campaign. `busiest`: the values that have
    a row of their own; None where each has.
    """

    scope: ReportScope
    span: Span
    by: Breakdown | None
    owner: Any
    campaign_id: IdColumn
    application_id: IdColumn
    busiest: Subquery | None = None

    @property
    def dimension(self) -> Dimension:
        """The dimension they are of."""
        return _dimension(self.by)

    @property
    def social_apart(self) -> bool:
        """Whether cells of their own say what came by a social platform."""
        return self.by not in (*_BY_LINK, Breakdown.PLATFORM)

    @property
    def are_of_totals(self) -> bool:
        """Whether the rows are made of the very cells that the totals are made of."""
        return self.dimension is Dimension.ALL and self.by not in _BY_SCOPE

    @property
    def never_meet(self) -> bool:
        """Whether each brand and day has one cell at most in any row."""
        if self.by is Breakdown.POST:
            return False  # links of no one post meet in the row of what belongs nowhere
        return self.scope.campaign_id is not None or self.by is Breakdown.LINK

    @property
    def raw_key(self) -> ColumnElement[Any] | None:
        """The column from which the rows are found; None where there are none."""
        if self.by in _BY_SCOPE:
            return TrafficCell.scope_id.expression
        if self.by is Breakdown.CAMPAIGN:
            return self.campaign_id.expression
        if self.by is not None and self.by.is_time:
            return TrafficCell.day_on.expression
        if self.dimension is Dimension.ALL:
            return None
        value = TrafficCell.value.expression
        return value if self.busiest is None else case((self.shown, value))

    @property
    def shown(self) -> ColumnElement[bool]:
        """Which of them have a row of their own."""
        if self.busiest is None:
            return true()
        return or_(TrafficCell.value == "", self.busiest.c.value.is_not(None))

    def amounts(self, measures: Sequence[Measure]) -> list[ColumnElement[Any]]:
        """What a group has of each measure."""
        mixed = len(self._dimensions(measures)) > 1
        hides = self.busiest is not None and not mixed
        return [
            _shown_sum(self.shown, each)
            if hides and each.merge and _is_any(each)
            else _sum(each, self.by, mixed=mixed)
            for each in measures
        ]

    def _dimensions(self, measures: Sequence[Measure]) -> list[Dimension]:
        found = {self.dimension}
        if self.social_apart and any(each.social for each in measures):
            found.add(Dimension.SOCIAL)
        if any(each.newness is not None for each in measures):
            found.add(Dimension.VISITOR)
        return sorted(found)

    def read(self, statement: Select[Any], measures: Sequence[Measure]) -> Rows:
        """That statement over the cells that say something of these measures."""
        statement = self.within(statement, self._dimensions(measures))
        if self.busiest is None:
            return statement
        same = self.busiest.c.value == TrafficCell.value
        return statement.outerjoin(self.busiest, same)

    def needed(self, measures: Sequence[Measure]) -> ColumnElement[bool]:
        """Which of them have sketches that are asked for: of a dimension kept apart only
        those of its value.
        """
        own = TrafficCell.dimension == self.dimension
        newness = {each.newness for each in measures if each.newness is not None}
        apart = [_of_newness(each) for each in sorted(newness)]
        if self.social_apart and any(each.social for each in measures):
            apart.append(_of_social(self.by))
        return or_(own, *apart)

    def within(self, statement: Select[Any], dimensions: Sequence[Dimension]) -> Rows:
        """That statement over the scope's cells of these dimensions."""
        statement = statement.select_from(TrafficCell)
        if self.owner is not None:
            whose = self.owner.id == TrafficCell.scope_id
            statement = statement.join(self.owner, whose)
        return self.scope.narrow(
            statement, self.campaign_id, self.application_id
        ).where(
            TrafficCell.dimension.in_(dimensions),
            TrafficCell.day_on >= self.span[0],
            TrafficCell.day_on < self.span[1],
        )


def _dimension(by: Breakdown | None) -> Dimension:
    return (by and by.dimension) or Dimension.ALL


def _is_any(measure: Measure) -> bool:
    """Whether every cell counts for it."""
    return not measure.social and measure.newness is None


# A statement has many of these, and it takes longer to make them than to ask it.
@cache
def _sum(measure: Measure, by: Breakdown | None, *, mixed: bool) -> ColumnElement[Any]:
    """What the cells of a breakdown come to, where they may be `mixed` with others; as
    a whole number, where a database would make a decimal of it.
    """
    counted: ColumnElement[Any] = getattr(TrafficCell, measure.column)
    if measure.social:
        counted = case((_of_social(by), counted), else_=0)
    elif measure.newness is not None:
        counted = case((_of_newness(measure.newness), counted), else_=0)
    elif mixed:
        counted = case((TrafficCell.dimension == _dimension(by), counted), else_=0)
    return cast(func.sum(counted), BigInteger)


def _shown_sum(shown: ColumnElement[bool], measure: Measure) -> ColumnElement[Any]:
    """Of those that are shown: how many others there are together, nobody knows."""
    return func.sum(case((shown, getattr(TrafficCell, measure.column)), else_=0))


def _of_social(by: Breakdown | None) -> ColumnElement[bool]:
    """Which cells came by a social platform, or say how many did."""
    if by in _BY_LINK:
        return TrackingLink.platform.in_(SOCIAL)
    if by is Breakdown.PLATFORM:
        return TrafficCell.value.in_([each.value for each in SOCIAL])
    of_social = TrafficCell.dimension == Dimension.SOCIAL
    return and_(of_social, TrafficCell.value == SOCIAL_VALUE)


def _of_newness(newness: Newness) -> ColumnElement[bool]:
    """Which cells say who was new, or who returned."""
    of_visitors = TrafficCell.dimension == Dimension.VISITOR
    return and_(of_visitors, TrafficCell.value == newness.value)


def cells_of(scope: ReportScope, span: Span, by: Breakdown | None) -> Cells:
    """The fewest cells that give these rows: of campaigns, applications or links."""
    if by in _BY_LINK:
        link = TrackingLink
        return Cells(scope, span, by, link, link.campaign_id, link.application_id)
    if by is Breakdown.INFLUENCER or scope.influencer_id is not None:
        cells = Cells(scope, span, by, _Owner, _Owner.campaign_id, _Owner.id)
    else:
        whole: Any = TrafficCell.scope_id
        cells = Cells(scope, span, by, None, whole, whole)
    if by is None or not by.is_open:
        return cells
    return replace(cells, busiest=_busiest(cells))


def _busiest(cells: Cells) -> Subquery:
    order = func.sum(TrafficCell.gross + TrafficCell.visits).desc(), TrafficCell.value
    found = cells.within(select(TrafficCell.value), [cells.dimension])
    named = found.where(TrafficCell.value != "").group_by(TrafficCell.value)
    return named.order_by(*order).limit(MOST_VALUES).subquery("busiest")


def sums(cells: Cells, measures: Sequence[Measure]) -> Rows:
    """Rows of campaign id, raw key and one sum per measure."""
    return _grouped(cells, [cells.campaign_id], measures)


def each_cell(cells: Cells, measures: Sequence[Measure]) -> Rows:
    """The same by cell: its scope and day stand between raw key and sums."""
    apart = [cells.campaign_id, TrafficCell.scope_id, TrafficCell.day_on]
    return _grouped(cells, apart, measures)


def _grouped(cells: Cells, columns: Sequence[Any], measures: Sequence[Measure]) -> Rows:
    key = cells.raw_key
    shown = null() if key is None else key
    amounts = cells.amounts(measures)
    statement = select(columns[0], shown.label("raw"), *columns[1:], *amounts)
    # By its label: PostgreSQL takes an expression with parameters for another one each
    # time it stands there, and does not group by a constant.
    grouping = columns if key is None else [*columns, "raw"]
    return cells.read(statement, measures).group_by(*grouping)


def meeting_sketches(cells: Cells, measures: Sequence[Measure]) -> Rows:
    """Key and sketches (clickers, visitors) of cells that share a row's brand and day.

    One that is alone there is not among them: its stored count says it.
    """
    columns = [getattr(TrafficCell, name) for name in _KEYS]
    whom: dict[Breakdown | None, list[Any]] = {
        Breakdown.INFLUENCER: [_Owner.influencer_id],
        Breakdown.POST: [case((_is_of_one_post(), TrafficCell.scope_id), else_="")],
    }
    together = [Campaign.brand_id, *whom.get(cells.by, []), *columns[1:]]
    meeting = func.count().over(partition_by=together).label("meeting")
    somebody = or_(TrafficCell.clicker_count > 0, TrafficCell.visitor_count > 0)
    found = cells.read(select(*columns, meeting), measures)
    found = found.join(Campaign, Campaign.id == cells.campaign_id)
    needed = cells.needed(measures)
    met = found.where(somebody, cells.shown, needed).subquery("met")
    same = [met.c[name] == getattr(TrafficSketch, name) for name in _KEYS]
    sketches = TrafficSketch.clickers, TrafficSketch.visitors
    keys = [met.c[name] for name in _KEYS]
    return (
        select(*keys, *sketches)
        .join(TrafficSketch, and_(*same))
        .where(met.c.meeting > 1)
    )


def _is_of_one_post() -> ColumnElement[bool]:
    """Which links belong to exactly one post, in whose row they stand alone."""
    posts = select(Post.link_id).group_by(Post.link_id).having(func.count() == 1)
    return TrafficCell.scope_id.in_(posts.where(Post.link_id.is_not(None)))


def set_aside(scope: ReportScope, span: Span) -> Rows:
    """One row: how many clicks were set aside, per reason in the order of SetAside."""
    numbers = [
        func.coalesce(func.sum(TrafficCell.set_aside[each.value].as_integer()), 0)
        for each in SetAside
    ]
    return cells_of(scope, span, None).within(select(*numbers), [Dimension.ALL])

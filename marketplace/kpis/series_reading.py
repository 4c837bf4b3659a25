"""Reads a brand's own series: sums of days, and levels that hold until the next.

A figure of the brand as a whole counts for each of its campaigns, and belongs to no
influencer's row; one of a campaign or an influencer counts where that is reported.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from marketplace.clock import day_start
from marketplace.kpis import series_queries
from marketplace.kpis.asked import Asked
from marketplace.kpis.exchange import Exchange, exchange_over
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import Measure, MeasureUnit
from marketplace.kpis.measures.series import Fold, SeriesMeasure
from marketplace.kpis.outcome import Number, Unknown
from marketplace.kpis.rules import Breakdown, Provenance
from marketplace.kpis.series_rules import HELD_DAYS
from marketplace.kpis.tally import Facts, Key, Note, Tally
from marketplace.kpis.traffic_queries import Span

SEVERAL = "several_levels"
NO_RATE = "no_exchange_rate"


class Point(NamedTuple):
    """One figure, as `series_queries.points_in` has it."""

    series: str
    day_on: date
    value: Decimal
    campaign_id: str | None
    application_id: str | None
    influencer_id: str | None
    observed_at: datetime
    timezone: str
    currency: str

    @property
    def as_of(self) -> datetime:
        """The moment it is true of: the end of its day, or when it was observed."""
        return min(
            self.observed_at, day_start(self.day_on + timedelta(1), self.timezone)
        )

    @property
    def owner(self) -> tuple[str | None, str | None]:
        """Whose figure it is: a campaign's, an influencer's, or neither: the brand's."""
        campaign_id = None if self.influencer_id else self.campaign_id
        return campaign_id, self.influencer_id


Which = Callable[[Point], bool]


@dataclass(frozen=True, slots=True)
class _Place:
    """A group of a report: its tallies, and which points belong to it over which days.

    `of_one`: the report is of one campaign.
    """

    tallies: list[Tally]
    span: Span
    belongs: Which
    of_one: bool


def read_series(
    reader: Asked,
    facts: Facts,
    measures: list[Measure],
    span: Span,
    groups: Groups | None,
) -> None:
    """The measures of this source over `span`, into the totals and rows of `facts`."""
    wanted = [each for each in measures if isinstance(each, SeriesMeasure)]
    back = max(HELD_DAYS, (span[1] - span[0]).days)
    whole = (span[0] - timedelta(back), span[1])
    statement = series_queries.points_in(
        reader.scope, {each.column for each in wanted}, whole
    )
    points = [Point._make(row) for row in reader.session.execute(statement)]
    if not points:
        return
    money = [each for each in wanted if each.unit is MeasureUnit.MONEY]
    sources = {each.currency for each in points} if money else set()
    rates = exchange_over(reader.session, sources, facts.currency, whole)
    of_series: dict[str, list[Point]] = {}
    for point in points:
        of_series.setdefault(point.series, []).append(point)
    for measure in wanted:
        mine = of_series.get(measure.column, [])
        for tallies, days, belongs in _places(facts, span, groups, mine):
            one = reader.scope.campaign_id is not None
            _tell(measure, _Place(tallies, days, belongs, one), mine, rates)


def _places(
    facts: Facts, span: Span, groups: Groups | None, points: Iterable[Point]
) -> Iterator[tuple[list[Tally], Span, Which]]:
    """The total, and each row that has anything of these points."""
    totals = [facts.total, *([facts.own_total] if facts.mixed else [])]
    yield totals, span, lambda _: True
    if groups is None:
        return
    if groups.by.is_time:
        for key, days in _stretches(groups).items():
            yield _rows(facts, key), days, lambda _: True
        return
    for key in {_key(groups, point): None for point in points}:
        yield _rows(facts, key), span, _belonging(groups, key)


def _belonging(groups: Groups, key: Key) -> Which:
    return lambda point: _key(groups, point) == key


def _rows(facts: Facts, key: Key) -> list[Tally]:
    return [facts.every[key], *([facts.own[key]] if facts.mixed else [])]


def _key(groups: Groups, point: Point) -> Key:
    known = {
        Breakdown.CAMPAIGN: point.campaign_id,
        Breakdown.INFLUENCER: point.application_id,
    }
    return groups.of(known.get(groups.by))


def _stretches(groups: Groups) -> dict[Key, Span]:
    """The days of each row of time."""
    found: dict[Key, Span] = {}
    for day, key in groups.keys.items():
        first, _ = found.get(key, (day, day))
        found[key] = (min(first, day), day + timedelta(1))
    return found


def _tell(
    measure: SeriesMeasure, place: _Place, points: Sequence[Point], rates: Exchange
) -> None:
    """What a measure is in one place, unless nothing was told there."""
    start, end = place.span
    if measure.fold is Fold.BEFORE:
        start, end = start - (end - start), start
    if measure.fold is Fold.LAST:
        start = end - timedelta(HELD_DAYS)
    mine = [each for each in points if place.belongs(each)]
    mine = [each for each in mine if start <= each.day_on < end]
    if not mine:
        return
    if measure.fold is Fold.LAST:
        mine = _last(mine, of_one=place.of_one)
    value = _value(measure, mine, rates)
    # What a stretch of before is true of says nothing about how fresh this one is.
    latest = None if measure.fold is Fold.BEFORE else max(mine, key=_in_time).as_of
    for tally in place.tallies:
        if isinstance(value, Unknown):
            tally.unknown[measure.name] = value
        else:
            tally.add(measure.name, value, Note(Provenance.REPORTED, latest))


def _in_time(point: Point) -> tuple[date, datetime]:
    return point.day_on, point.observed_at


def _last(points: Sequence[Point], *, of_one: bool) -> list[Point]:
    """The last level of the widest owner there is; of each, where several are as wide.

    The brand's, a campaign's, an influencer's; in the report of one campaign its own
    goes before the brand's.
    """
    latest = {each.owner: each for each in sorted(points, key=_in_time)}
    brands = [each for each in latest.values() if each.owner == (None, None)]
    campaigns = [each for each in latest.values() if each.owner[0] is not None]
    first, second = (campaigns, brands) if of_one else (brands, campaigns)
    return first or second or list(latest.values())


def _value(
    measure: SeriesMeasure, points: Sequence[Point], rates: Exchange
) -> Number | Unknown:
    if measure.fold is Fold.LAST and len(points) > 1:
        return Unknown(SEVERAL)
    if measure.unit is not MeasureUnit.MONEY:
        return sum((Fraction(each.value) for each in points), Fraction(0))
    total = 0
    for each in points:
        factor = rates.factor(each.currency, each.day_on)
        if factor is None:
            return Unknown(NO_RATE)
        total += round(Fraction(each.value) * factor)
    return total

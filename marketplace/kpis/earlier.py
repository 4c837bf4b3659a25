"""Reads measures over the stretch of equal length just before: what growth is of.

Of a row of days the stretch just before those days, of any other row that before the
window.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from marketplace.clock import days_between
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import MEASURES, Measure
from marketplace.kpis.outcome import Number, Unknown
from marketplace.kpis.rules import Breakdown, stretch_of
from marketplace.kpis.tally import Facts, Key, Tally
from marketplace.kpis.traffic_queries import Span

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader

Days = Mapping[Key, Tally]
Rows = defaultdict[Key, Tally]


def read_earlier(
    reader: "Reader",
    facts: Facts,
    measures: list[Measure],
    span: Span,
    groups: Groups | None,
) -> None:
    """What these measures were before, into the totals and the rows."""
    if groups is not None and not measures[0].is_told_by(groups.by):
        groups = None
    start = span[0] - (span[1] - span[0])
    then = replace(reader, measures=[MEASURES[each.earlier] for each in measures])
    if groups is not None and groups.by.is_time:
        by_day = _by_day((start, span[1]))
        found = then.read((start, span[1]), by_day)
        before = days_between(start, span[0])
        for days, rows, total in _sides(found, facts):
            _add(total, measures, days, before)
            for key, own in _days_of(groups).items():
                _add(rows[key], measures, days, _before(own))
        return
    found = then.read((start, span[0]), groups)
    _copy(facts.total, found.total, measures)
    if facts.mixed:
        _copy(facts.own_total, found.own_total, measures)
    if groups is not None:
        _copy_rows(found.every, facts.every, measures)
        if facts.mixed:
            _copy_rows(found.own, facts.own, measures)


def _copy_rows(found: Days, mine: Rows, measures: list[Measure]) -> None:
    """Also where there was somebody before only."""
    for key, tally in found.items():
        if any(_values(tally, measures)):
            _copy(mine[key], tally, measures)


def _sides(found: Facts, facts: Facts) -> Iterable[tuple[Days, Rows, Tally]]:
    yield found.every, facts.every, facts.total
    if facts.mixed:
        yield found.own, facts.own, facts.own_total


def _by_day(span: Span) -> Groups:
    days = days_between(*span)
    return Groups(Breakdown.DAY, {day: _key(day) for day in days})


def _key(day: date) -> Key:
    return (stretch_of(day, Breakdown.DAY),)


def _days_of(groups: Groups) -> Mapping[Key, list[date]]:
    """The days of each row, in order."""
    found: defaultdict[Key, list[date]] = defaultdict(list)
    for day, key in sorted(groups.keys.items()):
        found[key].append(day)
    return found


def _before(days: list[date]) -> list[date]:
    """As many days, just before these."""
    return days_between(days[0] - timedelta(days=len(days)), days[0])


def _add(
    tally: Tally, measures: list[Measure], days: Days, wanted: Iterable[date]
) -> None:
    """The sum of these days: nobody is known again from one day to the next."""
    for day in wanted:
        told = days.get(_key(day))
        values = [0] * len(measures) if told is None else _values(told, measures)
        for measure, value in zip(measures, values, strict=True):
            tally.sums[measure.name] += value


def _copy(tally: Tally, found: Tally, measures: list[Measure]) -> None:
    for measure, value in zip(measures, _values(found, measures), strict=True):
        tally.sums[measure.name] = value


def _values(tally: Tally, measures: list[Measure]) -> list[Number]:
    twins = [MEASURES[each.earlier] for each in measures]
    values = tally.parts(twins, 1).values
    found = (values[each.name] for each in twins)
    return [0 if isinstance(each, Unknown) else each for each in found]

"""Reads who came of those a campaign is meant for, and what that is compared with.

Each campaign has an audience of its own, so over several campaigns it is a sum; and as a
visitor is known for a day alone, over several days as well. A baseline of another number
of days than what is compared with it is scaled to them, and said to be estimated.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from marketplace.kpis import audience_queries as queries
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import Measure
from marketplace.kpis.measures import traffic as m
from marketplace.kpis.outcome import Unknown
from marketplace.kpis.rules import Basis, Breakdown, Provenance
from marketplace.kpis.tally import Facts, Note, Tally
from marketplace.kpis.traffic_queries import Span
from marketplace.tracking.audience_models import TargetAudience

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader

RECOUNTING, EXPIRED = "recounting", "clicks_expired"
COUNTED = (m.TARGET_PEOPLE, m.AUDIENCE_KNOWN, m.AUDIENCE_PEOPLE)
COMPARED = (m.TARGET_COMPARED, m.TARGET_BASELINE)
TOLD, TRACKED = Note(Provenance.REPORTED), Note(Provenance.TRACKED)


@dataclass(frozen=True, slots=True)
class _Baseline:
    """What a campaign is compared with: so many visitors over so many days.

    `raw`: of which row it is; `is_told`: by the brand.
    """

    campaign_id: str
    raw: Any
    visitors: int
    days: int
    is_told: bool

    def write(self, tally: Tally, days: int) -> None:
        """Into a tally of so many days."""
        scaled = round(Fraction(self.visitors * days, self.days))
        note = TOLD if self.is_told else TRACKED
        tally.add(m.TARGET_BASELINE.name, scaled, note)
        if days != self.days:
            tally.bases[m.TARGET_BASELINE.name] = Basis.SCALED


def read_audiences(
    reader: "Reader",
    facts: Facts,
    _measures: list[Measure],
    span: Span,
    groups: Groups | None,
) -> None:
    """All of it, into the totals and the rows that can say it."""
    asked = queries.audiences_in(list(reader.campaigns))
    rows = reader.session.scalars(asked).all()
    if not rows:
        return
    if groups is not None and not m.TARGET_PEOPLE.is_told_by(groups.by):
        groups = None
    told = {row.campaign_id: row for row in rows}
    reading = _Reading(reader, facts, told, span, groups)
    reading.totals()
    if groups is not None:
        reading.rows(groups)
    reading.doubt()


@dataclass(frozen=True, slots=True)
class _Reading:
    reader: "Reader"
    facts: Facts
    audiences: Mapping[str, TargetAudience]
    span: Span
    groups: Groups | None

    @property
    def length(self) -> int:
        """How many days there are."""
        return (self.span[1] - self.span[0]).days

    def totals(self) -> None:
        """Of all these campaigns together."""
        compared = self._comparable(None)
        whole = [self.facts.total]
        if self.facts.mixed:
            whole.append(self.facts.own_total)
        for tally in whole:
            _zero(tally, compared)
            _say_days(tally, self.length)
        for campaign_id, _, *amounts in self._people(None):
            campaign = self.reader.campaigns[campaign_id]
            for tally in self.facts.totals(None, campaign):
                _count(tally, amounts, is_compared=campaign_id in compared)
        for base in self._baselines(None, compared):
            campaign = self.reader.campaigns[base.campaign_id]
            for tally in self.facts.totals(None, campaign):
                base.write(tally, self.length)

    def rows(self, groups: Groups) -> None:
        """Of each row; one in which nobody came has none."""
        by, campaigns = groups.by, self.reader.campaigns
        compared = self._comparable(by)
        days = Counter(groups.keys.values()) if by.is_time else Counter[Any]()
        for key in days:
            for rows in (self.facts.every, self.facts.own):
                _say_days(rows[key], days[key])
        self.facts.in_every_row(lambda tally: _zero(tally, compared))
        if not by.is_time:
            self.facts.in_every_row(lambda tally: _say_days(tally, self.length))
        for campaign_id, raw, *amounts in self._people(by):
            for tally in self.facts.rows(groups.of(raw), campaigns[campaign_id]):
                _count(tally, amounts, is_compared=campaign_id in compared)
        for base in self._baselines(by, compared):
            campaign = campaigns[base.campaign_id]
            for key in days or [groups.of(base.raw)]:
                for tally in self.facts.rows(key, campaign):
                    base.write(tally, days.get(key, self.length))

    def doubt(self) -> None:
        """What is not known, because visitors are being counted again, or cannot be."""
        audiences = self.audiences.values()
        if any(row.recount_from is not None for row in audiences):
            self._unknown([*COUNTED, *COMPARED], RECOUNTING)
            return
        if any(_since(row) > self.span[0] for row in audiences):
            self._unknown([*COUNTED, *COMPARED], EXPIRED)
        if any(_has_expired(row) for row in audiences):
            self._unknown(COMPARED, EXPIRED)

    def _unknown(self, measures: Iterable[Measure], reason: str) -> None:
        unknown = {each.name: Unknown(reason) for each in measures}
        for tally in (self.facts.total, self.facts.own_total):
            tally.unknown |= unknown
        if self.groups is not None:
            self.facts.in_every_row(lambda tally: tally.unknown.update(unknown))

    def _people(self, by: Breakdown | None) -> Iterable[Any]:
        scope, ids = self.reader.scope, list(self.audiences)
        return self.reader.session.execute(queries.people(scope, self.span, by, ids))

    def _comparable(self, by: Breakdown | None) -> set[str]:
        """The campaigns with a baseline; what a brand said of a campaign says nothing of
        one influencer in it.
        """
        shared = by is Breakdown.INFLUENCER or self.reader.scope.influencer_id
        return {
            row.campaign_id
            for row in self.audiences.values()
            if row.baseline_from is not None
            and (row.baseline_visitors is None or not shared)
        }

    def _baselines(
        self, by: Breakdown | None, compared: Collection[str]
    ) -> Iterator[_Baseline]:
        measured = []
        for campaign_id in sorted(compared):
            row = self.audiences[campaign_id]
            if row.baseline_visitors is None:
                measured.append(campaign_id)
            else:
                told = row.baseline_visitors
                yield _Baseline(campaign_id, campaign_id, told, _days(row), True)
        if not measured:
            return
        statement = queries.baselines(self.reader.scope, by, measured)
        for campaign_id, raw, visitors in self.reader.session.execute(statement):
            days = _days(self.audiences[campaign_id])
            yield _Baseline(campaign_id, raw, int(visitors), days, False)


def _days(row: TargetAudience) -> int:
    assert row.baseline_from is not None
    assert row.baseline_to is not None
    return (row.baseline_to - row.baseline_from).days


def _since(row: TargetAudience) -> date:
    """The first day of which all is known."""
    return row.known_from or date.min


def _has_expired(row: TargetAudience) -> bool:
    """Whether visitors it is compared with can no longer be counted."""
    start = row.baseline_from
    return start is not None and row.baseline_visitors is None and start < _since(row)


def _zero(tally: Tally, compared: Collection[str]) -> None:
    """Nobody so far, which is measured; compared with nothing where nothing is said."""
    for measure in (*COUNTED, *(COMPARED if compared else ())):
        tally.sums[measure.name] += 0


def _say_days(tally: Tally, days: int) -> None:
    """Over several days the same visitor may be there several times."""
    for measure in (*COUNTED, m.TARGET_COMPARED):
        if days > 1:
            tally.bases[measure.name] = Basis.VISITOR_DAYS


def _count(tally: Tally, amounts: Iterable[Any], *, is_compared: bool) -> None:
    numbers = [int(each) for each in amounts]
    for measure, number in zip(COUNTED, numbers, strict=True):
        tally.sums[measure.name] += number
    if is_compared:
        tally.sums[m.TARGET_COMPARED.name] += numbers[0]

"""Reads who entered giveaways, and who of them bought since.

People are counted exactly: their hashes are gathered in a set for each row of the
report. Of more than a million entries they are counted by sketches instead.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, null, select

from marketplace.kpis.asked import Asked
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures import Measure
from marketplace.kpis.queries import BY_LINK
from marketplace.kpis.rules import Basis, Breakdown
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.tally import Facts, Tally
from marketplace.kpis.traffic_queries import Span
from marketplace.orders.models import CustomerKey, Order
from marketplace.orders.rules import KEPT
from marketplace.tracking import sketches
from marketplace.tracking.giveaway_models import GiveawayEntry as Entry

MOST_EXACT = 1_000_000


class Person(NamedTuple):
    """What somebody entered in one campaign and day, under one raw key."""

    campaign_id: str
    raw: Any
    day_on: date
    entrant: str
    is_known: bool
    entries: int
    first_at: datetime
    last_order_at: datetime | None


class _People:
    """Distinct people of one tally, exactly or by a sketch."""

    def __init__(self, *, exact: bool) -> None:
        self._exact = exact
        self._people: set[str] = set()
        self._sketch: bytes | None = None

    def add(self, person: str) -> None:
        """One more, perhaps known already."""
        self._people.add(person)
        if not self._exact and len(self._people) >= 100_000:
            self._fold()

    def __len__(self) -> int:
        if self._exact:
            return len(self._people)
        self._fold()
        return sketches.estimate(self._sketch)

    def _fold(self) -> None:
        self._sketch = sketches.union([self._sketch, sketches.sketch_of(self._people)])
        self._people = set()


class _Counts:
    """What is found for one tally."""

    def __init__(self, tally: Tally, *, exact: bool) -> None:
        self.tally = tally
        self.entries = 0
        self.entrants = _People(exact=exact)
        self.known_entrants = _People(exact=exact)
        self.buyers = _People(exact=exact)

    def add(self, person: Person) -> None:
        """What somebody entered."""
        self.entries += person.entries
        self.entrants.add(person.entrant)
        if person.is_known:
            self.known_entrants.add(person.entrant)
        bought_at = person.last_order_at
        if bought_at is not None and bought_at > person.first_at:
            self.buyers.add(person.entrant)


def read_giveaways(
    reader: Asked,
    facts: Facts,
    measures: list[Measure],
    span: Span,
    groups: Groups | None,
) -> None:
    """The measures of this source over `span`, into the totals and rows of `facts`."""
    number = reader.session.execute(_number(reader.scope, span)).scalar() or 0
    if not number:
        return
    exact = number <= MOST_EXACT
    counts: dict[int, _Counts] = {}
    rows = reader.session.execute(_people(reader.scope, span, groups))
    for person in map(Person._make, rows):
        key = groups.of(person.raw) if groups else None
        campaign = reader.campaigns[person.campaign_id]
        for tally in facts.tallies(key, campaign, person.day_on):
            if id(tally) not in counts:
                counts[id(tally)] = _Counts(tally, exact=exact)
            counts[id(tally)].add(person)
    _tell(counts.values(), measures, exact=exact)


def _tell(
    counts: Iterable[_Counts], measures: Iterable[Measure], *, exact: bool
) -> None:
    sizes: dict[str, Callable[[_Counts], int]] = {
        "entries": lambda each: each.entries,
        "entrants": lambda each: len(each.entrants),
        "known_entrants": lambda each: len(each.known_entrants),
        "buyers": lambda each: len(each.buyers),
    }
    for each in counts:
        for measure in measures:
            each.tally.add(measure.name, sizes[measure.column](each))
            if not exact and measure.column != "entries":
                each.tally.bases[measure.name] = Basis.SKETCH


def _number(scope: ReportScope, span: Span) -> Rows:
    return _within(scope, span, select(func.count()))


def _people(scope: ReportScope, span: Span, groups: Groups | None) -> Rows:
    """A row per campaign, raw key, day and entrant, as `Person` has it."""
    key = _raw_key(groups.by if groups else None)
    shown = null() if key is None else key
    by = [Entry.campaign_id, Entry.day_on, Entry.entrant]
    by += [] if key is None else [key]
    known = func.max(case((Entry.email_hash.is_not(None), 1), else_=0))
    statement = _within(
        scope,
        span,
        select(
            Entry.campaign_id,
            shown.label("raw"),
            Entry.day_on,
            Entry.entrant,
            known,
            func.count(Entry.id.distinct()),
            func.min(Entry.entered_at),
            func.max(Order.placed_at),
        ),
    )
    return (
        statement.outerjoin(
            CustomerKey,
            and_(
                CustomerKey.brand_id == Entry.brand_id,
                CustomerKey.key == "mail:" + Entry.email_hash,
            ),
        )
        .outerjoin(
            Order,
            and_(Order.customer_id == CustomerKey.customer_id, Order.status.in_(KEPT)),
        )
        .group_by(*by)
    )


def _raw_key(by: Breakdown | None) -> Any:
    """The column from which a breakdown's rows are found; None where none is."""
    if by is None:
        return None
    named: dict[Breakdown, Any] = {
        Breakdown.DAY: Entry.day_on,
        Breakdown.WEEK: Entry.day_on,
        Breakdown.MONTH: Entry.day_on,
        Breakdown.CAMPAIGN: Entry.campaign_id,
        Breakdown.INFLUENCER: Entry.application_id,
        **dict.fromkeys(BY_LINK, Entry.link_id),
    }
    return named.get(by)


def _within(scope: ReportScope, span: Span, statement: Rows) -> Rows:
    statement = statement.select_from(Entry)
    statement = scope.narrow(statement, Entry.campaign_id, Entry.application_id)
    return statement.where(
        Entry.disqualified_at.is_(None),
        Entry.valid_at.is_not(None),
        Entry.day_on >= span[0],
        Entry.day_on < span[1],
    )

"""What roll-ups have to say, out of the clicks and visits themselves.

A day at a time and in portions, so that memory does not grow with the rows.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import Any
from typing import cast as typed

from sqlalchemy import Select, Table, case, func, or_, select
from sqlalchemy.orm import Session

from marketplace.tracking.audience_rules import Segment
from marketplace.tracking.judging import LinkFacts
from marketplace.tracking.relations import is_one_of, is_postgres
from marketplace.tracking.retention import HOURS_KEPT, kept_since
from marketplace.tracking.rules import SetAside
from marketplace.tracking.sketches import estimate, sketch_of, union
from marketplace.tracking.tallies import CellKey, HourKey, Tallies, Tally
from marketplace.tracking.traffic_models import Click, Visit

PORTION = 20_000  # rows
_CLICKS, _VISITS = typed(Table, Click.__table__), typed(Table, Visit.__table__)
ADDED = (
    *("gross", "counted", "visits", "page_views"),
    *("engaged_visits", "known_visits", "new_visitors"),
)
SKETCHES = ("clickers", "visitors")


@dataclass(slots=True)
class Total:
    """A cell in the making; its sketches as they are stored."""

    added: list[int] = field(default_factory=lambda: [0] * len(ADDED))
    set_aside: Counter[SetAside] = field(default_factory=Counter)
    clickers: bytes | None = None
    visitors: bytes | None = None

    @property
    def sketches(self) -> tuple[bytes | None, bytes | None]:
        """Of those who clicked, and of those who came."""
        return self.clickers, self.visitors

    def add(self, tally: Tally) -> None:
        """Add what a tally says."""
        self.added = [*map(sum, zip(self.added, figures(tally), strict=True))]
        for reason, number in tally.set_aside.items():
            self.set_aside[reason] += number
        self.clickers = union([self.clickers, sketch_of(tally.clickers)])
        self.visitors = union([self.visitors, sketch_of(tally.visitors)])

    def columns(self) -> dict[str, Any]:
        """Its figures as columns of `traffic_cells`, and its sketches."""
        clicker_count, visitor_count = distinct(*self.sketches)
        return {
            **dict(zip(ADDED, self.added, strict=True)),
            "clicker_count": clicker_count,
            "visitor_count": visitor_count,
            "set_aside": set_aside_column(self.set_aside),
            "clickers": self.clickers,
            "visitors": self.visitors,
        }


figures = attrgetter(*ADDED)  # of a Tally, as a tuple


def distinct(clickers: bytes | None, visitors: bytes | None) -> tuple[int, int]:
    """How many clicked, and how many clicked or came."""
    count = estimate(clickers)
    if visitors is None:
        return count, count
    return count, estimate(union([clickers, visitors]))


def set_aside_column(numbers: Mapping[SetAside, int]) -> dict[str, int]:
    """Clicks by reason as a cell keeps them: no zeros."""
    return {reason.value: number for reason, number in numbers.items() if number}


def recount(
    session: Session,
    day: date,
    *,
    links: Mapping[str, LinkFacts],
    scopes: Collection[str],
) -> dict[CellKey, Total]:
    """The cells of these scopes on that day, of the clicks on these links and of all
    visits of the scopes; by key.
    """
    totals: dict[CellKey, Total] = {}
    audiences = {
        link.campaign_id: link.audience for link in links.values() if link.audience
    }
    for tallies in (
        *_clicks_of(session, day, links),
        *_visits_of(session, day, scopes, audiences),
    ):
        for key, tally in tallies.items():
            if key[0] in scopes:
                totals.setdefault(key, Total()).add(tally)
    return totals


def recount_hours(
    session: Session, link_ids: Collection[str], since: datetime, until: datetime
) -> dict[HourKey, tuple[int, int]]:
    """Clicks and counted clicks of these links by hours of that span."""
    if is_postgres(session):
        hour = func.to_char(func.timezone("UTC", Click.at), "YYYY-MM-DD HH24")
    else:
        hour = func.substr(Click.at, 1, 13)
    near = timedelta(days=1)
    rows = session.execute(
        select(
            Click.link_id,
            hour.label("hour"),
            func.count(),
            func.sum(case((Click.reason.is_(None), 1), else_=0)),
        )
        .where(
            is_one_of(session, Click.link_id, link_ids),
            Click.day_on.between(_day(since, -near), _day(until, near)),
            Click.at >= since,
            Click.at < until,
        )
        .group_by(Click.link_id, "hour")
    )
    return {
        (link_id, datetime.strptime(text, "%Y-%m-%d %H").replace(tzinfo=UTC)): (
            gross,
            int(counted),
        )
        for link_id, text, gross, counted in rows
    }


def days_kept_since(session: Session) -> date:
    """The first day of which all clicks and visits are there."""
    return max(
        kept_since(session, Click.__tablename__),
        kept_since(session, Visit.__tablename__),
    )


def hours_kept_since(session: Session, now: datetime) -> datetime:
    """The first hour that is there, as are all its clicks, wherever their day begins."""
    oldest = (now - HOURS_KEPT).replace(minute=0, second=0, microsecond=0)
    kept = kept_since(session, Click.__tablename__)
    if kept == date.min:
        return oldest + timedelta(hours=1)
    whole = datetime.combine(kept + timedelta(days=1), time.min, UTC)
    return max(oldest + timedelta(hours=1), whole)


def _clicks_of(
    session: Session, day: date, links: Mapping[str, LinkFacts]
) -> Iterator[Tallies]:
    query = select(
        _CLICKS.c.link_id,
        _CLICKS.c.day_on,
        _CLICKS.c.at,
        _CLICKS.c.visitor,
        _CLICKS.c.reason,
        _CLICKS.c.evidence,
    ).where(is_one_of(session, _CLICKS.c.link_id, links), _CLICKS.c.day_on == day)
    for rows in _portions(session, query):
        tallies = Tallies()
        tallies.add_clicks(rows, links)
        yield tallies


def _visits_of(
    session: Session,
    day: date,
    scopes: Collection[str],
    audiences: Mapping[str, Segment],
) -> Iterator[Tallies]:
    names = ("link_id", "application_id", "campaign_id", "shop_id")
    theirs = [is_one_of(session, _VISITS.c[name], scopes) for name in names]
    query = select(_VISITS).where(_VISITS.c.day_on == day, or_(*theirs))
    for rows in _portions(session, query):
        tallies = Tallies(audiences)
        for row in rows:
            tallies.add_visit(row)
        yield tallies


def _portions(
    session: Session, query: Select[*tuple[Any, ...]]
) -> Iterable[Iterable[Mapping[str, Any]]]:
    found = session.execute(query, execution_options={"yield_per": PORTION})
    return typed(Iterable[Iterable[Mapping[str, Any]]], found.mappings().partitions())


def _day(moment: datetime, margin: timedelta) -> date:
    return (moment.astimezone(UTC) + margin).date()

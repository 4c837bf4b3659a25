"""What a brand tells of series it measures elsewhere.

A point is one value of one day, and of whomever it is about: told again it is the same
one, told otherwise it is corrected, and everything that was told is kept. Whatever the
order in which tellings come, the one observed last holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.accounts import Actor, Brand
from marketplace.campaigns.models import Campaign
from marketplace.clock import local_day
from marketplace.collaborations.models import Application
from marketplace.ids import new_id
from marketplace.kpis.rules import FIRST_DAY, Unit
from marketplace.kpis.series_meanings import (
    by_slug,
    first_meaning,
    make,
    meaning_of,
    unit_error,
)
from marketplace.kpis.series_models import MetricPoint, MetricTelling
from marketplace.kpis.series_queries import points_on, same_telling
from marketplace.kpis.series_rules import (
    UNITS,
    PointNotValid,
    SeriesKind,
    SeriesMeaning,
    slug_error,
    value_error,
)

CHUNK = 200  # days asked for at once


@dataclass(frozen=True, slots=True, kw_only=True)
class PointSaid:
    """One value as it is told. `observed_at`: None for the moment it is told.

    `campaign`, `application`: whose it is; neither: the brand's as a whole. `unit`,
    `kind`: what a series that is not there yet is to be.
    """

    series: str
    on: date
    value: Decimal
    observed_at: datetime | None = None
    campaign: Campaign | None = None
    application: Application | None = None
    unit: Unit | None = None
    kind: SeriesKind | None = None
    note: str = ""

    @property
    def owner_id(self) -> str:
        """Whose it is, as it is stored."""
        if self.application is not None:
            return self.application.id
        return self.campaign.id if self.campaign is not None else ""

    @property
    def campaign_id(self) -> str | None:
        """The campaign it is of, if any."""
        if self.application is not None:
            return self.application.campaign_id
        return self.campaign.id if self.campaign is not None else None


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it, in the order it was told; a point may be in it twice."""

    points: list[MetricPoint]
    new: int
    corrected: int
    unchanged: int


def tell(
    session: Session,
    brand: Brand,
    said: Sequence[PointSaid],
    *,
    by: Actor,
    now: datetime,
) -> Told:
    """Store values; a series nobody spoke of before is made.

    PointNotValid names everything wrong, by position (``3.value``), and then nothing is
    stored.
    """
    brand = accounts.lock_brand(session, brand.id)
    meanings, errors = _checked(session, brand, said, now)
    if errors:
        raise PointNotValid(errors)
    make(session, brand, meanings, now=now)
    teller = _Teller(session, brand, by, now, _known(session, brand, said), [])
    told = [teller.take(each) for each in said]
    session.flush()
    session.add_all(teller.tellings)  # after their points, which they refer to
    session.flush()
    words = [what for _, what in told]
    points = [point for point, _ in told]
    return Told(points, *(words.count(w) for w in ("new", "corrected", "unchanged")))


def what_is_wrong(
    session: Session, brand: Brand, said: Sequence[PointSaid], *, now: datetime
) -> dict[str, list[str]]:
    """What `tell` would refuse them for, by position; for who refuses more besides."""
    return _checked(session, brand, said, now)[1]


def take_back(
    session: Session, point: MetricPoint, *, by: Actor, now: datetime
) -> MetricPoint:
    """Nothing is known of that day any more; what was told stays in its history."""
    if point.value is None:
        return point
    point.value, point.note = None, ""
    point.observed_at = max(now, point.observed_at)
    point.user_id, point.updated_at = by.user_id, now
    session.add(
        MetricTelling(
            point_id=point.id,
            value=None,
            observed_at=point.observed_at,
            user_id=by.user_id,
            created_at=now,
        )
    )
    session.flush()
    return point


@dataclass(frozen=True, slots=True)
class _Teller:
    """Stores values one by one. `known`: the points there are, by what names them."""

    session: Session
    brand: Brand
    by: Actor
    now: datetime
    known: dict[tuple[str, date, str], MetricPoint]
    tellings: list[MetricTelling]

    def take(self, said: PointSaid) -> tuple[MetricPoint, str]:
        """The point as it then stands, and what that made of it."""
        at = said.observed_at or self.now
        key = said.series, said.on, said.owner_id
        point = self.known.get(key)
        if point is None:
            point = self.known[key] = self._new(said)
            self.session.add(point)
            return self._set(point, said, at), "new"
        if point.value == said.value:
            if at >= point.observed_at:
                point.observed_at, point.note = at, said.note or point.note
            return point, "unchanged"
        if at >= point.observed_at:
            return self._set(point, said, at), "corrected"
        late = same_telling(point.id, said.value, at)
        if self.session.scalar(late) is None:  # of before: it only is remembered
            self._write_down(point, said, at)
        return point, "unchanged"

    def _new(self, said: PointSaid) -> MetricPoint:
        return MetricPoint(
            id=new_id("mpt"),
            brand_id=self.brand.id,
            series=said.series,
            day_on=said.on,
            owner_id=said.owner_id,
            campaign_id=said.campaign_id,
            application_id=said.application.id if said.application else None,
            created_at=self.now,
        )

    def _set(self, point: MetricPoint, said: PointSaid, at: datetime) -> MetricPoint:
        point.value, point.note, point.observed_at = said.value, said.note, at
        point.user_id, point.updated_at = self.by.user_id, self.now
        self._write_down(point, said, at)
        return point

    def _write_down(self, point: MetricPoint, said: PointSaid, at: datetime) -> None:
        self.tellings.append(
            MetricTelling(
                point_id=point.id,
                value=said.value,
                note=said.note,
                observed_at=at,
                user_id=self.by.user_id,
                created_at=self.now,
            )
        )


def _checked(
    session: Session, brand: Brand, said: Sequence[PointSaid], now: datetime
) -> tuple[dict[str, SeriesMeaning], dict[str, list[str]]]:
    """What each series named means, and what cannot be."""
    series = by_slug(session, brand)
    today = local_day(now, brand.timezone)
    meanings: dict[str, SeriesMeaning] = {}
    errors: dict[str, list[str]] = {}
    for position, each in enumerate(said):
        if each.series not in meanings:
            row = series.get(each.series)
            meanings[each.series] = (
                meaning_of(row)
                if row
                else first_meaning(each.series, each.unit, each.kind)
            )
        for field, reason in _wrong(each, meanings[each.series], today):
            errors.setdefault(f"{position}.{field}", []).append(reason)
    return meanings, errors


def _wrong(
    said: PointSaid, meaning: SeriesMeaning, today: date
) -> Iterable[tuple[str, str]]:
    if reason := slug_error(said.series):
        yield "series", reason
    if said.unit is not None and said.unit not in UNITS:
        yield "unit", unit_error()
    elif said.unit not in (None, meaning.unit):
        yield "unit", f"{said.series} is in {meaning.unit}."
    if said.kind not in (None, meaning.kind):
        yield "kind", f"{said.series} is a {meaning.kind}."
    if reason := value_error(said.value, meaning):
        yield "value", reason
    if not FIRST_DAY <= said.on <= today:
        yield "on", f"Must lie between {FIRST_DAY} and today."


def _known(
    session: Session, brand: Brand, said: Sequence[PointSaid]
) -> dict[tuple[str, date, str], MetricPoint]:
    series = sorted({each.series for each in said})
    days = sorted({each.on for each in said})
    found = {}
    for first in range(0, len(days), CHUNK):
        some = points_on(brand.id, series, days[first : first + CHUNK])
        for point in session.scalars(some):
            found[point.series, point.day_on, point.owner_id] = point
    return found

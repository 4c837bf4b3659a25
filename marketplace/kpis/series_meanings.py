"""What a brand's series mean: what it said of them, or what is known without a word."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.accounts import Brand
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Unit
from marketplace.kpis.series_models import Series
from marketplace.kpis.series_queries import any_point, series_of
from marketplace.kpis.series_rules import (
    KNOWN,
    MOST_SERIES,
    UNITS,
    SeriesInUse,
    SeriesIsBuiltIn,
    SeriesKind,
    SeriesMeaning,
    SeriesNotValid,
    TooManySeries,
    label_of,
    slug_error,
)


def define(
    session: Session,
    brand: Brand,
    slug: str,
    *,
    label: str,
    label_nl: str,
    now: datetime,
    **meaning: Any,
) -> tuple[Series, bool]:
    """Say what a series of the brand's own means; the series, and whether it is new.

    `meaning`: `unit`, `kind`, `direction`, `objective`. SeriesIsBuiltIn for one the
    catalogue rests on; SeriesInUse where points would come to mean something else.
    """
    if wrong := slug_error(slug):
        raise SeriesNotValid({"slug": [wrong]})
    if meaning["unit"] not in UNITS:
        raise SeriesNotValid({"unit": [unit_error()]})
    if slug in KNOWN and KNOWN[slug].is_fixed:
        raise SeriesIsBuiltIn(f"What {slug} means is fixed.")
    brand = accounts.lock_brand(session, brand.id)
    series = by_slug(session, brand)
    row = series.get(slug)
    if row is None:
        _refuse_too_many(series)
        row = Series(brand_id=brand.id, slug=slug, created_at=now)
        session.add(row)
    elif (row.unit, row.kind) != (meaning["unit"], meaning["kind"]):
        _refuse_other_meaning(session, row)
    row.label, row.label_nl = label, label_nl or label
    for name, value in meaning.items():
        setattr(row, name, value)
    row.updated_at = now
    session.flush()
    return row, slug not in series


def by_slug(session: Session, brand: Brand) -> dict[str, Series]:
    """The brand's series."""
    return {row.slug: row for row in session.scalars(series_of([brand.id]))}


def meaning_of(row: Series) -> SeriesMeaning:
    """What a stored series means."""
    words = Words(row.label, row.label_nl)
    return replace(
        KNOWN.get(row.slug, SeriesMeaning(row.slug, words)),
        label=words,
        unit=row.unit,
        kind=row.kind,
        direction=row.direction,
        objective=row.objective,
    )


def first_meaning(
    slug: str, unit: Unit | None, kind: SeriesKind | None
) -> SeriesMeaning:
    """What a series means of which a point is the first word, that says this of it."""
    known = KNOWN.get(slug)
    if known is not None and known.is_fixed:
        return known
    made = known or SeriesMeaning(slug, label_of(slug))
    return replace(made, unit=unit or made.unit, kind=kind or made.kind)


def make(
    session: Session,
    brand: Brand,
    meanings: Mapping[str, SeriesMeaning],
    *,
    now: datetime,
) -> None:
    """Store those of these series that are not there; the caller holds the brand."""
    series = by_slug(session, brand)
    for slug, meaning in meanings.items():
        if slug in series:
            continue
        _refuse_too_many(series)
        series[slug] = Series(
            brand_id=brand.id,
            slug=slug,
            label=meaning.label.en,
            label_nl=meaning.label.nl,
            unit=meaning.unit,
            kind=meaning.kind,
            direction=meaning.direction,
            objective=meaning.objective,
            created_at=now,
            updated_at=now,
        )
        session.add(series[slug])
    session.flush()


def unit_error() -> str:
    """What is said of a unit that no series has."""
    return f"Must be one of {', '.join(UNITS)}."


def _refuse_too_many(series: Mapping[str, Series]) -> None:
    if len(series) >= MOST_SERIES:
        raise TooManySeries(f"A brand has at most {MOST_SERIES} series.")


def _refuse_other_meaning(session: Session, row: Series) -> None:
    if session.scalar(any_point(row)) is not None:
        raise SeriesInUse(
            f"{row.slug} is a {row.kind} of unit {row.unit} and has points; another "
            "meaning needs another series."
        )

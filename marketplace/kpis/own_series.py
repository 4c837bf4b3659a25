"""A brand's own series as KPIs: entries of a catalogue of its own, made from rows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from marketplace.kpis.catalogue import OWN, Kpi
from marketplace.kpis.measures import Measure
from marketplace.kpis.measures.series import Fold, series
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Unit
from marketplace.kpis.scope import ReportScope
from marketplace.kpis.series_models import Series
from marketplace.kpis.series_queries import series_of
from marketplace.kpis.series_rules import SeriesKind


@dataclass(frozen=True, slots=True)
class OwnSeries:
    """KPIs by id (``series:<slug>``), and the measures they are made of, by name."""

    kpis: Mapping[str, Kpi] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)


def own_series(
    session: Session, scope: ReportScope, *, among: Collection[str] | None = None
) -> OwnSeries:
    """The own series a report of that scope may show: its brand's; nothing is read
    where none is `among` the KPIs that are asked for (None: all are).

    An influencer sees none of them: what a brand measures is its own affair.
    """
    if scope.brand_id is None or scope.influencer_id is not None:
        return OwnSeries()
    if among is not None and not any(each.startswith(OWN) for each in among):
        return OwnSeries()
    return as_kpis(session.scalars(series_of([scope.brand_id])))


def as_kpis(rows: Iterable[Series]) -> OwnSeries:
    """Series as entries of the catalogue."""
    kpis, measures = {}, {}
    for row in rows:
        kpi, measure = _entry(row)
        kpis[kpi.id], measures[measure.name] = kpi, measure
    return OwnSeries(kpis, measures)


def _entry(row: Series) -> tuple[Kpi, Measure]:
    level = row.kind is SeriesKind.LEVEL
    words = Words(row.label, row.label_nl)
    meaning = Words(
        "As the brand tells it: "
        + ("what was told last." if level else "the sum of its days."),
        "Zoals het merk meldt: "
        + ("wat het laatst meldde." if level else "de som van de dagen."),
    )
    measure = series(
        row.slug,
        Fold.LAST if level else Fold.SUM,
        words,
        meaning.en,
        name=f"own_{row.slug}",
        money=row.unit is Unit.MONEY,
    )
    kpi = Kpi(
        f"{OWN}{row.slug}",
        words,
        row.objective,
        row.unit,
        row.direction,
        measure.term,
        meaning,
    )
    return kpi, measure

"""Measures: the additive facts and distinct counts that every KPI is made of. Pure.

A sum is added up by the database; sketches are merged, where a stored count will not
do. No ratios. A file per kind.
"""

from marketplace.kpis.measures import (
    channels,
    comments,
    customers,
    elsewhere,
    giveaways,
    leads,
    posts,
    sales,
    series,
    spending,
    traffic,
)
from marketplace.kpis.measures.entry import (
    Measure,
    MeasureUnit,
    Merge,
    Source,
)

__all__ = [
    "MEASURES",
    "Measure",
    "MeasureUnit",
    "Merge",
    "Source",
]

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for room in (
        *(traffic, sales, customers, spending, posts, elsewhere, channels),
        *(comments, leads, series, giveaways),
    )
    for measure in room.ALL
}

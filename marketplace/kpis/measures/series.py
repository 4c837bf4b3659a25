"""What a brand measures elsewhere. Pure."""

import enum
from dataclasses import dataclass

from marketplace.kpis.measures.entry import Measure, MeasureUnit, Source
from marketplace.kpis.outcome import Words

NOT_REPORTED = "not_reported"


class Fold(enum.StrEnum):
    """How the points of a stretch of days become one number.

    sum: all of them together. last: the latest, told in the stretch or (at most a
    year) before it. before: the sum of the stretch of equal length just before.
    """

    SUM = "sum"
    LAST = "last"
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class SeriesMeasure(Measure):
    """A series (`column`) over a stretch of days."""

    fold: Fold = Fold.SUM


def series(
    slug: str,
    fold: Fold,
    words: Words,
    text: str,
    *,
    name: str = "",
    money: bool = False,
) -> SeriesMeasure:
    """The measure that a series is, if told anything of it."""
    return SeriesMeasure(
        name or f"reported_{slug}",
        MeasureUnit.MONEY if money else MeasureUnit.COUNT,
        Source.SERIES,
        slug,
        words,
        text,
        absent="no_baseline" if fold is Fold.BEFORE else NOT_REPORTED,
        fold=fold,
    )


BRANDED_SEARCHES = series(
    "branded_searches",
    Fold.SUM,
    Words("reported branded searches", "gemelde zoekopdrachten op merknaam"),
    "Searches for the brand's name, as the brand tells them day by day, such as from "
    "Search Console.",
)
BRANDED_SEARCHES_BEFORE = series(
    "branded_searches",
    Fold.BEFORE,
    Words(
        "branded searches in as many days before",
        "zoekopdrachten op merknaam in evenveel dagen ervoor",
    ),
    "The same over the stretch of equal length just before.",
    name="reported_branded_searches_before",
)
_PILLAR = "One of the four pillars of the index, 0 to 25, as last told."
SSI = series(
    "ssi",
    Fold.LAST,
    Words("Social Selling Index as last told", "laatst gemelde Social Selling Index"),
    "LinkedIn's index of 0 to 100, as the brand or the influencer last told it; LinkedIn "
    "tells it to nobody else.",
)
SSI_BRAND = series(
    "ssi_brand",
    Fold.LAST,
    Words("SSI: professional brand", "SSI: professioneel merk"),
    _PILLAR,
)
SSI_PEOPLE = series(
    "ssi_people",
    Fold.LAST,
    Words("SSI: right people", "SSI: de juiste mensen"),
    _PILLAR,
)
SSI_INSIGHTS = series(
    "ssi_insights",
    Fold.LAST,
    Words("SSI: insights", "SSI: inzichten"),
    _PILLAR,
)
SSI_RELATIONSHIPS = series(
    "ssi_relationships",
    Fold.LAST,
    Words("SSI: relationships", "SSI: relaties"),
    _PILLAR,
)

ALL: tuple[Measure, ...] = (
    BRANDED_SEARCHES,
    BRANDED_SEARCHES_BEFORE,
    SSI,
    SSI_BRAND,
    SSI_PEOPLE,
    SSI_INSIGHTS,
    SSI_RELATIONSHIPS,
)

"""Series a brand measures elsewhere: what they are called, hold and may say. Pure."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

MOST_SERIES = 200  # of one brand
MOST_POINTS = 5000  # told at once
# How long a level holds for which nothing newer was told.
HELD_DAYS = 366
LARGEST = Decimal(10) ** 15
MOST_PLACES = 6
_SLUG = re.compile(r"[a-z](?:[a-z0-9_]{0,62}[a-z0-9])?")
# What the values of a series may be; whole numbers, the first two.
WHOLE_UNITS = (Unit.COUNT, Unit.MONEY)
UNITS = (*WHOLE_UNITS, Unit.RATIO, Unit.SECONDS, Unit.SCORE)


class SeriesKind(enum.StrEnum):
    """flow: it adds up over days. level: the last one told holds until the next."""

    FLOW = "flow"
    LEVEL = "level"


class PointNotValid(Invalid):
    """Such a point cannot be; says of each why, field by field."""


class SeriesNotValid(Invalid):
    """Such a series cannot be."""


class SeriesIsBuiltIn(Conflict):
    """What this series means is fixed."""


class SeriesInUse(Conflict):
    """It has points already, which would come to mean something else."""


class TooManySeries(Conflict):
    """The brand has as many series as it may have."""


class PointNotFound(NotFound):
    """No such point, or another brand's."""


@dataclass(frozen=True, slots=True)
class SeriesMeaning:
    """What a series is. `least`, `most`: what its values lie between.

    `is_fixed`: a KPI of the catalogue rests on it, so that nobody may change it.
    """

    slug: str
    label: Words
    unit: Unit = Unit.COUNT
    kind: SeriesKind = SeriesKind.FLOW
    direction: Direction = Direction.UP
    objective: Goal = Goal.AWARENESS
    least: Decimal | None = None
    most: Decimal | None = None
    is_fixed: bool = False


def _score(slug: str, label: Words, most: int) -> SeriesMeaning:
    return SeriesMeaning(
        slug,
        label,
        Unit.SCORE,
        SeriesKind.LEVEL,
        least=Decimal(0),
        most=Decimal(most),
        is_fixed=True,
    )


# What is known of some series before anybody says it.
KNOWN: Mapping[str, SeriesMeaning] = MappingProxyType(
    {
        meaning.slug: meaning
        for meaning in (
            SeriesMeaning(
                "branded_searches",
                Words("Branded searches", "Zoekopdrachten op merknaam"),
                least=Decimal(0),
                is_fixed=True,
            ),
            _score("ssi", Words("Social Selling Index", "Social Selling Index"), 100),
            _score(
                "ssi_brand",
                Words("SSI: professional brand", "SSI: professioneel merk"),
                25,
            ),
            _score(
                "ssi_people",
                Words("SSI: right people", "SSI: de juiste mensen"),
                25,
            ),
            _score(
                "ssi_insights",
                Words("SSI: insights", "SSI: inzichten"),
                25,
            ),
            _score(
                "ssi_relationships",
                Words("SSI: relationships", "SSI: relaties"),
                25,
            ),
            SeriesMeaning(
                "newsletter",
                Words("Newsletter sign-ups", "Inschrijvingen op de nieuwsbrief"),
                objective=Goal.CONVERSIONS,
                least=Decimal(0),
            ),
            SeriesMeaning(
                "website_visitors",
                Words("Website visitors", "Websitebezoekers"),
                objective=Goal.TRAFFIC,
                least=Decimal(0),
            ),
        )
    }
)
# What an influencer may tell of their own account: no platform says it to anybody else.
TOLD_BY_INFLUENCERS = frozenset(slug for slug in KNOWN if slug.startswith("ssi"))


def slug_error(slug: str) -> str:
    """What is wrong with the name of a series; empty if nothing is."""
    if _SLUG.fullmatch(slug):
        return ""
    return "Must be 1 to 64 of a-z, 0-9 and _, begin with a letter, not end in _."


def label_of(slug: str) -> Words:
    """What a series is called of which nobody said it: ``app_installs``: App installs."""
    text = slug.replace("_", " ").capitalize()
    return Words(text, text)


def value_error(value: Decimal, meaning: SeriesMeaning) -> str:
    """What is wrong with a value of that series; empty if nothing is."""
    if not value.is_finite() or abs(value) > LARGEST:
        return f"Must lie between -{LARGEST:f} and {LARGEST:f}."
    if meaning.unit in WHOLE_UNITS and value != value.to_integral_value():
        return "Must be a whole number."
    if value != round(value, MOST_PLACES):
        return f"At most {MOST_PLACES} decimal places."
    if meaning.least is not None and value < meaning.least:
        return f"Must be at least {meaning.least:f}."
    if meaning.most is not None and value > meaning.most:
        return f"Must be at most {meaning.most:f}."
    return ""

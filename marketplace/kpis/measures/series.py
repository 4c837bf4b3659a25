"""What a brand measures elsewhere. Pure."""

from marketplace.kpis.measures.entry import Measure

ALL: tuple[Measure, ...] = ()

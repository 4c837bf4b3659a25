"""Actions that are no purchases. Pure."""

from marketplace.kpis.measures.entry import Measure

ALL: tuple[Measure, ...] = ()

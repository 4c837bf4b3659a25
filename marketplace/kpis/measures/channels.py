"""What platforms say of channels. Pure."""

from marketplace.kpis.measures.entry import Measure

ALL: tuple[Measure, ...] = ()

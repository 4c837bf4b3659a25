"""Who entered giveaways. Pure."""

from marketplace.kpis.measures.entry import Measure

ALL: tuple[Measure, ...] = ()

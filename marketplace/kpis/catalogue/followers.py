"""Who stayed to follow."""

from marketplace.kpis.catalogue.entry import Kpi

ALL: tuple[Kpi, ...] = ()

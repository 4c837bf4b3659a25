"""Who saw it."""

from marketplace.kpis.catalogue.entry import Kpi

ALL: tuple[Kpi, ...] = ()

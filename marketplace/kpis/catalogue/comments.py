"""What people wrote under it."""

from marketplace.kpis.catalogue.entry import Kpi

ALL: tuple[Kpi, ...] = ()

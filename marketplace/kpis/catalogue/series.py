"""What the brand measures elsewhere."""

from marketplace.kpis.catalogue.entry import Kpi

ALL: tuple[Kpi, ...] = ()

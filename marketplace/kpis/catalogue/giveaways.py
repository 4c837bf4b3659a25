"""Giveaways, and who entered them."""

from marketplace.kpis.catalogue.entry import Kpi

ALL: tuple[Kpi, ...] = ()

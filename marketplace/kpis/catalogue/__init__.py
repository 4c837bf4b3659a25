"""The catalogue: every KPI there is, as data; a file per kind.

To add one, add an entry (and its measures, if it needs facts that are not there yet);
totals, breakdowns, the API and `docs/kpis.md` follow.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from marketplace.errors import Invalid
from marketplace.kpis.catalogue import (
    awareness,
    codes,
    comments,
    conversions,
    customers,
    efficiency,
    engagement,
    followers,
    giveaways,
    leads,
    series,
    traffic,
    value,
    video,
    worth,
)
from marketplace.kpis.catalogue.bundles import expanded
from marketplace.kpis.catalogue.entry import Kpi

__all__ = ["CATALOGUE", "OWN", "Kpi", "UnknownKpi", "pick"]

# The id of a brand's own series as a KPI begins so.
OWN = "series:"


class UnknownKpi(Invalid):
    """The catalogue has no KPI of that id."""


CATALOGUE: dict[str, Kpi] = {
    kpi.id: kpi
    for room in (
        awareness,
        engagement,
        video,
        comments,
        traffic,
        followers,
        giveaways,
        leads,
        conversions,
        customers,
        codes,
        value,
        efficiency,
        worth,
        series,
    )
    for kpi in room.ALL
}


def pick(
    ids: Iterable[str] | None, own: Mapping[str, Kpi] = MappingProxyType({})
) -> list[Kpi]:
    """The KPIs of these ids, each once, in their order; all of them for None.

    ``@name`` stands for those of a bundle.

    `own`: those a brand's own series are (`own_series`), by id. UnknownKpi names every
    id that is neither there nor in the catalogue.
    """
    every = {**CATALOGUE, **own}
    if ids is None:
        told = {f"{OWN}{kpi_id}" for kpi_id in CATALOGUE}
        return [kpi for kpi_id, kpi in every.items() if kpi_id not in told]
    wanted = list(dict.fromkeys(expanded(ids)))
    unknown = [each for each in wanted if each not in every]
    if unknown:
        raise UnknownKpi(
            {"kpis": [f"There is no KPI {each[:64]!r}." for each in unknown]}
        )
    return [every[each] for each in wanted]

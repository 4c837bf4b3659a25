"""The catalogue: every KPI there is, as data; a file per kind.

To add one, add an entry (and its measures, if it needs facts that are not there yet);
totals, breakdowns, the API and `docs/kpis.md` follow.
"""

from collections.abc import Iterable

from marketplace.errors import Invalid
from marketplace.kpis.catalogue import (
    awareness,
    comments,
    conversions,
    efficiency,
    engagement,
    followers,
    giveaways,
    leads,
    series,
    traffic,
    value,
    video,
)
from marketplace.kpis.catalogue.entry import Kpi

__all__ = ["CATALOGUE", "Kpi", "UnknownKpi", "pick"]


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
        value,
        efficiency,
        series,
    )
    for kpi in room.ALL
}


def pick(ids: Iterable[str] | None) -> list[Kpi]:
    """The KPIs of these ids, each once, in their order; all of them for None.

    UnknownKpi names every id that is not in the catalogue.
    """
    if ids is None:
        return list(CATALOGUE.values())
    wanted = list(dict.fromkeys(ids))
    unknown = [each for each in wanted if each not in CATALOGUE]
    if unknown:
        raise UnknownKpi(
            {"kpis": [f"There is no KPI {each[:64]!r}." for each in unknown]}
        )
    return [CATALOGUE[each] for each in wanted]

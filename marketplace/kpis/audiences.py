"""How many people posts could reach: as a campaign declares, and as channels have."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from marketplace.content.emv_queries import audiences_of
from marketplace.kpis import channel_queries as queries
from marketplace.kpis.rules import Provenance

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader


class Level(NamedTuple):
    """The followers of a channel; `seen_at` is null where the influencer states them."""

    followers: int
    source: Provenance
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Audiences:
    """`declared`: by campaign and platform; `together`: by campaign, on all platforms,
    each person once. `levels`: by channel.
    """

    declared: Mapping[tuple[str, str], int]
    together: Mapping[str, int]
    levels: Mapping[str, Level]


def audiences_in(reader: "Reader", before: date) -> Audiences:
    """Those of a report's scope, as they were just before a day; three statements."""
    rows = reader.session.scalars(audiences_of(list(reader.campaigns)))
    declared, together = {}, {}
    for row in rows:
        if row.platform:
            declared[row.campaign_id, row.platform] = row.size
        else:
            together[row.campaign_id] = row.size
    return Audiences(declared, together, levels_in(reader, before))


def levels_in(reader: "Reader", before: date) -> dict[str, Level]:
    """The last level of each channel before a day, else what its influencer states."""
    stated = reader.session.execute(queries.influencer_channels(reader.scope))
    seen = reader.session.execute(queries.levels_before(reader.scope, before))
    levels = {
        channel_id: Level(followers, Provenance.REPORTED, None)
        for channel_id, _, followers, _, _ in stated
        if followers is not None
    }
    for channel_id, followers, source, at in seen:
        levels[channel_id] = Level(followers, Provenance(source.value), at)
    return levels

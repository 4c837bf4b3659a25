"""Groups: the rows of a breakdown, and which facts belong to which."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.rules import Platform
from marketplace.kpis import content_queries, queries
from marketplace.kpis.rules import Breakdown, Window, stretch_of
from marketplace.kpis.scope import ReportScope
from marketplace.kpis.tally import CampaignFacts, Key

# What a row's key is called, per breakdown.
FIELDS: dict[Breakdown, tuple[str, ...]] = {
    Breakdown.DAY: ("day",),
    Breakdown.WEEK: ("week",),
    Breakdown.MONTH: ("month",),
    Breakdown.CAMPAIGN: ("campaign_id", "title"),
    Breakdown.INFLUENCER: ("influencer_id", "name"),
    Breakdown.LINK: ("link_id", "slug"),
    Breakdown.PLATFORM: ("platform",),
    Breakdown.CHANNEL: ("channel_id", "platform", "handle"),
    Breakdown.POST: ("post_id", "title", "url", "platform"),
    Breakdown.SHOP: ("shop_id", "name"),
    **{each: (each.value,) for each in Breakdown if each.is_open},
}


@dataclass(frozen=True, slots=True)
class Groups:
    """The rows of one breakdown: `keys` by what the facts are kept under.

    Of an open one nothing is known before: each value is a row.
    """

    by: Breakdown
    keys: Mapping[Any, Key]

    @property
    def nowhere(self) -> Key:
        """The group of what belongs to no row."""
        return (None,) * len(FIELDS[self.by])

    def of(self, raw: Any) -> Key:
        """The group of a fact that is kept under that key."""
        if self.by.is_open:
            return (raw or None,)
        return self.keys.get(raw, self.nowhere)

    def named(self, key: Key) -> dict[str, str | None]:
        """A key with its field names, as a row shows it."""
        return dict(zip(FIELDS[self.by], key, strict=True))

    def in_order(self, found: Collection[Key]) -> list[Key]:
        """The rows to show: all stretches of time; else what was found, by name."""
        if self.by.is_time:
            return list(dict.fromkeys(self.keys.values()))
        return sorted(
            found, key=lambda key: [(part is None, part or "") for part in key[::-1]]
        )

    def days(self, window: Window) -> Mapping[Key, int]:
        """How many of the window's days each group spans."""
        if self.by.is_time:
            return Counter(self.keys.values())
        return defaultdict(lambda: window.length)


def groups_of(
    session: Session,
    scope: ReportScope,
    window: Window,
    by: Breakdown,
    campaigns: Collection[CampaignFacts],
) -> Groups:
    """The rows there can be in that scope and window; at most two statements."""
    if by.is_open:
        return Groups(by, {})
    if by.is_time:
        return Groups(by, {day: (stretch_of(day, by),) for day in window.days})
    if by is Breakdown.CAMPAIGN:
        return Groups(by, {each.id: (each.id, each.title) for each in campaigns})
    if by is Breakdown.INFLUENCER:
        rows = session.execute(queries.influencers_in(scope))
        return Groups(by, {row[0]: (row[1], row[2]) for row in rows})
    if by is Breakdown.SHOP:
        rows = session.execute(queries.shops_in(scope))
        return Groups(by, {row[0]: (row[0], row[1]) for row in rows})
    if by is Breakdown.POST:
        return Groups(by, _posts(session, scope))
    return Groups(by, _links(session, scope, by))


def _posts(session: Session, scope: ReportScope) -> dict[Any, Key]:
    """Rows by post, and by the link of a post that shares it with no other."""
    keys: dict[Any, Key] = {}
    shared = Counter[str]()
    links: dict[str, Key] = {}
    rows = session.execute(content_queries.posts_in(scope))
    for post_id, title, url, platform, link_id in rows:
        keys[post_id] = (post_id, title, url, platform.value)
        if link_id is not None:
            shared[link_id] += 1
            links[link_id] = keys[post_id]
    own = {link_id: key for link_id, key in links.items() if shared[link_id] == 1}
    return keys | own


def _links(session: Session, scope: ReportScope, by: Breakdown) -> dict[Any, Key]:
    """Rows by link, as orders are kept, and by value, as traffic is."""
    keys: dict[Any, Key] = {}
    if by is Breakdown.PLATFORM:
        keys |= {each.value: (each.value,) for each in Platform}
    if by is Breakdown.CHANNEL:
        rows = session.execute(queries.channels_in(scope))
        keys |= {row[0]: (row[0], row[1].value, row[2]) for row in rows}
    for link_id, slug, platform, channel_id in session.execute(queries.links_in(scope)):
        if by is Breakdown.LINK:
            keys[link_id] = (link_id, slug)
        elif by is Breakdown.PLATFORM and platform is not None:
            keys[link_id] = (platform.value,)
        elif by is Breakdown.CHANNEL and channel_id in keys:
            keys[link_id] = keys[channel_id]
    return keys

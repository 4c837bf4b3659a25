"""Channels that posted into tallies: how many follow them at the end of the window."""

from typing import TYPE_CHECKING

from marketplace.clock import local_day
from marketplace.kpis.audiences import levels_in
from marketplace.kpis.content_queries import published_around
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures.channels import POSTING as CHANNELS_THAT_POSTED
from marketplace.kpis.measures.channels import POSTING_KNOWN, POTENTIAL
from marketplace.kpis.post_lines import Published
from marketplace.kpis.tally import Facts, Note, Tally
from marketplace.kpis.traffic_queries import Span

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader

POSTING = (POTENTIAL, CHANNELS_THAT_POSTED, POSTING_KNOWN)


def read_posting(
    reader: "Reader", facts: Facts, span: Span, groups: Groups | None
) -> None:
    """Each channel once in every row and in the total, however often it posted."""
    posting: dict[int, tuple[Tally, set[str]]] = {}
    for row in reader.session.execute(published_around(reader.scope, span)):
        post = Published(*row)
        campaign = reader.campaigns[post.campaign_id]
        day = local_day(post.published_at, campaign.timezone)
        if not span[0] <= day < span[1]:
            continue
        key = groups.of(post.raw(groups.by, day)) if groups else None
        for tally in facts.tallies(key, campaign):
            met = posting.setdefault(id(tally), (tally, set()))
            met[1].add(post.channel_id or post.application_id)
    levels = levels_in(reader, span[1]) if posting else {}
    for tally, channels in posting.values():
        known = [levels[each] for each in channels if each in levels]
        tally.add(CHANNELS_THAT_POSTED.name, len(channels))
        tally.add(POSTING_KNOWN.name, len(known))
        if known:
            tally.add(POTENTIAL.name, sum(each.followers for each in known))
        for level in known:
            tally.add(POTENTIAL.name, 0, Note(level.source, level.seen_at))

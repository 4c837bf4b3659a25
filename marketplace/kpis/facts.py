"""Facts: which sources have a reader of their own, and a reader that knows them all."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.kpis.audience_reading import read_audiences
from marketplace.kpis.channels import read_channels
from marketplace.kpis.comments import read_comments
from marketplace.kpis.content import read_posts
from marketplace.kpis.earlier import read_earlier
from marketplace.kpis.giveaway_reading import read_giveaways
from marketplace.kpis.groups import Groups
from marketplace.kpis.leaks import read_leaks
from marketplace.kpis.measures import Measure, Source
from marketplace.kpis.reader import Read, Reader
from marketplace.kpis.rules import DatedBy
from marketplace.kpis.sales_reading import read_sales
from marketplace.kpis.scope import ReportScope
from marketplace.kpis.series_reading import read_series
from marketplace.kpis.spending import read_costs
from marketplace.kpis.tally import CampaignFacts, Facts
from marketplace.kpis.traffic import TrafficReader
from marketplace.kpis.traffic_queries import Span


def reader_of(
    session: Session,
    scope: ReportScope,
    campaigns: Mapping[str, CampaignFacts],
    currency: str,
    measures: Collection[Measure],
    now: datetime,
    *,
    zone: str | None = None,
    basis: DatedBy = DatedBy.ORDER,
) -> Reader:
    """A reader of these measures, with all sources there are."""
    told = session, scope, campaigns, currency, measures, now
    return Reader(*told, readers=READERS, zone=zone, basis=basis)


def _traffic(
    reader: Reader,
    facts: Facts,
    measures: list[Measure],
    span: Span,
    groups: Groups | None,
) -> None:
    traffic = TrafficReader(
        reader.session, reader.scope, reader.campaigns, measures, span
    )
    traffic.read(facts, groups)


READERS: dict[Source, Read] = {
    Source.CHANNELS: read_channels,
    Source.COMMENTS: read_comments,
    Source.COSTS: read_costs,
    Source.AUDIENCES: read_audiences,
    Source.EARLIER: read_earlier,
    Source.FLAGS: read_leaks,
    Source.GIVEAWAYS: read_giveaways,
    Source.POSTS: read_posts,
    Source.SALES: read_sales,
    Source.SERIES: read_series,
    Source.TRAFFIC: _traffic,
}

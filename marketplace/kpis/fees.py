"""What the instance charged a brand for collecting its money, as a cost of its campaigns.

A funding is of a brand and a currency, not of a campaign. Its fee goes over the brand's
campaigns in that currency by what they owed in commissions up to the day it was paid,
to the last cent; where none owed anything it is no campaign's, and in no report of them.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from marketplace.campaigns.models import Campaign
from marketplace.clock import local_day
from marketplace.commissions.models import CommissionCell
from marketplace.costs.rules import divided
from marketplace.kpis.exchange import Span
from marketplace.payouts.models import Funding
from marketplace.payouts.rules import FundingStatus

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader

# Around the window, whatever the time zone.
NEAR = timedelta(days=2)


class Fee(NamedTuple):
    """A campaign's part of what one funding cost."""

    campaign_id: str
    charged_on: date
    amount: int


def fees_in(reader: "Reader", span: Span) -> Iterator[Fee]:
    """Those of the days of `span`, of the campaigns of a brand's report."""
    brand_id = reader.scope.brand_id
    if brand_id is None or reader.scope.influencer_id is not None:
        return  # an influencer is not told what the brand pays for its payments
    charged = _charged(reader, brand_id, span)
    if not charged:
        return
    owed = _owed(reader, brand_id)
    for currency, day, amount in charged:
        weights: Counter[str] = Counter()
        for (campaign_id, of, on), part in owed.items():
            if of == currency and on <= day:
                weights[campaign_id] += part
        for campaign_id, part in divided(amount, weights).items():
            if campaign_id in reader.campaigns:
                yield Fee(campaign_id, day, part)


def _charged(
    reader: "Reader", brand_id: str, span: Span
) -> list[tuple[str, date, int]]:
    """Currency, day and amount of every fee that was paid in these days."""
    start, end = (datetime.combine(day, time.min, UTC) for day in span)
    rows = reader.session.execute(
        select(Funding.currency, Funding.succeeded_at, Funding.fee_amount)
        .where(
            Funding.brand_id == brand_id,
            Funding.status == FundingStatus.SUCCEEDED,
            Funding.fee_amount > 0,
            Funding.succeeded_at >= start - NEAR,
            Funding.succeeded_at < end + NEAR,
        )
        .order_by(Funding.succeeded_at, Funding.id)
    )
    zones = {each.timezone for each in reader.campaigns.values()}
    zone = reader.zone or min(zones, default="UTC")  # of one brand there is one
    found = []
    for currency, at, amount in rows:
        if at is None:
            continue
        day = local_day(at, zone)
        if span[0] <= day < span[1]:
            found.append((currency, day, amount))
    return found


def _owed(reader: "Reader", brand_id: str) -> dict[tuple[str, str, date], int]:
    """What every campaign of the brand owed in commissions, by its currency and day."""
    rows = reader.session.execute(
        select(
            *(CommissionCell.campaign_id, Campaign.currency, CommissionCell.day_on),
            func.sum(CommissionCell.amount),
        )
        .join(Campaign, Campaign.id == CommissionCell.campaign_id)
        .where(Campaign.brand_id == brand_id)
        .group_by(CommissionCell.campaign_id, Campaign.currency, CommissionCell.day_on)
    )
    return {(campaign_id, of, on): int(n) for campaign_id, of, on, n in rows}

"""What an action on a post is worth today, for the forecast of earned media value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final

from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.content.emv_queries import rate_books
from marketplace.content.emv_rules import (
    VIEWED_FORMATS,
    VIEWED_PLATFORMS,
    EmvAction,
    RateBook,
)
from marketplace.kpis.exchange import Exchange, exchange_over
from marketplace.kpis.forecast.expectations import Planned
from marketplace.kpis.forecast.posts import SeenPost

METRICS: Final[Mapping[EmvAction, str]] = {
    EmvAction.LIKE: "likes",
    EmvAction.COMMENT: "comments",
    EmvAction.SHARE: "shares",
    EmvAction.SAVE: "saves",
    EmvAction.VIEW: "views",
    EmvAction.IMPRESSION: "impressions",
}


@dataclass(frozen=True, slots=True)
class Worth:
    """A brand's rates of one day, in the minor units of a campaign's currency."""

    book: RateBook
    exchange: Exchange
    on: date

    @classmethod
    def of(cls, session: Session, campaign: Campaign, on: date) -> "Worth":
        """Those of the campaign's brand on that day.

        Converted, as the KPI is, by the exchange rate of the first day of the month.
        """
        book = rate_books(session, [campaign.brand_id])[campaign.brand_id]
        used = {rate.currency for rate in book.holding(on)}
        first = on.replace(day=1)
        span = first, first + timedelta(days=1)
        exchange = exchange_over(session, used, campaign.currency, span)
        return cls(book, exchange, on)

    def price(self, action: EmvAction, post: SeenPost | Planned) -> Fraction | None:
        """What one such action on that post is worth; None where nobody says.

        What is seen is priced by views or by impressions, never by both.
        """
        seen = (EmvAction.VIEW, EmvAction.IMPRESSION)
        if action in seen and action is not self._exposure(post):
            return None
        rate = self.book.rate(post.platform, action, self.on)
        if rate is None:
            return None
        factor = self.exchange.factor(rate.currency, self.on.replace(day=1))
        return None if factor is None else rate.minor * factor

    def _exposure(self, post: SeenPost | Planned) -> EmvAction:
        viewed = post.platform in VIEWED_PLATFORMS
        if isinstance(post, SeenPost):
            viewed = viewed or post.format in VIEWED_FORMATS
        first, other = EmvAction.VIEW, EmvAction.IMPRESSION
        if not viewed:
            first, other = other, first
        if self.book.rate(post.platform, first, self.on) is not None:
            return first
        return other

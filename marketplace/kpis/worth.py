"""What content is worth: counts times the rates of their platform and day, exactly.

A rate in another currency than the report's is converted by the exchange rate of the
first day of the month in which the actions were counted: a dated rate, and the same for
every row of every report.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from marketplace.accounts.rules import Platform
from marketplace.clock import days_between
from marketplace.content.emv_queries import rate_books
from marketplace.content.emv_rules import (
    ENGAGEMENT,
    EmvAction,
    Rate,
    RateBook,
    exposure,
)
from marketplace.kpis import worth_queries as queries
from marketplace.kpis.exchange import Exchange, exchange_over
from marketplace.kpis.groups import Groups
from marketplace.kpis.measures.posts import (
    EMV_ENGAGEMENT,
    EMV_EXPOSURE,
    VALUED_ENGAGEMENT,
    VALUED_EXPOSURE,
)
from marketplace.kpis.outcome import Unknown
from marketplace.kpis.post_lines import Line
from marketplace.kpis.stretches import Stretches
from marketplace.kpis.tally import CampaignFacts, Note, Tally
from marketplace.kpis.traffic_queries import Span

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader

NO_RATE = "no_rate"
NO_EXCHANGE_RATE = "no_exchange_rate"
NOT_REPORTED = "not_reported"
# Of several the first is told: it is the one that is mended first.
REASONS = (NO_EXCHANGE_RATE, NO_RATE, NOT_REPORTED)
COLUMN: dict[EmvAction, str] = {
    EmvAction.LIKE: "likes",
    EmvAction.COMMENT: "comments",
    EmvAction.SHARE: "shares",
    EmvAction.SAVE: "saves",
    EmvAction.IMPRESSION: "impressions",
    EmvAction.VIEW: "views",
}


class Price(NamedTuple):
    """What an action on a platform is worth, for one campaign and stretch of days.

    `first`: the first day of the stretch. `unit`: minor units of the report for one
    action, exactly, by the exchange rate of `converted_on`; None where nobody knows.
    """

    campaign_id: str
    platform: Platform
    action: EmvAction
    first: date
    rate: Rate | None
    unit: Fraction | None
    converted_on: date | None

    @property
    def is_engagement(self) -> bool:
        """Whether it is what people did, rather than what they saw."""
        return self.action in ENGAGEMENT

    @property
    def name(self) -> str:
        """As a list of what is missing has it."""
        return f"{self.platform}.{self.action}"


@dataclass(frozen=True, slots=True)
class Worth:
    """What so many actions are worth; `count`: None where nobody knows."""

    price: Price
    count: int | None

    @property
    def amount(self) -> Fraction | None:
        """In minor units, exactly; None for a `reason`."""
        if self.count is None or self.price.unit is None:
            return None
        return self.count * self.price.unit

    @property
    def known_as(self) -> str:
        """The measure of the posts of which something of that sort is known."""
        engaged = self.price.is_engagement
        return (VALUED_ENGAGEMENT if engaged else VALUED_EXPOSURE).name

    @property
    def reason(self) -> str | None:
        """Why nobody knows what they are worth."""
        if self.count is None:
            return NOT_REPORTED
        if self.price.unit is not None:
            return None
        return NO_RATE if self.price.rate is None else NO_EXCHANGE_RATE


@dataclass(frozen=True, slots=True)
class Pricing:
    """The rates of every brand of a report, and what their currencies are worth."""

    campaigns: Mapping[str, CampaignFacts]
    books: Mapping[str, RateBook]
    exchange: Exchange
    stretches: Stretches
    prices: dict[tuple[str, Platform, EmvAction, int], Price] = field(
        default_factory=dict
    )

    def of_line(self, line: Line) -> Iterator[Worth]:
        """What posts are worth, action by action and stretch by stretch."""
        kind = line.kind
        order = [EmvAction.IMPRESSION, EmvAction.VIEW]
        for stretch, grown in line.stretches.items():
            counts = {
                action: grown[column] if column in kind.known else None
                for action, column in COLUMN.items()
            }
            seen = {each: counts[each] for each in order[:: -1 if kind.viewed else 1]}
            first, book = self.stretches.firsts[stretch], self._book(kind.campaign_id)
            for action in (*ENGAGEMENT, exposure(book, kind.platform, first, seen)):
                made = kind.campaign_id, kind.platform, action
                yield self.of(*made, stretch, counts[action])

    def of(
        self,
        campaign_id: str,
        platform: Platform,
        action: EmvAction,
        stretch: int,
        count: int | None,
    ) -> Worth:
        """What so many of an action are worth."""
        key = campaign_id, platform, action, stretch
        price = self.prices.get(key)
        if price is None:
            price = self.prices[key] = self._price(*key)
        return Worth(price, count)

    def _price(
        self, campaign_id: str, platform: Platform, action: EmvAction, stretch: int
    ) -> Price:
        first = self.stretches.firsts[stretch]
        made = campaign_id, platform, action, first
        rate = self._book(campaign_id).rate(platform, action, first)
        if rate is None:
            return Price(*made, None, None, None)
        day = first.replace(day=1)
        factor = self.exchange.factor(rate.currency, day)
        unit = None if factor is None else rate.minor * factor
        converted = rate.currency != self.exchange.target
        return Price(*made, rate, unit, day if converted else None)

    def _book(self, campaign_id: str) -> RateBook:
        return self.books[self.campaigns[campaign_id].brand_id]


def pricing_of(reader: "Reader", span: Span) -> Pricing:
    """The rates that hold in `span` for the platforms of a report; three statements."""
    session, campaigns = reader.session, reader.campaigns
    books = rate_books(session, {each.brand_id for each in campaigns.values()})
    platforms = {*session.scalars(queries.platforms_in(reader.scope))}
    days = days_between(*span)
    rates = [rate for book in books.values() for rate in book.over(platforms, span)]
    used = {rate.currency for rate in rates}
    first = span[0].replace(day=1)
    exchange = exchange_over(session, used, reader.currency, (first, span[1]))
    changes = {rate.valid_from for rate in rates}
    if exchange.is_needed:
        changes |= {day for day in days if day.day == 1}
    stretches = Stretches(span, sorted(changes & {*days[1:]}))
    return Pricing(campaigns, books, exchange, stretches)


class Worths:
    """Adds up what content is worth, by tally."""

    def __init__(self) -> None:
        self._met: dict[tuple[int, str], tuple[Tally, set[str]]] = {}

    def add(self, tally: Tally, worth: Worth, note: Note | None = None) -> None:
        """What some actions are worth, or why nobody knows; `note`: who counted them."""
        engaged = worth.price.is_engagement
        name = (EMV_ENGAGEMENT if engaged else EMV_EXPOSURE).name
        _, reasons = self._met.setdefault((id(tally), name), (tally, set()))
        amount, reason = worth.amount, worth.reason
        if amount is not None:
            tally.add(name, amount, note)
        elif reason is not None:
            reasons.add(reason)
            if worth.count:
                tally.missing[name].add(worth.price.name)

    def settle(self) -> None:
        """Say of every tally with nothing to tell why that is."""
        for (_, name), (tally, reasons) in self._met.items():
            if name not in tally.sums:
                tally.unknown[name] = Unknown(min(reasons, key=REASONS.index))


def clicks(
    reader: "Reader", pricing: Pricing, groups: Groups | None
) -> Iterator[tuple[Worth, object]]:
    """What counted clicks are worth, and what each is known by in a breakdown."""
    by = groups.by if groups else None
    statement = queries.clicks_by_platform(reader.scope, pricing.stretches, by)
    for campaign_id, raw, platform, stretch, count in reader.session.execute(statement):
        click = EmvAction.CLICK
        yield pricing.of(campaign_id, platform, click, stretch, int(count)), raw

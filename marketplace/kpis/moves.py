"""Moves: facts that a report wants on another day than the one their cells have them on.

A report reads cells, by the brand's days and with refunds on the day of their order. One
in another time zone, or with refunds when they happened, takes what is on the wrong day
off that day and adds it to the right one. So its totals over all time are those of the
cells, and its cost is that of what moves.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.kpis.exchange import Span
from marketplace.kpis.groups import Groups
from marketplace.kpis.outcome import Number
from marketplace.kpis.tally import CampaignFacts, Facts


@dataclass(frozen=True, slots=True)
class Move:
    """Amounts, by measure, that leave one day and come on another.

    `raw`: what the rows of a breakdown are found from, where these are no days.
    `rated_on`: the day whose exchange rate holds on both sides; None: each its own.
    """

    campaign_id: str
    raw: Any
    left: date
    came: date
    amounts: Mapping[str, int]
    rated_on: date | None = None

    def sides(self, span: Span) -> Iterable[tuple[date, int]]:
        """The days within `span` that it changes, and whether it takes or adds."""
        if self.left != self.came:
            for day, sign in ((self.left, -1), (self.came, 1)):
                if span[0] <= day < span[1]:
                    yield day, sign


def rated_from(moves: Iterable[Move], span: Span) -> Span:
    """The days of which rates are needed to apply them within `span`."""
    days = [each.rated_on for each in moves if each.rated_on is not None]
    return min([span[0], *days]), span[1]


def apply(
    moves: Iterable[Move],
    facts: Facts,
    campaigns: Mapping[str, CampaignFacts],
    groups: Groups | None,
    span: Span,
    money: Collection[str],
) -> None:
    """Move them within `facts`; `money`: the measures that are converted."""
    for move in moves:
        campaign = campaigns[move.campaign_id]
        for day, sign in move.sides(span):
            key = None
            if groups:
                key = groups.of(day if groups.by.is_time else move.raw)
            rated_on = move.rated_on or day
            worth = facts.exchange.factor(campaign.currency, rated_on)
            for tally in facts.tallies(key, campaign, rated_on):
                for name, amount in move.amounts.items():
                    factor: Number | None = worth if name in money else 1
                    if factor is not None:
                        tally.sums[name] += sign * amount * factor

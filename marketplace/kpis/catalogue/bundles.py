"""Bundles: KPIs that are looked at together, under one name.

A bundle is a view and no score: nothing is made of its parts. As a choice of KPIs it is
written ``@name``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from marketplace.kpis.outcome import Words


@dataclass(frozen=True, slots=True)
class Bundle:
    """Which KPIs, in which order; few enough to look at all of them."""

    name: str
    label: Words
    kpis: tuple[str, ...]


def _bundle(name: str, label: Words, *kpis: str) -> Bundle:
    return Bundle(name, label, kpis)


BUNDLES: dict[str, Bundle] = {
    bundle.name: bundle
    for bundle in (
        _bundle(
            "visibility",
            Words("Visibility of content", "Zichtbaarheid van content"),
            *("reach", "impressions", "views", "potential_reach"),
        ),
        _bundle(
            "profitability",
            Words("Overall profitability", "Totale winstgevendheid"),
            *("roi", "roi_with_emv", "emv"),
        ),
        _bundle(
            "awareness",
            Words("Awareness", "Naamsbekendheid"),
            *("reach", "impressions", "views", "frequency", "mentions"),
            *("branded_searches", "cpm"),
        ),
        _bundle(
            "engagement",
            Words("Engagement", "Betrokkenheid"),
            *("engagement", "engagement_rate", "likes", "comments", "shares", "saves"),
            "cpe",
        ),
        _bundle(
            "traffic",
            Words("Traffic", "Verkeer"),
            *("clicks", "visitors", "new_visitors", "bounce_rate", "ctr", "cpc"),
        ),
        _bundle(
            "followers",
            Words("Follower growth", "Volgersgroei"),
            *("new_followers", "follower_growth_rate", "followers", "followers_gained"),
        ),
        _bundle(
            "conversions",
            Words("Conversions and sales", "Conversies en verkoop"),
            *("conversions", "conversion_rate", "revenue", "new_customers"),
            *("repeat_buyers", "cpa", "roi"),
        ),
        _bundle(
            "value",
            Words("Value", "Waarde"),
            *("net_profit", "profit_per_visitor", "roi", "roas", "emv", "roi_with_emv"),
        ),
    )
}


def expanded(ids: Iterable[str]) -> Iterator[str]:
    """The same ids, with those of a bundle in its place; of no bundle it stays as is."""
    for each in ids:
        bundle = BUNDLES.get(each[1:]) if each.startswith("@") else None
        yield from bundle.kpis if bundle else (each,)

"""What the days of an influencer's clicks and orders look like, beside those of the
campaign's others. Pure.

What a brand has judged is not judged again: each rule looks only at the days since.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median_low
from typing import Any, Final, NamedTuple

from marketplace.fraud.bands import Share, band
from marketplace.fraud.rules import Action, Rule, Setting, Settings, Strike
from marketplace.fraud.websites import COUPON_SITES, listed

# How much the share must differ as well, however sure it is: twice, or half of it.
_TIMES: Final = 2


@dataclass(slots=True)
class Day:
    """One application and day.

    `code_orders`: by the code alone, no click of the influencer known. `clicks`: those
    that count; `gross`: all; `clickers`: by how many visitors. `coupons`: clicks and
    visits by the host they came from, of hosts that are coupon sites. `is_seen`:
    whether the shops' script told of any visit at all that day.
    """

    orders: int = 0
    refunded: int = 0
    click_orders: int = 0
    code_orders: int = 0
    clicks: int = 0
    gross: int = 0
    clickers: int = 0
    visits: int = 0
    is_seen: bool = False
    coupons: dict[str, int] = field(default_factory=dict)


class Span(NamedTuple):
    """Days, both included, as they are judged together."""

    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Figures:
    """The days of one application."""

    application_id: str
    days: Mapping[date, Day]
    # Everybody's shares are asked for by each of the others.
    _shares: dict[tuple[Rule, Span], Share] = field(default_factory=dict, compare=False)

    def within(self, span: Span) -> list[tuple[date, Day]]:
        """Those of these days on which there was something, in order."""
        return [
            (day, one)
            for day, one in sorted(self.days.items())
            if span.since <= day <= span.until
        ]

    def share(self, rule: Rule, span: Span) -> Share:
        """The share that the rule looks at."""
        found = self._shares.get((rule, span))
        if found is None:
            found = self._shares[rule, span] = self._share(rule, span)
        return found

    def _share(self, rule: Rule, span: Span) -> Share:
        days = [one for _, one in self.within(span)]
        if rule is Rule.CLICKS_WITHOUT_BEACON:
            days = [one for one in days if one.is_seen]
        part, of = _PARTS[rule]
        return Share(
            sum(getattr(one, part) for one in days),
            sum(getattr(one, of) for one in days),
        )


# The share a rule looks at: of which figure, which part.
_PARTS: Final[Mapping[Rule, tuple[str, str]]] = {
    Rule.CONVERSION_RATE: ("click_orders", "clicks"),
    Rule.CLICKS_WITHOUT_BEACON: ("visits", "clicks"),
    Rule.REFUND_PATTERN: ("refunded", "orders"),
    Rule.LEAKED_CODE: ("code_orders", "orders"),
}
# Whether being above, or below, what is usual is what looks like fraud.
_ABOVE: Final = {Rule.CONVERSION_RATE, Rule.REFUND_PATTERN, Rule.LEAKED_CODE}
_BELOW: Final = {Rule.CONVERSION_RATE, Rule.CLICKS_WITHOUT_BEACON}


def strikes_of(
    own: Figures,
    peers: Sequence[Figures],
    settings: Settings,
    spans: Mapping[Rule, Span],
) -> Iterator[Strike]:
    """The rules that strike by what an application's days add up to."""
    if (strike := _coupons(own, settings, spans[Rule.COUPON_SITE])) is not None:
        yield strike
    if (strike := _burst_of_orders(own, settings, spans[Rule.LEAKED_CODE])) is not None:
        yield strike
    for rule in _PARTS:
        strike = _outside(rule, own, peers, settings[rule], spans[rule])
        if strike is not None:
            yield strike


def _outside(
    rule: Rule, own: Figures, peers: Sequence[Figures], setting: Setting, span: Span
) -> Strike | None:
    """Far from what is usual with the others of the campaign, as many as are needed."""
    name = "orders" if "orders" in setting.thresholds else "clicks"
    least, share = setting.number(name), own.share(rule, span)
    if share.of < least or setting.action is Action.ALLOW:
        return None
    others = [peer.share(rule, span) for peer in peers]
    others = [other for other in others if other.of >= least]
    if len(others) < setting.number("peers"):
        return None
    usual = band(share, others)
    far = setting.number("deviations")
    above = usual.deviations > far and share.bps >= _TIMES * usual.usual_bps
    below = usual.deviations < -far and share.bps * _TIMES <= usual.usual_bps
    if rule is Rule.LEAKED_CODE:
        # Twice what is usual may be more than all.
        above = usual.deviations > far and share.part >= least
    if not (above and rule in _ABOVE) and not (below and rule in _BELOW):
        return None
    said: dict[str, Any] = {
        **_days(span),
        "part": share.part,
        "of": share.of,
        "share_bps": share.bps,
        "usual_bps": usual.usual_bps,
        "peers": usual.peers,
    }
    return Strike(rule, {"by": "peers", **said} if rule is Rule.LEAKED_CODE else said)


def _coupons(own: Figures, settings: Settings, span: Span) -> Strike | None:
    setting = settings[Rule.COUPON_SITE]
    days = [one for _, one in own.within(span)]
    known = COUPON_SITES | setting.words("hosts")
    hosts: Counter[str] = Counter()
    for one in days:
        hosts.update({h: n for h, n in one.coupons.items() if listed(h, known)})
    clicks = hosts.total()
    of = sum(one.clicks + one.visits for one in days)
    enough = clicks * 100 >= setting.number("share_percent") * of
    if clicks < setting.number("clicks") or not enough:
        return None
    first = sorted(hosts, key=lambda host: (-hosts[host], host))[:5]
    said = {"by": "traffic", "clicks": clicks, "of": of, "hosts": first}
    return Strike(Rule.COUPON_SITE, {**_days(span), **said})


def _burst_of_orders(own: Figures, settings: Settings, span: Span) -> Strike | None:
    """The day with the most orders by code, if nobody came by way of the influencer."""
    setting = settings[Rule.LEAKED_CODE]
    number_of_days = (span.until - span.since).days + 1
    by_day = [(one.code_orders, day, one) for day, one in own.within(span)]
    if not by_day:
        return None
    quiet = [0] * (number_of_days - len(by_day))
    usual = median_low([*quiet, *(orders for orders, _, _ in by_day)])
    silent = [
        (orders, day)
        for orders, day, one in by_day
        if one.gross == 0 and one.visits == 0
    ]
    if not silent:
        return None
    orders, day = max(silent)
    if orders < setting.number("orders") or orders < setting.number("times") * usual:
        return None
    said = {"by": "burst", "day": day.isoformat(), "orders": orders, "usual": usual}
    return Strike(Rule.LEAKED_CODE, {**_days(span), **said})


def strikes_of_day(
    day: date,
    clicks: int,
    busiest: Sequence[int],
    paid: int,
    settings: Settings,
) -> Iterator[Strike]:
    """The rules that strike by one day's clicks. `clicks`: those that count; `busiest`:
    how often the busiest visitors clicked; `paid`: clicks by paid results.
    """
    limit = settings[Rule.CLICK_BURST].number("clicks_per_visitor")
    many = [each for each in busiest if each > limit]
    if many:
        said = {"most": max(many), "visitors": len(many), "limit": limit}
        yield Strike(Rule.CLICK_BURST, {"day": day.isoformat(), **said})
    setting = settings[Rule.PAID_SEARCH]
    enough = paid * 100 >= setting.number("share_percent") * clicks
    if paid >= setting.number("clicks") and enough:
        said = {"clicks": paid, "of": clicks}
        yield Strike(
            Rule.PAID_SEARCH, {"by": "traffic", "day": day.isoformat(), **said}
        )


def _days(span: Span) -> dict[str, str]:
    return {"since": span.since.isoformat(), "until": span.until.isoformat()}

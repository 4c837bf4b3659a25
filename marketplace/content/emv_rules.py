"""Earned media value: what actions are worth, from when, by whose word. Pure.

A rate is money per action (of impressions: per thousand) on one platform from a day on.
The value of content is the sum of counts times the rates of their days; what was seen
is priced by impressions or by views, never by both.
"""

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from marketplace.accounts.rules import Platform
from marketplace.content.rules import PostFormat
from marketplace.money import exponent

LARGEST_RATE = Decimal(1_000_000)
RATE_DECIMALS = 8


class EmvAction(enum.StrEnum):
    """What is worth something. `impression`: per thousand of them; the others by one."""

    LIKE = "like"
    COMMENT = "comment"
    SHARE = "share"
    SAVE = "save"
    VIEW = "view"
    IMPRESSION = "impression"
    CLICK = "click"

    @property
    def per(self) -> int:
        """Of how many its rate is the worth."""
        return 1000 if self is EmvAction.IMPRESSION else 1


ENGAGEMENT = (EmvAction.LIKE, EmvAction.COMMENT, EmvAction.SHARE, EmvAction.SAVE)
# What is seen there is counted in views rather than in impressions.
VIEWED_PLATFORMS = (
    Platform.TIKTOK,
    Platform.YOUTUBE,
    Platform.SNAPCHAT,
    Platform.TWITCH,
    Platform.PODCAST,
)
VIEWED_FORMATS = (PostFormat.REEL, PostFormat.VIDEO, PostFormat.SHORT, PostFormat.LIVE)


class RateOwner(enum.StrEnum):
    """Whose word a rate is; the first that says anything of an action is believed.

    shipped: published examples that come with the product.
    """

    BRAND = "brand"
    INSTANCE = "instance"
    SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Rate:
    """What an action is worth on a platform from a day on.

    `value`: decimal money of `currency` for `action.per` of them; None: from then on it
    is worth nothing that anybody could name. `source`: who says so, for people.
    """

    owner: RateOwner
    platform: Platform
    action: EmvAction
    valid_from: date
    value: Decimal | None
    currency: str
    source: str
    version: int = 1

    @property
    def minor(self) -> Fraction:
        """Minor units of its currency for one action."""
        minor: int = 10 ** exponent(self.currency)
        return Fraction(self.value or 0) * minor / self.action.per


class RateBook:
    """The rates one brand's content is valued by."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._known: dict[tuple[Platform, EmvAction], list[Rate]] = {}
        for rate in rates:
            self._known.setdefault((rate.platform, rate.action), []).append(rate)
        order = list(RateOwner)
        for known in self._known.values():
            # Whose word counts most stands last, and of one owner the latest.
            known.sort(key=lambda each: each.version)
            known.sort(key=lambda each: each.valid_from)
            known.sort(key=lambda each: -order.index(each.owner))

    def rate(self, platform: Platform, action: EmvAction, on: date) -> Rate | None:
        """The one that holds on that day; None where nobody says any."""
        known = self._known.get((platform, action), ())
        holding = next(
            (each for each in reversed(known) if each.valid_from <= on), None
        )
        return holding if holding is not None and holding.value is not None else None

    def holding(self, on: date) -> list[Rate]:
        """All that hold on that day, by platform and action."""
        found = (self.rate(*key, on) for key in sorted(self._known))
        return [each for each in found if each is not None]

    def over(
        self, platforms: Collection[Platform], span: tuple[date, date]
    ) -> set[Rate]:
        """All that hold on some of these days, of actions on these platforms."""
        first, end = span
        found = set()
        for platform, action in self._known:
            if platform in platforms:
                told = {each.valid_from for each in self._known[platform, action]}
                days = {first, *(each for each in told if first < each < end)}
                found |= {self.rate(platform, action, day) for day in days}
        return {each for each in found if each is not None}


def exposure(
    book: RateBook, platform: Platform, on: date, seen: Mapping[EmvAction, int | None]
) -> EmvAction:
    """What a sight of it is priced by: the first of `seen` that is known and has a rate;
    else the first that is known, or simply the first.
    """
    known = [action for action, count in seen.items() if count is not None]
    priced = (action for action in known if book.rate(platform, action, on))
    return next(priced, (known or list(seen))[0])

"""How many comments there are of each tone, and how sure that is. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from marketplace.content.opinions.intervals import Estimate, difference, share
from marketplace.content.opinions.themes import decimal


@dataclass(frozen=True, slots=True)
class Tones:
    """Comments by tone. Shares are of those whose tone is `known`."""

    positive: int = 0
    neutral: int = 0
    negative: int = 0
    unknown: int = 0

    @property
    def known(self) -> int:
        """Those whose tone is known."""
        return self.positive + self.neutral + self.negative

    @property
    def comments(self) -> int:
        """All of them."""
        return self.known + self.unknown

    @property
    def coverage(self) -> Decimal | None:
        """The share whose tone is known; None of no comments."""
        if not self.comments:
            return None
        return decimal(Fraction(self.known, self.comments))

    @property
    def net(self) -> Estimate | None:
        """Net sentiment: (positive − negative) ÷ known."""
        return difference(self.positive, self.negative, self.known)

    def of(self, count: int) -> Estimate | None:
        """That many as a share of those that are known."""
        return share(count, self.known)

    @property
    def reason(self) -> str | None:
        """Why there are no shares."""
        if not self.comments:
            return "no_comments"
        return None if self.known else "tone_unknown"


def tones_of(rows: Iterable[Mapping[str, int]]) -> Tones:
    """These together."""
    counts = dict.fromkeys(("positive", "neutral", "negative", "unknown"), 0)
    for row in rows:
        for name in counts:
            counts[name] += row[name]
    return Tones(**counts)

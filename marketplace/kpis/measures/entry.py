"""The shape of a measure, and how each kind of them is made. Pure."""

import enum
from dataclasses import dataclass

from marketplace.kpis.formula import Measured
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Breakdown
from marketplace.tracking.audience_rules import Newness


class MeasureUnit(enum.StrEnum):
    """What a measure counts."""

    COUNT = "count"
    MONEY = "money"
    SKETCH = "sketch"


class Source(enum.StrEnum):
    """The table a measure is read from."""

    TRAFFIC = "traffic_cells"
    ORDERS = "order_cells"
    COMMISSIONS = "commission_cells"
    COSTS = "costs"
    LEADS = "lead_cells"
    SALES = "sales_cells"
    FLAGS = "flags"
    AUDIENCES = "target_audiences"
    EARLIER = "the stretch before"
    POSTS = "post_cells"
    CHANNELS = "channel_cells"
    COMMENTS = "comments"
    SERIES = "metric_points"
    GIVEAWAYS = "giveaway_entries"


class Merge(enum.StrEnum):
    """How the sketches of several cells become one number.

    union: one set, estimated once. daily: one set per brand and day, then the sum of
    their sizes (a visitor cannot be recognised from one day to the next).
    """

    UNION = "union"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Measure:
    """One fact: `column` of `source`, summed or, for a sketch, merged.

    Of a daily one `column` is the number that is stored beside each sketch. `mature`:
    only cells whose day lies so far back that every customer in them was observed for so
    many days. `social`: only what came by a social platform. `newness`: only visitors
    known to be new, or returning. `earlier`: it is that measure, of the stretch of equal
    length just before. `explained`: where it comes from, in a sentence. `absent`: why it
    is unknown in a group for which its reader found nothing; empty where finding nothing
    is a measured 0.
    """

    name: str
    unit: MeasureUnit
    source: Source
    column: str
    words: Words
    explained: str
    merge: Merge | None = None
    mature: int = 0
    social: bool = False
    newness: Newness | None = None
    earlier: str = ""
    absent: str = ""
    once: str = ""

    @property
    def is_money(self) -> bool:
        """Whether it is an amount, which is converted."""
        return self.unit is MeasureUnit.MONEY

    def is_told_by(self, by: Breakdown) -> bool:
        """Whether the rows of that breakdown can say it: most facts are of some row, or
        of none of them; these are kept apart, and not by everything.
        """
        by_scope = by.is_time or by in (Breakdown.CAMPAIGN, Breakdown.INFLUENCER)
        if self.source is Source.AUDIENCES or self.earlier:
            return by_scope
        if self.newness is not None:
            return by_scope or by in (Breakdown.SHOP, Breakdown.NEW_OR_RETURNING)
        return not self.social or by.tells_social

    @property
    def term(self) -> Measured:
        """This measure as a node of a formula."""
        return Measured(self.name, self.words)


def count(name: str, source: Source, column: str, words: Words, text: str) -> Measure:
    """One that is counted."""
    return Measure(name, MeasureUnit.COUNT, source, column, words, text)


def money(name: str, source: Source, column: str, words: Words, text: str) -> Measure:
    """An amount, in minor units of the campaign's currency."""
    return Measure(name, MeasureUnit.MONEY, source, column, words, text)

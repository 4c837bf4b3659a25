"""What a batch of clicks and visits adds to which roll-ups. Pure.

Each click and visit has one value in every dimension ("" is unknown), so that the
cells of a dimension add up to those of `all`; but for the audience, whose two cells say
who is in it, and of whom that is known.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import compress
from typing import Any, Final

from marketplace.tracking.audience_rules import Segment
from marketplace.tracking.dimensions import OF_EVIDENCE, facts_of, values_of
from marketplace.tracking.judging import LinkFacts
from marketplace.tracking.rules import Dimension, SetAside

CellKey = tuple[str, Dimension, date, str]  # scope, dimension, day, value
HourKey = tuple[str, datetime]  # link, beginning of the hour (UTC)

_Scope = tuple[str, date]
_Said = tuple[SetAside | None, str, tuple[str, ...]]  # reason, visitor, values

UNNAMED: Final = "unnamed"  # in a visit's facts: part of it came without consent
_OF_COLUMNS = {
    *(Dimension.ALL, Dimension.SOURCE, Dimension.VISITOR),
    Dimension.AUDIENCE,
}
_FACTS = tuple(each for each in Dimension if each not in _OF_COLUMNS)


@dataclass(slots=True)
class Tally:
    """What is added to one cell; negative where something is taken back.

    `clickers`: visitors of clicks that count or repeat, a set that several cells may
    share if it is frozen. `visitors`: those of visits.
    """

    gross: int = 0
    counted: int = 0
    set_aside: Counter[SetAside] = field(default_factory=Counter)
    clickers: AbstractSet[str] = field(default_factory=set)
    visits: int = 0
    page_views: int = 0
    engaged_visits: int = 0
    known_visits: int = 0
    new_visitors: int = 0
    visitors: set[str] = field(default_factory=set)


class Tallies(defaultdict[CellKey, Tally]):
    """Tallies by cell; `hours`: clicks and counted clicks by link and hour.

    `audiences`: whom the campaigns of visits are meant for; those of clicks are known
    by their links.
    """

    def __init__(self, audiences: Mapping[str, Segment] | None = None) -> None:
        super().__init__(Tally)
        self.audiences = audiences or {}
        self.hours: defaultdict[HourKey, list[int]] = defaultdict(lambda: [0, 0])

    def add_clicks(
        self, clicks: Iterable[Mapping[str, Any]], links: Mapping[str, LinkFacts]
    ) -> None:
        """Add all these clicks: the same as `add_click` of each, in far less time."""
        groups: defaultdict[_Scope, list[_Said]] = defaultdict(list)
        segments: dict[str, Segment | None] = {}
        for click in clicks:
            link_id, day, reason = click["link_id"], click["day_on"], click["reason"]
            link = links[link_id]
            said = reason, click["visitor"], values_of(click["evidence"])
            groups[link_id, day].append(said)
            for scope in (link.application_id, link.campaign_id):
                groups[scope, day].append(said)
                segments[scope] = link.audience
            self._hour(link_id, click["at"], reason, 1)
        for (scope, day), all_said in groups.items():
            reasons, visitors, values = zip(*all_said, strict=True)
            columns = [("",) * len(reasons)]
            dimensions = [Dimension.ALL]
            if scope not in links:
                columns += zip(*values, strict=True)
                dimensions += OF_EVIDENCE
            if (segment := segments.get(scope)) is not None:
                columns += segment.columns(_of_segment(segment, values))
                dimensions += [Dimension.AUDIENCE, Dimension.AUDIENCE]
            parts = _divided(reasons, visitors, columns)
            for dimension, by_value in zip(dimensions, parts, strict=True):
                for value, tally in by_value.items():
                    if value or dimension is not Dimension.AUDIENCE:
                        self._merge((scope, dimension, day, value), tally)

    def _merge(self, key: CellKey, of_clicks: Tally) -> None:
        tally = self[key]
        tally.gross += of_clicks.gross
        tally.counted += of_clicks.counted
        tally.set_aside.update(of_clicks.set_aside)
        tally.clickers = (
            tally.clickers | of_clicks.clickers
            if tally.clickers
            else of_clicks.clickers
        )

    def _hour(
        self, link_id: str, at: datetime, reason: SetAside | None, sign: int
    ) -> None:
        counts = self.hours[link_id, at.replace(minute=0, second=0, microsecond=0)]
        counts[0] += sign
        counts[1] += sign * (reason is None)

    def add_click(
        self, click: Mapping[str, Any], link: LinkFacts, *, sign: int = 1
    ) -> None:
        """Add a click, as a row of `clicks`, or take it back (`sign` -1).

        What is taken back stays in the sets of visitors.
        """
        day, reason, visitor = click["day_on"], click["reason"], click["visitor"]
        self._click((click["link_id"], Dimension.ALL, day, ""), reason, visitor, sign)
        values = {Dimension.ALL: "", **facts_of(click["evidence"])}
        for scope in (link.application_id, link.campaign_id):
            for dimension, value in _with_audience(values, link.audience):
                self._click((scope, dimension, day, value), reason, visitor, sign)
        self._hour(click["link_id"], click["at"], reason, sign)

    def _click(
        self, key: CellKey, reason: SetAside | None, visitor: str, sign: int
    ) -> None:
        tally = self[key]
        tally.gross += sign
        if reason is None:
            tally.counted += sign
        elif key[1] is Dimension.ALL:
            tally.set_aside[reason] += sign
        if sign > 0 and (reason is None or reason is SetAside.REPEAT):
            tally.clickers |= {visitor}

    def add_visit(self, visit: Any, *, sign: int = 1) -> None:
        """Add a visit (a Visit, or a mapping with its columns), or take it back.

        What is taken back stays in the set of visitors: where another visit of theirs
        does not take its place, the cell is to be rebuilt.
        """
        row = visit if isinstance(visit, Mapping) else vars(visit)
        values = _visit_values(row)
        segment = self.audiences.get(row["campaign_id"] or "")
        for key in _visit_cells(row, values, segment):
            tally = self[key]
            tally.visits += sign
            tally.page_views += sign * row["page_views"]
            tally.engaged_visits += sign * bool(row["engaged"])
            tally.known_visits += sign * (row["is_new"] is not None)
            tally.new_visitors += sign * (row["is_new"] is True)
            if sign > 0:
                tally.visitors.add(row["visitor"])
        if sign > 0 and (row["facts"] or {}).get(UNNAMED):
            # They were among the unknown before; so consent given on the way changes
            # no sketch but by adding.
            for scope, dimension, day, _ in _visit_cells(row, values, None):
                if dimension is Dimension.VISITOR:
                    self[scope, dimension, day, ""].visitors.add(row["visitor"])


def _divided(
    reasons: Sequence[SetAside | None],
    visitors: Sequence[str],
    columns: Iterable[Sequence[str]],
) -> Iterator[dict[str, Tally]]:
    """Clicks by the values of each column; by reason too in the first, which is whole."""
    counts = [reason is None for reason in reasons]
    people = [reason is None or reason is SetAside.REPEAT for reason in reasons]
    who = list(compress(visitors, people))
    set_aside = Counter(reason for reason in reasons if reason is not None)
    whole = Tally(len(reasons), sum(counts), set_aside, frozenset(who))
    undivided = replace(whole, set_aside=Counter())
    for column in columns:
        if column.count(column[0]) == len(column):  # as most are
            yield {column[0]: whole}
        else:
            clickers: defaultdict[str, set[str]] = defaultdict(set)
            for value, visitor in zip(compress(column, people), who, strict=True):
                clickers[value].add(visitor)
            counted = Counter(compress(column, counts))
            yield {
                value: Tally(
                    gross, counted[value], clickers=clickers.get(value, frozenset())
                )
                for value, gross in Counter(column).items()
            }
        whole = undivided


def _visit_values(row: Mapping[str, Any]) -> dict[Dimension, str]:
    """A visit's value in every dimension; its columns go before its facts."""
    facts = row["facts"] or {}
    values = {each: str(facts.get(each.value) or "") for each in _FACTS}
    new = {True: "new", False: "returning", None: ""}
    return {
        Dimension.ALL: "",
        Dimension.SOURCE: str(row["source"]),
        Dimension.VISITOR: new[row["is_new"]],
        **values,
    }


def _visit_cells(
    row: Mapping[str, Any], values: Mapping[Dimension, str], segment: Segment | None
) -> Iterable[CellKey]:
    day = row["day_on"]
    if row["link_id"] is not None:
        yield row["link_id"], Dimension.ALL, day, ""
    for scope in (row["application_id"], row["campaign_id"], row["shop_id"]):
        if scope is None:
            continue
        of_shop = scope == row["shop_id"]
        for dimension, value in _with_audience(values, None if of_shop else segment):
            if dimension is not Dimension.SOURCE or of_shop:
                yield scope, dimension, day, value


def _with_audience(
    values: Mapping[Dimension, str], segment: Segment | None
) -> Iterable[tuple[Dimension, str]]:
    """The cells that a click or a visit with these values is in."""
    yield from values.items()
    if segment is not None:
        for value in segment.cells([values[each] for each in segment.dimensions]):
            yield Dimension.AUDIENCE, value


def _of_segment(
    segment: Segment, rows: Collection[Sequence[str]]
) -> list[Sequence[str]]:
    """Of values in the order of `OF_EVIDENCE`, those that the segment asks for."""
    places = [OF_EVIDENCE.index(each) for each in segment.dimensions]
    return [[values[n] for n in places] for values in rows]

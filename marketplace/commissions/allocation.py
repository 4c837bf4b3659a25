"""Who gets how much where caps or a budget do not let everybody have all. Pure.

Claims are asked in their order. What is final keeps what it has, and is set aside for it
from the beginning; of the rest each takes what there is, until nothing is left:

    room = cap − granted before it − set aside for final ones after it

So the result depends on what is claimed, not on when it was told.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

BUDGET = "budget"


class Group(NamedTuple):
    """Claims that share one cap: `of` a `CapOf` or the budget, in `[start, end)`."""

    of: str
    scope_id: str
    customer_id: str = ""
    period: str = "total"
    start: date = date.min
    end: date = date.max


class Cap(NamedTuple):
    """A group and how much there is for it."""

    group: Group
    amount: int


Key = tuple[str, str]  # thing, application


@dataclass(frozen=True, slots=True)
class Ask:
    """A claim as it is asked: see `Claim`. `counts`: it takes from what there is."""

    key: Key
    caps: tuple[Cap, ...]
    day: date
    earned: int
    kept: int
    granted: int
    limit: int | None
    is_final: bool
    counts: bool

    @property
    def reserved(self) -> int:
        """What is set aside for it."""
        return min(self.kept, self.granted) if self.is_final and self.counts else 0


@dataclass(frozen=True, slots=True)
class Grant:
    """What a claim is given. `cut`: which cap limits it, and the sums."""

    limit: int | None
    granted: int
    cut: dict[str, Any] | None


class Walk:
    """One pass over claims in their order.

    `asks`: all claims that count in these groups from a moment on. `totals`: what all
    claims of each group have been granted so far. `changed`: those that are not what
    they were, or are new. `gone`: what these, and ones that are no more, were granted
    when they were as before, by group.
    """

    def __init__(
        self,
        asks: Sequence[Ask],
        totals: Mapping[Group, int],
        *,
        changed: Iterable[Key] = (),
        gone: Iterable[tuple[Group, int]] = (),
    ) -> None:
        self.asks = asks
        self.changed = frozenset(changed)
        self.waiting = set(self.changed)
        self.used: defaultdict[Group, int] = defaultdict(int, totals)
        self.all: defaultdict[Group, int] = defaultdict(int, totals)
        self.reserved: defaultdict[Group, int] = defaultdict(int)
        self.least: dict[Group, int] = {}
        self.moved: defaultdict[Group, int] = defaultdict(int)
        for group, amount in gone:
            self.moved[group] -= amount
        for ask in asks:
            for group, amount in ask.caps:
                self.least[group] = min(amount, self.least.get(group, amount))
                self.reserved[group] += ask.reserved
                if ask.counts:
                    self.used[group] -= ask.granted
        self.different = {group for group, by in self.moved.items() if by}
        self.over = {g for g, most in self.least.items() if self.all[g] > most}

    @property
    def is_done(self) -> bool:
        """Whether all that follows stays as it is."""
        return not self.waiting and not self.different

    @property
    def may_pause(self) -> bool:
        """Whether no cap is exceeded if all that follows stays as it is for now."""
        return not self.waiting and not self.over

    def steps(self) -> Iterator[tuple[Ask, Grant]]:
        """Each claim with what it is given now."""
        for ask in self.asks:
            grant = self._grant(ask)
            self.waiting.discard(ask.key)
            if self.different and not self.waiting:
                over = {group for group in self.different if group.end <= ask.day}
                self.different -= over
            if ask.counts:
                for group, _ in ask.caps:
                    self._take(group, ask, grant.granted)
            yield ask, grant

    def _take(self, group: Group, ask: Ask, granted: int) -> None:
        self.used[group] += granted
        self.all[group] += granted - ask.granted
        self.moved[group] += granted - (0 if ask.key in self.changed else ask.granted)
        (self.different.add if self.moved[group] else self.different.discard)(group)
        over = self.all[group] > self.least[group]
        (self.over.add if over else self.over.discard)(group)

    def _grant(self, ask: Ask) -> Grant:
        for group, _ in ask.caps:
            self.reserved[group] -= ask.reserved
        rooms = [
            (amount - self.used[group] - self.reserved[group], Cap(group, amount))
            for group, amount in ask.caps
        ]
        if ask.is_final:
            most = ask.kept if ask.limit is None else min(ask.kept, ask.limit)
            room = min((room for room, _ in rooms), default=most)
            return Grant(ask.limit, min(most, max(ask.reserved, room)), None)
        if not rooms or ask.earned <= min(rooms)[0]:
            return Grant(None, ask.kept, None)
        room, cap = min(rooms)
        limit = max(0, room)
        return Grant(limit, min(ask.kept, limit), cut_of(cap, limit))


def cut_of(cap: Cap, left: int) -> dict[str, Any]:
    """Which cap left a claim how much, as it is shown."""
    group, amount = cap
    return {
        "of": group.of,
        "period": group.period,
        "cap_amount": amount,
        "left_amount": left,
    }

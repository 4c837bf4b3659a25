"""When comments turn: too many negative ones, too many at all, or words of alarm. Pure.

Looked at are the last six hours beside the two weeks before them; where these say
nothing, the last day beside the two weeks before it, for where few people write six hours
are too few comments to tell. What is negative is what the reading takes for negative, then
as now, so its mistakes are in both.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import exp, lgamma
from typing import Final, NamedTuple

WINDOW: Final = 6  # hours
DAY: Final = 24
HISTORY: Final = 14 * 24
COOL_DOWN: Final = 6
FEWEST: Final = 15  # comments of known tone; of fewer nothing is said
# How rare the share of six hours, and of a day, must be. The second look is stricter, so
# that both together give at most 0.03 false alarms in 23 days (simulated).
RARE: Final = {WINDOW: 1e-4, DAY: 2e-5}
TIMES: Final = 2  # as large as before, at least
# What a campaign without a past is compared with: one in ten, and not much sure of it.
PRIOR_NEGATIVE: Final = 1.0
PRIOR_OTHER: Final = 9.0
MOST_HISTORY: Final = 1000  # comments; more would make sure of what changes by the day
MOST_WINDOW: Final = 2000  # beyond that, shares say it all
FEWEST_SUDDEN: Final = 30  # comments under posts that are not new
TIMES_SUDDEN: Final = 4  # as many as in their busiest six hours
NEW_POST_HOURS: Final = 48  # so long everybody comments
FEWEST_ALARMING: Final = 3
ALARMING_SHARE: Final = Fraction(1, 20)


class Cause(enum.StrEnum):
    """Why it alarms."""

    NEGATIVE_SHARE = "negative_share"
    VOLUME = "volume"
    WATCH_WORD = "watch_word"
    ALARMING_WORDS = "alarming_words"


class Hour(NamedTuple):
    """What came in one hour. `settled`: under posts that were no longer new."""

    comments: int = 0
    known: int = 0
    negative: int = 0
    watched: int = 0
    alarming: int = 0
    settled: int = 0


@dataclass(frozen=True, slots=True)
class Signal:
    """What six hours, or a day, look like beside what was before.

    `end`: the hour after the last; `length`: how many hours. `tail`: how likely so many
    negative ones were, had nothing changed; None of too few. `busiest`: the most comments
    in six hours of the history, under posts not new then; of a day nobody looks.
    """

    end: int
    length: int
    window: Hour
    history: Hour
    busiest: int
    tail: Decimal | None
    causes: tuple[Cause, ...]

    @property
    def start(self) -> int:
        """Its first hour."""
        return self.end - self.length

    @property
    def alarms(self) -> bool:
        """Whether somebody should look."""
        return bool(self.causes)


def look(hours: Mapping[int, Hour], end: int) -> Signal:
    """What the six hours before `end` look like; the day, if that alone alarms."""
    signal = _look_at(hours, end, WINDOW)
    if signal.alarms:
        return signal
    day = _look_at(hours, end, DAY)
    return day if day.alarms else signal


def latest_alarm(
    hours: Mapping[int, Hour], ends: Sequence[int], *, told: int | None = None
) -> Signal | None:
    """Of the stretches that end then, the last one that alarms: of six hours, else a day.

    `told`: up to when it was told of before; a day that begins earlier would tell of the
    same again.
    """
    for length in (WINDOW, DAY):
        for end in sorted(ends, reverse=True):
            if length == DAY and told is not None and end - DAY < told:
                break
            signal = _look_at(hours, end, length)
            if signal.alarms:
                return signal
    return None


def _look_at(hours: Mapping[int, Hour], end: int, length: int) -> Signal:
    """Of a day only whether it turned: sudden comments and words of alarm show sooner."""
    start = end - length
    window = together(hours.get(each, Hour()) for each in range(start, end))
    past = {at: each for at, each in hours.items() if start - HISTORY <= at < start}
    history = together(past.values())
    tail = None
    if window.known >= FEWEST:
        tail = tail_of(window.negative, window.known, history.negative, history.known)
    turned = tail is not None and tail < RARE[length] and _is_doubled(window, history)
    is_short = length == WINDOW
    busiest = _busiest(past) if is_short else 0
    causes = (
        (Cause.NEGATIVE_SHARE, turned),
        (Cause.VOLUME, is_short and _is_sudden(window, busiest)),
        (Cause.WATCH_WORD, is_short and window.watched > 0),
        (Cause.ALARMING_WORDS, is_short and _is_alarming(window, history)),
    )
    return Signal(
        end,
        length,
        window,
        history,
        busiest,
        None if tail is None else Decimal(f"{tail:.3g}"),
        tuple(cause for cause, holds in causes if holds),
    )


def tail_of(negative: int, known: int, past_negative: int, past_known: int) -> float:
    """How likely at least so many of so many are negative, going by the past.

    The tail of a beta-binomial: what the past was is itself not known for sure.
    """
    if known > MOST_WINDOW:
        negative, known = negative * MOST_WINDOW // known, MOST_WINDOW
    weight = min(1.0, MOST_HISTORY / past_known) if past_known else 0.0
    alpha = PRIOR_NEGATIVE + weight * past_negative
    beta = PRIOR_OTHER + weight * (past_known - past_negative)
    whole = _log_beta(alpha, beta)
    chances = (
        exp(
            lgamma(known + 1)
            - lgamma(each + 1)
            - lgamma(known - each + 1)
            + _log_beta(each + alpha, known - each + beta)
            - whole
        )
        for each in range(negative, known + 1)
    )
    return min(1.0, sum(chances))


def _is_doubled(window: Hour, history: Hour) -> bool:
    share = Fraction(window.negative, window.known)
    return share >= TIMES * baseline_of(history)


def baseline_of(history: Hour) -> Fraction:
    """The share of negative comments to be expected."""
    prior = int(PRIOR_NEGATIVE), int(PRIOR_NEGATIVE + PRIOR_OTHER)
    return Fraction(history.negative + prior[0], history.known + prior[1])


def _is_sudden(window: Hour, busiest: int) -> bool:
    return window.settled >= max(FEWEST_SUDDEN, TIMES_SUDDEN * busiest)


def _is_alarming(window: Hour, history: Hour) -> bool:
    if window.alarming < FEWEST_ALARMING:
        return False
    found = Fraction(window.alarming, window.comments)
    usual = Fraction(history.alarming, history.comments) if history.comments else 0
    return found >= max(ALARMING_SHARE, TIMES * usual)


def _busiest(past: Mapping[int, Hour]) -> int:
    """The most settled comments in any six hours that begin when one came."""
    late = {at: each.settled for at, each in past.items() if each.settled}
    sums = (sum(late.get(each, 0) for each in range(at, at + WINDOW)) for at in late)
    return max(sums, default=0)


def together(hours: Iterable[Hour]) -> Hour:
    """What came in all of these."""
    return Hour(*map(sum, zip(Hour(), *hours, strict=True)))


def _log_beta(one: float, other: float) -> float:
    return lgamma(one) + lgamma(other) - lgamma(one + other)

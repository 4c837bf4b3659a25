"""When comments turn: false alarms and detection, simulated with fixed seeds."""

import math
import random
from fractions import Fraction

import pytest

from marketplace.content.opinions.crisis import (
    COOL_DOWN,
    Cause,
    Hour,
    baseline_of,
    latest_alarm,
    look,
    tail_of,
)

TWO_WEEKS = 24 * 14


def poisson(chance: random.Random, mean: float) -> int:
    """Knuth's; many of them by pieces."""
    if mean > 20:
        return sum(poisson(chance, mean / 10) for _ in range(10))
    limit, product, number = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        number += 1
    return number


def hour(chance: random.Random, at: int, rate: float, share: float) -> Hour:
    """Comments of one hour: few at night, many in the evening."""
    number = poisson(chance, rate * (1 + 0.8 * math.sin(math.tau * at / 24)))
    negative = sum(chance.random() < share for _ in range(number))
    return Hour(number, number, negative)


def false_alarms(seed: int, rate: float, days: int = 23) -> int:
    """Of 8 % negative, always: how many in so many days."""
    chance, hours, last, found = random.Random(seed), {}, -99, 0
    for at in range(24 * days):
        hours[at] = hour(chance, at, rate, 0.08)
        if at >= 24 and at + 1 >= last + COOL_DOWN and look(hours, at + 1).alarms:
            found, last = found + 1, at + 1
    return found


def found_after(seed: int, rate: float, share: float) -> int | None:
    """Of 8 % negative that jump after two weeks: hours until it alarms; None: not in
    two days.
    """
    chance, hours = random.Random(seed), {}
    for at in range(TWO_WEEKS):
        hours[at] = hour(chance, at, rate, 0.08)
    for at in range(TWO_WEEKS, TWO_WEEKS + 48):
        hours[at] = hour(chance, at, rate, share)
        if look(hours, at + 1).alarms:
            return at + 1 - TWO_WEEKS
    return None


@pytest.mark.parametrize(("rate", "campaigns"), [(3, 12), (20, 4), (60, 2)])
def test_it_does_not_cry_wolf(rate: int, campaigns: int) -> None:
    """Once at most in so many campaigns of 23 days; three in a hundred are promised."""
    assert sum(false_alarms(seed, rate) for seed in range(campaigns)) <= 1


@pytest.mark.parametrize(
    ("rate", "seeds", "found", "hours"),
    [(3, 100, 0.94, 9), (20, 12, 1.0, 4), (60, 12, 1.0, 3)],
)
def test_a_jump_to_thirty_percent_is_found(
    rate: int, seeds: int, found: float, hours: int
) -> None:
    times = [found_after(seed, rate, 0.30) for seed in range(seeds)]
    seen = sorted(each for each in times if each is not None)
    assert len(seen) / len(times) >= found
    assert seen[len(seen) // 2] <= hours


def test_too_few_say_nothing() -> None:
    past = {at: Hour(10, 10, 1) for at in range(TWO_WEEKS)}
    few = look({**past, TWO_WEEKS: Hour(14, 14, 14)}, TWO_WEEKS + 6)
    assert (few.tail, few.alarms) == (None, False)
    enough = look({**past, TWO_WEEKS: Hour(15, 15, 15)}, TWO_WEEKS + 6)
    assert enough.causes == (Cause.NEGATIVE_SHARE,)
    unreadable = look({**past, TWO_WEEKS: Hour(90, 14, 14)}, TWO_WEEKS + 6)
    assert not unreadable.alarms


def test_twice_as_large_as_before_it_must_be() -> None:
    """60 % of 2,000 is very unlikely where 40 % is usual, and no crisis."""
    past = {at: Hour(10, 10, 4) for at in range(TWO_WEEKS)}
    signal = look({**past, TWO_WEEKS: Hour(2000, 2000, 1200)}, TWO_WEEKS + 6)
    assert signal.tail is not None
    assert signal.tail < 1e-4
    assert not signal.alarms
    assert baseline_of(signal.history) == Fraction(1 + 4 * 336, 10 + 10 * 336)


def test_the_tail_by_hand() -> None:
    """Of an unknown past, Beta(1, 9): all of two negative is 1·2 ÷ (10·11)."""
    assert tail_of(2, 2, 0, 0) == pytest.approx(2 / 110)
    assert tail_of(0, 5, 3, 9) == pytest.approx(1)
    assert tail_of(1, 1, 1, 10) == pytest.approx(2 / 20)
    large = tail_of(60_000, 100_000, 80, 1000)
    assert 0 <= large < 1e-12  # and within milliseconds


def test_a_new_campaign_alarms_on_its_own_words_only() -> None:
    assert look({0: Hour(20, 20, 16)}, 6).causes == (Cause.NEGATIVE_SHARE,)
    assert not look({0: Hour(20, 20, 6)}, 6).alarms


def test_sudden_comments_under_posts_that_are_not_new() -> None:
    past = {at: Hour(2, 2, 0, settled=1) for at in range(TWO_WEEKS)}
    end = TWO_WEEKS + 6
    assert not look({**past, TWO_WEEKS: Hour(500, 500, 0, settled=29)}, end).alarms
    sudden = look({**past, TWO_WEEKS: Hour(500, 500, 0, settled=30)}, end)
    assert (sudden.causes, sudden.busiest) == ((Cause.VOLUME,), 6)
    busy = {at: Hour(9, 9, 0, settled=9) for at in range(TWO_WEEKS)}
    assert not look({**busy, TWO_WEEKS: Hour(99, 99, 0, settled=99)}, end).alarms


def test_words_of_alarm() -> None:
    assert look({0: Hour(1, 1, 0, watched=1)}, 6).causes == (Cause.WATCH_WORD,)
    assert not look({0: Hour(9, 9, 0, alarming=2)}, 6).alarms
    three = Hour(20, 20, 0, alarming=3)
    assert look({0: three}, 6).causes == (Cause.ALARMING_WORDS,)
    assert not look({0: Hour(100, 100, 0, alarming=3)}, 6).alarms  # 3 %
    usual = {at: Hour(10, 10, 0, alarming=1) for at in range(TWO_WEEKS)}
    assert not look({**usual, TWO_WEEKS: three}, TWO_WEEKS + 6).alarms


def test_the_last_stretch_that_alarms_is_told() -> None:
    hours = {at: Hour(1, 1, 0, watched=int(at in (20, 40))) for at in range(60)}
    found = latest_alarm(hours, range(10, 61))
    assert found is not None
    assert (found.start, found.end) == (40, 46)
    assert latest_alarm(hours, range(48, 61)) is None


def test_a_day_tells_where_six_hours_are_too_few() -> None:
    past = {at: Hour(2, 2, int(at % 8 == 0)) for at in range(TWO_WEEKS)}
    day = {at: Hour(2, 2, 1) for at in range(TWO_WEEKS, TWO_WEEKS + 24)}
    end = TWO_WEEKS + 24
    found = look({**past, **day}, end)
    assert (found.causes, found.start, found.end) == (
        (Cause.NEGATIVE_SHARE,),
        TWO_WEEKS,
        end,
    )
    assert found.tail is not None
    assert found.tail < 2e-5
    quiet = look(past, TWO_WEEKS)
    assert (quiet.alarms, quiet.length) == (False, 6)
    # What was told of does not alarm again for a day.
    hours = {**past, **day}
    assert latest_alarm(hours, [end], told=TWO_WEEKS + 1) is None
    assert latest_alarm(hours, [end], told=TWO_WEEKS) == found

"""Reach: by hand, and what must hold whatever the posts reached."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kpis.reach import People, across, reached

posts = st.lists(st.integers(-50, 5_000), min_size=1, max_size=12)
populations = st.integers(0, 20_000)
caps = st.none() | st.integers(1, 20_000)


@pytest.mark.parametrize(
    ("reaches", "population", "declared", "expected"),
    [
        # One post is what the platform says, exactly, whatever is declared.
        ([400], 1_000, 100, (400, 400, 400)),
        ([-20], 1_000, None, (-20, -20, -20)),
        # 1000 · (1 − 0.6 · 0.5) = 700
        ([400, 500], 1_000, 1_000, (500, 700, 900)),
        # What channels have makes the estimate, and caps nothing.
        ([800, 700], 1_000, None, (800, 940, 1_500)),
        # What is declared caps: 1000 · (1 − 0.2 · 0.3) = 940
        ([800, 700], 1_000, 1_000, (800, 940, 1_000)),
        # A half goes to the even one: 4 · (1 − ¾ · ½ ) = 2.5
        ([1, 2], 4, None, (2, 2, 3)),
        # Nobody takes more people than there are: then the largest post says how many.
        ([1_000, 300], 500, 500, (1_000, 1_000, 1_000)),
        # Taken back beside others it is nobody.
        ([400, -20], 1_000, None, (400, 400, 400)),
        ([0, 0], 1_000, None, (0, 0, 0)),
    ],
)
def test_posts_of_one_platform_by_hand(
    reaches: list[int],
    population: int,
    declared: int | None,
    expected: tuple[int, int, int],
) -> None:
    assert reached(reaches, population, declared) == expected


def test_platforms_by_hand() -> None:
    one, other = People(500, 700, 900), People(300, 300, 300)
    assert across([one], None) is one
    # Who is on both is in it twice, for nobody says who that is.
    assert across([one, other], None) == (500, 1_000, 1_200)
    # Of 1,000 people together: 1000 · (1 − 0.3 · 0.7) = 790
    assert across([one, other], 1_000) == (500, 790, 1_000)
    assert across([People(-5, -5, -5), other], None) == (300, 300, 300)


@given(posts, populations, caps)
def test_an_estimate_lies_between_its_bounds(
    reaches: list[int], population: int, declared: int | None
) -> None:
    people = reached(reaches, population, declared)
    assert people.low <= people.value <= people.high
    if len(reaches) > 1:
        assert people.low == max(0, *reaches)
        assert people.high <= sum(max(each, 0) for each in reaches)


@given(posts, st.integers(-50, 5_000), populations, st.integers(0, 5_000), caps)
def test_another_post_never_makes_it_less(
    reaches: list[int], further: int, population: int, more: int, declared: int | None
) -> None:
    before = reached(reaches, population, declared)
    after = reached([*reaches, further], population + more, declared)
    assert after.high >= before.high
    assert after.low >= before.low
    assert after.value >= before.value


@given(st.lists(st.tuples(posts, populations), min_size=1, max_size=5), caps)
def test_several_platforms_lie_between_theirs(
    platforms: list[tuple[list[int], int]], together: int | None
) -> None:
    found = [reached(reaches, size, None) for reaches, size in platforms]
    people = across(found, together)
    assert people.low <= people.value <= people.high
    further = across([*found, People(10, 10, 10)], together)
    assert (further.low, further.value) >= (people.low, people.value)
    assert further.value >= people.value


def test_very_many_posts_are_exact_and_quick() -> None:
    many = reached([7] * 20_000, 1_000_000, 1_000_000)
    # 1 − (1 − 7·10⁻⁶)²⁰⁰⁰⁰ = 0.130642…
    assert (many.low, many.value, many.high) == (7, 130_642, 140_000)

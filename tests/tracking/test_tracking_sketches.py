"""Distinct counts: exact when small, close when large, in any order the same bytes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.tracking.sketches import estimate, is_exact, sketch_of, union


def visitors(start: int, stop: int) -> list[str]:
    return [f"{number:032x}" for number in range(start, stop)]


def test_nothing_is_none() -> None:
    assert sketch_of([]) is None
    assert union([]) is None
    assert union([None, None]) is None
    assert estimate(None) == 0
    assert is_exact(None)


@given(
    st.lists(st.frozensets(st.text(min_size=1, max_size=8), max_size=40), max_size=6)
)
def test_small_sets_are_counted_exactly_and_parts_make_the_whole(
    parts: list[frozenset[str]],
) -> None:
    everything = frozenset().union(*parts)
    whole = sketch_of(everything)
    assert union(sketch_of(part) for part in parts) == whole
    assert estimate(whole) == len(everything)


@pytest.mark.parametrize("count", [16_384, 16_385, 60_000])
def test_the_edge_of_exactness(count: int) -> None:
    items = visitors(0, count)
    whole = sketch_of(items)
    assert is_exact(whole) == (count <= 16_384)
    assert abs(estimate(whole) - count) <= (0 if count <= 16_384 else 0.02 * count)
    random.Random(1).shuffle(items)
    assert sketch_of(items) == whole
    third = count // 3
    assert union([sketch_of(items[:third]), None, sketch_of(items[third:])]) == whole


@pytest.mark.parametrize("junk", [b"", b"\0" * 50, b"sketch", b"\xff" * 8])
def test_bytes_that_are_no_sketch_are_refused(junk: bytes) -> None:
    with pytest.raises(ValueError, match="not a sketch"):
        estimate(junk)
    good = sketch_of(["a"])
    assert good is not None
    with pytest.raises(ValueError, match="not a sketch"):
        union([junk, good])

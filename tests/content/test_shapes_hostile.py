"""Any JSON whatever is read, or refused field by field, and never anything else."""

import copy
import re
from contextlib import suppress
from decimal import Decimal
from typing import Any

import platform_bodies as bodies
from any_json import ANYTHING
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.content import ContentNotValid
from marketplace.content.readings import ChannelReading, CommentReading, PostReading
from marketplace.content.rules import DistributionKind
from marketplace.content.shapes import (
    SHAPES,
    read_channel_days,
    read_channels,
    read_comments,
    read_posts,
)

READERS = (read_posts, read_channels, read_comments)
UNFIT = re.compile("[\x00\ud800-\udfff]")
LARGEST = 10**15


def assert_storable(reading: PostReading | ChannelReading | CommentReading) -> None:
    """What both databases take, and what cannot be believed is not in it."""
    if isinstance(reading, CommentReading):
        texts = [reading.external_id, reading.text, reading.author or ""]
        assert 0 < len(reading.external_id) <= 200
        assert 0 < len(reading.text) <= 10_000
    else:
        texts = []
        for value in reading.metrics.values():
            assert isinstance(value, int)
            assert abs(value) <= LARGEST
        for shares in reading.distributions:
            texts += [key for key, _ in shares.shares]
            assert all(share >= 0 for _, share in shares.shares)
            if shares.kind is not DistributionKind.RETENTION:
                assert sum((share for _, share in shares.shares), Decimal(0)) <= 1
    if isinstance(reading, PostReading):
        texts += [reading.external_id or "", reading.title or "", *reading.hashtags]
    assert not any(UNFIT.search(text) for text in texts)


def read_all(shape: str, body: Any) -> None:
    for read in READERS:
        refused: ContentNotValid | None = None
        try:
            for reading in read(shape, body):
                assert_storable(reading)
        except ContentNotValid as refusal:
            refused = refusal
        if refused is not None:
            assert refused.errors
            assert not UNFIT.search(str(refused.errors))
    with suppress(ContentNotValid):
        read_channel_days(shape, body)


@settings(max_examples=300)
@given(st.sampled_from(sorted(SHAPES)), ANYTHING)
def test_any_json_is_read_or_refused(shape: str, body: Any) -> None:
    read_all(shape, body)


@settings(max_examples=500)
@given(st.sampled_from(bodies.ALL), st.data())
def test_bodies_with_one_wrong_place_are_read_or_refused(
    original: tuple[str, str, Any], data: st.DataObject
) -> None:
    shape, _, body = original
    if isinstance(body, str):
        place = data.draw(st.integers(0, len(body)))
        body = body[:place] + data.draw(st.text(max_size=5)) + body[place + 2 :]
        read_all(shape, body)
        return
    body = copy.deepcopy(body)
    place: Any = body
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or data.draw(st.integers(0, 4)) == 0:
            place[key] = data.draw(ANYTHING)
            break
        place = inner
    read_all(shape, body)

"""Every adapter against forgeries and broken bodies: it refuses, reads, or leaves it."""

import time
from pathlib import Path
from random import Random

import pytest
from hostile import (
    PLATFORMS,
    WHOLE,
    Original,
    broken,
    forged,
    may_pass,
    originals,
    passes,
    proof,
    read,
    signed,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from storable import assert_storable

from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import NotReadable

# The same thousand on every run; the seed in a failure says which.
thousand = settings(derandomize=True, max_examples=50, database=None)
EACH = 20
seeds = st.integers(0, 2**32)


@pytest.mark.parametrize("platform", PLATFORMS)
@thousand
@given(seed=seeds)
def test_a_thousand_forgeries_are_refused(platform: str, seed: int) -> None:
    chance = Random(seed)
    secret = ADAPTERS[platform].new_secret()
    true = signed(platform, chance.choice(originals(platform)), secret)
    assert passes(platform, true, secret)
    names = proof(platform, true, secret)
    for _ in range(EACH):
        forgery = forged(chance, true, names)
        if not may_pass(forgery, true, names):
            assert not passes(platform, forgery, secret), forgery
        else:
            passes(platform, forgery, secret)


@pytest.mark.parametrize("platform", PLATFORMS)
@thousand
@given(seed=seeds)
def test_a_thousand_broken_bodies_are_read_or_left(
    payloads: Path, platform: str, seed: int
) -> None:
    chance = Random(seed)
    every = originals(platform, payloads)
    for _ in range(EACH):
        sent = broken(chance, chance.choice(every))
        try:
            answer = read(platform, sent)
        except NotReadable:
            continue  # anything else that is raised is a fault
        assert_storable(answer)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_any_body_at_all_has_a_key_and_a_topic(platform: str) -> None:
    for body in WHOLE:
        true = signed(
            platform, Original("order.paid", body), ADAPTERS[platform].new_secret()
        )
        key, topic = (
            ADAPTERS[platform].delivery_key(true),
            ADAPTERS[platform].topic(true),
        )
        assert 0 < len(key) <= 200
        assert len(topic) <= 100


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_strategies_reach_what_they_are_about(
    payloads: Path, platform: str
) -> None:
    """Most forgeries must be refused ones, and most broken bodies still be read."""
    chance = Random(platform)
    secret = ADAPTERS[platform].new_secret()
    true = signed(platform, originals(platform)[0], secret)
    names = proof(platform, true, secret)
    forgeries = [forged(chance, true, names) for _ in range(200)]
    assert sum(not may_pass(one, true, names) for one in forgeries) > 100
    every, kinds = originals(platform, payloads), []
    begun = time.process_time()
    for _ in range(200):
        try:
            kinds.append(type(read(platform, broken(chance, chance.choice(every)))))
        except NotReadable:
            kinds.append(NotReadable)
    # Some hundredths of a second; a body that is walked over and over costs minutes.
    assert time.process_time() - begun < 5
    assert kinds.count(NotReadable) in range(5, 100)
    assert len(set(kinds)) > 2

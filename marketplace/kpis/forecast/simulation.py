"""Totals of a campaign from forecasts of its posts, by simulation. Pure.

The errors of its posts go together (one offer, one season), so a part of each is shared;
otherwise a campaign of many posts would seem far more certain than it is. The same
inputs give the same numbers: what is drawn depends on the names of things alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from marketplace.kpis.forecast.levels import Level

DRAWS = 2000
SHARED = 0.3  # of a forecast's variance
HIGHEST = 40.0  # in log1p; beyond that there are no people

Draws = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Expected:
    """What one post will have: `level` in log1p, stretched; never below `floor`.

    `key`: what is drawn for it; the same for all its figures, which go together.
    `audience`: whose people they are (a platform), for those reached more than once.
    """

    key: str
    level: Level
    stretch: float
    floor: float = 0.0
    audience: str = ""


def draws_of(campaign_id: str, post: Expected) -> Draws:
    """Outcomes of one post."""
    shared = _noise(campaign_id)
    own = _noise(campaign_id, post.key)
    noise = SHARED**0.5 * shared + (1 - SHARED) ** 0.5 * own
    spread = post.stretch * post.level.variance**0.5
    logs = np.minimum(post.level.mean + spread * noise, HIGHEST)
    outcomes: Draws = np.maximum(np.expm1(logs), post.floor)
    return outcomes


def sum_of(campaign_id: str, posts: Iterable[Expected]) -> Draws:
    """Outcomes of all posts together."""
    total: Draws = np.zeros(DRAWS)
    for post in sorted(posts, key=lambda each: each.key):  # rounding has an order
        total += draws_of(campaign_id, post)
    return total


def people_of(
    campaign_id: str, posts: Sequence[Expected], audiences: Mapping[str, float]
) -> Draws:
    """How many different people, where audiences of posts overlap by chance.

    Per audience of P people ``P · (1 - Π(1 - r/P))``, never less than the largest post
    nor more than the sum; people of several platforms are taken for different ones. An
    audience that is not known is taken to be as large as the sum of its posts.
    """
    total: Draws = np.zeros(DRAWS)
    for audience in sorted({post.audience for post in posts}):
        reached = [draws_of(campaign_id, p) for p in posts if p.audience == audience]
        every, most = np.sum(reached, axis=0), np.max(reached, axis=0)
        people = np.maximum(audiences.get(audience) or every, most)
        people = np.maximum(people, 1.0)
        missed = np.prod([1 - each / people for each in reached], axis=0)
        total += np.clip(people * (1 - missed), most, every)
    return total


def _noise(*names: str) -> Draws:
    seed = [crc32(name.encode()) for name in names]
    return np.random.default_rng(seed).standard_normal(DRAWS)

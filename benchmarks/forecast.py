"""Forecasts before a post is out, checked on the past: how far off, and how often inside.

    python -m benchmarks forecast [--skip 20] [--influencers 60] [--seed 1]

Published figures (119 Instagram posts of one influencer) lie in `forecast` of DATA, or
of ../shared/data; each post is forecast from those before it alone, as the product does.
Beside it: the last post, the mean of all, and the ±25 % band that others show. Then the
same on posts drawn with a known truth (LABELLED synthetic), of many influencers, also of
those without history. Printed are the median absolute percentage error, the share of
posts inside the interval, and how wide it is (high ÷ low). Exits with 1 where the 80 %
interval holds less than 70 or more than 90 of a hundred.
"""

import argparse
import csv
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from marketplace.kpis.forecast.intervals import Z, calibrate
from marketplace.kpis.forecast.levels import (
    Level,
    Spread,
    expected_of_peers,
    level_of,
    spread_of,
)

FILE = "instagram_posts_kharwal.csv"
BAND = 0.25
LEAST, MOST = 0.70, 0.90
FIGURES: dict[str, Callable[[dict[str, str]], int]] = {
    "impressions": lambda row: int(row["Impressions"]),
    "engagement": lambda row: sum(
        int(row[name]) for name in ("Likes", "Saves", "Comments", "Shares")
    ),
}


@dataclass
class Score:
    """How forecasts did: errors, hits of the interval, its width."""

    errors: list[float] = field(default_factory=list)
    inside: list[bool] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)

    def add(self, actual: float, middle: float, low: float, high: float) -> None:
        """One forecast, and what came."""
        self.errors.append(abs(middle - actual) / max(actual, 1.0))
        self.inside.append(low <= actual <= high)
        self.widths.append(high / max(low, 1.0))

    @property
    def coverage(self) -> float:
        """The share inside."""
        return float(np.mean(self.inside))

    def line(self, name: str) -> str:
        """For people."""
        return (
            f"  {name:<28} MdAPE {np.median(self.errors):5.1%}   inside"
            f" {self.coverage:5.1%}   high/low {np.median(self.widths):5.1f}"
        )


def published() -> list[dict[str, str]] | None:
    """The rows of the file; None where it is not."""
    shared = Path(__file__).resolve().parents[2] / "shared" / "data"
    file = Path(os.environ.get("DATA", shared)) / "forecast" / FILE
    if not file.is_file():
        return None
    with file.open(encoding="latin-1", newline="") as lines:
        return list(csv.DictReader(lines))


def rolling(values: Sequence[float], skip: int) -> dict[str, Score]:
    """Each value forecast from those before it; the first `skip` only teach."""
    logs = [float(np.log1p(value)) for value in values]
    scores = {name: Score() for name in ("ours", "last post", "mean of all")}
    residuals: list[float] = []
    for n in range(1, len(logs)):
        before = logs[:n]
        level = level_of(before, None, spread_of({"": before}, {}))
        assert level is not None
        stretch = calibrate(residuals).stretch
        if n >= skip:
            _add(scores["ours"], values[n], level, stretch)
            for name, middle in (
                ("last post", values[n - 1]),
                ("mean of all", float(np.mean(values[:n]))),
            ):
                low, high = middle * (1 - BAND), middle * (1 + BAND)
                scores[name].add(values[n], middle, low, high)
        residuals.append((logs[n] - level.mean) / level.variance**0.5)
    return scores


def _add(score: Score, actual: float, level: Level, stretch: float) -> None:
    half = Z * stretch * level.variance**0.5
    low, middle, high = np.expm1([level.mean - half, level.mean, level.mean + half])
    score.add(actual, float(middle), float(low), float(high))


def drawn(influencers: int, seed: int) -> dict[int, Score]:
    """By how many posts they had before, forecasts of people drawn with a known truth.

    Views per follower differ by a factor of e between people, and by 0.6 (log) between
    the posts of one.
    """
    draw = np.random.default_rng(seed)
    followers = draw.lognormal(9.5, 1.2, influencers)
    levels = np.log(followers * 0.25) + draw.normal(0, 1.0, influencers)
    posts = {
        str(n): [float(x) for x in draw.normal(levels[n], 0.6, 16)]
        for n in range(influencers)
    }
    offsets = {str(n): float(np.log(followers[n])) for n in range(influencers)}
    scores: dict[int, Score] = {}
    for many in (0, 1, 3, 8, 15):
        scores[many] = Score()
        for who, theirs in posts.items():
            known = {other: h for other, h in posts.items() if other != who}
            known[who] = theirs[:many]
            rate = expected_of_peers(known, offsets, float(np.log(0.25)))
            assert rate is not None
            spread: Spread = spread_of(known, offsets)
            level = level_of(theirs[:many], offsets[who] + rate, spread)
            assert level is not None
            _add(scores[many], float(np.expm1(theirs[many])), level, 1.0)
    return scores


def main() -> None:
    """Print it all; exits with 1 where an interval does not hold what it promises."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skip", type=int, default=20)
    parser.add_argument("--influencers", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    held: list[float] = []
    rows = published()
    if rows is None:
        print("The published posts are not there (DATA/forecast).")
    for name, figure in FIGURES.items():
        if rows is None:
            break
        print(f"{name}, {len(rows)} published posts, one influencer")
        scores = rolling([float(figure(row)) for row in rows], told.skip)
        print(scores["ours"].line("ours, 80 % interval"))
        for other in ("last post", "mean of all"):
            print(scores[other].line(f"{other}, ±25 %"))
        held.append(scores["ours"].coverage)
    print(f"views, SYNTHETIC: {told.influencers} influencers, by posts known before")
    for many, score in drawn(told.influencers, told.seed).items():
        print(score.line(f"after {many} posts, 80 % interval"))
        held.append(score.coverage)
    if not all(LEAST <= each <= MOST for each in held):
        sys.exit(1)


if __name__ == "__main__":
    main()

"""How soon what happens stands in the report: of a served process, as a brand asks it.

    python -m benchmarks visible [--rounds 10] [--database-url postgresql:///test]

A click is followed, an order's webhook sent; then the report is asked until it has them.
Medians and the slowest; each must be there within two seconds. Without a database that
of an instance of its own (SQLite). Exits with 1 beyond the limit.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from benchmarks.outage import empty_database

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from main_story import Story, customer
from serving import serving

LIMIT = 2.0  # seconds
LONGEST = 30.0


def main() -> None:
    """Serve, tell, ask, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--database-url", default="")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with (
            empty_database(told.database_url, folder) as url,
            serving(folder / "instance", url) as server,
            httpx.Client(base_url=server.address, timeout=20) as http,
        ):
            took = measure(Story(http), told.rounds)
    kept = True
    for name, seconds in took.items():
        middle, slowest = statistics.median(seconds), max(seconds)
        print(
            f"{name} in the report after {middle:.2f} s (slowest {slowest:.2f}),"
            f" {middle / LIMIT:.0%} of its limit; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        kept = kept and middle < LIMIT
    sys.exit(not kept)


def measure(story: Story, rounds: int) -> dict[str, list[float]]:
    """Seconds from the answer to each click and order until the report has it."""
    took: dict[str, list[float]] = {"a click": [], "an order": []}
    line = {"quantity": 1, "price": "25.00"}
    for number in range(1, rounds + 1):
        click = story.click(story.annas, number)
        took["a click"].append(until(lambda: value(story, "clicks_gross"), number))
        story.generic(number, line, click_id=click, customer=customer(number))
        took["an order"].append(until(lambda: value(story, "orders"), number))
    return took


def value(story: Story, kpi: str) -> int:
    """What the report says now."""
    return int(story.report(kpis=kpi)["totals"][kpi]["value"])


def until(ask: Callable[[], int], expected: int) -> float:
    """Seconds until that is so."""
    begun = time.perf_counter()
    while ask() < expected:
        waited = time.perf_counter() - begun
        if waited > LONGEST:
            raise SystemExit(f"not in the report after {waited:.0f} s")
        time.sleep(0.02)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()

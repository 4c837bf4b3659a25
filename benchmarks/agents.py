"""Machines recognised, and people taken for them, on public lists of user agents.

    python -m benchmarks agents

The lists lie in BOT_AGENTS, or in `bots` of DATA, or in ../shared/data/bots. A headless
browser is a machine, though a list of modern browsers names it: it is counted apart.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from marketplace.tracking.agents import is_bot, is_preview

ROOT = Path(__file__).resolve().parent.parent
_HEADLESS = re.compile(r"headless", re.IGNORECASE)
_LISTED = re.compile(r"""\s+- (["']?)(.*)\1\s*""")


def main() -> None:
    """Print recall per list of crawlers, false positives per list of browsers."""
    folder = lists()
    if not folder.is_dir():
        sys.exit(f"No lists of user agents at {folder} (BOT_AGENTS)")
    print(f"{'list':34}{'agents':>8}{'found':>8}{'share':>9}")
    report("crawlers (monperrus)", crawlers(folder), "recall")
    report("crawlers (isbot)", listed(folder / "isbot_crawlers.yml"), "recall")
    report("browsers (isbot)", listed(folder / "isbot_browsers.yml"), "false")
    modern = (folder / "modern_browsers_subset.txt").read_text().splitlines()
    people = [agent for agent in modern if not _HEADLESS.search(agent)]
    report("browsers (modern)", people, "false")
    report("browsers (modern, headless)", set(modern) - set(people), "recall")
    print(f"a look-up: {microseconds(modern):.0f} µs, then from memory")


def lists() -> Path:
    """Where the lists are."""
    data = os.environ.get("DATA", ROOT.parent / "shared" / "data")
    return Path(os.environ.get("BOT_AGENTS", Path(data) / "bots"))


def crawlers(folder: Path) -> list[str]:
    """The examples of crawler-user-agents."""
    entries = json.loads((folder / "monperrus_crawler-user-agents.json").read_text())
    return [agent for entry in entries for agent in entry.get("instances", [])]


def listed(path: Path) -> list[str]:
    """The agents of one of isbot's lists: lines ``- agent`` under a name."""
    found = map(_LISTED.fullmatch, path.read_text().splitlines())
    return [line[2] for line in found if line]


def is_machine(agent: str) -> bool:
    """Whether a click of this agent would not count."""
    return is_preview(agent) or is_bot(agent)


def report(name: str, agents: Iterable[str], what: str) -> None:
    """One line: how many of these are taken for machines."""
    known = list(agents)
    found = sum(map(is_machine, known))
    share = found / len(known) if known else 0
    print(f"{name:34}{len(known):8}{found:8}{share:9.2%} {what}")


def microseconds(agents: list[str]) -> float:
    """What judging an agent costs the first time it is seen."""
    is_bot.cache_clear()
    is_preview.cache_clear()
    start = time.perf_counter()
    for agent in agents:
        is_machine(agent)
    return (time.perf_counter() - start) / len(agents) * 1e6


if __name__ == "__main__":
    main()

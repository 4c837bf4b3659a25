"""Branded searches from what Google's Search Console exports. Pure.

Its tables have their headings in the language of whoever exports them, and commas,
semicolons or tabs between their columns. A table by date and query (its API, Looker
Studio and Sheets make these, and BigQuery) is filtered by the brand's own terms here.
The page itself exports queries without dates, and days without queries.

How often a query was searched for is taken to be how often the brand's site was shown
for it, its impressions: who searches for a brand is shown its site.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from marketplace.errors import Invalid

MOST_ROWS: Final = 200_000
_SHORT: Final = 5  # letters; a shorter term counts only as words of its own
# What stands behind a company's name, and nobody searches for.
_LEGAL_FORMS: Final = frozenset(
    (
        "bv",
        "bvba",
        "gmbh",
        "inc",
        "llc",
        "llp",
        "ltd",
        "nv",
        "plc",
        "sarl",
        "srl",
        "vof",
    )
)
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date", "datum", "data_date", "day", "dag"),
    "query": (
        *("query", "queries", "top queries", "search query"),
        *("zoekopdracht", "zoekopdrachten", "populairste zoekopdrachten"),
    ),
    "clicks": ("clicks", "klikken", "url clicks"),
    "impressions": ("impressions", "vertoningen"),
}


class NotAnExport(Invalid):
    """Not a table of Search Console, or one of which nothing can be told."""


@dataclass(frozen=True, slots=True)
class Searches:
    """Searches by day; of how many rows how many named the brand."""

    by_day: Mapping[date, int]
    rows: int
    branded_rows: int


def is_export(heading: str) -> bool:
    """Whether a table's first line is one of Search Console's."""
    found = _places(_cells(heading))
    return "impressions" in found and ("date" in found or "query" in found)


def term_of(name: str) -> str:
    """What a brand of that name is searched by: ``Wolkje B.V.`` as ``wolkje``."""
    words = name.split()
    while len(words) > 1 and "".join(_words(words[-1])) in _LEGAL_FORMS:
        words.pop()
    return " ".join(words)


def read_searches(
    text: str, *, terms: Sequence[str], on: date | None = None, filtered: bool = False
) -> Searches:
    """The searches for a brand in an export.

    `terms`: what the brand is searched by. `on`: the day of a table without dates.
    `filtered`: a table without queries is of the brand's alone. NotAnExport otherwise.
    """
    heading, _, _ = text.partition("\n")
    places = _places(_cells(heading))
    if "impressions" not in places:
        raise NotAnExport({"body": ["Has no column of impressions."]})
    if "query" not in places and not filtered:
        reason = "Has no queries: say filtered=true if it is of the brand's name alone."
        raise NotAnExport({"body": [reason]})
    if "date" not in places and on is None:
        raise NotAnExport({"on": ["Is needed: the table has no dates."]})
    wanted = [_Term.of(each) for each in terms]
    by_day: dict[date, int] = {}
    rows = branded = 0
    reader = csv.reader(io.StringIO(text), delimiter=_between(heading), strict=True)
    next(reader)
    for line, cells in enumerate(reader, start=2):
        if not any(cells):
            continue
        if (rows := rows + 1) > MOST_ROWS:
            raise NotAnExport({"body": [f"At most {MOST_ROWS} rows at once."]})
        day, number = _row(line, cells, places, on)
        by_day.setdefault(day, 0)  # a day without a search for the brand is known too
        query = cells[places["query"]] if "query" in places else None
        if query is None or _names(query, wanted):
            by_day[day] += number
            branded += 1
    return Searches(by_day, rows, branded)


def _row(
    line: int, cells: list[str], places: Mapping[str, int], on: date | None
) -> tuple[date, int]:
    """The day and the impressions of a row."""
    if len(cells) <= max(places.values()):
        raise NotAnExport({f"line {line}": ["Has too few columns."]})
    day = on
    if "date" in places:
        text = cells[places["date"]].strip()
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise NotAnExport(
                {f"line {line}": [f"{text[:40]!r} is no day such as 2026-01-31."]}
            ) from None
    text = re.sub(r"[\s.,]", "", cells[places["impressions"]])
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise NotAnExport({f"line {line}": [f"{text[:40]!r} is no whole number."]})
    assert day is not None
    return day, int(text)


@dataclass(frozen=True, slots=True)
class _Term:
    """A brand's name: as words, and as one word (``bol com``: ``bolcom``)."""

    words: tuple[str, ...]
    joined: str

    @classmethod
    def of(cls, text: str) -> "_Term":
        words = _words(text)
        if not words:
            raise NotAnExport({"terms": [f"{text[:40]!r} has no letters or digits."]})
        return cls(words, "".join(words))


def _names(query: str, terms: Sequence[_Term]) -> bool:
    words = _words(query)
    joined = "".join(words)
    for term in terms:
        if len(term.joined) >= _SHORT and term.joined in joined:
            return True
        size = len(term.words)
        if any(words[n : n + size] == term.words for n in range(len(words) - size + 1)):
            return True
        if term.joined in words:
            return True
    return False


def _words(text: str) -> tuple[str, ...]:
    """A text as plain words: no accents, no capitals, no marks."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(each for each in plain if not unicodedata.combining(each))
    return tuple(re.findall(r"[^\W_]+", kept))


def _between(heading: str) -> str:
    return max(",;\t", key=heading.count)


def _cells(heading: str) -> list[str]:
    """The names of the columns; none where that is no CSV."""
    heading = heading.strip("\r\n\ufeff ")
    try:
        return next(csv.reader([heading], delimiter=_between(heading)), [])
    except csv.Error:
        return []


def _places(cells: Sequence[str]) -> dict[str, int]:
    """Which column is where."""
    named = {cell.strip().casefold(): place for place, cell in enumerate(cells)}
    return {
        column: named[spelling]
        for column, spellings in _COLUMNS.items()
        for spelling in spellings
        if spelling in named
    }

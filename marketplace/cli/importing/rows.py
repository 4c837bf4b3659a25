"""Tables of any length, row by row: what is in a row, or why it cannot be used."""

import csv
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self, TextIO

from marketplace.errors import Invalid

DELIMITERS = ",;\t"
LONGEST_LINE = 1024 * 1024
MOST_LINES = 2000  # of one order


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row that cannot be used: its number in the file, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row by column name; `number`: the line it begins on. `fault`: why it is none."""

    number: int
    cells: Mapping[str, str]
    fault: str = ""

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


class Table:
    """A CSV file: its columns in lower case with underscores, and its rows, read once.

    Commas, semicolons or tabs, by the header. Invalid for what has no header.
    """

    def __init__(self, lines: TextIO) -> None:
        try:
            first = lines.readline(LONGEST_LINE)
        except UnicodeDecodeError as error:
            raise Invalid({"file": ["not UTF-8"]}, "The file is not UTF-8.") from error
        delimiter = max(DELIMITERS, key=first.count)
        self._reader = csv.reader(chain([first], lines), delimiter=delimiter)
        try:
            header = next(self._reader, [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise Invalid({"file": [str(error)]}, "The file is not CSV.") from error
        self.columns = ["_".join(name.lower().split()) for name in header]

    def __iter__(self) -> Iterator[Row]:
        """Each row that is not empty; the last one has a fault if nothing after it can
        be read.
        """
        while True:
            number = self._reader.line_num + 1
            try:
                cells = next(self._reader, None)
            except UnicodeDecodeError:
                yield Row(number, {}, "not UTF-8; nothing after it was read")
                return
            except csv.Error as error:
                yield Row(number, {}, f"{error}; nothing after it was read")
                return
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield self._row(number, cells)

    def _row(self, number: int, cells: Sequence[str]) -> Row:
        named = {
            name: cell.strip()
            for name, cell in zip(self.columns, cells, strict=False)
            if name
        }
        more = any(cell.strip() for cell in cells[len(self.columns) :])
        return Row(number, named, "more cells than columns" if more else "")


def grouped(rows: Iterable[Row], column: str) -> Iterator[list[Row] | Wrong]:
    """Rows that follow each other and have the same value there, as one group.

    A group with a fault in it, or that was there already, is not given.
    """
    with Seen() as seen:
        for group in _runs(rows, column):
            name = group[0][column]
            faults = [Wrong(row.number, row.fault) for row in group if row.fault]
            if not faults and not name:
                faults = [Wrong(row.number, f"{column}: missing") for row in group]
            elif not faults and not seen.add(name):
                reason = f"{name[:80]!r} was above already; its rows must be together"
                faults = [Wrong(row.number, reason) for row in group]
            elif len(group) > MOST_LINES:
                faults = [Wrong(group[0].number, f"more than {MOST_LINES} rows")]
            if faults:
                yield from faults
            else:
                yield group


def _runs(rows: Iterable[Row], column: str) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in rows:
        if group and row[column] != group[0][column]:
            yield group
            group = []
        if len(group) <= MOST_LINES:
            group.append(row)
    if group:
        yield group


class Seen:
    """Names met so far, however many: they are kept on disk, not in memory."""

    def __enter__(self) -> Self:
        self._names = sqlite3.connect("", isolation_level=None)
        self._names.execute("PRAGMA synchronous=OFF")
        self._names.execute("CREATE TABLE seen (name TEXT PRIMARY KEY) WITHOUT ROWID")
        self._names.execute("BEGIN")
        return self

    def __exit__(self, *_: object) -> None:
        self._names.close()

    def add(self, name: str) -> bool:
        """Whether it is new."""
        insert = "INSERT OR IGNORE INTO seen VALUES (?)"
        return self._names.execute(insert, (name,)).rowcount == 1

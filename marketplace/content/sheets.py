"""Tables of posts, figures and comments (CSV), row by row. Pure.

The first line names the columns; commas, semicolons or tabs. An empty cell is unknown.
Every wrong cell is named by its line and column (``lines.3.likes``), and then nothing of
the table is used.
"""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from marketplace.clock import parse_time
from marketplace.content.readings import ChannelReading, CommentReading, PostReading
from marketplace.content.rules import ChannelMetric, ContentNotValid, PostMetric

DELIMITERS = ",;\t"
MOST_LINES = 5000
POST_KEYS = ("post_id", "platform", "external_id")
SNAPSHOT_COLUMNS = ("observed_at", *(metric.value for metric in PostMetric))
CHANNEL_COLUMNS = ("observed_at", *(metric.value for metric in ChannelMetric))
COMMENT_COLUMNS = (
    *("external_id", "text", "author", "published_at", "is_own", "is_reply", "likes"),
)
ALSO = {"captured_at": "observed_at"}  # another name of a column
_SECONDS = re.compile(r"\d{1,7}(\.\d{1,9})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,16}", re.ASCII)
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_FLAGS = {
    **dict.fromkeys(("1", "true", "yes", "ja", "y", "j"), True),
    **dict.fromkeys(("0", "false", "no", "nee", "n"), False),
}
Value = TypeVar("Value")
Kind = TypeVar("Kind", bound=StrEnum)


class Wrong(Exception):
    """A cell that is not what its column holds; says what it must be."""


class PostRow(NamedTuple):
    """A look at a post, and how the row names it (`POST_KEYS`, what was said)."""

    line: int
    named: dict[str, str]
    reading: PostReading


@dataclass(slots=True)
class Line:
    """One row: its number in the text, its cells by column, what was wrong of it."""

    number: int
    cells: dict[str, str]
    wrong: dict[str, list[str]]

    @property
    def place(self) -> str:
        """What it is called in a refusal."""
        return f"lines.{self.number}"

    def read(self, column: str, read: Callable[[str], Value]) -> Value | None:
        """A cell as a value; None where it is empty, or wrong (which is noted)."""
        cell = self.cells.get(column, "")
        if not cell:
            return None
        try:
            return read(cell)
        except Wrong as error:
            self.wrong[f"{self.place}.{column}"] = [str(error)]
            return None

    def need(self, column: str, read: Callable[[str], Value]) -> Value | None:
        """The same of a cell that must not be empty."""
        if not self.cells.get(column, ""):
            self.wrong[f"{self.place}.{column}"] = ["is missing"]
        return self.read(column, read)


def lines_of(
    text: str, columns: Collection[str], *, needed: Collection[str] = ()
) -> tuple[list[Line], dict[str, list[str]]]:
    """The rows of a table, and where their errors go; ContentNotValid for a table that
    cannot be read, has no rows, or a column that is not one of these.
    """
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter)
    wrong: dict[str, list[str]] = {}
    lines: list[Line] = []
    try:
        names = ["_".join(name.lower().split()) for name in next(rows, [])]
        header = [ALSO.get(name, name) for name in names]
        _refuse_header(header, columns, needed)
        for number, cells in _filled(rows):
            named = dict(zip(header, cells, strict=False))
            lines.append(Line(number, named, wrong))
            if len(cells) > len(header):
                wrong[lines[-1].place] = ["has more cells than there are columns"]
    except csv.Error as error:
        line = f"lines.{rows.line_num}"
        raise ContentNotValid({line: [f"is not CSV: {error}"]}) from error
    if not 0 < len(lines) <= MOST_LINES:
        raise ContentNotValid({"body": [f"must have 1 to {MOST_LINES} lines"]})
    return lines, wrong


def _filled(rows: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, each with the number of the line it begins on."""
    number = rows.line_num + 1
    for cells in rows:
        tidy = [_UNFIT.sub("", cell).strip() for cell in cells]
        while tidy and not tidy[-1]:
            tidy.pop()
        if tidy:
            yield number, tidy
        number = rows.line_num + 1


def _refuse_header(
    header: Sequence[str], columns: Collection[str], needed: Collection[str]
) -> None:
    named = [name for name in header if name]
    faults = [
        f"has an unknown column {name[:50]!r}" for name in named if name not in columns
    ]
    faults += [f"has no column {name!r}" for name in needed if name not in named]
    if len(set(named)) < len(named):
        faults.append("has a column twice")
    if faults:
        raise ContentNotValid({"header": [*faults, f"known: {', '.join(columns)}"]})


def finish(wrong: dict[str, list[str]]) -> None:
    """ContentNotValid if any cell was wrong."""
    if wrong:
        raise ContentNotValid(wrong)


def post_rows(text: str, *, named: bool) -> list[PostRow]:
    """Looks at posts. `named`: whether the rows say of which (an import), or may not."""
    keys = POST_KEYS if named else ()
    lines, wrong = lines_of(text, (*keys, *SNAPSHOT_COLUMNS))
    rows = []
    for line in lines:
        figures = {metric: line.read(metric.value, whole) for metric in PostMetric}
        metrics = {m: value for m, value in figures.items() if value is not None}
        reading = PostReading(
            observed_at=line.read("observed_at", time), metrics=metrics
        )
        said = {key: line.cells[key] for key in keys if line.cells.get(key)}
        if not metrics:
            wrong.setdefault(line.place, ["has no figures"])
        rows.append(PostRow(line.number, said, reading))
    finish(wrong)
    return rows


def channel_rows(text: str) -> list[tuple[int, ChannelReading]]:
    """Looks at one channel, each with its line."""
    lines, wrong = lines_of(text, CHANNEL_COLUMNS)
    rows = []
    for line in lines:
        figures = {metric: line.read(metric.value, whole) for metric in ChannelMetric}
        metrics = {m: value for m, value in figures.items() if value is not None}
        at = line.read("observed_at", time)
        if not metrics:
            wrong.setdefault(line.place, ["has no figures"])
        rows.append((line.number, ChannelReading(observed_at=at, metrics=metrics)))
    finish(wrong)
    return rows


def comment_rows(text: str) -> list[tuple[int, CommentReading]]:
    """Comments under one post, each with its line."""
    lines, wrong = lines_of(text, COMMENT_COLUMNS, needed=("external_id", "text"))
    rows = []
    for line in lines:
        reading = CommentReading(
            external_id=line.need("external_id", str) or "",
            text=line.cells.get("text", ""),
            author=line.read("author", str),
            published_at=line.read("published_at", time),
            is_own=bool(line.read("is_own", flag)),
            is_reply=bool(line.read("is_reply", flag)),
            likes=line.read("likes", whole),
        )
        rows.append((line.number, reading))
    finish(wrong)
    return rows


def whole(cell: str) -> int:
    """A whole number, without separators."""
    if not _WHOLE.fullmatch(cell):
        raise Wrong("must be a whole number, written in digits alone")
    return int(cell)


def time(cell: str) -> datetime:
    """A moment; UTC where it says no offset."""
    wrong = Wrong("must be a time such as 2026-01-31T09:00:00Z")
    try:
        moment = parse_time(cell)
    except ValueError as error:
        raise wrong from error
    if not 1970 <= moment.year <= 9000:
        raise wrong
    return moment


def flag(cell: str) -> bool:
    """Yes or no, in either language."""
    try:
        return _FLAGS[cell.lower()]
    except KeyError as error:
        raise Wrong("must be yes or no") from error


def milliseconds(cell: str) -> int:
    """Seconds, with a point where there are parts of one."""
    if not _SECONDS.fullmatch(cell):
        raise Wrong("must be a number of seconds")
    return int(Decimal(cell) * 1000)


def member(kind: type[Kind]) -> Callable[[str], Kind]:
    """One of a fixed set of words."""

    def read(cell: str) -> Kind:
        try:
            return kind(cell.lower())
        except ValueError as error:
            known = ", ".join(one.value for one in kind)
            raise Wrong(f"must be one of {known}") from error

    return read

"""What every import of rows shares: progress, a file of what is wrong, the outcome."""

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self, TypeVar

import click

from marketplace.cli.importing.rows import Wrong
from marketplace.errors import Conflict
from marketplace.jobs import JobContext
from marketplace.shops import Shop, ShopNotFound

AT_ONCE = 200  # rows in one transaction

T = TypeVar("T")

file_argument = click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
shop_option = click.option(
    "--shop", "shop_id", required=True, metavar="ID", help="Of which shop (shp_…)."
)
errors_option = click.option(
    "--errors",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where rows that cannot be used are listed (default: FILE.errors.csv).",
)


@dataclass(slots=True)
class Errors:
    """Rows that could not be used, in a file that is made with the first of them."""

    path: Path
    count: int = 0
    _file: IO[str] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, wrong: Wrong) -> None:
        """Write a row's number and what is wrong with it."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(["row", "reason"])
        csv.writer(self._file).writerow([wrong.row, wrong.reason])
        self.count += 1

    def conclude(self, told: str) -> None:
        """Say what was done; status 1 if anything was wrong."""
        click.echo(told)
        if self.count:
            click.echo(f"{self.count} rows with errors: {self.path}", err=True)
            sys.exit(1)


def errors_beside(file: Path, errors: Path | None) -> Errors:
    """The file named, else one beside what is imported."""
    return Errors(errors or file.with_name(f"{file.name}.errors.csv"))


@contextmanager
def opened(file: Path) -> Iterator[io.TextIOWrapper]:
    """A text in UTF-8 that shows on a terminal how far it has been read."""
    with (
        click.progressbar(
            length=file.stat().st_size,
            label=file.name,
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
        ) as bar,
        Watched(io.FileIO(file)) as source,
        io.TextIOWrapper(source, encoding="utf-8-sig", newline="") as lines,
    ):
        source.tell_progress = bar.update
        yield lines


class Watched(io.BufferedReader):
    """A file that says how much of it was read."""

    tell_progress: Callable[[int], object] = int

    def read1(self, size: int = -1) -> bytes:
        """Some bytes, as the base class does."""
        found = super().read1(size)
        self.tell_progress(len(found))
        return found


def batches(items: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """So many at a time, in order."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def shop_in(context: JobContext, shop_id: str) -> Shop:
    """The shop of that id; refused if there is none, or it is disconnected."""
    with context.sessions() as session:
        shop = session.get(Shop, shop_id)
    if shop is None:
        raise ShopNotFound(f"there is no shop {shop_id}")
    if shop.disconnected_at is not None:
        raise Conflict(f"the shop {shop_id} is disconnected")
    return shop

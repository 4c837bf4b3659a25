"""Tables as CSV that a spreadsheet opens without running anything in them."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

# A cell that begins so is a formula to a spreadsheet, also after a blank or a quote.
_FORMULA = re.compile(r"[\s'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]")
# Control characters, those that turn the direction of what follows, and what XML has no
# place for.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
    "\ud800-\udfff\ufffe\uffff]+"
)


def as_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Comma, double quotes, CRLF; numbers with a decimal point; null is empty.

    Text that would be taken for a formula gets an apostrophe in front.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def one_line(text: str) -> str:
    """Text without control characters and without marks that turn its direction."""
    return _UNSEEN.sub(" ", text).strip()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    text = one_line(str(value))
    return f"'{text}" if _FORMULA.match(text) else text

"""A platform's export as JSON, of any size: a list, a list under a name, or objects one
after another (one per line, usually). Each is passed on as it stands in the file.
"""

import json
import re
from collections.abc import Iterator
from typing import TextIO

from marketplace.cli.importing.rows import Wrong
from marketplace.cli.importing.taken import Taken

CHUNK = 64 * 1024
LARGEST = 1024 * 1024  # as for webhooks
_TEXT = r'"(?:[^"\\]|\\.)*"'
_PLAIN = rf"(?:{_TEXT}|[-0-9.eE+]+|true|false|null)"
# A list, alone or as a value of an object; an order of Magento's has `items`, too.
_LIST = re.compile(
    rf'\s*(?:\[|\{{\s*"items"\s*:\s*\['
    rf"|\{{\s*(?:{_TEXT}\s*:\s*{_PLAIN}\s*,\s*)*"
    r'(?:"_embedded"\s*:\s*\{\s*"payments"|"(?:orders|data|result)")\s*:\s*\[)'
)
_BETWEEN = re.compile(r"[\s,]*")
# Only where values end is of interest: numbers stay as they are written.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


class _Text:
    """A stretch of a file, which moves on as it is read."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.held, self.at, self.is_whole = "", 0, False

    def more(self) -> bool:
        """Read on; false at the end. UnicodeDecodeError if it is not UTF-8."""
        found = self._file.read(CHUNK)
        self.held, self.at = self.held[self.at :] + found, 0
        self.is_whole = not found
        return bool(found)

    def skip(self) -> bool:
        """Go to what comes next; false if nothing does."""
        while True:
            between = _BETWEEN.match(self.held, self.at)
            self.at = between.end() if between else self.at
            if self.at < len(self.held):
                return True
            if not self.more():
                return False

    def skip_line(self) -> bool:
        """Go to the next line; false if there is none."""
        while (end := self.held.find("\n", self.at)) < 0:
            self.at = len(self.held)
            if not self.more():
                return False
        self.at = end + 1
        return True


def read_json_orders(file: TextIO) -> Iterator[Taken | Wrong]:
    """Each object of the file, by its number."""
    number = 0
    try:
        text = _Text(file)
        text.more()
        opening = _LIST.match(text.held)
        text.at = opening.end() if opening else 0
        while text.skip():
            if opening and text.held[text.at] == "]":
                return
            number += 1
            found = _next(text)
            yield _judged(number, found, bool(opening))
            if found is None and (opening or not text.skip_line()):
                return
        if opening:
            yield Wrong(number + 1, "the file ends before its list does")
    except UnicodeDecodeError:
        yield Wrong(number + 1, "not UTF-8; nothing after it was read")


def _judged(number: int, found: str | None, in_list: bool) -> Taken | Wrong:
    if found is None:
        rest = "; nothing after it was read" if in_list else ""
        return Wrong(number, f"not JSON, or larger than {LARGEST} bytes{rest}")
    body = found.encode("utf-8", "replace")
    if not found.startswith("{"):
        return Wrong(number, "not an object")
    if len(body) > LARGEST:
        return Wrong(number, f"larger than {LARGEST} bytes")
    return Taken(number, body)


def _next(text: _Text) -> str | None:
    """The next value as it is written, None if it is no JSON or far too long."""
    while True:
        try:
            _, end = _DECODER.raw_decode(text.held, text.at)
        except RecursionError:
            return None
        except ValueError:
            if len(text.held) - text.at > LARGEST or not text.more():
                return None
            continue
        if end == len(text.held) and not text.is_whole:  # a number may go on
            text.more()
            continue
        found = text.held[text.at : end]
        text.at = end
        return found

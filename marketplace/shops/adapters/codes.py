"""Promo codes as shops state them: as typed, each once, compared as people would."""

import unicodedata
from collections.abc import Iterable, Iterator

from marketplace.shops.adapters.reading import text

_LONGEST = 200
_MOST = 20


class CodeList:
    """Codes without empty ones and repeats; `in` ignores case, width and blanks."""

    def __init__(self, values: Iterable[object]) -> None:
        self._codes: dict[str, str] = {}
        for value in values:
            code = text(value, _LONGEST + 1)
            if code and len(code) <= _LONGEST and len(self._codes) < _MOST:
                self._codes.setdefault(_folded(code), code)

    def __contains__(self, value: object) -> bool:
        return _folded(text(value, _LONGEST)) in self._codes

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes.values())

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in order, at most twenty."""
        return tuple(self._codes.values())


def _folded(code: str) -> str:
    return unicodedata.normalize("NFKC", code).strip().casefold()

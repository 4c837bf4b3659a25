"""Which country an address is in, by an offline table; "" where that is not known.

The table is the one that comes with the `geoip2fast` package: a guess for charts, no
more. Where a proxy in front knows better, its header is used (TRUSTED_COUNTRY_HEADER).
"""

import logging
from functools import lru_cache
from threading import Lock
from typing import Any

TABLE = "geoip2fast-ipv6.dat.gz"  # both families
KNOWN = 16_384  # addresses remembered; finding one anew takes some microseconds

log = logging.getLogger(__name__)
_loading = Lock()


class Countries:
    """The table, read when it is first asked (a fifth of a second)."""

    def __init__(self) -> None:
        self._table: Any = None
        self.of = lru_cache(maxsize=KNOWN)(self._of)

    def load(self) -> None:
        """Read the table; without one every country is unknown."""
        with _loading:
            if self._table is not None:
                return
            try:
                from geoip2fast import GeoIP2Fast  # type: ignore[import-untyped]

                self._table = GeoIP2Fast(geoip2fast_data_file=TABLE)
            except Exception:  # whatever is wrong with it, links go on
                log.exception("no table of countries")
                self._table = False

    def _of(self, address: str) -> str:
        if self._table is None:
            self.load()
        if not self._table:
            return ""
        try:
            code = self._table.lookup(address).country_code
        except Exception:  # its own complaint about an address it does not understand
            return ""
        return code if len(code) == 2 and code.isalpha() and code.isupper() else ""


countries = Countries()

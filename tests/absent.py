"""What some machines do not have: tests of it are skipped there, and never in CI."""

import os
from typing import NoReturn

import pytest


def absent(what: str) -> NoReturn:
    """Skip, as that is not here; where all must be (REQUIRE_ALL), fail."""
    if os.environ.get("REQUIRE_ALL"):
        pytest.fail(what)
    pytest.skip(what)

"""The cookie that says who is logged in: read back, and only if made here."""

import pytest
from factories import KEYRING
from hypothesis import given
from hypothesis import strategies as st

from marketplace.keys import Keyring
from marketplace.tracking import internal

USER = "usr_CKyoCakpbzUXnztkN9kRJL"  # the same in every test process
VALUE = internal.mint(KEYRING, USER)


def test_what_was_made_here_is_read_back() -> None:
    assert len(VALUE) <= internal.LONGEST
    assert internal.read(KEYRING, VALUE) == USER


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        b"usr_x.00",
        "",
        ".",
        USER,
        f"{USER}.",
        VALUE.upper(),
        VALUE + "0",
        VALUE[:-1],
        VALUE + "\n",
        f"usr_Sa2xGWvLQ8w5cPpBtq4Y3n.{VALUE.partition('.')[2]}",
        f"{USER}.{'0' * 64}",
        f"{USER}.{'é' * 64}",
        f"{USER}.{chr(0xD800) * 64}",
        f"usr_{'٣' * 22}.{'0' * 64}",
        "x" * 100_000,
        internal.mint(KEYRING, "usr_a.b"),
        internal.mint(Keyring(b"another secret, of 32 bytes or more"), USER),
    ],
)
def test_nothing_else_is_believed(value: object) -> None:
    assert internal.read(KEYRING, value) is None


@given(st.text(max_size=200))
def test_no_text_is_an_error(value: str) -> None:
    assert internal.read(KEYRING, value) is None

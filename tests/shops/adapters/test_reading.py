"""The quick look at JSON says no more than the exact one."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.shops.adapters.base import NotReadable
from marketplace.shops.adapters.reading import is_plain_json, outline, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
ODD = (
    *(
        b"",
        b" ",
        b"{",
        b"null",
        b"[]",
        b"NaN",
        b'{"a":NaN}',
        b"[Infinity]",
        b"-",
        b"01",
    ),
    *(b"1e999", b"-0", b"[1.]", b"1E400", b"9" * 5_000, b"[" + b"9" * 400 + b".5]"),
    *(b"\xef\xbb\xbf{}", b"\xff", b'"\xed\xa0\x80"', b'"\\ud800"', b'"\x00"', b'"\t"'),
    *(b"[" * 300 + b"]" * 300, b"[" * 100_000 + b"]" * 100_000, b"[" * 399, b"{} {}"),
    *(
        b'{"a":1,"a":2}',
        b"[1,]",
        b"'a'",
        b"// a\n1",
        b"id=tr_1",
        b'{"a":1}\n',
        b"\x00{}",
    ),
)


def is_read(body: bytes) -> bool:
    try:
        read_json(body)
    except NotReadable:
        return False
    return True


@pytest.mark.parametrize("body", ODD, ids=lambda body: repr(body[:20]))
def test_odd_bodies_that_look_plain_are_read(body: bytes) -> None:
    assert is_read(body) or not is_plain_json(body)


@given(VALUES, st.binary(max_size=3), st.integers(min_value=0))
def test_what_looks_plain_is_read(value: object, junk: bytes, at: int) -> None:
    body = json.dumps(value).encode()
    at %= len(body) + 1
    for one in (body, body[:at] + junk + body[at:]):
        assert is_read(one) or not is_plain_json(one)


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.text() | VALUES))
def test_outline_has_the_texts(value: dict[str, object]) -> None:
    body = json.dumps(value).encode()
    with suppress(NotReadable):
        exact = read_json(body)
        texts = {name for name, one in value.items() if isinstance(one, str)}
        assert {n: outline(body)[n] for n in texts} == {n: exact[n] for n in texts}


def test_outline_of_what_is_no_object_is_empty() -> None:
    for body in (b"", b"[]", b"7", b"{", b"[" * 100_000):
        assert outline(body) == {}

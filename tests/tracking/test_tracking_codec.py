"""Click ids: genuine ones read back, everything else is refused."""

import os
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from marketplace.ids import id_bytes, id_from_bytes
from marketplace.tracking.codec import LENGTH, ClickCodec, ClickId

KEY = bytes(range(32))
CODEC = ClickCodec(KEY)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
LINKS = st.binary(min_size=16, max_size=16)
LATEST = 253_402_300_799_999


@given(link=LINKS, at_ms=st.integers(0, LATEST))
def test_round_trip(link: bytes, at_ms: int) -> None:
    text = CODEC.mint(link, at_ms)
    assert len(text) == LENGTH
    assert set(text) <= set(ALPHABET)
    read = CODEC.read(text)
    assert read is not None
    assert id_bytes(read.link_id) == link
    since = read.at - datetime(1970, 1, 1, tzinfo=UTC)
    assert (since.days * 86400 + since.seconds) * 1000 + (
        since.microseconds // 1000
    ) == at_ms


@given(
    position=st.integers(0, LENGTH - 1),
    character=st.sampled_from(ALPHABET + "+/= \n\0é\udc80"),
)
def test_one_changed_character_is_refused(position: int, character: str) -> None:
    text = CODEC.mint(b"L" * 16, 1_700_000_000_000)
    changed = text[:position] + character + text[position + 1 :]
    assert (CODEC.read(changed) is None) == (changed != text)


@given(st.text(max_size=80) | st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH))
def test_made_up_text_is_refused(text: str) -> None:
    assert CODEC.read(text) is None


@given(st.binary(min_size=32, max_size=32).filter(lambda key: key != KEY))
def test_another_instances_id_is_refused(key: bytes) -> None:
    assert CODEC.read(ClickCodec(key).mint(b"L" * 16, 1)) is None


def test_a_time_outside_the_calendar_is_refused() -> None:
    assert CODEC.read(CODEC.mint(b"L" * 16, LATEST)) is not None
    assert CODEC.read(CODEC.mint(b"L" * 16, LATEST + 1)) is None
    assert CODEC.read(CODEC.mint(b"L" * 16, 2**48 - 1)) is None


def test_an_older_key_is_read_but_not_used() -> None:
    rotated = ClickCodec(b"n" * 32, key_id=2, older={1: KEY})
    link = b"L" * 16
    old = CODEC.mint(link, 1000)
    assert rotated.read(old) == ClickId(
        id_from_bytes("lnk", link), datetime.fromtimestamp(1, UTC)
    )
    assert CODEC.read(rotated.mint(link, 1000)) is None


def test_nonces_do_not_repeat_after_a_fork() -> None:
    CODEC.mint(b"L" * 16, 1)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, CODEC.mint(b"L" * 16, 1).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert pipe.read() != CODEC.mint(b"L" * 16, 1)

"""Click ids: 41 signed bytes as 55 characters of ``[A-Za-z0-9_-]``.

    byte 0        version (high half) and key id (low half)
    bytes 1–16    link, the raw bytes of its id
    bytes 17–22   time in ms since 1970
    bytes 23–30   nonce, never twice in a process, counted on from a random start
    bytes 31–40   MAC (keyed BLAKE2s, 80 bits) over all before it

A click id says which link was followed and when; nothing about the visitor.
"""

import binascii
import hmac
import os
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2s
from itertools import count

from marketplace.ids import id_from_bytes
from marketplace.keys import Keyring

LENGTH = 55
LINK_PREFIX = "lnk"
_VERSION = 1
_BODY, _MAC = 31, 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_nonces = count()  # begun below, and anew in every process
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/   ")  # what is not ours becomes invalid


@dataclass(frozen=True, slots=True)
class ClickId:
    """What a genuine click id says: the link and the moment it was followed."""

    link_id: str
    at: datetime


class ClickCodec:
    """Makes click ids with one key and reads those of several (rotation)."""

    def __init__(
        self, key: bytes, *, key_id: int = 1, older: Mapping[int, bytes] | None = None
    ) -> None:
        """`older`: keys that are still read though no longer used, by id (1–15)."""
        keys = {**(older or {}), key_id: key}
        if not all(1 <= number <= 15 for number in keys):
            raise ValueError("key ids are 1 to 15")
        self._macs = {
            _VERSION << 4 | number: blake2s(
                key=secret[:32], digest_size=_MAC, person=b"click-id"
            )
            for number, secret in keys.items()
        }
        first = _VERSION << 4 | key_id
        self._head = bytes([first])
        self._mac = self._macs[first]

    def mint(self, link: bytes, at_ms: int) -> str:
        """A fresh click id of the link with these 16 bytes, followed at that time."""
        # Not random each time: the system call would let go of the interpreter's lock,
        # and waking another thread costs several times what all of this does.
        body = self._head + link + (at_ms << 64 | next(_nonces)).to_bytes(14, "big")
        mac = self._mac.copy()
        mac.update(body)
        # Without the padding and the newline, in the same pass.
        return b2a_base64(body + mac.digest()).translate(_TO_URL, b"=\n").decode()

    def read(self, text: str) -> ClickId | None:
        """What the id says; None for anything this instance did not make."""
        if len(text) != LENGTH or not text.isascii():
            return None
        try:
            raw = binascii.a2b_base64(
                text.encode("ascii").translate(_FROM_URL) + b"=", strict_mode=True
            )
        except binascii.Error:
            return None
        keyed = self._macs.get(raw[0])
        if keyed is None or not _canonical(raw, text):
            return None
        mac = keyed.copy()
        mac.update(raw[:_BODY])
        if not hmac.compare_digest(mac.digest(), raw[_BODY:]):
            return None
        try:
            at = _EPOCH + timedelta(milliseconds=int.from_bytes(raw[17:23], "big"))
        except OverflowError:
            return None
        return ClickId(_link_id(raw[1:17]), at)


def _begin_nonces() -> None:
    """Start somewhere nobody else does; half of the range is left to count on in."""
    global _nonces
    _nonces = count(int.from_bytes(os.urandom(8), "big") >> 1)


_begin_nonces()
os.register_at_fork(after_in_child=_begin_nonces)


def click_codec(keyring: Keyring) -> ClickCodec:
    """The codec of this instance."""
    return ClickCodec(keyring.key("click-id:1"))


@lru_cache(maxsize=10_000)
def _link_id(raw: bytes) -> str:
    return id_from_bytes(LINK_PREFIX, raw)


def _canonical(raw: bytes, text: str) -> bool:
    """Whether this is the one spelling of these bytes (the last two bits are spare)."""
    again = b2a_base64(raw, newline=False).translate(_TO_URL)[:LENGTH]
    return again == text.encode("ascii")

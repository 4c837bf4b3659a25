"""What is sealed is opened by the same key alone, whole, and whatever version sealed it."""

import pytest
from factories import KEYRING

from marketplace.keys import Keyring

# Sealed by the first version (Fernet) of `Keyring.seal("purpose", b"word for word")`.
EARLIER = (
    b"gAAAAABrApjlKAnYnLOrZlAD-ZF36kqSuitIxftS-GCmfJfIO2kVu5PDykw2"
    b"7qrC3IeEKxUtStePHUb8nmG1xKFsHtXKL-FhKA=="
)


@pytest.mark.parametrize(
    "plain", [b"", b"word for word", bytes(range(256)) * 100], ids=["0", "13", "25600"]
)
def test_what_is_sealed_can_be_opened(plain: bytes) -> None:
    sealed = KEYRING.seal("purpose", plain)
    assert KEYRING.open("purpose", sealed) == plain
    assert KEYRING.seal("purpose", plain) != sealed


def test_what_an_earlier_version_sealed_can_be_opened() -> None:
    assert KEYRING.open("purpose", EARLIER) == b"word for word"


@pytest.mark.parametrize(
    "sealed",
    [KEYRING.seal("purpose", b"x" * 40), EARLIER],
    ids=["now", "earlier"],
)
def test_what_was_altered_cannot(sealed: bytes) -> None:
    for at in range(len(sealed)):
        altered = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(ValueError, match="cannot open"):
            KEYRING.open("purpose", altered)
        with pytest.raises(ValueError, match="cannot open"):
            KEYRING.open("purpose", sealed[:at])
    with pytest.raises(ValueError, match="cannot open"):
        KEYRING.open("another purpose", sealed)
    with pytest.raises(ValueError, match="cannot open"):
        Keyring(b"another secret, 32 bytes or more").open("purpose", sealed)

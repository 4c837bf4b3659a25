"""Keys: derived per purpose from the instance's secret, with a version in what they make.

`Keyring` signs (click ids, token hashes) and seals (secrets and bodies at rest). The
secret itself is used for nothing but deriving.
"""

import base64
import hashlib
import hmac
import secrets
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# What is sealed begins with one of these.
_PLAIN, _PACKED = b"\x01", b"\x02"
_FERNET = b"g"  # of earlier versions, in base64
_NONCE = 12
_WORTH_PACKING = 512


class Keyring:
    """Purpose-bound keys of one instance secret (at least 32 bytes)."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the secret key must have at least 32 bytes")
        self._secret = secret
        self._keys: dict[str, bytes] = {}
        self._boxes: dict[str, AESGCM] = {}

    def key(self, purpose: str) -> bytes:
        """32 bytes for one purpose, such as ``"click-id:1"``."""
        found = self._keys.get(purpose)
        if found is None:
            found = hmac.digest(self._secret, purpose.encode(), "sha256")
            self._keys[purpose] = found
        return found

    def digest(self, purpose: str, text: str) -> str:
        """Keyed hash in hex: equal texts are recognised, nothing is given away."""
        return hmac.new(
            self.key(purpose), text.encode("utf-8", "surrogatepass"), hashlib.sha256
        ).hexdigest()

    def seal(self, purpose: str, plain: bytes) -> bytes:
        """Encrypt for storage (AES-256-GCM, a fresh nonce each time); long texts packed:
        what is written takes longer than packing it.
        """
        kind, nonce = _PLAIN, secrets.token_bytes(_NONCE)
        if len(plain) >= _WORTH_PACKING:
            kind, plain = _PACKED, zlib.compress(plain, 1)
        return kind + nonce + self._box(purpose).encrypt(nonce, plain, kind)

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """The inverse of `seal`; ValueError if it was sealed by another key or altered."""
        kind, nonce, hidden = sealed[:1], sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            if kind == _FERNET:
                key = base64.urlsafe_b64encode(self.key(f"seal:{purpose}"))
                return Fernet(key).decrypt(sealed)
            plain = self._box(purpose).decrypt(nonce, hidden, kind)
            return zlib.decompress(plain) if kind == _PACKED else plain
        except (InvalidToken, InvalidTag, ValueError) as error:
            raise ValueError(f"cannot open what was sealed for {purpose}") from error

    def _box(self, purpose: str) -> AESGCM:
        found = self._boxes.get(purpose)
        if found is None:
            found = AESGCM(self.key(f"seal-gcm:{purpose}"))
            self._boxes[purpose] = found
        return found


def keyed_hash(key: bytes, text: str) -> str:
    """HMAC-SHA256 in hex of a text under a key of one's own (a brand's customer key)."""
    return hmac.new(
        key, text.encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hexdigest()


def random_secret(size: int = 32) -> bytes:
    """Fresh random bytes."""
    return secrets.token_bytes(size)

"""Keys: derived per purpose from the instance's secret, with a version in what they make.

`Keyring` signs (click ids, token hashes) and seals (secrets and bodies at rest). The
secret itself is used for nothing but deriving.
"""

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken


class Keyring:
    """Purpose-bound keys of one instance secret (at least 32 bytes)."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the secret key must have at least 32 bytes")
        self._secret = secret
        self._derived = lru_cache(maxsize=64)(self._derive)

    def key(self, purpose: str) -> bytes:
        """32 bytes for one purpose, such as ``"click-id:1"``."""
        return self._derived(purpose)

    def _derive(self, purpose: str) -> bytes:
        return hmac.digest(self._secret, purpose.encode(), "sha256")

    def digest(self, purpose: str, text: str) -> str:
        """Keyed hash in hex: equal texts are recognised, nothing is given away."""
        return hmac.new(
            self.key(purpose), text.encode("utf-8", "surrogatepass"), hashlib.sha256
        ).hexdigest()

    def seal(self, purpose: str, plain: bytes) -> bytes:
        """Encrypt for storage (Fernet: AES-128-CBC and HMAC-SHA256)."""
        return self._box(purpose).encrypt(plain)

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """The inverse of `seal`; ValueError if it was sealed by another key or altered."""
        try:
            return self._box(purpose).decrypt(sealed)
        except InvalidToken as error:
            raise ValueError(f"cannot open what was sealed for {purpose}") from error

    def _box(self, purpose: str) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self.key(f"seal:{purpose}")))


def keyed_hash(key: bytes, text: str) -> str:
    """HMAC-SHA256 in hex of a text under a key of one's own (a brand's customer key)."""
    return hmac.new(
        key, text.encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hexdigest()


def random_secret(size: int = 32) -> bytes:
    """Fresh random bytes."""
    return secrets.token_bytes(size)

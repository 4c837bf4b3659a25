"""Passwords: argon2id. Slow on purpose: call these outside any write transaction."""

import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

# OWASP's first choice of parameters for argon2id (19 MiB, two passes, one lane).
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return _HASHER.hash(_bytes(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether it is the password. With no hash (no such user) it takes as long."""
    try:
        _HASHER.verify(password_hash or _nobody(), _bytes(password))
    except (Argon2Error, InvalidHashError):
        return False
    return password_hash is not None


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _HASHER.hash(b"a password nobody has")


def _bytes(password: str) -> bytes:
    # The same characters typed on two systems are the same password.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")

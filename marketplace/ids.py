"""Public ids: a prefix that names the kind, and a shortuuid (22 characters of base 57)."""

import uuid
from collections.abc import Callable
from functools import lru_cache

import shortuuid


def new_id(prefix: str) -> str:
    """A fresh id such as ``cmp_vytxeTZskVKR7C7WgdSP3d``."""
    return f"{prefix}_{shortuuid.uuid()}"


def id_maker(prefix: str) -> Callable[[], str]:
    """A default for a primary-key column."""
    return lambda: new_id(prefix)


@lru_cache(maxsize=8192)  # ingest asks for each click
def id_bytes(public_id: str) -> bytes:
    """The 16 bytes behind an id; ValueError if it is not one of ours."""
    return shortuuid.decode(public_id.partition("_")[2]).bytes


def id_from_bytes(prefix: str, raw: bytes) -> str:
    """The inverse of `id_bytes`."""
    return f"{prefix}_{shortuuid.encode(uuid.UUID(bytes=raw))}"


def random_slug(length: int = 8) -> str:
    """Random text of an alphabet without look-alikes (57 characters)."""
    return shortuuid.random(length)

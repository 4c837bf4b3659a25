"""Orders out of a list that an API answered, each as a delivery of its own."""

import json
from collections.abc import Mapping
from typing import Any

from marketplace.shops.adapters.base import Fetched
from marketplace.shops.adapters.reading import digest, plain_key
from marketplace.shops.apis.shop_client import ApiFailure


def objects_of(answer: Any, name: str = "") -> list[dict[str, Any]]:
    """The objects of an answered list, or of the list under that name.

    ApiFailure if there is no such list.
    """
    listed = answer.get(name) if name and isinstance(answer, dict) else answer
    if not isinstance(listed, list):
        raise ApiFailure("the shop's API did not answer with a list")
    return [item for item in listed if isinstance(item, dict)]


def as_fetched(
    item: Mapping[str, Any], *said: Any, headers: Mapping[str, str] | None = None
) -> Fetched:
    """One object to be stored; `said`: what is equal while it is in the same state."""
    body = json.dumps(item).encode()
    key = ":".join(str(part) for part in said if part)
    return Fetched(plain_key(key) if key else digest(body), body, headers or {})

"""Asking an API for what an adapter's `Fetch` names."""

import json
from collections.abc import Mapping

from marketplace.shops.apis.shop_client import ApiFailure, ShopClient, read_answer

LARGEST_TOGETHER = 12 * 1024 * 1024


def fetch(client: ShopClient, paths: Mapping[str, str]) -> bytes:
    """``{"fetched": {name: answer}}``, each answer in the shop's own bytes.

    Null for 404 and 204; ApiFailure for whatever else is no JSON.
    """
    parts = []
    for name, path in sorted(paths.items()):
        parts.append(json.dumps(name).encode() + b": " + _raw(client, path))
        if sum(map(len, parts)) > LARGEST_TOGETHER:
            raise ApiFailure("the shop's API answered too much", is_lasting=True)
    return b'{"fetched": {' + b", ".join(parts) + b"}}"


def _raw(client: ShopClient, path: str) -> bytes:
    answer = client.call("GET", path)
    if answer.status in (204, 404):
        return b"null"
    read_answer(answer)  # or it is no JSON
    try:
        answer.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ApiFailure("the shop's API did not answer in UTF-8") from error
    return answer.body.strip()

"""Calling the API as any program would."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from marketplace.errors import Conflict

PATIENCE = 90.0  # seconds for work that happens after an answer
Json = dict[str, Any]


class StoryBroken(Conflict):
    """The server answered otherwise than the story needs."""


class Caller:
    """A client with, or without, somebody's token."""

    def __init__(self, client: httpx.Client, token: str | None = None) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: Any) -> Any:
        """The answer's body."""
        return self._ask("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The answer's body."""
        return self._ask("POST", path, json=body)

    def put(self, path: str, body: object) -> Any:
        """The answer's body."""
        return self._ask("PUT", path, json=body)

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        answer = self.client.request(method, path, headers=self.headers, **more)
        if not answer.is_success:
            raise StoryBroken(
                f"{method} {path}: {answer.status_code} {answer.text[:500]}"
            )
        return answer.json()


def wait_until(done: Callable[[], bool], what: str) -> None:
    """Look again and again; StoryBroken if it takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise StoryBroken(f"{what}: not within {PATIENCE:g} seconds")
        time.sleep(0.1)

"""Forking while a cache refreshes itself in a thread."""

import os
import threading
import weakref
from typing import Protocol

PATIENCE = 5.0  # seconds a fork waits for a refresh to end


class Refreshed(Protocol):
    """What a thread refreshes, with this lock held."""

    refreshing: threading.Lock

    def after_fork(self) -> None:
        """Begin anew in the child."""


_WATCHED: "weakref.WeakSet[Refreshed]" = weakref.WeakSet()
_HELD: list[Refreshed] = []


def watch_forks(cache: Refreshed) -> None:
    """Mind this one whenever the process forks."""
    _WATCHED.add(cache)


def _before() -> None:
    """Let refreshing come to a rest: a child forked in the midst of a query finds the
    database library's own locks taken, for ever.
    """
    for cache in list(_WATCHED):
        if cache.refreshing.acquire(timeout=PATIENCE):
            _HELD.append(cache)


def _in_parent() -> None:
    while _HELD:
        _HELD.pop().refreshing.release()


def _in_child() -> None:
    _HELD.clear()
    for cache in list(_WATCHED):
        cache.after_fork()


os.register_at_fork(
    before=_before, after_in_parent=_in_parent, after_in_child=_in_child
)

"""The click path in front of the application, in one process."""

import threading
from typing import TYPE_CHECKING

from marketplace.redirect.answers import fresh_request_id, refuse
from marketplace.redirect.collect import COLLECT
from marketplace.redirect.landing import LANDING
from marketplace.redirect.links import PREFIX
from marketplace.redirect.script import SCRIPT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_OURS = (PREFIX, LANDING)


class Front:
    """Both in one: what belongs to the click path goes there, the rest to the other."""

    def __init__(
        self, redirect: "WSGIApplication", application: "WSGIApplication"
    ) -> None:
        self._redirect = redirect
        self._application = application
        self._turns: threading.Semaphore | None = None

    def leave_room(self, most: int) -> None:
        """Let so many requests at most into the application at once.

        Who waits for a hung database keeps a thread of the server, and without one
        nobody can follow a link. More than these get a 503 and may come back.
        """
        self._turns = threading.Semaphore(most)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "Iterable[bytes]":
        """Pass the request on."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(_OURS) or path in (COLLECT, SCRIPT):
            return self._redirect(environ, start_response)
        if self._turns is None:
            return self._application(environ, start_response)
        if not self._turns.acquire(blocking=False):
            if path == "/healthz":  # the process is well, only busy
                return self._redirect(environ, start_response)
            again = [("Retry-After", "1")]
            return refuse(environ, start_response, 503, fresh_request_id(), again)
        try:
            return self._application(environ, start_response)
        finally:
            self._turns.release()


def in_front(redirect: "WSGIApplication", application: "WSGIApplication") -> Front:
    """The click path in front of the application."""
    return Front(redirect, application)

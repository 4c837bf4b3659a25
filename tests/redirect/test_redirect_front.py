"""The click path in front of an application that may hang."""

import threading
from typing import Any

import pytest
from asking import ask

from marketplace.redirect import Redirect, in_front
from marketplace.tracking.models import TrackingLink

PATIENCE = 10.0  # seconds


class Hanging:
    """An application whose requests wait until they are let go; `/fails` raises."""

    def __init__(self) -> None:
        self.inside = threading.Semaphore(0)
        self.let_go = threading.Event()

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/fails":
            raise RuntimeError("it failed")
        self.inside.release()
        assert self.let_go.wait(PATIENCE)
        start_response("200 OK", [])
        return [b"at last"]


def test_a_hung_application_leaves_room_for_links(
    redirect: Redirect, link: TrackingLink
) -> None:
    application = Hanging()
    front = in_front(redirect, application)
    front.leave_room(2)
    answers: list[int] = []
    waiting = [
        threading.Thread(target=lambda: answers.append(ask(front, "/v1/me").status))
        for _ in range(2)
    ]
    for thread in waiting:
        thread.start()
    for _ in waiting:
        assert application.inside.acquire(timeout=PATIENCE)
    refused = ask(front, "/webhooks/shp_1", "POST")
    assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    assert ask(front, "/healthz").status == 200
    assert ask(front, "/r/anna").status == 302
    application.let_go.set()
    for thread in waiting:
        thread.join(PATIENCE)
    assert answers == [200, 200]
    assert ask(front, "/v1/me").status == 200


def test_what_fails_gives_its_turn_back(redirect: Redirect) -> None:
    front = in_front(redirect, Hanging())
    front.leave_room(1)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="it failed"):
            ask(front, "/fails")

"""Calling a WSGI application without a server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    """What a WSGI callable answered."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


Follow = Callable[..., Answer]


def ask(application: Any, path: str, method: str = "GET", **environ: Any) -> Answer:
    """Call a WSGI callable; the environment's further keys as keyword arguments."""
    answer = Answer()

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        answer.status = int(status.split()[0])
        for name, value in headers:
            assert isinstance(name, str)
            assert isinstance(value, str)
            value.encode("latin-1")
            assert not set("\r\n\0") & set(name + value), (name, value)
            assert name not in answer.headers
            answer.headers[name] = value

    given = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "REMOTE_ADDR": "192.0.2.1",
        **environ,
    }
    answer.body = b"".join(application(given, start_response))
    return answer

"""A vendor's API on loopback: answers by method and path, and remembers what was asked."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass(frozen=True)
class Request:
    """What was asked; header names in lower case, each query name's last value."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class ShopServer:
    """`answers`: ``GET /path`` → a JSON value, or what makes (status, value) of it."""

    url: str
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> tuple[int, Any]:
        self.asked.append(request)
        found = self.answers.get(f"{request.method} {request.path}")
        if found is None:
            return 404, {"error": "not found"}
        if callable(found):
            make: Callable[[Request], tuple[int, Any]] = found
            return make(request)
        return 200, found


@contextmanager
def shop_server() -> Iterator[ShopServer]:
    """A server in a thread, for as long as the test."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            split = urlsplit(self.path)
            query = parse_qs(split.query, keep_blank_values=True)
            length = int(self.headers.get("content-length") or 0)
            status, value = server.answer(
                Request(
                    self.command,
                    split.path,
                    {name: values[-1] for name, values in query.items()},
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                )
            )
            body = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server = ShopServer(f"http://127.0.0.1:{listening.server_port}")
        Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            listening.shutdown()

"""A webshop for browsers: pages by path, and what was asked of it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = (
    "<!doctype html><meta charset=utf-8><title>{path}</title>{head}<body>{body}</body>"
)


@dataclass
class Asked:
    """A request to the shop. `form`: fields of its query and of a form it posts."""

    method: str
    path: str
    form: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class ShopSite:
    """A shop at `url`; its pages may be changed while it runs.

    `head`: on every page (the script). `pages`: path → what stands on it; any other
    path has an empty page. `answers`: path → what is done instead of showing a page:
    takes what was asked, returns status, type and body.
    """

    url: str = ""
    head: str = ""
    policy: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Callable[[Asked], tuple[int, str, bytes]]] = field(
        default_factory=dict
    )
    asked: list[Asked] = field(default_factory=list)

    def answer(self, asked: Asked) -> tuple[int, str, bytes]:
        """What is answered to this."""
        self.asked.append(asked)
        if asked.path in self.answers:
            return self.answers[asked.path](asked)
        if asked.path == "/favicon.ico":
            return 204, "image/x-icon", b""
        body = self.pages.get(asked.path, "")
        page = PAGE.format(path=asked.path, head=self.head, body=body)
        return 200, "text/html; charset=utf-8", page.encode()

    def visits_to(self, path: str) -> list[Asked]:
        """The requests for this path so far."""
        return [asked for asked in self.asked if asked.path == path]


@contextmanager
def shop_site(host: str = "localhost") -> Iterator[ShopSite]:
    """A shop on a free port, reached under that name."""
    site = ShopSite()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def _answer(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            form = parse_qs(parts.query)
            if "urlencoded" in self.headers.get("Content-Type", ""):
                form |= parse_qs(body.decode())
            fields = {name: values[-1] for name, values in form.items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, fields, headers, body)
            status, kind, answer = site.answer(asked)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Cache-Control", "no-store")
            if site.policy:
                self.send_header("Content-Security-Policy", site.policy)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    site.url = f"http://{host}:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

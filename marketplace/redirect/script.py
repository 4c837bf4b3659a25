"""`GET /t.js`: the script for shop pages, small and the same for every shop."""

import gzip
import hashlib
import re
from collections import Counter
from functools import cache
from pathlib import Path
from string import ascii_letters
from typing import TYPE_CHECKING, NamedTuple

from marketplace.redirect.answers import refuse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SCRIPT = "/t.js"
_SOURCE = Path(__file__).parent / "static" / "t.js"
_METHODS = ("GET", "HEAD")
_OURS = re.compile(r"\$(\w+)")
_BLANKS = re.compile(r'("[^"]*")|[ ]*([{}()\[\];,:?=+*<>&|!-]+)[ ]*')
_NO_GZIP = re.compile(r"q=0(?:\.0{0,3})?")


class Served(NamedTuple):
    """The script as it goes out, plain and compressed, and its tag."""

    plain: bytes
    compressed: bytes
    tag: str


def script(
    environ: "WSGIEnvironment", start_response: "StartResponse", request_id: str
) -> list[bytes]:
    """The script, compressed where that is understood; 304 for who has it."""
    if environ["REQUEST_METHOD"] not in _METHODS:
        allow = [("Allow", ", ".join(_METHODS))]
        return refuse(environ, start_response, 405, request_id, allow)
    made = served()
    headers = [
        ("ETag", made.tag),
        ("Cache-Control", "public, max-age=3600"),
        ("Vary", "Accept-Encoding"),
        # Shops load it from pages of their own, however isolated those are.
        ("Access-Control-Allow-Origin", "*"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Request-Id", request_id),
    ]
    known = environ.get("HTTP_IF_NONE_MATCH", "")
    if made.tag in known or known.strip() == "*":
        start_response("304 Not Modified", headers)
        return []
    body = made.plain
    if _takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
        body = made.compressed
        headers.append(("Content-Encoding", "gzip"))
    headers.append(("Content-Type", "text/javascript; charset=utf-8"))
    headers.append(("Content-Length", str(len(body))))
    start_response("200 OK", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


@cache
def served() -> Served:
    """What is served, made once by the first who asks."""
    plain = shortened(_SOURCE.read_text("utf-8")).encode()
    # Weak: plain and compressed are one script under one tag.
    tag = f'W/"{hashlib.blake2b(plain, digest_size=12).hexdigest()}"'
    return Served(plain, gzip.compress(plain, 9, mtime=0), tag)


def shortened(source: str) -> str:
    """The script without comments and blanks, its own names as a letter or two.

    Understands nothing of the language; the source keeps to what its head says.
    """
    lines = (line.strip() for line in source.splitlines())
    text = "\n".join(line for line in lines if line and not line.startswith("//"))
    letters = [*ascii_letters, *(f"_{letter}" for letter in ascii_letters)]
    named = [name for name, _ in Counter(_OURS.findall(text)).most_common()]
    short = dict(zip(named, letters[: len(named)], strict=True))
    text = _OURS.sub(lambda found: short[found[1]], text)
    text = _BLANKS.sub(lambda found: found[1] or found[2], text)
    return re.sub(r"([{};,])\n", r"\1", text).replace(";}", "}") + "\n"


def _takes_gzip(accepted: str) -> bool:
    for coding in accepted.lower().replace(" ", "").split(","):
        name, _, weight = coding.partition(";")
        if name in ("gzip", "*"):
            return not _NO_GZIP.fullmatch(weight)
    return False

"""Answers other than the redirect itself: small, constant, safe to show."""

import secrets
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<body style="font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto">
<p>{english}
<p lang="nl">{dutch}
"""
_TEXTS: Mapping[int, tuple[str, str, str]] = {
    404: (
        "Not Found",
        "There is nothing here (any more).",
        "Hier is niets (meer).",
    ),
    405: (
        "Method Not Allowed",
        "This cannot be done here.",
        "Dat kan hier niet.",
    ),
    503: (
        "Service Unavailable",
        "This cannot be shown right now. Please try again in a moment.",
        "Dit kan nu niet worden getoond. Probeer het zo nog eens.",
    ),
}


def refuse(
    environ: "WSGIEnvironment",
    start_response: "StartResponse",
    status: int,
    request_id: str,
    extra: Iterable[tuple[str, str]] = (),
) -> list[bytes]:
    """A page in English and Dutch; problem+json for a program that asks for JSON."""
    title, english, dutch = _TEXTS[status]
    accept = environ.get("HTTP_ACCEPT", "")
    if "application/json" in accept or "application/problem+json" in accept:
        kind = "application/problem+json"
        problem = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": english,
            "instance": quote(environ.get("PATH_INFO", ""), encoding="latin-1")[:200],
            "request_id": request_id,
        }
        body = orjson.dumps(problem)
    else:
        kind = "text/html; charset=utf-8"
        body = _PAGE.format(title=title, english=english, dutch=dutch).encode()
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Request-Id", request_id),
        *extra,
    ]
    start_response(f"{status} {title}", headers)
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]


def fresh_request_id() -> str:
    """An id for an answer whose request brought none."""
    return secrets.token_hex(12)

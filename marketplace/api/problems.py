"""Every error as a problem (RFC 9457), and the headers of every answer."""

import logging
import re
from collections.abc import Mapping
from secrets import token_urlsafe

from flask import Flask, Response, current_app, g, json, request
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from marketplace import errors

STATUSES: Mapping[type[errors.Refusal], int] = {
    errors.Invalid: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
}
RETRY_AFTER_SECONDS = 5
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    # A browser ignores it over plain http.
    "Strict-Transport-Security": "max-age=31536000",
}
log = logging.getLogger(__name__)


class TooManyRequests(errors.Refusal):
    """The caller asks too often; `retry_after` in seconds."""

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


def problem(
    status: int,
    detail: str,
    *,
    kind: str = "about:blank",
    title: str = "",
    field_errors: Mapping[str, list[str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document as an answer."""
    document = {
        "type": kind,
        "title": title or HTTP_STATUS_CODES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "instance": request.path,
        "request_id": g.get("request_id"),
    }
    if field_errors is not None:
        document["errors"] = field_errors
    response = Response(
        json.dumps(document), status, mimetype="application/problem+json"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers.extend(headers or {})
    return response


def refused(refusal: errors.Refusal) -> Response:
    """The problem a refusal is; its type is named after its class."""
    name = re.sub(
        r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", type(refusal).__name__
    ).lower()
    headers = {}
    if isinstance(refusal, TooManyRequests):
        status, headers["Retry-After"] = 429, str(refusal.retry_after)
    else:
        status = next(
            STATUSES[kind] for kind in type(refusal).mro() if kind in STATUSES
        )
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(
        status,
        refusal.detail,
        kind=f"urn:marketplace:problem:{name}",
        title=name.replace("-", " ").capitalize(),
        field_errors=refusal.errors if isinstance(refusal, errors.Invalid) else None,
        headers=headers,
    )


def refused_by_http(error: HTTPException) -> Response:
    """The problem an HTTP error is; a redirect stays one."""
    if error.response is not None or error.code is None or error.code < 400:
        return current_app.make_response(error.get_response(request.environ))
    headers = {
        name: value
        for name, value in error.get_headers(request.environ)
        if name.lower() not in ("content-type", "content-length")
    }
    return problem(error.code, error.description or error.name, headers=headers)


def database_failed(error: DBAPIError | PoolTimeout) -> Response:
    """503 if the database is away or busy; what it could not store is the caller's."""
    if isinstance(error, IntegrityError):
        log.exception("a race that no operation names")
        return problem(409, "Something else changed the same thing; try again.")
    if isinstance(error, DataError):
        log.exception("a value that no schema refused")
        return problem(422, "A value cannot be stored.", field_errors={})
    if (
        isinstance(error, OperationalError | PoolTimeout)
        or error.connection_invalidated
    ):
        log.warning("the database is away: %s", error)
        return problem(
            503,
            "The database is away or busy; nothing was changed. Try again.",
            headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        )
    return failed(error)


def failed(error: Exception) -> Response:
    """500: a fault of ours, logged with its trace and told without."""
    log.error("unhandled error, request %s", g.get("request_id"), exc_info=error)
    return problem(500, "Something went wrong on our side; it was logged.")


def install(app: Flask) -> None:
    """Name every request, answer every error as a problem, set headers."""

    @app.before_request
    def name_request() -> None:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else token_urlsafe(16)

    @app.after_request
    def set_headers(response: Response) -> Response:
        if "request_id" in g:
            response.headers["X-Request-Id"] = g.request_id
        given = {name.lower() for name, _ in response.headers}
        for name, value in _HEADERS.items():
            if name.lower() not in given:
                response.headers.add(name, value)
        return response

    app.register_error_handler(errors.Refusal, refused)
    app.register_error_handler(HTTPException, refused_by_http)
    app.register_error_handler(DBAPIError, database_failed)
    app.register_error_handler(PoolTimeout, database_failed)
    app.register_error_handler(Exception, failed)

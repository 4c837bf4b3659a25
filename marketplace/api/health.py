"""Whether the process lives, and whether it can do its work."""

from typing import Any

from flask import Response, current_app, jsonify
from marshmallow import fields
from sqlalchemy.exc import SQLAlchemyError

from marketplace.api.fields import Answer
from marketplace.api.frame import Resource, public
from marketplace.database import db, pending_migrations

blp = Resource("health", description="Is it alive, is it ready", url_prefix="")


class HealthOut(Answer):
    """`status`: ok, ready or not ready; `checks` what was looked at."""

    status = fields.String()
    checks = fields.Dict(keys=fields.String(), values=fields.Raw())


@blp.route("/healthz")
@public()
@blp.response(200, HealthOut)
def healthz() -> dict[str, Any]:
    """Say that the process answers."""
    return {"status": "ok"}


@blp.route("/readyz")
@public()
@blp.response(200, HealthOut)
@blp.alt_response(503, schema=HealthOut, description="Not ready")
def readyz() -> Response:
    """Say whether the database is there and migrated; report what else is known."""
    checks: dict[str, Any] = {"database": _database()}
    ready = checks["database"] == "ok"
    # What is only reported never makes a node unready.
    for name, look in current_app.extensions["readiness"].items():
        checks[name] = _reported(look) if ready else None
    response = jsonify(status="ready" if ready else "not ready", checks=checks)
    response.status_code = 200 if ready else 503
    return response


def _database() -> str:
    try:
        return "migrations pending" if pending_migrations(db.engine) else "ok"
    except SQLAlchemyError:
        return "away"


def _reported(look: Any) -> Any:
    try:
        return look()
    except Exception as error:
        current_app.logger.exception("a readiness report failed")
        return f"failed: {type(error).__name__}"

"""Idempotency-Key: the same POST twice has one effect and one answer.

The key is claimed by an insert at the beginning of the request's own transaction, so
a second request at the same time waits for the first (on SQLite for the database, on
PostgreSQL for the row), fails on the unique key and is given the first one's answer.
What is no success is rolled back together with its claim.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Request, Response
from sqlalchemy import Delete, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.api.models import KeptAnswer
from marketplace.errors import Conflict, Invalid
from marketplace.keys import Keyring

KEPT_FOR = timedelta(days=7)
PURPOSE = "kept-answer:1"
_KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")


class KeyUsedOtherwise(Conflict):
    """The Idempotency-Key came with another request before."""


class Repeated(Exception):
    """Somebody else claimed the key in the meantime: look it up again."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of one caller, and the fingerprint of what came with it."""

    scope: str
    text: str
    request_hash: str


def key_of(request: Request, scope: Callable[[], str]) -> Key | None:
    """The request's key, if it is a POST and has one; Invalid if that is malformed.

    `scope`: whose it is; asked only if there is one.
    """
    text = request.headers.get("Idempotency-Key")
    if text is None or request.method != "POST":
        return None
    if not _KEY.fullmatch(text):
        reason = "must be 1 to 255 printable ASCII characters"
        raise Invalid({"Idempotency-Key": [reason]})
    told = f"{request.method} {request.full_path}\n".encode("utf-8", "surrogatepass")
    body = request.get_data(cache=True)
    return Key(scope(), text, hashlib.sha256(told + body).hexdigest())


def answer_kept(
    session: Session, key: Key, *, keyring: Keyring, now: datetime
) -> Response | None:
    """The answer the first request got; KeyUsedOtherwise if that was another one."""
    kept = session.get(KeptAnswer, (key.scope, key.text))
    if kept is None or kept.created_at <= now - KEPT_FOR:
        return None
    if kept.request_hash != key.request_hash:
        raise KeyUsedOtherwise("This Idempotency-Key was used for another request.")
    response = Response(
        keyring.open(PURPOSE, kept.sealed_body),
        kept.status,
        content_type=kept.content_type,
    )
    response.headers["Idempotent-Replay"] = "true"
    response.headers["Cache-Control"] = "no-store"
    return response


def claim(session: Session, key: Key, *, now: datetime) -> KeptAnswer:
    """Take the key, first thing in the transaction; Repeated if it is gone."""
    outlived = expired_answers(now).where(
        KeptAnswer.scope == key.scope, KeptAnswer.key == key.text
    )
    session.execute(outlived)
    kept = KeptAnswer(
        scope=key.scope,
        key=key.text,
        request_hash=key.request_hash,
        status=0,
        content_type="",
        sealed_body=b"",
        created_at=now,
    )
    session.add(kept)
    try:
        session.flush()
    except IntegrityError as error:
        raise Repeated from error
    return kept


def keep(
    session: Session, kept: KeptAnswer, response: Response, *, keyring: Keyring
) -> None:
    """Store a success under the claimed key; give the key back for anything else."""
    if 200 <= response.status_code < 300:
        kept.status = response.status_code
        kept.content_type = response.content_type or ""
        kept.sealed_body = keyring.seal(PURPOSE, response.get_data())
    else:
        session.delete(kept)


def expired_answers(now: datetime) -> Delete:
    """The statement that forgets what is older than a week (for a job)."""
    return delete(KeptAnswer).where(KeptAnswer.created_at <= now - KEPT_FOR)

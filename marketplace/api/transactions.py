"""One request, one transaction.

A returned answer is committed before its status is sent, here and nowhere else; an
exception rolls back and becomes a problem (`problems`).
"""

from collections.abc import Callable
from typing import Any

from flask import Response, current_app, g, request
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.api import idempotency
from marketplace.config import Settings
from marketplace.database import begin_reading, begin_writing, db
from marketplace.errors import Conflict

READING = ("GET", "HEAD", "OPTIONS")


class KeyBusy(Conflict):
    """The answer to the first request with this key cannot be told yet."""


def settings() -> Settings:
    """What this process was told."""
    found: Settings = current_app.extensions["settings"]
    return found


def begin() -> Session:
    """The session; the request's transaction begins here.

    One that reads sees a single moment. Do what is slow before the first call; further
    calls give the same session.
    """
    session = db.session()
    if g.get("begun"):
        return session
    session.rollback()  # ends the reading in which the caller was identified
    g.begun = True
    if request.method in READING:
        begin_reading(session)
        return session
    begin_writing(session)
    if g.get("key") is not None:
        g.kept = idempotency.claim(session, g.key, now=clock.now())
    return session


def reading() -> Session:
    """The session before `begin`: to look something up that the slow part needs."""
    return db.session()


def answered(view: Callable[[], Any], key: idempotency.Key | None) -> Response:
    """Call the view in the request's transaction, or repeat the answer kept for it."""
    session, keyring = db.session(), settings().keyring
    g.begun, g.key = False, key
    try:
        if g.key is not None and (kept := _kept(session)):
            return kept
        response = current_app.make_response(view())
        response.headers.setdefault("Cache-Control", "no-store")
        if g.key is not None:
            begin()
            idempotency.keep(session, g.kept, response, keyring=keyring)
        session.commit()
    except idempotency.Repeated:
        session.rollback()
        kept = _kept(session)
        if kept is None:
            raise KeyBusy("The first request with this key is not done yet.") from None
        return kept
    except BaseException:
        session.rollback()
        raise
    return response


def _kept(session: Session) -> Response | None:
    keyring = settings().keyring
    return idempotency.answer_kept(session, g.key, keyring=keyring, now=clock.now())

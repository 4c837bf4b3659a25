"""One request, one transaction.

A returned answer is committed before its status is sent, here and nowhere else; an
exception rolls back and becomes a problem (`problems`).
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, current_app, g, request
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.api import idempotency
from marketplace.config import Settings
from marketplace.database import begin_reading, begin_writing, db
from marketplace.errors import Conflict

READING = ("GET", "HEAD", "OPTIONS")
T = TypeVar("T")


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


def begin_plain() -> Connection:
    """A connection instead of the session, for a view that stores rows and no objects:
    half of what a small request costs is the session. Never both in one request.
    """
    found: Connection | None = g.get("plain")
    if found is None:
        if db.session.registry.has():
            db.session.rollback()  # or this would need a second connection
        found = g.plain = db.engine.connect().execution_options(writing=True)
    return found


def commit_first(work: Callable[[Session], T]) -> T:
    """Do a little in a transaction of its own, before `begin`: what must be stored before
    a vendor is asked, whether or not its answer is lived to see.
    """
    session = db.session()
    session.rollback()  # ends the reading in which the caller was identified
    begin_writing(session)
    found = work(session)
    session.commit()
    return found


def look() -> Session:
    """The session for a POST that asks much and changes nothing, instead of `begin`: it
    sees a single moment, and no writer waits for it.
    """
    session = db.session()
    session.rollback()  # ends the reading in which the caller was identified
    begin_reading(session)
    return session


def reading() -> Session:
    """The session before `begin`: to look something up that the slow part needs."""
    return db.session()


def answered(view: Callable[[], Any], key: idempotency.Key | None) -> Response:
    """Call the view in the request's transaction, or repeat the answer kept for it."""
    g.begun, g.key, g.plain = False, key, None
    try:
        if g.key is not None and (kept := _kept(db.session())):
            return kept
        response = current_app.make_response(view())
        response.headers.setdefault("Cache-Control", "no-store")
        if g.key is not None:
            idempotency.keep(begin(), g.kept, response, keyring=settings().keyring)
        (g.plain or db.session()).commit()
    except idempotency.Repeated:
        db.session.rollback()
        kept = _kept(db.session())
        if kept is None:
            raise KeyBusy("The first request with this key is not done yet.") from None
        return kept
    except BaseException:
        db.session.rollback()
        if g.plain is not None:
            g.plain.invalidate()  # a commit that failed may have left it open
        raise
    finally:
        if g.plain is not None:
            g.plain.close()
    return response


def _kept(session: Session) -> Response | None:
    keyring = settings().keyring
    return idempotency.answer_kept(session, g.key, keyring=keyring, now=clock.now())

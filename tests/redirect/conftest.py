"""A link in the database, and the redirect in front of it."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from asking import Follow, ask
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
)
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.redirect import Redirect, make_redirect
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.spool import read_lines, spool_files


@pytest.fixture
def link(session: Session) -> TrackingLink:
    """A link at ``/r/anna``."""
    campaign = make_campaign(session, make_brand(session))
    application = make_application(session, campaign, make_influencer(session))
    link = make_link(session, application, slug="anna")
    session.commit()
    return link


@pytest.fixture
def redirect(settings: Settings) -> Iterator[Redirect]:
    """The click path of the test's instance; its thread's work is done by hand."""
    redirect = make_redirect(settings)
    redirect.links.started = True
    yield redirect
    redirect.close()


@pytest.fixture
def follow(redirect: Redirect) -> Follow:
    """Follow a path."""
    return lambda path="/r/anna", method="GET", **environ: ask(
        redirect, path, method, **environ
    )


@pytest.fixture
def lines(settings: Settings) -> Callable[[], list[dict[str, Any]]]:
    """What was written down so far."""

    def read() -> list[dict[str, Any]]:
        return [
            orjson.loads(payload)
            for path in spool_files(settings.spool, settings.node_id)
            for payload in read_lines(path, 0, 10_000).payloads
        ]

    return read

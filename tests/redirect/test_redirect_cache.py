"""What the redirect knows: fresh, bounded, and served on without a database."""

import os
import stat
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from asking import Follow, ask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.redirect import Redirect, cache, make_redirect
from marketplace.redirect.links import LinkRow
from marketplace.redirect.snapshot import Snapshot
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.salts import renew_salts


class NoDatabase:
    """Counts what it is asked, and knows nothing."""

    def __init__(self) -> None:
        self.asked = 0

    def _fail(self, *_: object) -> None:
        self.asked += 1
        raise OperationalError("SELECT", {}, Exception("gone"))

    links = changed_since = link_of = salts = _fail

    def close(self) -> None:
        pass


@pytest.mark.usefixtures("link")
def test_with_the_database_away_known_links_go_on(
    redirect: Redirect, follow: Follow
) -> None:
    redirect.links.refresh()
    real, redirect.links._source = redirect.links._source, NoDatabase()
    redirect.links.refresh()
    assert follow().status == 302
    answer = follow("/r/new")
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    asked = redirect.links._source.asked
    assert follow("/r/new").status == 503
    assert redirect.links._source.asked == asked  # nobody waits for what is away
    redirect.links._source = real
    redirect.links.refresh()
    assert follow("/r/new").status == 404


@pytest.mark.usefixtures("link")
def test_a_node_starts_without_a_database(
    redirect: Redirect, settings: Settings, session: Session
) -> None:
    renew_salts(session, now=datetime.now(UTC))
    session.commit()
    redirect.links.refresh()
    there = ask(redirect, "/r/anna", REMOTE_ADDR="192.0.2.7")
    alone = make_redirect(replace(settings, database_url="sqlite:////nowhere/at.all"))
    try:
        assert ask(alone, "/readyz").status == 200
        here = ask(alone, "/r/anna", REMOTE_ADDR="192.0.2.7")
        assert here.status == there.status == 302
        assert ask(alone, "/r/other").status == 503
        assert alone.links.salts.known == redirect.links.salts.known != {}
    finally:
        alone.close()


@pytest.mark.usefixtures("link")
def test_salts_are_for_the_owner_only_and_do_not_outlive_their_days(
    redirect: Redirect, settings: Settings
) -> None:
    today = datetime.now(UTC).date()
    old = today - timedelta(days=10)
    snapshot = Snapshot(settings.instance)
    row = LinkRow("a", "lnk_x", "https://s.nl", "brd_x", "UTC")
    snapshot.write([row], {today: b"new", old: b"old"})
    for name in ("redirect-links.json", "redirect-salts.json"):
        mode = stat.S_IMODE(os.stat(settings.instance / name).st_mode)
        assert mode == 0o600
    assert snapshot.links() == [row]
    assert snapshot.salts() == {today: b"new"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"version": 1}',
        b'{"version": 2, "links": [["a", "b", "c", "d", "e"]], "salts": {"x": 1}}',
        b'{"version": 1, "links": [[1, 2], "x", null], "salts": {"x": "y", "z": 1}}',
        b'{"version": 1, "links": {"a": 1}, "salts": []}',
    ],
)
def test_a_damaged_snapshot_is_none(content: bytes, settings: Settings) -> None:
    for name in ("redirect-links.json", "redirect-salts.json"):
        (settings.instance / name).write_bytes(content)
    assert Snapshot(settings.instance).links() == []
    assert Snapshot(settings.instance).salts() == {}


def test_misses_are_remembered_apart_for_two_seconds_at_most(
    redirect: Redirect,
    follow: Follow,
    link: TrackingLink,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "MISS_SECONDS", 0.2)
    monkeypatch.setattr(cache, "MOST_MISSES", 5)
    assert follow("/r/bea").status == 404
    for n in range(20):
        follow(f"/r/none{n}")
    assert len(redirect.links._misses) <= 5
    assert follow("/r/bea").status == 404
    link.slug = "bea"
    session.commit()
    assert follow("/r/bea").status == 404
    time.sleep(0.25)
    assert follow("/r/bea").status == 302


def test_a_change_ends_a_miss_at_once(
    redirect: Redirect, follow: Follow, link: TrackingLink, session: Session
) -> None:
    redirect.links.refresh()
    assert follow("/r/bea").status == 404
    link.slug, link.changed_at = "bea", datetime.now(UTC)
    session.commit()
    redirect.links.refresh()
    assert follow("/r/bea").status == 302


@pytest.mark.usefixtures("link")
def test_the_table_is_bounded(
    redirect: Redirect, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_LINKS", 3)
    rows = [
        LinkRow(f"s{n}", "lnk_" + "2" * 22, "https://s.nl", "brd_x", "UTC")
        for n in range(9)
    ]
    redirect.links._put(rows)
    assert len(redirect.links.table) == 3
    assert follow().status == 302
    assert len(redirect.links.table) == 3


@pytest.mark.usefixtures("link")
def test_a_link_that_cannot_be_followed_hides_no_other(
    redirect: Redirect, follow: Follow, link: TrackingLink
) -> None:
    bad = [
        LinkRow("bad1", "lnk_0", "https://s.nl", "brd_x", "UTC"),
        LinkRow("bad2", link.id, "javascript:x", "brd_x", "UTC"),
    ]
    good = LinkRow("good", link.id, "https://s.nl", "brd_x", "UTC")
    redirect.links._put([*bad, good])
    assert set(redirect.links.table) == {"/r/good"}


@pytest.mark.usefixtures("link")
def test_it_works_in_a_forked_child(settings: Settings) -> None:
    """Thread, connections and file are the child's own."""
    redirect = make_redirect(settings)
    assert ask(redirect, "/r/anna").status == 302
    child = os.fork()
    if child == 0:
        status = 1
        try:
            fine = ask(redirect, "/r/anna").status == 302
            fine = fine and ask(redirect, "/r/nobody").status == 404
            names = {thread.name for thread in threading.enumerate()}
            status = 0 if fine and {"links", "spool"} <= names else 2
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert ask(redirect, "/r/nobody").status == 404
    assert len(list(settings.spool.iterdir())) == 2
    redirect.close()


@pytest.mark.usefixtures("link")
def test_without_salts_it_goes_on_with_its_own(
    redirect: Redirect, follow: Follow, caplog: pytest.LogCaptureFixture
) -> None:
    assert follow().status == follow().status == 302
    assert len([r for r in caplog.records if "no visitor salt" in r.message]) == 1
    assert redirect.links.salts.of(date(2026, 1, 1)) == redirect.links.salts.of(
        date(2026, 1, 1)
    )

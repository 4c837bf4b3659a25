"""What the redirect knows: fresh, bounded, and served on without a database."""

import os
import stat
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from asking import Follow, ask
from factories import START, make_code, make_shop, rename_link
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace import tracking
from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.config import Settings
from marketplace.redirect import Redirect, make_redirect, shelf
from marketplace.redirect.cache import DatabaseAway
from marketplace.redirect.links import NEVER, Link, LinkRow
from marketplace.redirect.places import PageRow, ShopRow
from marketplace.redirect.snapshot import Known, Snapshot
from marketplace.redirect.visitors import BrandDay, Salts
from marketplace.tracking.codec import click_codec
from marketplace.tracking.link_rules import discounted
from marketplace.tracking.models import (
    LandingPage,
    PromoCode,
    TrackingDomain,
    TrackingLink,
)
from marketplace.tracking.salts import renew_salts


class NoDatabase:
    """Counts what it is asked, and knows nothing."""

    def __init__(self) -> None:
        self.asked = 0

    def _fail(self, *_: object) -> None:
        self.asked += 1
        raise OperationalError("SELECT", {}, Exception("gone"))

    links = pages = shops = domains = salts = _fail
    link_of = page_of = shop_of = _fail

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
    known = Known(
        [LinkRow("a", "lnk_x", "https://s.nl", "brd_x", "UTC", "https://f.nl", 7)],
        [PageRow("a", "lpg_x", "brd_x", "UTC", *"abcdefgh", "a", NEVER, False)],
        [ShopRow("shp_x", "brd_x", "UTC")],
        {"go.s.nl": "brd_x"},
    )
    snapshot.write(known, {today: b"new", old: b"old"})
    for name in ("redirect-links.json", "redirect-salts.json"):
        mode = stat.S_IMODE(os.stat(settings.instance / name).st_mode)
        assert mode == 0o600
    assert snapshot.known() == known
    assert snapshot.salts() == {today: b"new"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"version": 1}',
        b'{"version": 1, "links": [["a", "b", "c", "d", "e"]], "salts": {"x": 1}}',
        b'{"version": 2, "links": [[1, 2], "x", null], "salts": {"x": "y", "z": 1}}',
        b'{"version": 2, "links": {"a": 1}, "pages": 1, "domains": [1], "salts": []}',
        b'{"version": 2, "domains": {"a": 1}, "shops": [[1, "a", "b"], ["a", "b"]]}',
    ],
)
def test_a_damaged_snapshot_is_none(content: bytes, settings: Settings) -> None:
    for name in ("redirect-links.json", "redirect-salts.json"):
        (settings.instance / name).write_bytes(content)
    assert Snapshot(settings.instance).known() == ([], [], [], {})
    assert Snapshot(settings.instance).salts() == {}


def test_misses_are_remembered_apart_for_two_seconds_at_most(
    redirect: Redirect,
    follow: Follow,
    link: TrackingLink,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shelf, "MISS_SECONDS", 0.2)
    monkeypatch.setattr(shelf, "MOST_MISSES", 5)
    assert follow("/r/bea").status == 404
    for n in range(20):
        follow(f"/r/none{n}")
    assert len(redirect.links._links._misses) <= 5
    assert follow("/r/bea").status == 404
    rename_link(session, link, "bea")
    session.commit()
    assert follow("/r/bea").status == 404
    time.sleep(0.25)
    assert follow("/r/bea").status == 302


def test_a_change_ends_a_miss_at_once(
    redirect: Redirect, follow: Follow, link: TrackingLink, session: Session
) -> None:
    redirect.links.refresh()
    assert follow("/r/bea").status == 404
    link.changed_at = datetime.now(UTC)
    rename_link(session, link, "bea")
    session.commit()
    redirect.links.refresh()
    assert follow("/r/bea").status == 302


@pytest.mark.usefixtures("link")
def test_the_table_is_bounded(redirect: Redirect, follow: Follow) -> None:
    redirect.links._links.most = 3
    rows = [
        LinkRow(f"s{n}", "lnk_" + "2" * 22, "https://s.nl", "brd_x", "UTC")
        for n in range(9)
    ]
    redirect.links._links.put(rows)
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
    redirect.links._links.put([*bad, good])
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


def look_again(redirect: Redirect) -> None:
    """Refresh, the seconds between two looks at shops and domains having passed."""
    redirect.links._due_places = 0
    redirect.links.refresh()


def test_every_slug_a_link_ever_had_leads_to_it(
    redirect: Redirect,
    follow: Follow,
    link: TrackingLink,
    session: Session,
    settings: Settings,
) -> None:
    redirect.links.refresh()
    link.changed_at = datetime.now(UTC)
    rename_link(session, link, "zoë")
    session.commit()
    redirect.links.refresh()
    new = "/r/zoë".encode().decode("latin-1")
    assert follow("/r/anna").status == follow(new).status == 302
    fresh = make_redirect(settings)
    fresh.links.started = True
    try:  # asked for one by one, too
        assert ask(fresh, "/r/anna").status == ask(fresh, new).status == 302
    finally:
        fresh.close()


@pytest.mark.parametrize(
    "end", ["expires_at", "ended_at", "application", "closed_at", "ends_at", "never"]
)
def test_a_link_that_is_over_leads_to_its_fallback(
    redirect: Redirect,
    follow: Follow,
    link: TrackingLink,
    session: Session,
    end: str,
) -> None:
    campaign = session.get_one(Campaign, link.campaign_id)
    application = session.get_one(Application, link.application_id)
    campaign.fallback_url = "https://wolkje.example/voorbij?a=b#c"
    for hours in (1, -1):
        at = datetime.now(UTC) + timedelta(hours=hours)
        for row, name in (
            (link, "expires_at"),
            (link, "ended_at"),
            (campaign, "closed_at"),
            (campaign, "ends_at"),
        ):
            setattr(row, name, at if name == end else None)
        application.ended_at = at if end == "application" else None
        link.changed_at = datetime.now(UTC)
        session.commit()
        redirect.links.refresh()
        if hours > 0:
            assert follow().headers["Location"].startswith(link.target_url)
    led = follow().headers["Location"]
    if end == "never":
        assert led.startswith(link.target_url)
        return
    assert led.startswith("https://wolkje.example/voorbij?a=b&mkt_click=")
    assert led.endswith("#c")
    link.fallback_url = "https://wolkje.example/eigen"
    link.changed_at = datetime.now(UTC)
    session.commit()
    redirect.links.refresh()
    assert follow().headers["Location"].startswith("https://wolkje.example/eigen?mkt")


def test_without_a_usable_fallback_it_leads_where_it_always_led() -> None:
    row = LinkRow("a", "lnk_" + "2" * 22, "https://s.nl", "brd_x", "UTC", "", 1)
    day = BrandDay("brd_x", "UTC", Salts())
    assert Link(row, day).over_ms == NEVER
    unusable = Link(row._replace(fallback_url="javascript:x"), day)
    assert unusable.over_ms == NEVER
    assert unusable.fallback_before == unusable.before


def test_the_click_id_survives_the_discount_path(
    follow: Follow, link: TrackingLink, session: Session, settings: Settings
) -> None:
    link.target_url = discounted("https://wolkje.example/p?a=b&utm_term=x#f", "A")
    session.commit()
    led = urlsplit(follow().headers["Location"])
    assert (led.path, led.fragment) == ("/discount/A", "f")
    (page,) = parse_qs(led.query)["redirect"]
    said = parse_qs(urlsplit(page).query)
    assert said.keys() == {"a", "utm_term", "mkt_click"}
    assert click_codec(settings.keyring).read(said["mkt_click"][0])


def test_shops_and_domains_come_and_go(
    redirect: Redirect, link: TrackingLink, session: Session
) -> None:
    links, brand = redirect.links, session.get_one(Brand, link.brand_id)
    shop = make_shop(session, brand)
    domain = TrackingDomain(
        brand_id=brand.id,
        host="go.wolkje.example",
        token="t",
        created_at=datetime.now(UTC),
    )
    session.add(domain)
    session.commit()
    found = links.look_up_shop(shop.id)  # before anything was loaded
    assert found is not None
    assert (found.shop_id, found.brand_id) == (shop.id, brand.id)
    assert found.brand.brand_id == brand.id
    assert links.look_up_shop(shop.id) is found
    look_again(redirect)
    assert links.look_up_shop(shop.id) is found is links.shops[shop.id]
    assert links.domains == {}
    domain.verified_at = datetime.now(UTC)
    session.commit()
    look_again(redirect)
    assert links.domains == {"go.wolkje.example": brand.id}
    session.delete(domain)
    shop.disconnected_at = datetime.now(UTC)
    session.commit()
    look_again(redirect)
    assert links.domains == links.shops == {}
    assert links.look_up_shop(shop.id) is None


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize("shop_id", ["", "shp_x", "\0", "é" * 9, "\udc80", "x" * 9999])
def test_a_shop_that_is_none(redirect: Redirect, shop_id: str) -> None:
    assert redirect.links.look_up_shop(shop_id) is None
    real, redirect.links._source = redirect.links._source, NoDatabase()
    assert redirect.links.look_up_shop(shop_id) is None  # known not to be there
    with pytest.raises(DatabaseAway):
        redirect.links.look_up_shop("shp_other")
    redirect.links._source = real


@pytest.fixture
def page(link: TrackingLink, session: Session) -> LandingPage:
    """A landing page at ``/i/anna``."""
    campaign = session.get_one(Campaign, link.campaign_id)
    campaign.landing_page = {"headline": "Slaap", "text": "zacht", "button": "Koop"}
    application = session.get_one(Application, link.application_id)
    make_code(session, application, "ANNA10")
    page = LandingPage(
        slug="anna",
        application_id=link.application_id,
        brand_id=link.brand_id,
        campaign_id=link.campaign_id,
        link_id=link.id,
        created_at=START,
        changed_at=START,
    )
    session.add(page)
    session.commit()
    return page


def test_a_landing_page_says_what_is_stored(
    redirect: Redirect, link: TrackingLink, page: LandingPage, session: Session
) -> None:
    links = redirect.links
    found = links.look_up_page("/i/anna")
    assert found is not None
    links.refresh()
    assert links.pages["/i/anna"] is found
    expected = PageRow(
        slug="anna",
        page_id=page.id,
        brand_id=link.brand_id,
        timezone="Europe/Amsterdam",
        brand_name="Wolkje",
        influencer_name="Anna",
        campaign_title="Spring",
        headline="Slaap",
        text="zacht",
        picture_url="",
        button="Koop",
        code="ANNA10",
        link_slug="anna",
    )
    assert found.row == expected
    code = session.scalars(select(PromoCode)).one()
    tracking.disable_promo_code(session, code, by=None, now=datetime.now(UTC))
    session.commit()
    links.refresh()
    assert links.pages["/i/anna"].row == expected._replace(code="")
    changed = {"slug": "bea"}
    tracking.change_link(session, link, changes=changed, now=datetime.now(UTC))
    session.get_one(Campaign, link.campaign_id).closed_at = START
    session.commit()
    links.refresh()
    over_ms = int(START.timestamp() * 1000)
    shown = expected._replace(code="", link_slug="bea", over_ms=over_ms)
    assert links.pages["/i/anna"].row == shown


def test_without_words_there_is_no_landing_page(
    redirect: Redirect, page: LandingPage, session: Session
) -> None:
    links = redirect.links
    links.refresh()
    assert set(links.pages) == {"/i/anna"}
    session.get_one(Campaign, page.campaign_id).landing_page = None
    page.changed_at = datetime.now(UTC)
    session.commit()
    links.refresh()
    assert links.pages == {}
    assert links.look_up_page("/i/anna") is None
    assert links.look_up_page("/i/anna/x") is None
    session.delete(page)
    session.commit()
    links._due_reload = 0
    links.refresh()
    assert links.look_up_page("/i/anna") is None


def test_a_node_without_a_database_knows_shops_pages_and_domains(
    redirect: Redirect, page: LandingPage, settings: Settings, session: Session
) -> None:
    brand = session.get_one(Brand, page.brand_id)
    shop = make_shop(session, brand)
    session.add(
        TrackingDomain(
            brand_id=brand.id,
            host="go.wolkje.example",
            token="t",
            created_at=START,
            verified_at=START,
        )
    )
    session.commit()
    redirect.links.refresh()
    alone = make_redirect(replace(settings, database_url="sqlite:////nowhere/at.all"))
    try:
        alone.links.start()
        assert alone.links.domains == {"go.wolkje.example": brand.id}
        assert alone.links.pages["/i/anna"].row == redirect.links.pages["/i/anna"].row
        found = alone.links.look_up_shop(shop.id)
        assert found is not None
        assert found.brand is alone.links.table["/r/anna"].brand
    finally:
        alone.close()


def test_what_is_read_at_once_is_the_same_dict_for_good(
    redirect: Redirect, page: LandingPage
) -> None:
    links = redirect.links
    before = (links.table, links.pages, links.shops, links.domains)
    links.refresh()
    links._due_reload = 0
    look_again(redirect)
    after = (links.table, links.pages, links.shops, links.domains)
    assert all(one is other for one, other in zip(before, after, strict=True))
    assert set(links.table) == {"/r/anna"}


@pytest.mark.usefixtures("link")
def test_what_changed_long_ago_is_not_read_again_and_again(
    redirect: Redirect, monkeypatch: pytest.MonkeyPatch
) -> None:
    links, read = redirect.links, []
    links.refresh()
    real = links._source.links

    def count(most: int, since: datetime | None = None) -> Any:
        found = real(most, since)
        read.append(len(found[0]))
        return found

    monkeypatch.setattr(links._source, "links", count)
    links.refresh()  # a change may have been committed late
    links._refresh(time.monotonic() + 61)
    links._due_reload = 0
    links.refresh()
    assert read == [1, 0, 1]

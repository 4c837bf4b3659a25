"""A real browser, a shop for it to visit, and the click path behind both.

Skipped where there is no Chromium or no Playwright; with REQUIRE_ALL that fails.
"""

import socketserver
import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import orjson
import pytest
from absent import absent
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
    make_shop,
)
from pages import AGENT, CHROMIUM, ClickPath, listen, tag
from shop_site import ShopSite, shop_site
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.redirect import make_redirect
from marketplace.shops.models import Shop
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.spool import read_lines, spool_files


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium, started once."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        absent("playwright is not installed")
    if CHROMIUM is None:
        absent("there is no chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


class _Threaded(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def click_path(settings: Settings) -> Iterator[ClickPath]:
    """The redirect alone, served from a thread."""
    redirect = make_redirect(settings)
    server = make_server(
        "127.0.0.1", 0, redirect, server_class=_Threaded, handler_class=_Quiet
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()

    def lines() -> list[dict[str, Any]]:
        return [
            orjson.loads(payload)
            for path in spool_files(settings.spool, settings.node_id)
            for payload in read_lines(path, 0, 10_000).payloads
        ]

    yield ClickPath(f"http://127.0.0.1:{server.server_port}", lines)
    server.shutdown()
    server.server_close()
    thread.join()
    redirect.close()


@pytest.fixture
def site() -> Iterator[ShopSite]:
    """A webshop, of another origin than the click path."""
    with shop_site() as site:
        yield site


@pytest.fixture
def link(session: Session, site: ShopSite) -> TrackingLink:
    """A link to the shop's front page."""
    campaign = make_campaign(session, make_brand(session))
    application = make_application(session, campaign, make_influencer(session))
    link = make_link(session, application, slug="anna", target_url=f"{site.url}/")
    session.commit()
    return link


@pytest.fixture
def shop(
    session: Session, link: TrackingLink, site: ShopSite, click_path: ClickPath
) -> Shop:
    """The shop as it is connected; the script is on its pages, consent unknown."""
    from marketplace.accounts.models import Brand

    shop = make_shop(session, session.get_one(Brand, link.brand_id), domain="localhost")
    session.commit()
    site.head = tag(click_path, shop)
    return shop


@pytest.fixture
def complaints() -> list[str]:
    """What pages complained of: uncaught errors and the console's."""
    return []


@pytest.fixture
def page(chromium: Any, complaints: list[str]) -> Iterator[Any]:
    """A page of a fresh browser profile, looking like a person's."""
    context = chromium.new_context(user_agent=AGENT)
    context.set_default_timeout(15_000)
    page = context.new_page()
    listen(page, complaints)
    yield page
    context.close()

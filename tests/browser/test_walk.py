"""A visitor's whole way in a real browser: link, shop, order, credit to the influencer.

Everything is real but the shop: `marketplace serve` with its jobs, and Chromium.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
from pages import CHROMIUM, ClickPath, listen, tag
from serving import serving, wait_for
from shop_signatures import signed
from shop_site import Asked, ShopSite, shop_site
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from stage import Stage

from marketplace import clock
from marketplace.tracking import traffic
from marketplace.tracking.rules import VisitSource
from marketplace.tracking.traffic_models import Beacon, Click, LandingView, Visit

pytestmark = pytest.mark.slow
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/{}.0.0.0 Safari/537.36"
)
CHECKOUT = (
    "<form class=checkout method=post action=/order>"
    "<input type=hidden name=id value={}><button>Buy</button></form>"
)
# The shop's own, whatever becomes of ours: where this customer came in.
LANDED = (
    "<script>/landed=/.test(document.cookie)||"
    "(document.cookie='landed='+encodeURIComponent(location.href)+';path=/')</script>"
)
CONSENTS = (  # on pages with the script; the order's has none
    "addEventListener('load', () => window.marketplace && marketplace('consent', true))"
)
NO_COOKIES = {"profile": {"default_content_setting_values": {"cookies": 2}}}
WORDS = {"headline": "Zacht", "text": "Linnen.", "picture_url": "", "button": "Kijk"}


class ShopServer:
    """What the shop does with an order: tells the marketplace, signed, from its server."""

    def __init__(self, stage: Stage, site: ShopSite) -> None:
        self._stage = stage
        self.carried: dict[str, str] = {}
        site.answers["/order"] = self.order

    def order(self, asked: Asked) -> tuple[int, str, bytes]:
        """Take the order; the click id from its form, else from where they landed."""
        name = asked.form["id"]
        self.carried[name] = asked.form.get("mkt_click", "")
        click = self.carried[name] or _landing_click(asked)
        placed_at = clock.now().isoformat()
        order = {
            "id": name,
            "currency": "EUR",
            "placed_at": placed_at,
            "status": "paid",
            "total": "10.00",
            "lines": [{"id": "1", "quantity": 1, "price": "10.00"}],
            "click_id": click or None,
        }
        told = {"type": "order.created", "timestamp": placed_at, "data": order}
        body = json.dumps(told).encode()
        shop = self._stage.shop
        answer = httpx.post(
            shop["webhook_url"],
            content=body,
            headers=signed("generic", shop["secret"], body),
            timeout=20,
        )
        return answer.status_code, "text/html", b"<title>thanks</title>"


def _landing_click(asked: Asked) -> str:
    cookies = SimpleCookie(asked.headers.get("cookie", ""))
    landed = unquote(cookies["landed"].value) if "landed" in cookies else ""
    return parse_qs(urlsplit(landed).query).get("mkt_click", [""])[0]


class Walk:
    """One visitor's way through the shop, to the order of that name."""

    def __init__(self, stage: Stage, site: ShopSite, order: str) -> None:
        self.stage = stage
        self.site = site
        self.order = order

    def shop_around(self, page: Any) -> None:
        """From the shop's front page to the order."""
        page.wait_for_url(f"{self.site.url}/*")
        page.wait_for_load_state("load")
        self.site.pages["/second"] = CHECKOUT.format(self.order)
        page.click("#more")
        page.wait_for_url("**/second*")
        page.wait_for_load_state("load")
        page.click("button")
        page.wait_for_url("**/order")
        assert page.title() == "thanks"

    def credited(self) -> Any:
        """The decision on the order, once there is one."""
        shop = self.stage.shop["id"]
        orders = self.stage.get(f"/v1/orders?shop_id={shop}&limit=100")["data"]
        for order in orders:
            if order["external_id"] == self.order and order["attribution"]:
                return order["attribution"]
        return None

    def assert_credited(self) -> None:
        wait_for(self.credited)
        decision = self.credited()
        assert decision["method"] == "click", self.order
        assert decision["application_id"] == self.stage.application["id"]


@pytest.fixture
def site() -> Iterator[ShopSite]:
    """The shop, under a name as shops have them."""
    with shop_site("shop.localhost") as site:
        yield site


@pytest.fixture
def stage(tmp_path: Path, database_url: str, site: ShopSite) -> Iterator[Stage]:
    """A served marketplace with a campaign that leads to the shop's front page."""
    with serving(tmp_path / "instance", database_url) as server:
        stage = Stage(
            server.address,
            landing_url=f"{site.url}/",
            domain="shop.localhost",
            landing_page=WORDS,
        )
        script = tag(
            ClickPath(server.address, list),
            SimpleNamespace(id=stage.shop["id"]),  # type: ignore[arg-type]
        )
        site.head = LANDED + script
        site.pages["/"] = "<a id=more href=/second>more</a>"
        yield stage
        stage.http.close()


@contextmanager
def visiting(chromium: Any, number: int, **options: Any) -> Iterator[Any]:
    """A page of a visitor of their own."""
    context = chromium.new_context(user_agent=AGENT.format(number), **options)
    context.set_default_timeout(20_000)
    try:
        yield context.new_page()
    finally:
        context.close()


def as_usual(chromium: Any, walk: Walk, complaints: list[str]) -> None:
    with visiting(chromium, 131) as page:
        listen(page, complaints)
        page.goto(f"{walk.stage.address}/r/{walk.stage.slug}")
        walk.shop_around(page)
        assert page.evaluate("Object.keys(localStorage)") == []  # nobody consented


def consenting(chromium: Any, walk: Walk, complaints: list[str]) -> None:
    with visiting(chromium, 132) as page:
        listen(page, complaints)
        page.add_init_script(CONSENTS)
        page.goto(f"{walk.stage.address}/r/{walk.stage.slug}")
        walk.shop_around(page)
        assert page.evaluate("Object.keys(localStorage)") == ["mkt"]


def by_the_landing_page(chromium: Any, walk: Walk, complaints: list[str]) -> None:
    with visiting(chromium, 133) as page:
        listen(page, complaints)
        shown = walk.stage.application["landing_page"]["slug"]
        page.goto(f"{walk.stage.address}/i/{shown}")
        assert walk.stage.code in page.content()
        page.click("a.button")
        walk.shop_around(page)


def without_cookies(
    chromium: Any, walk: Walk, complaints: list[str], profile: Path
) -> None:
    """The browser itself refuses every site to store anything."""
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps(NO_COOKIES))
    context = chromium.browser_type.launch_persistent_context(
        profile,
        executable_path=CHROMIUM,
        args=["--no-sandbox"],
        user_agent=AGENT.format(134),
    )
    context.set_default_timeout(20_000)
    try:
        page = context.new_page()
        listen(page, complaints)
        page.add_init_script(CONSENTS)
        page.goto(f"{walk.stage.address}/r/{walk.stage.slug}")
        page.wait_for_url(f"{walk.site.url}/*")
        assert (
            page.evaluate("() => { document.cookie = 'a=b'; return document.cookie }")
            == ""
        )
        storing = (
            "() => { try { return localStorage.length } catch (e) { return e.name } }"
        )
        assert page.evaluate(storing) == "SecurityError"
        walk.shop_around(page)
    finally:
        context.close()


def without_script_and_beacon(chromium: Any, walk: Walk) -> None:
    """As an ad blocker does; the shop knows by itself where its customer landed."""
    with visiting(chromium, 135) as page:
        for blocked in (re.compile(r"/t\.js"), re.compile(r"/collect$")):
            page.route(blocked, lambda route: route.abort("blockedbyclient"))
        page.goto(f"{walk.stage.address}/r/{walk.stage.slug}")
        walk.shop_around(page)


def test_who_follows_a_link_and_orders_is_credited(
    chromium: Any,
    stage: Stage,
    site: ShopSite,
    complaints: list[str],
    tmp_path: Path,
    engine: Engine,
) -> None:
    shop = ShopServer(stage, site)
    walks: dict[str, Callable[[Walk], None]] = {
        "usual": lambda walk: as_usual(chromium, walk, complaints),
        "consent": lambda walk: consenting(chromium, walk, complaints),
        "page": lambda walk: by_the_landing_page(chromium, walk, complaints),
        "no-cookies": lambda walk: without_cookies(
            chromium, walk, complaints, tmp_path / "profile"
        ),
        "blocked": lambda walk: without_script_and_beacon(chromium, walk),
    }
    for name, take in walks.items():
        walk = Walk(stage, site, name)
        take(walk)
        walk.assert_credited()
    assert complaints == []
    wait_for(stage.quiet)

    with Session(engine) as session:
        clicks = session.scalars(select(Click).order_by(Click.at)).all()
        visits = session.scalars(select(Visit).order_by(Visit.started_at)).all()
        beacons = session.scalars(select(Beacon)).all()
        views = session.scalars(select(LandingView)).all()
        assert traffic.check(session) == []
    assert [click.reason for click in clicks] == [None] * len(walks)
    # What the order carried was put into its form by the script, where there was one.
    given = dict(zip(walks, [click.id for click in clicks], strict=True))
    assert shop.carried == {**given, "blocked": ""}
    assert [view.reason for view in views] == [None]
    # The one who blocked the script paid no visit that we know of.
    assert len(visits) == len(walks) - 1
    for visit in visits:
        assert visit.source is VisitSource.CLICK
        assert (visit.page_views, visit.engaged) == (2, True)
        assert visit.application_id == stage.application["id"]
    assert [visit.person is not None for visit in visits] == [False, True, False, False]
    assert {beacon.click_id for beacon in beacons} == set(given.values()) - {
        given["blocked"]
    }
    totals = stage.get(f"/v1/campaigns/{stage.campaign_id}/kpis")["totals"]
    assert totals["clicks"]["value"] == len(walks)
    assert totals["orders"]["value"] == len(walks)
    assert totals["visitors"]["value"] == len(walks)

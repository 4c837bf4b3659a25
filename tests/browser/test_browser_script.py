"""The script on a shop's pages, in a real browser."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from pages import AGENT, ClickPath, listen, tag
from shop_site import ShopSite

from marketplace.shops.models import Shop

pytestmark = pytest.mark.slow
STORED = "() => [Object.keys(localStorage).sort(), document.cookie]"
NOTHING: list[Any] = [[], ""]
LINKS = (
    "<a id=own href=/second>more</a><a id=away href='http://127.0.0.1:9/x'>away</a>"
    "<a id=part href='#part'>part</a>"
)


def until(true: Callable[[], Any]) -> Any:
    """Wait until that is true (beacons come when the browser has time)."""
    end = time.monotonic() + 10
    while not (found := true()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return found


def arrive(page: Any, click_path: ClickPath) -> str:
    """Follow the tracked link; the click id that was given."""
    page.goto(f"{click_path.url}/r/anna")
    page.wait_for_function("() => window.marketplace && window.marketplace.on")
    return str(click_path.lines()[0]["click"])


def test_before_consent_the_id_is_in_addresses_only(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath, complaints: list[str]
) -> None:
    site.pages = {"/": LINKS, "/second": "<a id=third href='/third?a=%20b&c#d'>3</a>"}
    click = arrive(page, click_path)
    assert page.evaluate("() => history.length") <= 2
    assert page.url == f"{site.url}/?mkt_click={click}"
    assert page.evaluate(STORED) == NOTHING
    page.click("#part")
    assert page.url == f"{site.url}/?mkt_click={click}#part"
    page.click("#own")
    page.wait_for_url("**/second*")
    assert page.url == f"{site.url}/second?mkt_click={click}"
    page.wait_for_function("() => window.marketplace.on")
    page.click("#third")
    page.wait_for_url("**/third*")
    assert page.url == f"{site.url}/third?a=%20b&c&mkt_click={click}#d"
    assert page.evaluate(STORED) == NOTHING
    views = until(
        lambda: (found := click_path.beacons("view")) and len(found) > 2 and found
    )
    assert {view["click_id"] for view in views} == {click}
    assert not any("person" in view for view in views)
    assert {view["visitor"] for view in views} == {click_path.lines()[0]["visitor"]}
    assert complaints == []


def test_other_sites_links_are_left_alone(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath
) -> None:
    site.pages = {"/": LINKS}
    arrive(page, click_path)
    page.evaluate(
        "document.addEventListener('click', (event) => event.preventDefault())"
    )
    page.click("#away")
    assert page.get_attribute("#away", "href") == "http://127.0.0.1:9/x"


def test_with_consent_it_is_kept_and_the_next_page_needs_no_id(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath, complaints: list[str]
) -> None:
    site.pages = {"/": LINKS}
    click = arrive(page, click_path)
    page.evaluate("marketplace('consent', true)")
    kept = orjson.loads(page.evaluate("localStorage.mkt"))
    assert kept["c"] == click
    assert page.evaluate("document.cookie") == f"mkt_click={click}"
    (cookie,) = page.context.cookies()
    assert (cookie["sameSite"], cookie["path"]) == ("Lax", "/")
    assert 29.9 * 86400 < cookie["expires"] - time.time() <= 30 * 86400
    page.click("#own")
    page.wait_for_url("**/second")
    page.wait_for_function("() => window.marketplace.on")
    view = until(lambda: [b for b in click_path.beacons("view") if "person" in b])[0]
    assert (view["url"], view["click_id"]) == (f"{site.url}/second", click)
    page.goto(f"{site.url}/later")
    page.wait_for_function("() => window.marketplace.on")
    assert orjson.loads(page.evaluate("localStorage.mkt")) == kept
    assert complaints == []


def test_consent_withdrawn_erases(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath
) -> None:
    click = arrive(page, click_path)
    page.evaluate("marketplace('consent', true)")
    assert page.evaluate(STORED) == [["mkt"], f"mkt_click={click}"]
    page.evaluate("marketplace('consent', false)")
    assert page.evaluate(STORED) == NOTHING
    page.goto(f"{site.url}/later")
    page.wait_for_function("() => window.marketplace.on")
    last = until(
        lambda: [b for b in click_path.beacons() if b["url"].endswith("later")]
    )
    assert not {"person", "click_id"} & last[0].keys()


@pytest.mark.parametrize(
    ("consent", "kept"), [("granted", True), ("denied", False), ("ask", False)]
)
def test_what_the_tag_says_of_consent(
    page: Any,
    site: ShopSite,
    shop: Shop,
    click_path: ClickPath,
    consent: str,
    kept: bool,
) -> None:
    site.head = tag(click_path, shop, consent=consent, window="7")
    arrive(page, click_path)
    assert (page.evaluate(STORED) != NOTHING) == kept
    if kept:
        (cookie,) = page.context.cookies()
        assert cookie["expires"] - time.time() <= 7 * 86400


def test_calls_from_before_it_was_loaded(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath
) -> None:
    site.head += (
        "<script>marketplace('lead', 'newsletter', {external_id: 17, email: 'a@b.nl'});"
        "marketplace('event'); marketplace('event');"
        "marketplace('click', (id) => { window.told = id; });"
        "marketplace('consent', true)</script>"
    )
    click = arrive(page, click_path)
    lead = until(lambda: click_path.beacons("lead"))[0]
    assert lead["lead"] == {"kind": "newsletter", "external_id": "17"}
    until(lambda: len(click_path.beacons()) == 3)
    assert page.evaluate("window.told") == click
    assert all("person" in beacon for beacon in click_path.beacons())
    assert len(click_path.beacons("engaged")) == 1


def test_a_click_is_forgotten_after_its_window(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath
) -> None:
    arrive(page, click_path)
    page.evaluate("marketplace('consent', true)")
    page.evaluate(
        "() => { const kept = JSON.parse(localStorage.mkt); kept.t -= 31 * 864e5;"
        " localStorage.mkt = JSON.stringify(kept); }"
    )
    page.goto(f"{site.url}/later")
    page.wait_for_function("() => window.marketplace.on")
    last = until(
        lambda: [b for b in click_path.beacons() if b["url"].endswith("later")]
    )
    assert "click_id" not in last[0]
    assert "person" in last[0]
    assert "c" not in orjson.loads(page.evaluate("localStorage.mkt"))


@pytest.mark.parametrize("signal", ["globalPrivacyControl = true", "doNotTrack = '1'"])
def test_who_asks_for_privacy_gets_it(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath, signal: str
) -> None:
    name, _, value = signal.partition(" = ")
    page.add_init_script(
        f"Object.defineProperty(navigator, '{name}', {{ get: () => {value} }})"
    )
    page.add_init_script('localStorage.mkt = \'{"v":"kept-from-before"}\'')
    site.head = tag(click_path, shop, consent="granted")
    arrive(page, click_path)
    page.evaluate("marketplace('consent', true)")
    assert page.evaluate(STORED) == NOTHING
    view = until(lambda: click_path.beacons("view"))[0]
    assert "person" not in view


def test_a_blocked_collector_leaves_the_shop_alone(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath, complaints: list[str]
) -> None:
    page.route("**/collect", lambda route: route.abort("blockedbyclient"))
    site.pages = {"/": LINKS}
    click = arrive(page, click_path)
    page.evaluate("marketplace('lead', 'newsletter')")
    page.evaluate("delete Navigator.prototype.sendBeacon; marketplace('event')")
    page.click("#own")
    page.wait_for_url(f"**/second?mkt_click={click}")
    assert click_path.beacons() == []
    # The browser itself notes what was blocked; nobody else complains.
    assert [each for each in complaints if "Failed to load resource" not in each] == []


def test_a_blocked_script_leaves_the_shop_alone(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath, complaints: list[str]
) -> None:
    page.route("**/t.js", lambda route: route.abort("blockedbyclient"))
    site.pages = {"/": LINKS}
    page.goto(f"{click_path.url}/r/anna")
    page.evaluate("marketplace('consent', true)")
    page.click("#own")
    page.wait_for_url("**/second")
    assert [each for each in complaints if "Failed to load resource" not in each] == []


def test_without_beacons_it_fetches(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath
) -> None:
    page.add_init_script("delete Navigator.prototype.sendBeacon")
    arrive(page, click_path)
    until(lambda: click_path.beacons("view"))


def test_with_cookies_blocked_the_id_goes_on_in_links(
    chromium: Any,
    site: ShopSite,
    shop: Shop,
    click_path: ClickPath,
    complaints: list[str],
) -> None:
    context = chromium.new_context(user_agent=AGENT)
    page = context.new_page()
    listen(page, complaints)
    # As a browser that refuses all site data: both throw or do nothing.
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new"
        " DOMException('denied', 'SecurityError'); } });"
        "Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set() {} })"
    )
    site.head = tag(click_path, shop, consent="granted")
    site.pages = {"/": LINKS}
    click = arrive(page, click_path)
    page.click("#own")
    page.wait_for_url(f"**/second?mkt_click={click}")
    until(lambda: len(click_path.beacons("view")) == 2)
    assert not any("person" in each for each in click_path.beacons())
    assert complaints == []
    context.close()


def test_ten_seconds_in_view_are_engagement(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath
) -> None:
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=60))
    arrive(page, click_path)
    until(lambda: click_path.beacons("view"))
    page.clock.run_for(9_500)
    time.sleep(0.2)
    assert click_path.beacons("engaged") == []
    page.clock.run_for(1_000)
    until(lambda: click_path.beacons("engaged"))
    page.clock.run_for(60_000)
    page.evaluate("marketplace('event')")
    time.sleep(0.2)
    assert len(click_path.beacons("engaged")) == 1


def test_pages_changed_without_loading_are_looked_at(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath
) -> None:
    def seen(views: int) -> None:  # one by one: beacons may overtake each other
        until(lambda: len(click_path.beacons("view")) == views)

    click = arrive(page, click_path)
    seen(1)
    assert page.evaluate(
        "() => { const before = history.length; history.pushState({ a: 1 }, '', '/a');"
        " return [history.length - before, history.state.a]; }"
    ) == [1, 1]
    seen(2)
    page.evaluate("history.replaceState(null, '', '/a?utm_source=x#there')")  # the same
    page.evaluate("history.pushState(null, '', '/b')")
    seen(3)
    page.go_back()
    seen(4)
    paths = [view["url"].removeprefix(site.url) for view in click_path.beacons("view")]
    assert paths == [f"/?mkt_click={click}", "/a", "/b", "/a?utm_source=x"]
    assert len(click_path.beacons("engaged")) == 1  # the second page
    assert {each["click_id"] for each in click_path.beacons()} == {click}


def test_a_strict_policy_lets_it_work(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath, complaints: list[str]
) -> None:
    site.head = tag(click_path, shop, consent="granted").split("</script>", 1)[1]
    site.policy = (
        f"default-src 'none'; script-src {click_path.url}; connect-src {click_path.url};"
        " require-trusted-types-for 'script'"
    )
    site.pages = {"/": "<form class=checkout></form>"}
    arrive(page, click_path)
    until(lambda: click_path.beacons("view"))
    assert page.locator("form input[name=mkt_click]").count() == 1
    assert complaints == []


def test_shopify_carts_are_told_once(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath, complaints: list[str]
) -> None:
    site.head = (
        "<script>window.Shopify = { routes: { root: '/nl/' } }</script>" + site.head
    )
    site.answers["/nl/cart/update.js"] = lambda _: (200, "application/json", b"{}")
    click = arrive(page, click_path)
    assert site.visits_to("/nl/cart/update.js") == []  # no cart yet, no consent
    page.evaluate("marketplace('consent', true)")
    asked = until(lambda: site.visits_to("/nl/cart/update.js"))[0]
    assert asked.method == "POST"
    assert orjson.loads(asked.body) == {"attributes": {"mkt_click": click}}
    page.wait_for_function("() => JSON.parse(localStorage.mkt).b")
    page.goto(f"{site.url}/cart")
    page.wait_for_function("() => window.marketplace.on")
    page.evaluate("document.body.click()")
    assert len(site.visits_to("/nl/cart/update.js")) == 1
    page.evaluate("document.cookie = 'cart=next'")  # the next order's
    page.goto(f"{site.url}/cart?mkt_click={click}")
    until(lambda: len(site.visits_to("/nl/cart/update.js")) == 2)
    assert complaints == []


def test_before_consent_a_cart_that_is_there_is_told(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath
) -> None:
    site.head = (
        "<script>window.Shopify = {}; document.cookie = 'cart=abc'</script>" + site.head
    )
    site.answers["/cart/update.js"] = lambda _: (200, "application/json", b"{}")
    arrive(page, click_path)
    until(lambda: site.visits_to("/cart/update.js"))
    assert page.evaluate(STORED) == [[], "cart=abc"]


def test_checkout_forms_get_a_hidden_field(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath
) -> None:
    form = "<form {} method=post action=/order><button>x</button></form>"
    site.pages = {
        "/": form.format("class=checkout"),
        "/mine": form.format("data-mkt-click"),
        "/ours": "<form method=post action=/order><input type=hidden name=mkt_click>"
        "<button>x</button></form>",
        "/other": form.format("id=contact"),
    }
    click = arrive(page, click_path)
    for path, carried in (("/", 1), ("/mine", 1), ("/ours", 1), ("/other", 0)):
        page.goto(f"{site.url}{path}?mkt_click={click}")
        page.wait_for_function("() => window.marketplace.on")
        page.click("button")
        page.wait_for_url("**/order")
        assert site.visits_to("/order")[-1].form.get("mkt_click") == (
            click if carried else None
        )


def test_a_search_form_hands_the_id_on(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath
) -> None:
    site.pages = {
        "/": "<form action=/search><input name=q value=x><button>x</button></form>"
    }
    click = arrive(page, click_path)
    page.click("button")
    page.wait_for_url("**/search*")
    assert site.visits_to("/search")[0].form == {"q": "x", "mkt_click": click}


def test_stripe_gets_its_reference(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath
) -> None:
    site.pages = {
        "/": "<a id=pay href='https://buy.stripe.com/test_1?locale=nl'>pay</a>"
        "<a id=own href='https://buy.stripe.com/2?client_reference_id=mine'>pay</a>"
        "<stripe-buy-button></stripe-buy-button><stripe-pricing-table></stripe-pricing-table>"
    }
    click = arrive(page, click_path)
    page.evaluate("marketplace('consent', true)")
    page.evaluate(
        "document.addEventListener('click', (event) => event.preventDefault())"
    )
    page.click("#pay")
    page.click("#own")
    given = f"client_reference_id={click}"
    assert page.get_attribute("#pay", "href").endswith(f"/test_1?locale=nl&{given}")
    assert page.get_attribute("#own", "href").endswith("/2?client_reference_id=mine")
    for element in ("stripe-buy-button", "stripe-pricing-table"):
        assert page.get_attribute(element, "client-reference-id") == click


def test_other_hosts_of_the_shop(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath
) -> None:
    site.head = tag(
        click_path, shop, consent="granted", hosts="pay.example,other.example"
    )
    site.pages = {
        "/": "<a id=a href='https://eu.pay.example/x'>a</a>"
        "<a id=b href='https://notpay.example/x'>b</a><a id=c href=/second>c</a>"
        "<a id=d href='mailto:a@pay.example'>d</a>"
    }
    click = arrive(page, click_path)
    page.evaluate(
        "document.addEventListener('click', (event) => event.preventDefault())"
    )
    for name in "abcd":
        page.click(f"#{name}")
    links = [page.get_attribute(f"#{name}", "href") for name in "abcd"]
    assert links == [
        f"https://eu.pay.example/x?mkt_click={click}",
        "https://notpay.example/x",
        "/second",  # this host remembers
        "mailto:a@pay.example",
    ]


def test_loaded_twice_it_reports_once(
    page: Any, site: ShopSite, shop: Shop, click_path: ClickPath
) -> None:
    site.head += tag(click_path, shop)
    arrive(page, click_path)
    until(lambda: click_path.beacons("view"))
    time.sleep(0.5)
    assert len(click_path.beacons("view")) == 1


@pytest.mark.parametrize("kept", ["5", "null", "{", '"x"', '{"c":7,"t":"x"}'])
def test_whatever_is_stored_does_no_harm(
    page: Any,
    site: ShopSite,
    shop: Shop,
    click_path: ClickPath,
    complaints: list[str],
    kept: str,
) -> None:
    page.goto(f"{site.url}/first")
    page.evaluate("(kept) => { localStorage.mkt = kept; }", kept)
    site.head = tag(click_path, shop, consent="granted")
    page.goto(f"{click_path.url}/r/anna")
    page.wait_for_function("() => window.marketplace.on")
    until(lambda: [b for b in click_path.beacons("view") if "click_id" in b])
    assert complaints == []

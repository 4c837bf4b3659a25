"""Promo codes become the shops' own discount codes: once, and no longer than they earn."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from callers import Caller, make_application, register_brand, register_influencer
from deliveries import SESSION, stripe
from fake_shops import FakeShop, FakeShopify, FakeStripe, FakeWoo, served
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import clock, outbound
from marketplace.attribution import Touch
from marketplace.config import Settings
from marketplace.jobs import (
    JobContext,
    process_webhooks,
    reconcile_orders,
    sync_promo_codes,
)

CREDENTIALS = {
    "woocommerce": {"consumer_key": "ck_1", "consumer_secret": "cs_1"},
    "shopify": {"access_token": "shpat_1"},
    "stripe": {"secret_key": "rk_1"},
}
PLATFORMS = list(CREDENTIALS)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings that permit a shop next door, over plain HTTP."""
    return replace(settings, outbound_networks=(ip_network("127.0.0.0/8"),))


@dataclass
class Scene:
    """A brand with a shop of each platform, and an influencer in its campaign."""

    brand: Caller
    influencer: Caller
    fakes: dict[str, FakeShop]
    context: JobContext
    shops: dict[str, str]
    monkeypatch: pytest.MonkeyPatch

    def give_access(self, *platforms: str) -> None:
        for platform in platforms or PLATFORMS:
            body = {
                "credentials": CREDENTIALS[platform],
                "api_url": self.fakes[platform].address,
            }
            path = f"/v1/shops/{self.shops[platform]}/access"
            answer = self.brand.call("PUT", path, json=body)
            assert answer.status_code == 200, answer.text

    def apply(self, **campaign: Any) -> dict[str, Any]:
        """An accepted application's promo code; `campaign`: what is said of it."""
        return make_application(self.brand, self.influencer, **campaign)

    def run(self) -> None:
        while sync_promo_codes.run(self.context):
            pass

    def passes(self, **amount: int) -> None:
        later = clock.now() + timedelta(**amount)
        self.monkeypatch.setattr(clock, "now", lambda: later)

    def states(self, code_id: str) -> dict[str, str]:
        """Platform → how far the code is there."""
        rows = self.brand.get(f"/v1/promo-codes/{code_id}").json["shops"]
        by_id = {shop_id: platform for platform, shop_id in self.shops.items()}
        return {by_id[row["shop_id"]]: row["status"] for row in rows}

    def failure(self, code_id: str) -> str:
        (row,) = self.brand.get(f"/v1/promo-codes/{code_id}").json["shops"]
        return str(row["failure"])

    def usable(self, platform: str) -> list[str]:
        """The codes with which one can shop there now."""
        fake, now = self.fakes[platform], clock.format_time(clock.now())
        if isinstance(fake, FakeWoo):
            return [
                one["code"].upper()
                for one in fake.coupons.values()
                if not one["date_expires"] or one["date_expires"] > now
            ]
        if isinstance(fake, FakeShopify):
            return [one["code"] for one in fake.codes.values() if not one["ended"]]
        assert isinstance(fake, FakeStripe)
        return [one["code"] for one in fake.codes.values() if one["active"]]

    def everywhere(self) -> list[list[str]]:
        return [self.usable(platform) for platform in PLATFORMS]


@pytest.fixture
def scene(
    client: FlaskClient,
    engine: Engine,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Scene]:
    """Shops that are connected, and cannot be asked yet."""
    brand = register_brand(client, "owner@wolkje.example")
    influencer = register_influencer(client, "anna@example.com")
    fakes: dict[str, FakeShop] = {
        "woocommerce": FakeWoo(),
        "shopify": FakeShopify(),
        "stripe": FakeStripe(),
    }
    shops = {}
    for platform in PLATFORMS:
        body = {"platform": platform, "name": platform, "domain": f"{platform}.example"}
        shops[platform] = brand.post("/v1/shops", body).json["id"]
    with ExitStack() as stack:
        for fake in fakes.values():
            stack.enter_context(served(fake))
        context = JobContext(engine, settings)
        yield Scene(brand, influencer, fakes, context, shops, monkeypatch)


def all_are(status: str) -> dict[str, str]:
    return dict.fromkeys(PLATFORMS, status)


def test_from_the_contract_to_its_end(scene: Scene) -> None:
    application = scene.apply()
    code, code_id = application["promo_code"]["code"], application["promo_code"]["id"]
    scene.run()
    assert scene.states(code_id) == {}  # no shop can be asked
    scene.give_access()
    scene.run()
    assert scene.states(code_id) == all_are("active")
    assert scene.everywhere() == [[code]] * 3

    path = f"/v1/promo-codes/{code_id}"
    scene.brand.patch(path, {"status": "disabled"})
    scene.run()
    assert scene.states(code_id) == all_are("disabled")
    assert scene.everywhere() == [[]] * 3
    scene.brand.patch(path, {"status": "active"})
    scene.run()
    assert scene.everywhere() == [[code]] * 3

    scene.brand.patch(path, {"code": "Anna-2027"})
    scene.run()
    assert scene.states(code_id) == all_are("active")
    assert [[one.lower() for one in u] for u in scene.everywhere()] == [
        ["anna-2027"]
    ] * 3
    scene.brand.patch(path, {"code": code})  # and back: the first ones are used again
    scene.run()
    assert scene.everywhere() == [[code]] * 3

    assert scene.brand.post(f"/v1/applications/{application['id']}/end").json
    scene.run()
    assert scene.states(code_id) == all_are("disabled")
    assert scene.everywhere() == [[]] * 3
    woo, shopify, stripe = scene.fakes.values()
    assert isinstance(woo, FakeWoo)
    assert isinstance(shopify, FakeShopify)
    assert isinstance(stripe, FakeStripe)
    # Two wordings, each made once in its life.
    assert len(woo.coupons) == len(shopify.codes) == len(stripe.codes) == 2
    first = woo.coupons[1]
    assert (first["discount_type"], first["amount"]) == ("percent", "15")
    wish = shopify.codes[code.lower()]
    assert wish["customerGets"]["value"] == {"percentage": 0.15}
    assert [one["percent_off"] for one in stripe.coupons.values()] == ["15", "15"]
    scene.fakes["woocommerce"].asked.clear()
    scene.run()
    assert scene.fakes["woocommerce"].asked == []


def test_campaign_that_ends(scene: Scene) -> None:
    ends_at = clock.format_time(clock.now() + timedelta(days=2))
    application = scene.apply(
        ends_at=ends_at,
        discount={"kind": "amount", "amount": 750},
    )
    code_id, code = application["promo_code"]["id"], application["promo_code"]["code"]
    scene.give_access()
    scene.run()
    woo, shopify, stripe = scene.fakes.values()
    assert isinstance(woo, FakeWoo)
    assert isinstance(shopify, FakeShopify)
    assert isinstance(stripe, FakeStripe)
    coupon, wish = woo.coupons[1], shopify.codes[code.lower()]
    assert (coupon["discount_type"], coupon["amount"]) == ("fixed_cart", "7.50")
    assert coupon["date_expires"] == wish["endsAt"] == ends_at
    assert wish["customerGets"]["value"]["discountAmount"]["amount"] == "7.50"
    (off,) = stripe.coupons.values()
    assert (off["amount_off"], off["currency"]) == ("750", "eur")

    longer = clock.format_time(clock.now() + timedelta(days=4))
    path = f"/v1/campaigns/{application['campaign_id']}"
    assert scene.brand.patch(path, {"ends_at": longer}).status_code == 200
    scene.run()
    assert coupon["date_expires"] == wish["endsAt"] == longer
    assert scene.everywhere() == [[code]] * 3
    assert [one["active"] for one in stripe.codes.values()] == [False, True]
    scene.passes(days=4)
    scene.run()
    assert scene.states(code_id) == all_are("disabled")
    assert scene.everywhere() == [[]] * 3


@pytest.mark.parametrize("lost", range(4))
def test_made_once_though_answers_are_lost(
    scene: Scene, lost: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the calls it was."""
    monkeypatch.setattr(outbound, "READ_SECONDS", 0.3)
    application = scene.apply()
    code_id, code = application["promo_code"]["id"], application["promo_code"]["code"]
    scene.give_access()
    for fake in scene.fakes.values():
        fake.moods = [200] * lost + ["lost"]
    scene.run()
    scene.passes(seconds=30)
    scene.run()
    assert scene.states(code_id) == all_are("active")
    assert scene.everywhere() == [[code]] * 3
    woo, shopify, stripe = scene.fakes.values()
    assert isinstance(woo, FakeWoo)
    assert isinstance(shopify, FakeShopify)
    assert isinstance(stripe, FakeStripe)
    assert [len(made) for made in (woo.coupons, shopify.codes, stripe.codes)] == [1] * 3


def test_two_workers_make_it_once(scene: Scene) -> None:
    code = scene.apply()["promo_code"]["code"]
    scene.give_access()
    threads = [threading.Thread(target=scene.run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    scene.run()
    assert scene.everywhere() == [[code]] * 3
    woo = scene.fakes["woocommerce"]
    assert len([one for one in woo.asked if one.startswith("POST")]) == 1


def test_ended_though_nobody_heard_that_it_was_made(scene: Scene) -> None:
    application = scene.apply()
    code_id = application["promo_code"]["id"]
    scene.give_access()
    for platform, before in (("woocommerce", 1), ("shopify", 1), ("stripe", 3)):
        scene.fakes[platform].moods = [200] * before + ["lost"]
    scene.run()
    assert [len(usable) for usable in scene.everywhere()] == [1, 1, 1]
    assert scene.states(code_id) == all_are("wanted")
    scene.brand.patch(f"/v1/promo-codes/{code_id}", {"code": "OTHER-2027"})
    scene.passes(minutes=1)
    scene.run()
    assert scene.everywhere() == [["OTHER-2027"]] * 3
    scene.brand.post(f"/v1/campaigns/{application['campaign_id']}/close")
    scene.run()
    assert scene.everywhere() == [[]] * 3


def make_theirs(scene: Scene, platform: str, code: str) -> None:
    """A code so worded that the shop's own people made."""
    fake = scene.fakes[platform]
    if isinstance(fake, FakeWoo):
        fake.coupons[1] = {"id": 1, "code": code.lower(), "date_expires": ""}
    elif isinstance(fake, FakeShopify):
        fake.codes[code.lower()] = {
            "id": "gid://shopify/DiscountCodeNode/1",
            "code": code,
            "title": "Summer",
            "ended": False,
        }
    elif isinstance(fake, FakeStripe):
        theirs = {"id": "promo_0", "code": code, "active": True, "expires_at": None}
        fake.codes["promo_0"] = {**theirs, "metadata": {}}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_somebody_elses_code_is_left_alone(scene: Scene, platform: str) -> None:
    application = scene.apply()
    code_id, code = application["promo_code"]["id"], application["promo_code"]["code"]
    make_theirs(scene, platform, code)
    scene.give_access(platform)
    scene.run()
    assert scene.states(code_id) == {platform: "failed"}
    assert "not made here" in scene.failure(code_id)
    seen = scene.influencer.get(f"/v1/promo-codes/{code_id}").json["shops"]
    assert [(row["status"], row["failure"]) for row in seen] == [("failed", None)]
    events = scene.brand.get("/v1/events?limit=100").json["data"]
    assert [e["kind"] for e in events].count("promo_code.failed_in_shop") == 1
    scene.brand.post(f"/v1/applications/{application['id']}/end")
    scene.run()
    assert scene.states(code_id) == {platform: "disabled"}
    assert scene.usable(platform) == [code]  # still theirs


def test_order_that_names_stripes_own_id_of_the_code(
    scene: Scene, session: Session
) -> None:
    application_id = scene.apply()["id"]
    scene.give_access("stripe")
    scene.run()
    (external_id,) = scene.fakes["stripe"].codes  # type: ignore[attr-defined]
    discounts = [{"coupon": "x", "promotion_code": external_id}]
    thing = {**SESSION, "metadata": {}, "discounts": discounts}
    sold = stripe("checkout.session.completed", "1", 0, thing)
    scene.fakes["stripe"].orders["1"] = sold.body | {"created": int(time.time())}
    assert reconcile_orders.run(scene.context) == 1
    assert process_webhooks.run(scene.context) == 1
    touch = session.scalars(select(Touch)).one()
    assert (touch.application_id, touch.won) == (application_id, True)


def test_a_failed_code_waits_for_somebody(scene: Scene) -> None:
    application = scene.apply()
    code_id = application["promo_code"]["id"]
    scene.give_access("shopify")
    fake = scene.fakes["shopify"]
    waits = []
    for _ in range(10):
        fake.moods = [503]
        before = clock.now()
        scene.run()
        assert fake.moods == []
        waits.append(before)
        scene.passes(hours=2)
    assert scene.states(code_id) == {"shopify": "failed"}
    assert "503" in scene.failure(code_id)
    asked = len(fake.asked)
    scene.run()
    assert len(fake.asked) == asked
    path = f"/v1/promo-codes/{code_id}/shops/{scene.shops['shopify']}/retry"
    assert scene.influencer.post(path).status_code == 403
    assert scene.brand.post(path).json["shops"][0]["status"] == "wanted"
    scene.run()
    assert scene.states(code_id) == {"shopify": "active"}
    assert scene.brand.post(path).json["shops"][0]["status"] == "active"
    other = f"/v1/promo-codes/{code_id}/shops/{scene.shops['stripe']}/retry"
    assert scene.brand.post(other).status_code == 404


def test_what_a_shop_cannot_have(scene: Scene) -> None:
    application = scene.apply(discount=None)
    code_id, code = application["promo_code"]["id"], application["promo_code"]["code"]
    scene.give_access()
    shopify = scene.fakes["shopify"]
    assert isinstance(shopify, FakeShopify)
    shopify.scopes = {"read_orders"}
    scene.run()
    told = {"woocommerce": "active", "shopify": "failed", "stripe": "failed"}
    assert scene.states(code_id) == told
    assert scene.usable("woocommerce") == [code]
    shopify.scopes.add("write_discounts")
    scene.give_access("shopify")  # the same again, now with the right scopes
    scene.run()
    assert scene.states(code_id)["shopify"] == "active"


def test_disconnected_or_without_access_nothing_is_asked(scene: Scene) -> None:
    scene.give_access()
    path = f"/v1/shops/{scene.shops['stripe']}/access"
    assert scene.brand.delete(path).status_code == 204
    assert scene.brand.delete(path).status_code == 404
    code_id = scene.apply()["promo_code"]["id"]
    scene.run()
    assert scene.states(code_id) == {"woocommerce": "active", "shopify": "active"}
    assert scene.fakes["stripe"].asked == []

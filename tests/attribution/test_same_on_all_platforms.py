"""The same purchase told by any shop platform, over HTTP: the same decision."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from api_world import ApiWorld, make_api_world
from deliveries import generic, shopify, stripe, woocommerce
from factories import (
    make_application,
    make_campaign,
    make_code,
    make_influencer,
    make_link,
)
from flask import Flask
from pushed_orders import lightspeed, magento
from sent import Sent, at
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.campaigns.rules import Precedence, StackedCodes
from marketplace.config import Settings
from marketplace.ids import id_bytes
from marketplace.orders import Order
from marketplace.tracking.codec import click_codec
from marketplace.tracking.models import PromoCode

DAY = timedelta(days=1)
MINUTE = 60


def _generic(number: int, codes: list[str], click: str, mail: str) -> Sent:
    return generic(
        f"g{number}",
        MINUTE,
        discount_codes=codes,
        click_id=click or None,
        customer={"id": f"g{number}", "email": mail},
    )


def _shopify(number: int, codes: list[str], click: str, mail: str) -> Sent:
    said = [{"code": code, "amount": "1.00", "type": "percentage"} for code in codes]
    marks = [{"name": "mkt_click", "value": click}] if click else []
    customer = {"id": number, "email": mail}
    return shopify(number, MINUTE, MINUTE, discount_codes=said, note_attributes=marks,
                   customer=customer)  # fmt: skip


def _woocommerce(number: int, codes: list[str], click: str, mail: str) -> Sent:
    lines = [{"code": code, "discount": "1.00"} for code in codes]
    marks = [{"key": "mkt_click", "value": click}] if click else []
    return woocommerce(number, MINUTE, MINUTE, coupon_lines=lines, meta_data=marks,
                       billing={"email": mail})  # fmt: skip


def _magento(number: int, codes: list[str], click: str, mail: str) -> Sent:
    return magento(number, MINUTE, MINUTE, coupon_code=", ".join(codes),
                   mkt_click=click or None, customer_email=mail)  # fmt: skip


def _lightspeed(number: int, codes: list[str], click: str, mail: str) -> Sent:
    code = ", ".join(codes)
    return lightspeed(number, "orders/paid", MINUTE, MINUTE, email=mail,
                      discountCouponCode=code, referralId=click or None)  # fmt: skip


def _stripe(number: int, codes: list[str], click: str, mail: str) -> Sent:
    session = {
        "id": f"cs_{number}",
        "object": "checkout.session",
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": f"pi_{number}",
        "currency": "eur",
        "amount_subtotal": 4000,
        "amount_total": 4000,
        "total_details": {"amount_tax": 0, "amount_shipping": 0, "amount_discount": 0},
        "metadata": {"promo_code": codes[0]} if codes else {},
        "client_reference_id": click or None,
        "customer_details": {"email": mail},
    }
    return stripe("checkout.session.completed", f"s{number}", MINUTE, session)


PLATFORMS: dict[str, Callable[[int, list[str], str, str], Sent]] = {
    "generic": _generic,
    "shopify": _shopify,
    "woocommerce": _woocommerce,
    "magento": _magento,
    "lightspeed": _lightspeed,
    "stripe": _stripe,
}
ONE_CODE = {"stripe", "magento", "lightspeed"}  # such a shop takes no more

# codes, whose click and days before; what must come out: winner, method, reasons
Row = tuple[list[str], tuple[str, float] | None, str | None, str | None, list[str]]
ROWS: list[Row] = [
    ([], None, None, None, []),
    (["ANNA"], None, "ANNA", "code", ["won"]),
    ([], ("BO", 2), "BO", "click", ["won"]),
    (["ANNA"], ("ANNA", 2), "ANNA", "code", ["won", "code_first"]),
    (["ANNA"], ("BO", 2), "ANNA", "code", ["won", "code_first"]),
    (["BO", "ANNA"], None, "BO", "code", ["won", "shared"]),
    (["WELCOME"], ("BO", 2), "BO", "click", ["unknown_code", "won"]),
    ([], ("BO", 31), None, None, ["outside_window"]),
    (["ENDED"], ("BO", 2), "BO", "click", ["ended", "won"]),
    (["OFF"], None, None, None, ["code_disabled"]),
    (["STRICT"], None, None, None, ["code_not_touched"]),
    (["STRICT"], ("STRICT", 2), "STRICT", "code", ["won", "code_first"]),
    (["STRICT"], ("BO", 2), "BO", "click", ["code_not_touched", "won"]),
    (["CLICKS"], ("BO", 2), "BO", "click", ["click_first", "won"]),
    (["SELF"], None, None, None, ["self_referral"]),
]


@pytest.fixture
def world(app: Flask, settings: Settings, engine: Engine) -> ApiWorld:
    """Six influencers with a code and a link each, called as the code."""
    world = make_api_world(app, settings)
    with Session(engine, expire_on_commit=False) as session:
        brand = session.get_one(Brand, world.brand_id)
        terms: dict[str, dict[str, Any]] = {
            "STRICT": {"precedence": Precedence.CODE_IF_TOUCHED},
            "CLICKS": {"precedence": Precedence.CLICK},
        }
        split = {"stacked_codes": StackedCodes.SPLIT}
        ended = {"ended_at": at(MINUTE) - DAY}
        plain = make_campaign(session, brand, terms=split)
        for name in ("ANNA", "BO", "ENDED", "OFF", "STRICT", "CLICKS", "SELF"):
            campaign = plain
            if name in terms:
                campaign = make_campaign(session, brand, terms=terms[name])
            influencer = make_influencer(session, email=f"{name.lower()}@example.com")
            over = {
                "accepted_at": at(0) - 60 * DAY,
                **(ended if name == "ENDED" else {}),
            }
            application = make_application(session, campaign, influencer, **over)
            make_code(session, application, name)
            world.ids[application.id] = name
            world.ids[name] = make_link(session, application).id
        off = session.scalars(select(PromoCode).where(PromoCode.code == "OFF")).one()
        off.disabled_at = at(MINUTE) - DAY
        session.commit()
    return world


def click_of(world: ApiWorld, who: str, moment: datetime) -> str:
    mint = click_codec(world.settings.keyring).mint
    return mint(id_bytes(world.ids[who]), int(moment.timestamp() * 1000))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_same_decision(world: ApiWorld, engine: Engine, platform: str) -> None:
    told = PLATFORMS[platform]
    rows = [row for row in ROWS if len(row[0]) < 2 or platform not in ONE_CODE]
    for number, (codes, clicked, *_) in enumerate(rows, start=1):
        click = ""
        if clicked is not None:
            who, days = clicked
            click = click_of(world, who, at(MINUTE) - timedelta(days=days))
        mail = "self@example.com" if codes == ["SELF"] else f"buyer{number}@mail.nl"
        sent = told(number, codes, click, mail)
        assert world.send(platform, sent.body, topic=sent.topic).status_code == 200
    world.work()
    with Session(engine) as session:
        shop_id = world.shops[platform]["id"]
        orders = session.scalars(select(Order).where(Order.shop_id == shop_id)).all()
        ids = {_number(order.external_id): order.id for order in orders}
    assert len(ids) == len(rows)
    for number, row in enumerate(rows, start=1):
        _, _, winner, method, reasons = row
        why = world.call("GET", f"/v1/orders/{ids[number]}/attribution", 200)
        names = [world.ids[c["application_id"]] for c in why["credits"]]
        assert (why["method"], why["application_id"] and names[0]) == (method, winner)
        assert [touch["reason"] for touch in why["touches"]] == reasons, row
        assert sum(c["share_bps"] for c in why["credits"]) in (0, 10_000)
        for touch in why["touches"]:
            assert touch["explanation"] != touch["explanation_nl"]
            assert touch["counts"] is (touch["reason"] in COUNTING), touch


COUNTING = ("won", "code_first", "click_first", "shared")


def _number(external_id: str) -> int:
    return int("".join(c for c in external_id if c.isdigit()))

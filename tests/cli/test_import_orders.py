"""Orders of before: three forms of file, rows that are wrong, the same file again."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from importing import Importing, make_importing
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace import shops
from marketplace.cli.importing import taking
from marketplace.config import Settings
from marketplace.orders import OrderStatus
from marketplace.orders.models import OrderVersion
from marketplace.orders.queries import refunds_of
from marketplace.shops import ShopPlatform, WebhookEvent, WebhookStatus

OWN = """id,placed_at,status,total,tax,discount_codes,customer_email,line_id,sku,\
quantity,price,line_discount,cost,refunded
1001,2026-03-10 10:00,paid,100.00,,ANNA;SUMMER,a@x.example,1,MUG,2,40.00,5.00,12.00,
1001,,,,,,,2,HAT,1,25.00,,,
1002,2026-03-11T09:30:00+01:00,paid,20.00,,,,,,,,,,5.00

1003,2026-03-12,cancelled,9.99,,,,,,,,,,
"""
SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,"
    "Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem sku,Note Attributes,Cancelled at,Refunded Amount,Id,"
    "Lineitem discount\n"
    "#1001,a@x.example,partially_refunded,2026-03-10 11:00:00 +0100,EUR,90.00,5.00,"
    '16.49,95.00,"ANNA, FREE",10.00,2026-03-10 10:59:00 +0100,2,Mug,40.00,MUG,'
    '"mkt_click: {click}\ngift: yes",,19.00,450789469,0.00\n'
    "#1001,a@x.example,,,,,,,,,,2026-03-10 10:59:00 +0100,1,Hat,20.00,HAT,,,,,0.00\n"
    "#1002,,pending,,EUR,10.00,0.00,2.10,12.10,,0.00,2026-03-11 08:00:00 +0100,1,Cap,"
    "10.00,,,,0.00,450789470,0.00\n"
)
REST = {
    "id": 820982911946154508,
    "name": "#9",
    "currency": "EUR",
    "total_price": "30.00",
    "financial_status": "paid",
    "created_at": "2026-03-10T10:00:00Z",
    "updated_at": "2026-03-10T10:00:01Z",
    "line_items": [{"id": 1, "price": "30.00", "quantity": 1, "sku": "MUG"}],
    "discount_codes": [{"code": "ANNA", "amount": "0.00", "type": "percentage"}],
}


@pytest.fixture
def generic(session: Session, settings: Settings, tmp_path: Path) -> Importing:
    return make_importing(session, settings, tmp_path)


@pytest.fixture
def shopify(session: Session, settings: Settings, tmp_path: Path) -> Importing:
    return make_importing(session, settings, tmp_path, ShopPlatform.SHOPIFY)


def counts(session: Session) -> tuple[int, int]:
    """Stored events and versions."""
    tables = (WebhookEvent, OrderVersion)
    found = [session.scalar(select(func.count()).select_from(t)) or 0 for t in tables]
    session.rollback()
    return found[0], found[1]


def test_a_table_of_our_own(generic: Importing) -> None:
    file = generic.file(OWN)
    result = generic.run("orders", file)
    assert (result.exit_code, "3 taken in, 0 known" in result.output) == (0, True)
    assert not (generic.folder / "file.csv.errors.csv").exists()
    generic.work()
    first, second, third = (generic.orders()[n] for n in ("1001", "1002", "1003"))
    assert first.placed_at == datetime(2026, 3, 10, 9, 0, tzinfo=UTC)  # in Amsterdam
    assert (first.base_amount, first.codes) == (10_000, ["ANNA", "SUMMER"])
    assert (first.goods_cost_amount, first.uncosted_amount) == (2_400, 2_500)
    assert first.email_hash is not None
    assert (second.status, second.net_amount) == (
        OrderStatus.PARTIALLY_REFUNDED,
        1_500,
    )
    assert third.status is OrderStatus.CANCELLED
    # Again, and with one order more: nothing changes but that one.
    before = counts(generic.session)
    assert "0 taken in, 3 known" in generic.run("orders", file).output
    generic.work()
    assert counts(generic.session) == before
    more = generic.file(OWN + "1004,2026-03-12,paid,1.00\n")
    assert "1 taken in, 3 known" in generic.run("orders", more).output


def test_rows_that_are_wrong_are_listed_and_the_rest_is_taken_in(
    generic: Importing,
) -> None:
    file = generic.file(
        "id;placed_at;status;total;price;test\n"
        "1;2026-03-10;paid;1.00;;\n"
        ";2026-03-10;paid;1.00;;\n"
        "2;yesterday;paid;1.00;;\n"
        "3;2026-03-10;paid;1,00;;\n"
        "4;2026-03-10;paid;2.00;1.00;\n"
        "4;;;;one;\n"
        "5;2026-03-10;;1.00;;\n"
        "6;2026-03-10;paid;1.00;;maybe\n"
        "7;2026-03-10;paid;1.00;;;;oops\n"
        "1;2026-03-10;paid;1.00;;\n"
        "8;2026-03-10;paid;1.00;;\n"
        "8;2026-03-10;paid;2.00;;\n"
        "9;2026-03-10;paid;1.00;;\n"
    )
    result = generic.run("orders", file, "--errors", str(generic.folder / "bad.csv"))
    assert result.exit_code == 1
    assert "2 taken in" in result.output
    wrong = dict(generic.errors("bad.csv"))
    assert sorted(wrong) == [3, 4, 5, 6, 8, 9, 10, 11, 12]
    assert wrong[3] == "id: missing"
    assert wrong[4].startswith("placed_at: not a time")
    assert wrong[5].startswith("data.total")
    assert wrong[6].startswith("data.lines[1].price")
    assert wrong[8] == "status: missing"
    assert wrong[9].startswith("test: ")
    assert wrong[10] == "more cells than columns"
    assert "above already" in wrong[11]
    assert wrong[12].startswith("total: ")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"id,placed_at\n1,2026-03-10\n", "missing: status, total"),
        (b"id,placed_at,status,total,click-id\n", "not known: click-id"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"", "missing: id"),
        (b"x" * 200_000, "not CSV"),
    ],
)
def test_a_file_that_is_no_table_of_orders_is_refused(
    generic: Importing, content: bytes, told: str
) -> None:
    result = generic.run("orders", generic.file(content))
    assert (result.exit_code, told in result.output) == (1, True)
    assert counts(generic.session) == (0, 0)


def test_bad_bytes_in_the_middle_keep_what_was_before(generic: Importing) -> None:
    head = b"id,placed_at,status,total\n"
    rows = b"".join(b"%d,2026-03-10,paid,1.00\n" % n for n in range(500))
    file = generic.file(head + rows + b"x,2026-03-10,paid,\xff\n")
    assert generic.run("orders", file).exit_code == 1
    assert 200 <= counts(generic.session)[0] <= 500
    assert "UTF-8" in generic.errors()[-1][1]


def test_shopify_s_own_export(shopify: Importing) -> None:
    click = "A" * 48
    file = shopify.file(SHOPIFY.replace("{click}", click))
    assert shopify.run("orders", file).exit_code == 0
    shopify.work()
    first, second = (shopify.orders()[n] for n in ("450789469", "450789470"))
    assert (first.name, first.codes) == ("#1001", ["ANNA", "FREE"])
    assert first.click_ids == [click]
    assert first.placed_at == datetime(2026, 3, 10, 9, 59, tzinfo=UTC)
    # 90.00 for goods, of which 16.49 is tax: the total holds no more than shipping.
    assert (first.base_amount, first.total_amount) == (9_000 - 1_649, 9_500)
    assert first.status is OrderStatus.PARTIALLY_REFUNDED
    assert first.refunded_amount == round(Decimal(1_900 * 7_351) / 9_500)
    # Here prices are without tax.
    assert (second.base_amount, second.status) == (1_000, OrderStatus.PENDING)
    assert second.email_hash is None
    # A webhook of the same order says more, and goes before; the refund counts once.
    refund = {
        "id": 5,
        "created_at": "2026-03-11T10:00:00Z",
        "transactions": [{"kind": "refund", "status": "success", "amount": "19.00"}],
        "refund_line_items": [],
    }
    told = {**REST, "id": 450789469, "total_price": "95.00", "refunds": [refund]}
    told |= {"updated_at": "2026-03-11T10:00:00Z", "name": "#1001-EU"}
    assert shopify.run("orders", shopify.file(json.dumps([told]))).exit_code == 0
    shopify.work()
    first = shopify.orders()["450789469"]
    assert first.name == "#1001-EU"
    assert first.total_amount == 9_500
    assert sum(r["amount"] for r in refunds(shopify, first.id)) == 1_900


def refunds(world: Importing, order_id: str) -> list[dict[str, Any]]:
    rows = world.session.scalars(refunds_of([order_id]))
    return [{"id": row.external_id, "amount": row.amount} for row in rows]


LINES = "\n".join(json.dumps({**REST, "id": n}) for n in range(1, 4))


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([{**REST, "id": n} for n in range(1, 4)]),
        json.dumps({"orders": [{**REST, "id": n} for n in range(1, 4)]}, indent=2),
        '{"count": 3, "next": null, "orders": [' + LINES.replace("\n", ",") + "]}",
        LINES,
        "\ufeff" + LINES.replace("\n", "\r\n\r\n") + "\r\n",
    ],
    ids=["list", "under a name", "after other names", "lines", "lines of Windows"],
)
@pytest.mark.parametrize("chunk", [64, 64 * 1024])
def test_json_of_the_shop_s_platform(
    shopify: Importing, content: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("marketplace.cli.importing.json_orders.CHUNK", chunk)
    result = shopify.run("orders", shopify.file(content, "orders.json"))
    assert (result.exit_code, "3 taken in" in result.output) == (0, True), result.output
    shopify.work()
    assert set(shopify.orders()) == {"1", "2", "3"}
    assert {o.base_amount for o in shopify.orders().values()} == {3_000}


def test_an_order_is_passed_on_as_it_is_written(shopify: Importing) -> None:
    """Numbers beyond 2^53 are not rounded on the way."""
    assert shopify.run("orders", shopify.file(json.dumps([REST]))).exit_code == 0
    shopify.work()
    assert set(shopify.orders()) == {"820982911946154508"}
    event = shopify.session.scalars(select(WebhookEvent)).one()
    assert (event.topic, event.status) == ("imported", WebhookStatus.PROCESSED)


def test_what_is_wrong_in_json_is_told_by_its_number(shopify: Importing) -> None:
    undated = {k: v for k, v in REST.items() if not k.endswith("_at")}
    broken = [
        json.dumps({**REST, "id": 1}),
        '{"id": 2, "total_price": ',
        "17",
        json.dumps({"id": 4}),
        json.dumps({**undated, "id": 5, "order_number": 5}),
        json.dumps({**REST, "id": 6}),
    ]
    result = shopify.run("orders", shopify.file("\n".join(broken)))
    assert (result.exit_code, "2 taken in" in result.output) == (1, True)
    wrong = dict(shopify.errors())
    assert sorted(wrong) == [2, 3, 4, 5]
    assert wrong[2].startswith("not JSON")
    assert wrong[3] == "not an object"
    assert wrong[5] == "it does not say when the order was placed"
    cut = shopify.run("orders", shopify.file("[" + broken[0] + ","))
    assert (cut.exit_code, "0 taken in, 1 known" in cut.output) == (1, True)


def test_a_generic_shop_s_orders_need_no_envelope(generic: Importing) -> None:
    order = {"id": "1", "placed_at": "2026-03-10T10:00:00Z", "total": "5.00"}
    event = {"type": "order.paid", "data": {**order, "id": "2"}}
    content = json.dumps({"orders": [{**order, "status": "paid"}, event]})
    assert generic.run("orders", generic.file(content)).exit_code == 0
    generic.work()
    assert {o.status for o in generic.orders().values()} == {OrderStatus.PAID}


def test_stripe_s_events_about_something_else_are_passed_over(
    session: Session, settings: Settings, tmp_path: Path
) -> None:
    stripe = make_importing(session, settings, tmp_path, ShopPlatform.STRIPE)
    sale = {
        "id": "cs_1",
        "object": "checkout.session",
        "payment_status": "paid",
        "mode": "payment",
        "currency": "eur",
        "amount_total": 5_000,
        "amount_subtotal": 5_000,
        "created": 1773136800,
        "payment_intent": "pi_1",
        "livemode": True,
    }
    events = [
        {
            "id": f"evt_{n}",
            "object": "event",
            "type": kind,
            "created": 1773136800,
            "livemode": True,
            "data": {"object": thing},
        }
        for n, (kind, thing) in enumerate(
            [
                ("checkout.session.completed", sale),
                ("customer.created", {"id": "cus_1", "object": "customer"}),
            ]
        )
    ]
    content = json.dumps({"object": "list", "data": events, "has_more": False})
    result = stripe.run("orders", stripe.file(content))
    assert result.exit_code == 0, result.output
    assert "1 taken in, 0 known already, 1 about no order" in result.output
    stripe.work()
    assert len(stripe.orders()) == 1


def test_one_transaction_holds_a_few_hundred_rows_and_what_it_broke_off_goes_on(
    generic: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{n},2026-03-10,paid,1.00" for n in range(1, 451)]
    file = generic.file("\n".join(["id,placed_at,status,total", *rows]))
    real, calls = shops.receive_fetched, [0]

    def failing(*args: Any, **named: Any) -> Any:
        calls[0] += 1
        if calls[0] > 2 * taking.AT_ONCE + 10:
            raise KeyboardInterrupt
        return real(*args, **named)

    monkeypatch.setattr(shops, "receive_fetched", failing)
    assert generic.run("orders", file).exit_code == 1
    kept = counts(generic.session)[0]
    assert 2 * taking.AT_ONCE <= kept < 2 * taking.AT_ONCE + 10
    monkeypatch.setattr(shops, "receive_fetched", real)
    again = generic.run("orders", file)
    assert f"{450 - kept} taken in, {kept} known" in again.output


def test_a_shop_that_is_none_or_disconnected_is_refused(generic: Importing) -> None:
    file = generic.file(OWN)
    shop_id, generic.shop.id = generic.shop.id, "shp_nothing"
    assert "there is no shop" in generic.run("orders", file).output
    generic.session.rollback()
    shop = generic.session.get_one(type(generic.shop), shop_id)
    shop.disconnected_at = shop.created_at
    generic.session.commit()
    generic.shop = shop
    result = generic.run("orders", file)
    assert (result.exit_code, "is disconnected" in result.output) == (1, True)

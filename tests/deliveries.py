"""A set of webhook deliveries, of four platforms, in which order and repeats matter."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

START = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)


class Sent(NamedTuple):
    """One delivery, before it is signed."""

    platform: str
    topic: str
    body: dict[str, Any]


def iso(minutes: int) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


def generic(number: str, minute: int, updated: int | None = None, **over: Any) -> Sent:
    data = {
        "id": number,
        "currency": "EUR",
        "placed_at": iso(minute),
        "updated_at": iso(minute if updated is None else updated),
        "status": "paid",
        "total": "121.00",
        "tax": "21.00",
        "shipping": "0.00",
        "lines": [
            {"id": "l1", "sku": "S1", "quantity": 2, "price": "50.00", "cost": "20.00"}
        ],
        **over,
    }
    kind = "order.created" if updated is None else "order.updated"
    return Sent("generic", "", {"type": kind, "timestamp": iso(minute), "data": data})


def shopify(number: int, minute: int, updated: int, **over: Any) -> Sent:
    body = {
        "id": number,
        "name": f"#{number}",
        "created_at": iso(minute),
        "processed_at": iso(minute),
        "updated_at": iso(updated),
        "currency": "EUR",
        "financial_status": "paid",
        "subtotal_price": "80.00",
        "total_price": "80.00",
        "total_tax": "0.00",
        "taxes_included": False,
        "test": False,
        "line_items": [
            {
                "id": 7,
                "sku": "S7",
                "quantity": 1,
                "price": "80.00",
                "total_discount": "0",
            }
        ],
        "refunds": [],
        **over,
    }
    return Sent(
        "shopify", "orders/updated" if updated > minute else "orders/create", body
    )


def shopify_refund(order: int, minute: int, amount: str) -> dict[str, Any]:
    return {
        "id": order * 10,
        "order_id": order,
        "created_at": iso(minute),
        "processed_at": iso(minute),
        "refund_line_items": [],
        "order_adjustments": [],
        "transactions": [
            {"id": 1, "kind": "refund", "status": "success", "amount": amount}
        ],
    }


def woocommerce(number: int, minute: int, updated: int, **over: Any) -> Sent:
    def gmt(at: int) -> str:
        return iso(at).removesuffix("+00:00")

    body = {
        "id": number,
        "number": str(number),
        "status": "processing",
        "currency": "EUR",
        "date_created_gmt": gmt(minute),
        "date_modified_gmt": gmt(updated),
        "date_paid_gmt": gmt(minute),
        "total": "60.50",
        "total_tax": "10.50",
        "shipping_total": "0.00",
        "discount_total": "0.00",
        "customer_id": 0,
        "billing": {"email": "woo@example.com"},
        "line_items": [
            {"id": 3, "sku": "W", "quantity": 1, "total": "50.00", "total_tax": "10.50"}
        ],
        "coupon_lines": [],
        "meta_data": [],
        "refunds": [],
        **over,
    }
    return Sent("woocommerce", "order.updated", body)


def stripe(kind: str, number: str, minute: int, thing: dict[str, Any]) -> Sent:
    created = int((START + timedelta(minutes=minute)).timestamp())
    return Sent(
        "stripe",
        "",
        {
            "id": f"evt_{number}",
            "object": "event",
            "created": created,
            "livemode": True,
            "type": kind,
            "data": {"object": {"created": created, "livemode": True, **thing}},
        },
    )


SESSION = {
    "id": "cs_1",
    "object": "checkout.session",
    "mode": "payment",
    "status": "complete",
    "payment_status": "paid",
    "payment_intent": "pi_1",
    "currency": "eur",
    "amount_subtotal": 4000,
    "amount_total": 4840,
    "total_details": {"amount_tax": 840, "amount_shipping": 0, "amount_discount": 0},
    "metadata": {"promo_code": "ANNA15"},
    "customer_details": {"email": "stripe@example.com"},
}
INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "amount": 4840,
    "amount_received": 4840,
    "currency": "eur",
    "status": "succeeded",
    "latest_charge": "ch_1",
}
CHARGE = {
    "id": "ch_1",
    "object": "charge",
    "payment_intent": "pi_1",
    "amount": 4840,
    "amount_refunded": 1210,
    "currency": "eur",
    "paid": True,
    "refunded": False,
    "status": "succeeded",
}


def deliveries(click_bo: str) -> list[Sent]:
    """Edits, repeats of buyers, refunds before and after, two codes, one sale twice."""
    ann = {"id": "c1", "email": "Ann@example.com", "orders_count": 1}
    again = {"id": "c1", "email": "ann@example.com", "orders_count": 2}
    refund = shopify_refund(501, 400, "20.00")
    return [
        generic("g1", 0, discount_codes=["ANNA15"], customer=ann),
        generic("g1", 0, 30, discount_codes=["anna15 "], customer=ann,
                refunds=[{"id": "r1", "amount": "60.50", "created_at": iso(25),
                          "lines": [{"line_id": "l1", "quantity": 1}]}]),
        generic("g2", 60, customer=again),
        generic("g3", 90, discount_codes=["BO15", "ANNA15"], customer={"id": "c3"}),
        generic("g3", 90, 95, discount_codes=["BO15", "ANNA15"], customer={"id": "c3"},
                status="cancelled"),
        generic("g4", -500, customer={"email": "ann@example.com"}),
        generic("g5", 10, test=True, discount_codes=["ANNA15"]),
        shopify(501, 100, 100, landing_site=f"/?mkt_click={click_bo}",
                customer={"id": 9, "email": "shop@example.com", "orders_count": 1}),
        shopify(501, 100, 420, landing_site=f"/?mkt_click={click_bo}", refunds=[refund],
                financial_status="partially_refunded",
                customer={"id": 9, "email": "shop@example.com", "orders_count": 2}),
        Sent("shopify", "refunds/create", refund),
        shopify(502, 300, 300, customer={"id": 9}, discount_codes=[
            {"code": "BO15", "amount": "0.00", "type": "percentage"}]),
        woocommerce(61, 40, 40, status="on-hold", date_paid_gmt=None,
                    coupon_lines=[{"code": "bo15", "discount": "5.00"}]),
        woocommerce(61, 40, 50, coupon_lines=[{"code": "bo15", "discount": "5.00"}]),
        woocommerce(61, 40, 200, coupon_lines=[{"code": "bo15", "discount": "5.00"}],
                    status="refunded", refunds=[{"id": 62, "total": "-60.50"}]),
        stripe("checkout.session.completed", "1", 150, SESSION),
        stripe("payment_intent.succeeded", "2", 150, INTENT),
        stripe("charge.refunded", "3", 300, CHARGE),
    ]  # fmt: skip

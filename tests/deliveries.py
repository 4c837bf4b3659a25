"""Deliveries of all platforms in which order and repeats matter."""

from typing import Any

from fetched_orders import fetched
from pushed_orders import pushed
from sent import Sent, at, iso


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
    created = int(at(minute).timestamp())
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


def refunded(number: str, minute: int, amount: int) -> Sent:
    """All that went back on the charge of the session, so far."""
    charge = {**CHARGE, "amount_refunded": amount}
    return stripe("charge.refunded", number, minute, charge)


def charged(number: str, minute: int) -> Sent:
    charge = {"id": f"ch_{number}", "payment_intent": f"pi_{number}"}
    return stripe("charge.succeeded", f"c{number}", minute, {**CHARGE, **charge})


def given_back(kind: str, charge: str, minute: int, **over: Any) -> Sent:
    """A refund or a dispute of 12.10 on a charge."""
    thing = {
        "id": f"{over['object'][:2]}_{charge}",
        "charge": f"ch_{charge}",
        "payment_intent": f"pi_{charge}",
        "amount": 1210,
        "currency": "eur",
        **over,
    }
    return stripe(kind, f"{kind}-{charge}-{minute}", minute, thing)


def edited(number: int, minute: int, updated: int, kept: int) -> Sent:
    """Two lines, of which an edit took one off again without any money."""
    lines = [
        {"id": 7 + n, "sku": "S7", "quantity": 1, "price": "50.00",
         "current_quantity": int(n < kept)}
        for n in range(2)
    ]  # fmt: skip
    removed = {"id": 1, "order_id": number, "created_at": iso(updated),
               "refund_line_items": [{"line_item_id": 8, "quantity": 1}],
               "transactions": []}  # fmt: skip
    total = f"{50 * kept}.00"
    return shopify(
        number,
        minute,
        updated,
        line_items=lines,
        subtotal_price=total,
        total_price=total,
        refunds=[removed] * (kept < 2),
        discount_codes=[{"code": "BO15", "amount": "0.00", "type": "percentage"}],
    )


def later() -> list[Sent]:
    """Edits, cancellations, disputes, cumulative refunds, a refund that failed."""
    all_back = shopify_refund(504, 340, "80.00")
    refund, dispute = {"object": "refund"}, {"object": "dispute"}
    return [
        edited(503, 310, 310, 2),
        edited(503, 310, 320, 1),
        shopify(504, 330, 330),
        shopify(504, 330, 340, refunds=[all_back], cancelled_at=iso(340),
                financial_status="refunded"),
        woocommerce(63, 45, 45, billing={"email": "woo2@example.com"}),
        woocommerce(63, 45, 120, billing={"email": "woo2@example.com"},
                    refunds=[{"id": 64, "total": "-12.10"}]),
        woocommerce(65, 46, 46, billing={}),
        Sent("woocommerce", "order.deleted", {"id": 65}),
        refunded("4", 330, 2420),
        charged("2", 151),
        given_back("charge.dispute.funds_withdrawn", "2", 310, **dispute),
        given_back("charge.dispute.funds_reinstated", "2", 421, **dispute),
        charged("3", 152),
        given_back("refund.created", "3", 305, **refund, status="pending"),
        given_back("refund.updated", "3", 350, **refund, status="failed"),
        charged("4", 153),
        given_back("charge.dispute.funds_withdrawn", "4", 311, **dispute),
        generic("g6", 15, discount_codes=["ANNA15"]),
        generic("g6", 15, 16, discount_codes=["ANNA15"], total="60.50", tax="10.50",
                lines=[{"id": "l1", "sku": "S1", "quantity": 1, "price": "50.00"}]),
    ]  # fmt: skip


def deliveries(click_bo: str) -> list[Sent]:
    """All of them."""
    return [*first(click_bo), *later(), *pushed(), *fetched()]


def first(click_bo: str) -> list[Sent]:
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
        refunded("3", 300, 1210),
    ]  # fmt: skip

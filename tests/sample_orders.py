"""The same order as each platform states it: its topic and body, by platform.

One of 105.00 with 5.00 of shipping, the code ANNA10, a click and, where the platform
lists refunds in its orders, 50.00 given back.
"""

from typing import Any

from sample_orders_newer import NEWER
from sample_times import AT, SECONDS

BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "shopify": (
        "orders/paid",
        {
            "id": 5001,
            "name": "#1001",
            "currency": "EUR",
            "total_price": "105.00",
            "subtotal_price": "100.00",
            "total_tax": "0.00",
            "total_discounts": "0.00",
            "taxes_included": False,
            "financial_status": "partially_refunded",
            "created_at": AT,
            "updated_at": AT,
            "discount_codes": [{"code": "ANNA10", "amount": "0", "type": "fixed"}],
            "note_attributes": [{"name": "mkt_click", "value": "c" * 40}],
            "line_items": [{"id": 1, "price": "50.00", "quantity": 2, "sku": "A"}],
            "refunds": [
                {
                    "id": 9,
                    "created_at": AT,
                    "refund_line_items": [
                        {"line_item_id": 1, "quantity": 1, "subtotal": 50.0}
                    ],
                    "transactions": [
                        {"kind": "refund", "status": "success", "amount": "50.00"}
                    ],
                }
            ],
            "customer": {"id": 7, "email": "eva@example.com", "orders_count": 1},
        },
    ),
    "woocommerce": (
        "order.updated",
        {
            "id": 5001,
            "number": "5001",
            "status": "processing",
            "currency": "EUR",
            "total": "105.00",
            "total_tax": "0.00",
            "shipping_total": "5.00",
            "date_created_gmt": "2026-03-01T11:00:00",
            "date_modified_gmt": "2026-03-01T11:00:00",
            "customer_id": 7,
            "billing": {"email": "eva@example.com"},
            "line_items": [{"id": 1, "quantity": 2, "total": "100.00", "sku": "A"}],
            "coupon_lines": [{"code": "ANNA10"}],
            "meta_data": [{"key": "mkt_click", "value": "c" * 40}],
            "refunds": [{"id": 9, "reason": "", "total": "-50.00"}],
        },
    ),
    "stripe": (
        "checkout.session.completed",
        {
            "id": "evt_1",
            "object": "event",
            "type": "checkout.session.completed",
            "created": SECONDS,
            "livemode": True,
            "data": {
                "object": {
                    "id": "cs_5001",
                    "object": "checkout.session",
                    "mode": "payment",
                    "payment_status": "paid",
                    "payment_intent": "pi_5001",
                    "currency": "eur",
                    "amount_subtotal": 10000,
                    "amount_total": 10500,
                    "total_details": {
                        "amount_discount": 0,
                        "amount_shipping": 500,
                        "amount_tax": 0,
                    },
                    "client_reference_id": "c" * 40,
                    "customer": "cus_7",
                    "customer_details": {"email": "eva@example.com"},
                    "metadata": {"promo_code": "ANNA10"},
                }
            },
        },
    ),
    "generic": (
        "order.paid",
        {
            "type": "order.paid",
            "timestamp": AT,
            "data": {
                "id": "5001",
                "currency": "EUR",
                "placed_at": AT,
                "updated_at": AT,
                "status": "paid",
                "subtotal": "100.00",
                "shipping": "5.00",
                "total": "105.00",
                "lines": [{"id": "1", "sku": "A", "quantity": 2, "price": "50.00"}],
                "discount_codes": ["ANNA10"],
                "click_id": "c" * 40,
                "customer": {"id": "7", "email": "eva@example.com", "orders_count": 1},
                "refunds": [{"id": "9", "amount": "50.00", "created_at": AT}],
            },
        },
    ),
    "magento": (
        "observer.sales_order_save_commit_after",
        {
            "event": {
                "type": "com.adobe.commerce.observer.sales_order_save_commit_after",
                "data": {
                    "value": {
                        "entity_id": "5001",
                        "increment_id": "000005001",
                        "store_id": "1",
                        "state": "processing",
                        "status": "processing",
                        "created_at": "2026-03-01 11:00:00",
                        "updated_at": "2026-03-01 11:00:00",
                        "base_currency_code": "EUR",
                        "order_currency_code": "EUR",
                        "base_grand_total": "105.0000",
                        "base_subtotal": "100.0000",
                        "base_shipping_amount": "5.0000",
                        "base_total_paid": "105.0000",
                        "coupon_code": "ANNA10",
                        "customer_id": "7",
                        "customer_is_guest": "0",
                        "customer_email": "eva@example.com",
                        "items": [
                            {
                                "item_id": "1",
                                "sku": "A",
                                "qty_ordered": "2.0000",
                                "base_row_total": "100.0000",
                            }
                        ],
                        "status_histories": [{"comment": f"mkt_click={'c' * 40}"}],
                    }
                },
            }
        },
    ),
    **NEWER,
}

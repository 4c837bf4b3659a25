"""The same order (see `sample_orders`) as the newer platforms state it."""

from typing import Any

from sample_times import AT, SECONDS

NEWER: dict[str, tuple[str, dict[str, Any]]] = {
    "lightspeed": (
        "orders/paid",
        {
            "order": {
                "id": 5001,
                "number": "ORD5001",
                "createdAt": AT,
                "updatedAt": AT,
                "status": "processing_awaiting_shipment",
                "paymentStatus": "paid",
                "priceExcl": 105,
                "priceIncl": 105,
                "shipmentPriceExcl": 5,
                "discountCouponCode": "ANNA10",
                "email": "eva@example.com",
                "customer": {"resource": {"id": 7}},
                "comment": f"mkt_click={'c' * 40}",
                "products": {
                    "resource": {
                        "embedded": [
                            {
                                "id": 1,
                                "quantityOrdered": 2,
                                "priceExcl": 100,
                                "sku": "A",
                            }
                        ]
                    }
                },
                "invoices": {
                    "resource": {
                        "embedded": [
                            {
                                "id": 9,
                                "createdAt": AT,
                                "isCreditNote": True,
                                "priceIncl": -50,
                            }
                        ]
                    }
                },
            }
        },
    ),
    "squarespace": (
        "",
        {
            "fetched": {
                "order": {
                    "id": "5001",
                    "orderNumber": "1001",
                    "createdOn": AT,
                    "modifiedOn": AT,
                    "testmode": False,
                    "customerEmail": "eva@example.com",
                    "customerId": "7",
                    "lineItems": [
                        {
                            "id": "1",
                            "sku": "A",
                            "quantity": 2,
                            "unitPricePaid": {"value": "50.00", "currency": "EUR"},
                        }
                    ],
                    "discountLines": [
                        {
                            "amount": {"value": "0.00", "currency": "EUR"},
                            "promoCode": "ANNA10",
                        }
                    ],
                    "formSubmission": [{"label": "mkt_click", "value": "c" * 40}],
                    "shippingTotal": {"value": "5.00", "currency": "EUR"},
                    "taxTotal": {"value": "0.00", "currency": "EUR"},
                    "refundedTotal": {"value": "50.00", "currency": "EUR"},
                    "grandTotal": {"value": "105.00", "currency": "EUR"},
                }
            }
        },
    ),
    "shopware": (
        "checkout.order.placed",
        {
            "timestamp": SECONDS + 3600,
            "source": {"eventId": "msg_1"},
            "data": {
                "event": "checkout.order.placed",
                "payload": {
                    "order": {
                        "id": "5001",
                        "orderNumber": "10001",
                        "orderDateTime": AT,
                        "createdAt": AT,
                        "currency": {"isoCode": "EUR"},
                        "price": {"totalPrice": 105, "taxStatus": "tax-free"},
                        "affiliateCode": "c" * 40,
                        "orderCustomer": {
                            "customerId": "7",
                            "email": "eva@example.com",
                        },
                        "lineItems": [
                            {
                                "id": "1",
                                "type": "product",
                                "quantity": 2,
                                "price": {"totalPrice": 100},
                                "payload": {"productNumber": "A"},
                            },
                            {
                                "id": "2",
                                "type": "promotion",
                                "price": {"totalPrice": 0},
                                "payload": {"code": "ANNA10"},
                            },
                        ],
                        "transactions": [
                            {
                                "id": "3",
                                "createdAt": AT,
                                "stateMachineState": {
                                    "technicalName": "refunded_partially"
                                },
                                "captures": [
                                    {
                                        "refunds": [
                                            {
                                                "id": "9",
                                                "createdAt": AT,
                                                "amount": {"totalPrice": 50},
                                                "stateMachineState": {
                                                    "technicalName": "completed"
                                                },
                                            }
                                        ]
                                    }
                                ],
                            }
                        ],
                    }
                },
            },
        },
    ),
    "prestashop": (
        "actionValidateOrder",
        {
            "hook": "actionValidateOrder",
            "order": {
                "id": "5001",
                "reference": "XKBKNABJK",
                "id_currency": "1",
                "id_customer": "7",
                "current_state": "2",
                "valid": "1",
                "date_add": "2026-03-01 12:00:00",
                "date_upd": "2026-03-01 12:00:00",
                "total_paid_tax_incl": "105.000000",
                "total_paid_tax_excl": "105.000000",
                "total_shipping_tax_excl": "5.000000",
                "mkt_click": "c" * 40,
                "customer": {"id": "7", "email": "eva@example.com"},
            },
            "order_details": [
                {
                    "id_order_detail": "1",
                    "product_reference": "A",
                    "product_quantity": "2",
                    "unit_price_tax_excl": "50.000000",
                }
            ],
            "order_cart_rules": [{"id_cart_rule": "3", "name": "Anna"}],
            "cart_rules": [{"id": "3", "code": "ANNA10"}],
            "currencies": [{"id": "1", "iso_code": "EUR"}],
        },
    ),
    "bigcommerce": (
        "",
        {
            "fetched": {
                "order": {
                    "id": 5001,
                    "status_id": 14,
                    "date_created": "Sun, 01 Mar 2026 11:00:00 +0000",
                    "date_modified": "Sun, 01 Mar 2026 11:00:00 +0000",
                    "customer_id": 7,
                    "currency_code": "USD",
                    "default_currency_code": "EUR",
                    "total_inc_tax": "105.0000",
                    "subtotal_ex_tax": "100.0000",
                    "shipping_cost_ex_tax": "5.0000",
                    "refunded_amount": "0.0000",
                    "customer_message": f"mkt_click={'c' * 40}",
                    "billing_address": {"email": "eva@example.com"},
                },
                "products": [
                    {
                        "id": 1,
                        "sku": "A",
                        "quantity": 2,
                        "total_ex_tax": "100.0000",
                        "applied_discounts": [],
                    }
                ],
                "coupons": [{"code": "ANNA10", "type": 0, "discount": "0.0000"}],
                "refunds": {
                    "data": [
                        {
                            "id": 9,
                            "created": AT,
                            "total_amount": 50.0,
                            "items": [
                                {"item_type": "PRODUCT", "item_id": 1, "quantity": 1}
                            ],
                            "payments": [{"amount": 50.0, "is_declined": False}],
                        }
                    ],
                    "meta": {},
                },
            }
        },
    ),
    "mollie": (
        "payment.paid",
        {
            "resource": "event",
            "id": "whe_1",
            "type": "payment.paid",
            "entityId": "tr_5001",
            "createdAt": AT,
            "_embedded": {
                "entity": {
                    "resource": "payment",
                    "id": "tr_5001",
                    "mode": "live",
                    "status": "paid",
                    "createdAt": AT,
                    "amount": {"value": "105.00", "currency": "EUR"},
                    "customerId": "cst_7",
                    "billingAddress": {"email": "eva@example.com"},
                    "metadata": {"code": "ANNA10", "mkt_click": "c" * 40},
                    "lines": [
                        {
                            "type": "physical",
                            "sku": "A",
                            "quantity": 2,
                            "totalAmount": {"value": "100.00", "currency": "EUR"},
                        },
                        {
                            "type": "shipping_fee",
                            "quantity": 1,
                            "totalAmount": {"value": "5.00", "currency": "EUR"},
                        },
                    ],
                    "_embedded": {
                        "refunds": [
                            {
                                "id": "9",
                                "status": "refunded",
                                "createdAt": AT,
                                "amount": {"value": "50.00", "currency": "EUR"},
                            }
                        ]
                    },
                }
            },
        },
    ),
}

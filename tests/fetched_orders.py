"""What shops answer that send no more than a pointer: orders as they were when asked."""

from email.utils import format_datetime
from typing import Any

from sent import Sent, at, iso


def answer(platform: str, minute: int, **answers: Any) -> Sent:
    return Sent(platform, "fetched", {"fetched": answers}, asked_at=at(minute))


def bigcommerce(number: int, minute: int, now: int, status: int, **over: Any) -> Sent:
    """60.50 with 10.50 of tax; `back`: what went back."""
    back = over.pop("back", [])
    order = {
        "id": number,
        "status_id": status,
        "date_created": format_datetime(at(minute)),
        "date_modified": format_datetime(at(now)),
        "total_inc_tax": "60.5000",
        "total_ex_tax": "50.0000",
        "total_tax": "10.5000",
        "subtotal_ex_tax": "50.0000",
        "subtotal_inc_tax": "60.5000",
        "shipping_cost_ex_tax": "0.0000",
        "coupon_discount": "0.0000",
        "refunded_amount": "0.0000",
        "currency_code": "EUR",
        "default_currency_code": "EUR",
        "customer_id": 0,
        "billing_address": {"email": "bc@example.com"},
        **over,
    }
    line = {
        "id": 1,
        "sku": "BC1",
        "quantity": 1,
        "base_total": "50.0000",
        "total_ex_tax": "50.0000",
        "total_inc_tax": "60.5000",
        "cost_price_ex_tax": "20.0000",
        "applied_discounts": [],
    }
    coupon = {"id": 1, "code": "BO15", "discount": "0.0000", "type": 1}
    return answer(
        "bigcommerce",
        now,
        order=order,
        products=[line],
        coupons=[coupon],
        refunds={"data": back},
    )


def mollie(number: str, minute: int, now: int, status: str, **over: Any) -> Sent:
    """60.50, of which nobody says what is tax."""
    payment = {
        "resource": "payment",
        "id": f"tr_{number}",
        "mode": "live",
        "status": status,
        "amount": money("60.50"),
        "createdAt": iso(minute),
        "metadata": {"promo_code": "ANNA15"},
        **over,
    }
    return answer("mollie", now, payment=payment)


def money(value: str) -> dict[str, str]:
    return {"value": value, "currency": "EUR"}


def mollie_refund(minute: int, status: str) -> dict[str, Any]:
    refund = {
        "resource": "refund",
        "id": "re_M1",
        "status": status,
        "amount": money("12.10"),
        "createdAt": iso(minute),
    }
    return {"refunds": [refund], "chargebacks": []}


def squarespace(number: str, minute: int, now: int, **over: Any) -> Sent:
    """60.50 with 10.50 of tax on top."""
    order = {
        "id": number,
        "orderNumber": number,
        "createdOn": iso(minute),
        "modifiedOn": iso(now),
        "testmode": False,
        "customerEmail": "sq@example.com",
        "fulfillmentStatus": "PENDING",
        "paymentState": "PAID",
        "priceTaxInterpretation": "EXCLUSIVE",
        "grandTotal": money("60.50"),
        "subtotal": money("50.00"),
        "taxTotal": money("10.50"),
        "shippingTotal": money("0.00"),
        "discountTotal": money("0.00"),
        "refundedTotal": money("0.00"),
        "lineItems": [
            {"id": "l1", "sku": "SQ1", "quantity": 1, "unitPricePaid": money("50.00")}
        ],
        "discountLines": [{"promoCode": "bo15", "amount": money("0.00")}],
        **over,
    }
    return answer("squarespace", now, order=order)


def fetched() -> list[Sent]:
    """Of each platform one sale that is partly given back, and one that came to nothing."""
    refund = {
        "id": 5,
        "total_amount": 12.1,
        "created": iso(430),
        "payments": [{"amount": 12.1, "is_declined": False}],
        "items": [],
    }
    return [
        bigcommerce(301, 180, 180, 7),
        bigcommerce(301, 180, 185, 11),
        bigcommerce(301, 180, 430, 14, back=[refund]),
        bigcommerce(302, 190, 190, 11),
        bigcommerce(302, 190, 250, 5),
        mollie("M1", 195, 195, "open"),
        mollie("M1", 195, 200, "paid"),
        mollie("M1", 195, 435, "paid", _embedded=mollie_refund(435, "pending")),
        # a refund that failed gives the commission back; another one stands
        mollie("M2", 205, 205, "paid"),
        mollie("M2", 205, 436, "paid", _embedded=mollie_refund(436, "pending")),
        mollie("M2", 205, 446, "paid", _embedded=mollie_refund(436, "failed")),
        mollie("M3", 206, 206, "paid"),
        mollie("M3", 206, 260, "paid", amountChargedBack=money("60.50")),
        squarespace("q1", 207, 207, paymentState="PENDING"),
        squarespace("q1", 207, 208),
        squarespace("q1", 207, 440, refundedTotal=money("12.10")),
        squarespace("q2", 209, 209),
        squarespace("q2", 209, 270, fulfillmentStatus="CANCELED"),
    ]  # fmt: skip

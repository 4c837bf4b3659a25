"""Deliveries of the shops that push whole orders: as placed, paid, given back, ended."""

from typing import Any

from sent import Sent, at, iso

LIVE = "0fa91ce3e96a4bc2be4bd9ce752c3425"


def shopware(number: int, event: str, minute: int, now: int, **over: Any) -> Sent:
    """107.10 with 17.10 of tax, after a code that took 11.90 off; `state` and `back`."""
    state, back = over.pop("state"), over.pop("back", [])
    payment = {
        "id": f"{number + 1:032x}",
        "createdAt": iso(minute),
        "updatedAt": iso(now),
        "stateMachineState": {"technicalName": state},
        "amount": {"totalPrice": 107.1},
        "captures": [{"refunds": back}],
    }
    order = {
        "id": f"{number:032x}",
        "versionId": LIVE,
        "orderNumber": str(number),
        "orderDateTime": iso(minute),
        "createdAt": iso(minute),
        "updatedAt": iso(now),
        "currency": {"isoCode": "EUR"},
        "price": {
            "totalPrice": 107.1,
            "netPrice": 90.0,
            "positionPrice": 107.1,
            "taxStatus": "gross",
            "calculatedTaxes": [{"tax": 17.1, "taxRate": 19, "price": 107.1}],
        },
        "shippingTotal": 0.0,
        "orderCustomer": {"customerId": "c" * 32, "email": "sw@example.com"},
        "lineItems": [
            _shopware_line("product", 119.0, 19.0, productNumber="SW1"),
            _shopware_line("promotion", -11.9, -1.9, code="ANNA15"),
        ],
        "stateMachineState": {"technicalName": "open"},
        "transactions": [payment],
        **over,
    }
    source = {"shopId": "s1", "eventId": f"{number:x}-{now}-{event}"}
    told = {"event": event, "payload": {"order": order}}
    return Sent("shopware", "", {"data": told, "source": source})


def _shopware_line(
    kind: str, total: float, tax: float, **payload: str
) -> dict[str, Any]:
    price = {"totalPrice": total, "calculatedTaxes": [{"tax": tax, "taxRate": 19}]}
    line = {"id": kind, "type": kind, "quantity": 1, "price": price}
    return {**line, "payload": payload}


def lightspeed(number: int, topic: str, minute: int, now: int, **over: Any) -> Sent:
    """121.00 with 21.00 of tax: two pieces; `back` of them were returned."""
    back = over.pop("back", 0)
    item = {
        "id": 1,
        "sku": "LS1",
        "quantityOrdered": 2,
        "quantityRefunded": back,
        "priceExcl": 100,
        "priceIncl": 121,
        "priceCost": 30,
    }
    order = {
        "id": number,
        "number": f"ORD{number}",
        "createdAt": iso(minute),
        "updatedAt": iso(now),
        "status": "processing_awaiting_shipment",
        "paymentStatus": "paid",
        "priceExcl": 100,
        "priceIncl": 121,
        "shipmentPriceExcl": 0,
        "shipmentPriceIncl": 0,
        "discountCouponCode": "anna15",
        "email": "ls@example.com",
        "isNewCustomer": now == minute,
        "products": {"resource": {"embedded": [item]}},
        "invoices": {"resource": {"embedded": [credit_note(number, now)] * bool(back)}},
        **over,
    }
    return Sent("lightspeed", topic, {"order": order})


def credit_note(order: int, minute: int) -> dict[str, Any]:
    return {
        "id": order * 10,
        "isCreditNote": True,
        "status": "paid",
        "priceIncl": -60.5,
        "createdAt": iso(minute),
        "updatedAt": iso(minute),
        "order": {"resource": {"id": order}},
    }


def magento(number: int, minute: int, now: int, **over: Any) -> Sent:
    """60.50 with 10.50 of tax: one piece that cost 20.00."""

    def utc(minutes: int) -> str:
        return at(minutes).strftime("%Y-%m-%d %H:%M:%S")

    item = {
        "item_id": 1,
        "sku": "MG1",
        "product_type": "simple",
        "qty_ordered": 1,
        "row_total": 50.0,
        "base_row_total": 50.0,
        "base_cost": 20.0,
    }
    figures = {"grand_total": 60.5, "subtotal": 50.0, "tax_amount": 10.5}
    order = {
        "entity_id": number,
        "increment_id": f"{number:09d}",
        "store_id": 1,
        "state": "processing",
        "status": "processing",
        "created_at": utc(minute),
        "updated_at": utc(now),
        "base_currency_code": "EUR",
        "order_currency_code": "EUR",
        **figures,
        **{f"base_{name}": amount for name, amount in figures.items()},
        "total_paid": 60.5,
        "base_total_paid": 60.5,
        "coupon_code": "BO15",
        "customer_is_guest": 1,
        "customer_email": "mg@example.com",
        "items": [item],
        **over,
    }
    return Sent("magento", "", order)


def prestashop(*orders: dict[str, Any]) -> Sent:
    messages = [
        {"action": "upsert", "collection": "orders", "properties": order}
        for order in orders
    ]
    return Sent("prestashop", "", messages)


def prestashop_order(number: int, minute: int, now: int, **over: Any) -> dict[str, Any]:
    """60.50 with 10.50 of tax."""
    return {
        "id_order": number,
        "reference": f"REF{number}",
        "id_customer": 1,
        "current_state": 2,
        "conversion_rate": 1,
        "currency": "EUR",
        "total_paid_tax_excl": 50,
        "total_paid_tax_incl": 60.5,
        "shipping_cost": 0,
        "created_at": at(minute).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "updated_at": at(now).strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "is_paid": True,
        "is_validated": "1",
        "refund": 0,
        "refund_tax_excl": 0,
        **over,
    }


def pushed() -> list[Sent]:
    """Of each platform one sale that is partly given back, and one that is cancelled."""
    back = {
        "id": "b" * 32,
        "createdAt": iso(405),
        "updatedAt": iso(405),
        "stateMachineState": {"technicalName": "completed"},
        "amount": {"totalPrice": 53.55},
    }
    waiting = {"current_state": 1, "is_paid": False, "is_validated": "0"}
    unpaid = {"total_paid": None, "base_total_paid": None, "state": "new"}
    paid = "state_enter.order_transaction.state."
    return [
        shopware(0xA1, "checkout.order.placed", 110, 110, state="open"),
        shopware(0xA1, f"{paid}paid", 110, 115, state="paid"),
        shopware(0xA1, f"{paid}refunded_partially", 110, 405,
                 state="refunded_partially", back=[back]),
        shopware(0xA2, f"{paid}paid", 120, 120, state="paid"),
        shopware(0xA2, "state_enter.order.state.cancelled", 120, 210, state="paid",
                 stateMachineState={"technicalName": "cancelled"}),
        lightspeed(71, "orders/created", 130, 130, paymentStatus="not_paid"),
        lightspeed(71, "orders/paid", 130, 135),
        lightspeed(71, "orders/updated", 130, 410, back=1),
        Sent("lightspeed", "invoices/created", {"invoice": credit_note(71, 410)}),
        lightspeed(72, "orders/paid", 140, 140),
        lightspeed(72, "orders/cancelled", 140, 220, status="cancelled"),
        magento(81, 150, 150, **unpaid),
        magento(81, 150, 155),
        magento(81, 150, 415, total_refunded=12.1, base_total_refunded=12.1),
        magento(82, 160, 160),
        magento(82, 160, 230, state="canceled", status="canceled"),
        prestashop(prestashop_order(91, 165, 165, **waiting),
                   prestashop_order(92, 166, 166)),
        prestashop(prestashop_order(91, 165, 170)),
        prestashop(prestashop_order(91, 165, 420, refund=30.25, refund_tax_excl=25)),
        prestashop(prestashop_order(92, 166, 240, current_state=6, is_paid=False)),
    ]  # fmt: skip

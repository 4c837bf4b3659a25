"""What Stripe sends. Pure."""

from marketplace.cli.demo.sale import Body, Message, Sale, message
from marketplace.cli.demo.story import REFUNDED_MONEY, Fate


def messages(sale: Sale) -> list[Message]:
    """The webhooks of an order, in the order in which they are sent."""
    session = _session(sale)
    completed = _event(sale, "checkout.session.completed", session, 1)
    payment = f"pi_{sale.order.number}"
    charge = {
        "id": f"ch_{sale.order.number}",
        "object": "charge",
        "amount": sale.total,
        "captured": True,
        "currency": "eur",
        "created": sale.unix(0),
        "payment_intent": payment,
        "metadata": {},
    }
    if sale.order.fate is Fate.PARTLY_REFUNDED:
        refunded = {**charge, "amount_refunded": REFUNDED_MONEY}
        return [_event(sale, "charge.refunded", refunded, 5), completed]
    if sale.order.fate is Fate.SEVERAL_VOICES:
        intent = {
            "id": payment,
            "object": "payment_intent",
            "amount_received": sale.total,
            "currency": "eur",
            "created": sale.unix(0),
            "latest_charge": charge["id"],
            "metadata": {},
        }
        return [
            _event(sale, "charge.succeeded", charge, 0),
            _event(sale, "payment_intent.succeeded", intent, 0),
            completed,
        ]
    return [completed]


def _session(sale: Sale) -> Body:
    return {
        "id": f"cs_{sale.order.number}",
        "object": "checkout.session",
        "mode": "payment",
        "payment_status": "paid",
        "payment_intent": f"pi_{sale.order.number}",
        "currency": "eur",
        "created": sale.unix(0),
        "amount_subtotal": sum(line.gross for line in sale.lines),
        "amount_total": sale.total,
        "total_details": {
            "amount_discount": sum(line.discount for line in sale.lines),
            "amount_tax": sale.tax,
            "amount_shipping": 0,
        },
        "client_reference_id": sale.click_id,
        "customer_details": {"email": sale.mail},
        "metadata": {"promo_code": sale.code} if sale.has_discount else {},
    }


def _event(sale: Sale, kind: str, subject: Body, after: int) -> Message:
    event = {
        "id": f"evt_{sale.order.number}_{kind}",
        "object": "event",
        "type": kind,
        "created": sale.unix(after),
        "livemode": sale.order.fate is not Fate.TEST,
        "data": {"object": subject},
    }
    return message(kind, event)

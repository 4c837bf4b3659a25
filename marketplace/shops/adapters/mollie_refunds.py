"""What went back on a Mollie payment or order: refunds, chargebacks, and their total."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from marketplace.shops.adapters.amounts import bounded
from marketplace.shops.adapters.base import (
    OrderState,
    RefundLine,
    RefundReported,
    RefundState,
    RefundTotal,
)
from marketplace.shops.adapters.mollie_lines import is_goods, money, money_in, net_of
from marketplace.shops.adapters.reading import (
    NotAnOrder,
    Record,
    first_moment,
    identity,
    moment,
    order_id,
    quantity,
    records,
    text,
)

# Whether the money of a refund is with the buyer, or on its way.
GIVEN_BACK: Mapping[str, bool] = {
    "queued": True,
    "pending": True,
    "processing": True,
    "refunded": True,
    "failed": False,
    "canceled": False,
}


def refunds_of(listed: object, currency: str, at: datetime) -> list[RefundState]:
    """Refunds as they were then."""
    return [_refund(one, currency, at) for one in records(listed)]


def chargebacks_of(listed: object, currency: str, at: datetime) -> list[RefundState]:
    """Chargebacks as they were then; one that was reversed counts no more."""
    return [_chargeback(one, currency, at) for one in records(listed)]


def read_refund(refund: Record, at: datetime) -> Sequence[RefundReported]:
    """A refund told by itself, on the payment it names."""
    return [_reported(refund, at, _refund)]


def read_chargeback(chargeback: Record, at: datetime) -> Sequence[RefundReported]:
    """A chargeback told by itself."""
    return [_reported(chargeback, at, _chargeback)]


def all_that_went_back(body: Record, state: OrderState) -> list[RefundTotal]:
    """The cumulative amount an object states, where that is more than nothing."""
    given = sum(
        abs(money_in(body.get(name), state.currency, name))
        for name in ("amountRefunded", "amountChargedBack")
    )
    if not given:
        return []
    return [
        RefundTotal(
            state.external_id,
            bounded(given, "amountRefunded"),
            state.updated_at,
            aliases=state.aliases,
            currency=state.currency,
        )
    ]


def _reported(
    body: Record, at: datetime, read: Callable[[Record, str, datetime], RefundState]
) -> RefundReported:
    if body.get("mode") == "test":
        raise NotAnOrder("Mollie test mode: no money went back")
    payment = identity(body.get("paymentId"))
    order = identity(body.get("orderId"))
    if payment is None and order is None:
        raise NotAnOrder("there is no payment it belongs to")
    _, currency = money(body.get("amount"), "amount")
    return RefundReported(
        payment or order or "",
        read(body, currency, at),
        aliases=tuple(one for one in (payment, order) if one is not None),
        currency=currency,
    )


def _refund(refund: Record, currency: str, at: datetime) -> RefundState:
    status = text(refund.get("status"), 40) or "refunded"
    if status not in GIVEN_BACK:
        raise NotAnOrder(f"refund status {status} is not known")
    given = abs(money_in(refund.get("amount"), currency, "refund"))
    items = records(refund.get("lines"))
    whole = sum(money_in(one.get("totalAmount"), currency, "line") for one in items)
    goods = sum(net_of(one, currency) for one in items if is_goods(one))
    told = bool(items) and whole == given  # else more or less than these went back
    return RefundState(
        external_id=order_id(refund.get("id")),
        amount=given,
        product_amount=max(0, min(goods, given)) if told else None,
        created_at=first_moment([moment(refund.get("createdAt"))], at),
        updated_at=at,
        succeeded=GIVEN_BACK[status],
        lines=_returned(items),
    )


def _returned(items: Sequence[Record]) -> tuple[RefundLine, ...]:
    found = [(identity(one.get("id")), quantity(one.get("quantity"))) for one in items]
    return tuple(RefundLine(line, pieces) for line, pieces in found if line and pieces)


def _chargeback(chargeback: Record, currency: str, at: datetime) -> RefundState:
    created = chargeback.get("createdAt") or chargeback.get("created_at")
    return RefundState(
        external_id=order_id(chargeback.get("id")),
        amount=abs(money_in(chargeback.get("amount"), currency, "chargeback")),
        product_amount=None,
        created_at=first_moment([moment(created)], at),
        updated_at=at,
        succeeded=not chargeback.get("reversedAt"),
    )

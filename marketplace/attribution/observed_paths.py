"""The paths that a brand's own orders and clicks make."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace import currencies
from marketplace.attribution.evidence_rules import Method
from marketplace.attribution.models import Attribution, Touch
from marketplace.attribution.path_groups import GroupedBy, Within, groups_of
from marketplace.attribution.paths import Key, Path
from marketplace.attribution.reasons import Reason
from marketplace.attribution.visitor_paths import lost_paths
from marketplace.collaborations.models import Application
from marketplace.errors import Invalid
from marketplace.money import LARGEST_AMOUNT
from marketplace.orders import SOLD, Lead, Order

MOST_TOUCHES: Final = 500_000  # of the orders of one report
# Why a touch was no contact, in time, between this buyer and somebody who promotes. What
# belongs to an earlier purchase is in the path of that one, unless it decides here. A
# question that was granted says who is paid, not when anybody was touched.
NO_CONTACT: Final = (
    Reason.FORGED,
    Reason.UNKNOWN_CODE,
    Reason.OTHER_BRAND,
    Reason.NOT_A_PERSON,
    Reason.BEFORE_ACCEPTANCE,
    Reason.ENDED,
    Reason.CODE_DISABLED,
    Reason.CODE_LEAKED,
    Reason.CODE_NOT_TOUCHED,
    Reason.LEAKED_NOT_TOUCHED,
    Reason.OUTSIDE_WINDOW,
    Reason.AFTER_ORDER,
    Reason.SELF_REFERRAL,
    Reason.REPEAT_ORDERS_NOT_CREDITED,
    Reason.OWN_TOUCH_FIRST,
    Reason.EARLIER_PURCHASE,
)


class TooManyTouches(Invalid):
    """More orders in these days than one report reads."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Paths, and what is behind them.

    `unpriced`: orders whose worth in the currency is not known; they are in the paths,
    worth nothing. `sampled`: which part of the visitors without an order was looked at.
    """

    paths: list[Path]
    unpriced: int
    sampled: Decimal


class _Sale(NamedTuple):
    amount: int
    currency: str
    day_on: date


class _Contact(NamedTuple):
    at: datetime
    position: int
    key: Key


def observe(session: Session, within: Within, by: GroupedBy) -> Observed:
    """A path for each sold order that was touched, credited or not, and those of
    visitors without an order; TooManyTouches if these are too many to read.
    """
    groups = groups_of(session, within, by)
    contacts: defaultdict[str, list[_Contact]] = defaultdict(list)
    sales: dict[str, _Sale] = {}
    rows = session.execute(_touches(within).limit(MOST_TOUCHES + 1)).all()
    if len(rows) > MOST_TOUCHES:
        reason = f"at most {MOST_TOUCHES} touches at a time: choose fewer days"
        raise TooManyTouches({"from": [reason]})
    for order_id, at, position, application_id, link_id, *sale in rows:
        key = groups.of(application_id, link_id)
        contacts[order_id].append(_Contact(at, position, key))
        sales[order_id] = _Sale(*sale)
    worth = _Worth(session, within.currency)
    amounts = {order_id: worth.of(sale) for order_id, sale in sales.items()}
    leads = {id_: at for id_, at in session.execute(_first_leads(within))}
    converted = [
        _path(contacts[order_id], amount, leads.get(order_id))
        for order_id, amount in amounts.items()
    ]
    lost = lost_paths(session, within, groups)
    unpriced = sum(amount is None for amount in amounts.values())
    return Observed([*converted, *lost.paths], unpriced, lost.sampled)


def _touches(within: Within) -> Select[Any, Any, Any, Any, Any, Any, Any, Any]:
    """Every contact before a sold order, with what the order came to."""
    found = (
        select(
            Touch.order_id,
            Touch.at,
            Touch.position,
            Touch.application_id,
            Touch.link_id,
            Order.net_amount,
            Order.currency,
            Attribution.day_on,
        )
        .join(Attribution, Attribution.order_id == Touch.order_id)
        .join(Order, Order.id == Touch.order_id)
        .join(Application, Application.id == Touch.application_id)
        .where(
            Attribution.brand_id == within.brand_id,
            Attribution.day_on >= within.start,
            Attribution.day_on < within.end,
            Application.brand_id == within.brand_id,
            Order.status.in_(SOLD),
            Touch.reason.not_in(NO_CONTACT),
            Touch.kind != Method.QUERY,
            Touch.at.is_not(None),
        )
    )
    if within.campaign_id is not None:
        found = found.where(Application.campaign_id == within.campaign_id)
    return found


def _first_leads(within: Within) -> Select[Any, Any]:
    """By order: when its customer first became a lead, if that was before it."""
    return (
        select(Order.id, func.min(Lead.occurred_at))
        .join(Attribution, Attribution.order_id == Order.id)
        .join(Lead, Lead.customer_id == Order.customer_id)
        .where(
            Attribution.brand_id == within.brand_id,
            Attribution.day_on >= within.start,
            Attribution.day_on < within.end,
            Lead.occurred_at <= Order.placed_at,
        )
        .group_by(Order.id)
    )


def _path(
    contacts: list[_Contact], amount: int | None, lead_at: datetime | None
) -> Path:
    """In time order; as they were judged where that is the same. The lead was brought
    by the newest touch by then.
    """
    contacts.sort(key=lambda contact: (contact.at, contact.position))
    times = tuple(contact.at for contact in contacts)
    by_then = bisect_right(times, lead_at) if lead_at is not None else 0
    return Path(
        tuple(contact.key for contact in contacts),
        times,
        conversions=1,
        amount=amount or 0,
        lead=by_then - 1 if by_then else None,
    )


class _Worth:
    """What orders are worth in one currency, at the rates of their days."""

    def __init__(self, session: Session, currency: str) -> None:
        self._session, self._currency = session, currency
        self._rates: dict[tuple[str, date], Decimal | None] = {}

    def of(self, sale: _Sale) -> int | None:
        """None while no rate is known, as in `figures`."""
        amount, currency, day = sale
        if currency == self._currency:
            return amount
        if (currency, day) not in self._rates:
            found = currencies.rate_on(self._session, currency, self._currency, day)
            self._rates[currency, day] = found and found[0]
        rate = self._rates[currency, day]
        if rate is None:
            return None
        worth = currencies.convert(amount, currency, self._currency, rate)
        return worth if abs(worth) <= LARGEST_AMOUNT else None

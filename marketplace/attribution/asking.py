"""Asking about an order, and taking the question back. The caller holds the brand's lock.

A question about an order one has touches on names it; one about an order that never
came, or that one cannot see, describes it, and is matched when such an order is known.
Whether it is known is not told: numbers would be tried until one fits.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.attribution.models import Attribution, Touch
from marketplace.attribution.query_log import QueryNotFound, close, say
from marketplace.attribution.query_matching import order_called
from marketplace.attribution.query_models import Query
from marketplace.attribution.query_rules import (
    DAY_SLACK,
    MOST_ASKED,
    MOST_OPEN,
    QueryStatus,
    Side,
    normalise_number,
)
from marketplace.clock import local_day
from marketplace.collaborations.models import Application
from marketplace.collaborations.rules import ApplicationStatus
from marketplace.errors import Conflict, Invalid
from marketplace.orders import Order

CONTRACTS = (ApplicationStatus.ACCEPTED, ApplicationStatus.ENDED)


class AlreadyAsked(Conflict):
    """The same question is open."""


class AskedEnough(Conflict):
    """It was declined, and so was the appeal; or too many are open."""


class AlreadyYours(Conflict):
    """The order is credited to who asks."""


class NoContract(Conflict):
    """The application never was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """An order as an influencer knows it. `claimed_amount`: in minor units, with its
    currency; it is shown, and nothing is paid by it.
    """

    order_number: str
    bought_on: date
    message: str
    code: str = ""
    click_id: str = ""
    claimed_amount: int | None = None
    claimed_currency: str | None = None


def ask_about(
    session: Session,
    brand: Brand,
    order: Order,
    influencer_id: str,
    *,
    application_id: str | None = None,
    message: str = "",
    by: str,
    now: datetime,
) -> Query:
    """Ask why an order is not theirs, under the application that has touches on it.

    QueryNotFound without any; AlreadyYours, AlreadyAsked, AskedEnough.
    """
    application = _touching(session, order, influencer_id, application_id)
    query = Query(
        order_id=order.id,
        order_number=order.name or order.external_id,
        bought_on=local_day(order.placed_at, brand.timezone),
        message=message,
    )
    return _add(session, brand, application, query, by=by, now=now)


def _touching(
    session: Session, order: Order, influencer_id: str, application_id: str | None
) -> Application:
    """The influencer's application with the first touch on the order."""
    touched = (
        select(Application)
        .join(Touch, Touch.application_id == Application.id)
        .where(
            Touch.order_id == order.id,
            Application.influencer_id == influencer_id,
            Application.brand_id == order.brand_id,
        )
        .order_by(Touch.position)
    )
    if application_id is not None:
        touched = touched.where(Application.id == application_id)
    found = session.scalars(touched.limit(1)).first()
    if found is None:
        raise QueryNotFound("There is no such order with a touch of yours.")
    return found


def ask_for_missing(
    session: Session,
    brand: Brand,
    application: Application,
    described: Described,
    *,
    by: str,
    now: datetime,
) -> Query:
    """Ask about an order that is missing. Invalid for one of another time than the
    contract's; AlreadyAsked, AskedEnough, NoContract.
    """
    if application.status not in CONTRACTS or application.accepted_at is None:
        raise NoContract(f"The application is {application.status.value}.")
    day = described.bought_on
    if day > local_day(now, brand.timezone) + DAY_SLACK:
        raise Invalid({"bought_on": ["must not be in the future"]})
    if day < local_day(application.accepted_at, brand.timezone) - DAY_SLACK:
        raise Invalid({"bought_on": ["is before you were accepted"]})
    number = normalise_number(described.order_number)
    if not number:
        raise Invalid({"order_number": ["is not a number of an order"]})
    found = order_called(session, brand, number, day)
    query = Query(
        order_id=found.id if found else None,
        order_number=described.order_number,
        number=number,
        bought_on=day,
        code=described.code,
        click_id=described.click_id,
        message=described.message,
        claimed_amount=described.claimed_amount,
        claimed_currency=described.claimed_currency,
    )
    return _add(session, brand, application, query, by=by, now=now)


def withdraw_query(session: Session, query: Query, *, by: str, now: datetime) -> None:
    """Take a question back; QueryNotOpen once it is answered."""
    close(session, query, QueryStatus.WITHDRAWN, side=Side.INFLUENCER, by=by, now=now)


def _add(
    session: Session,
    brand: Brand,
    application: Application,
    query: Query,
    *,
    by: str,
    now: datetime,
) -> Query:
    query.brand_id, query.application_id = brand.id, application.id
    query.influencer_id = application.influencer_id
    _refuse_own(session, query)
    _refuse_again(session, query)
    query.created_at = now
    query.due_at = now + timedelta(days=brand.query_days)
    query.status, query.answer, query.by_silence = QueryStatus.OPEN, "", False
    session.add(query)
    session.flush()
    say(session, query, "asked", Side.INFLUENCER, by=by, now=now)
    return query


def _refuse_own(session: Session, query: Query) -> None:
    row = session.get(Attribution, query.order_id) if query.order_id else None
    if row is not None and row.influencer_id == query.influencer_id:
        raise AlreadyYours("This order is credited to you.")


def _refuse_again(session: Session, query: Query) -> None:
    """One open question about one order, so many of one brand, and one appeal."""
    own = (Query.influencer_id == query.influencer_id, Query.brand_id == query.brand_id)
    is_open = Query.status == QueryStatus.OPEN
    open_ones = session.scalar(select(func.count()).where(*own, is_open)) or 0
    if open_ones >= MOST_OPEN:
        raise AskedEnough(f"{open_ones} questions to this brand are open.")
    same = Query.order_id == query.order_id
    if query.order_id is None:
        same = Query.number == query.number
    asked = session.scalars(select(Query.status).where(*own, same)).all()
    if QueryStatus.OPEN in asked or QueryStatus.ACCEPTED in asked:
        raise AlreadyAsked("You asked about this order, and it is not declined.")
    if asked.count(QueryStatus.DECLINED) >= MOST_ASKED:
        raise AskedEnough("This was declined, and so was the appeal.")

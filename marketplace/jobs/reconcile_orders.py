"""Every five seconds: read by their APIs what changed in shops whose turn it is.

A shop has its turn every quarter of an hour, and at once when access to it is set. What
it tells is stored as webhooks are, and processed as they are: an order that never
arrived arrives so. A page at a time, each one stored before the next is asked for.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import clock, shops
from marketplace.accounts.models import Brand
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.jobs.pipeline import keys_of
from marketplace.orders.repeats import is_told
from marketplace.shops import WebhookEvent, access, order_reading
from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import Delivery, Fetched
from marketplace.shops.apis import APIS
from marketplace.shops.apis.shop_client import ApiFailure, Page, ShopClient
from marketplace.shops.order_reading import LONGEST_CURSOR, Turn

AT_ONCE = 8  # shops may take their time to answer, and are not to wait for each other
PAGES = 20  # of one shop in one run

log = structlog.get_logger()


def run(context: JobContext) -> int:
    """Read some pages of each shop whose turn it is; how many pages."""
    with context.sessions() as session:
        shop_ids = session.scalars(order_reading.shops_to_read(clock.now())).all()
    if not shop_ids:
        return 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(lambda shop_id: _work_on(context, shop_id), shop_ids))


def _work_on(context: JobContext, shop_id: str) -> int:
    done = 0
    while done < PAGES and _step(context, shop_id):
        done += 1
    return done


def _step(context: JobContext, shop_id: str) -> bool:
    """A page of one shop; False if it is not its turn (any more)."""
    with context.step() as session:
        turn = order_reading.begin_turn(session, shop_id, now=clock.now())
    if turn is None:
        return False
    try:
        page = _read(context, turn)
    except ApiFailure as failure:
        _put_off(context, turn, failure)
        return True
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("shop not read", shop=shop_id)
        _put_off(context, turn, ApiFailure(type(error).__name__))
        return True
    news = _news(context, turn, page.fetched)
    with context.step() as session:
        _store(context, session, turn, news)
        order_reading.end_turn(session, turn, page.cursor, now=clock.now())
    return True


def _read(context: JobContext, turn: Turn) -> Page:
    """Ask the shop, outside of any transaction."""
    settings, api = context.settings, APIS[turn.shop.platform]
    with context.sessions() as session:
        opened = access.open_access(session, turn.shop, settings.keyring)
    if opened is None:
        raise ApiFailure("there are no credentials for this shop")
    credentials, api_url = opened
    door = api.door(turn.facts, api_url, credentials)
    with ShopClient(door, permitted=settings.outbound_networks) as client:
        if turn.is_first:
            api.check(client)
        page = api.changed_orders(
            client, since=turn.since, until=turn.until, cursor=turn.cursor
        )
    if page.cursor is not None and len(page.cursor) > LONGEST_CURSOR:
        raise ApiFailure("the shop's API says too much of where its next page begins")
    return page


def _news(context: JobContext, turn: Turn, fetched: Sequence[Fetched]) -> list[Fetched]:
    """What the shop has not told before, by a webhook or when it was last asked."""
    with context.sessions() as session:
        brand = session.get_one(Brand, turn.shop.brand_id)
        key = keys_of(brand, context.settings.keyring).customer_key
        return [one for one in fetched if not _is_known(session, turn, one, key)]


def _is_known(session: Session, turn: Turn, one: Fetched, customer_key: bytes) -> bool:
    adapter = ADAPTERS[turn.shop.platform]
    delivery = Delivery(one.headers, one.body, clock.now(), is_fetched=True)
    try:
        arrived = select(WebhookEvent.id).where(
            WebhookEvent.shop_id == turn.shop.id,
            WebhookEvent.delivery_key == adapter.delivery_key(delivery),
        )
        if session.scalar(arrived) is not None:
            return True
        found = adapter.read(delivery, turn.facts)
    except Exception as error:
        if is_passing(error):
            raise
        return False  # let it be stored, and be seen to fail
    return isinstance(found, Sequence) and all(
        is_told(session, turn.shop, event, customer_key=customer_key) for event in found
    )


def _store(
    context: JobContext, session: Session, turn: Turn, news: Sequence[Fetched]
) -> None:
    for fetched in news:
        shops.receive_fetched(
            session,
            turn.shop,
            fetched,
            topic="reconciled",
            keyring=context.settings.keyring,
            now=clock.now(),
        )


def _put_off(context: JobContext, turn: Turn, failure: ApiFailure) -> None:
    with context.step() as session:
        order_reading.put_off(session, turn, failure, now=clock.now())

"""`marketplace import orders FILE --shop ID`: orders of before, or that were missed.

Each becomes a webhook event, which the ordinary job processes. What is in the inbox
already is passed over, so a file may be imported again, or go on where it broke off.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

import click
from sqlalchemy import select

# Every table must be known before any is asked for.
import marketplace.app  # noqa: F401
from marketplace import clock, shops
from marketplace.cli.importing.json_orders import LARGEST, read_json_orders
from marketplace.cli.importing.own_orders import read_own
from marketplace.cli.importing.rows import Table, Wrong
from marketplace.cli.importing.shopify_orders import COLUMNS, read_shopify
from marketplace.cli.importing.taken import Taken
from marketplace.cli.importing.taking import (
    Errors,
    Watched,
    batches,
    errors_beside,
    errors_option,
    file_argument,
    opened,
    shop_in,
    shop_option,
)
from marketplace.cli.options import settings_of, with_instance
from marketplace.database import make_engine
from marketplace.jobs import JobContext
from marketplace.shops import Shop, ShopPlatform, WebhookEvent
from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import (
    Delivery,
    Fetch,
    Fetched,
    Ignored,
    NotReadable,
    OrderState,
    Partly,
    ShopFacts,
)
from marketplace.shops.adapters.reading import digest

TOPIC = "imported"
LONGEST_SECONDS = 0.2  # the one writer of SQLite must not keep the web waiting
# An order by itself, where the platform sends or answers it inside something.
WRAPPED = {
    ShopPlatform.GENERIC: b'{"type":"order.updated","data":%b}',
    ShopPlatform.LIGHTSPEED: b'{"order":%b}',
    ShopPlatform.WOOCOMMERCE: b'{"order":%b}',  # its API of long ago
    ShopPlatform.BIGCOMMERCE: b'{"fetched":{"order":%b}}',
    ShopPlatform.SHOPWARE: b'{"fetched":{"order":{"data":%b}}}',
}


@dataclass(slots=True)
class Outcome:
    """How many were stored, were there already, and say nothing about an order."""

    stored: int = 0
    known: int = 0
    passed: int = 0

    def __str__(self) -> str:
        passed = f", {self.passed} about no order" if self.passed else ""
        return f"{self.stored} taken in, {self.known} known already{passed}"


@click.command("orders")
@file_argument
@shop_option
@errors_option
@with_instance
def orders(
    file: Path, shop_id: str, errors: Path | None, instance: Path | None
) -> None:
    """Import the orders in FILE, in one of three forms.

    CSV with the columns id, placed_at, status, total and more (see the guide on
    webshops); Shopify's CSV export; or JSON as the shop's platform has it: a list,
    {"orders": [...]}, or an object per line; for Stripe, events.

    Safe to repeat. Rows that cannot be used are listed in a file, and the status is 1.
    """
    settings = settings_of(instance)
    engine = make_engine(settings.database_url)
    try:
        context = JobContext(engine, settings)
        shop = shop_in(context, shop_id)
        with errors_beside(file, errors) as wrong, opened(file) as source:
            outcome = _take_in(context, shop, _read(source, shop), wrong)
    finally:
        engine.dispose()
    wrong.conclude(f"orders: {outcome}; the job process_webhooks reads them")


def _read(source: TextIOWrapper, shop: Shop) -> Iterator[Taken | Wrong]:
    """What the file holds, by the form it is in."""
    assert isinstance(source.buffer, Watched)
    start = source.buffer.peek(64)[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"[", b"{"):
        return read_json_orders(source)
    table = Table(source)
    if set(table.columns) >= COLUMNS:
        return read_shopify(table)
    return read_own(table, shop.timezone)


def _take_in(
    context: JobContext, shop: Shop, found: Iterable[Taken | Wrong], errors: Errors
) -> Outcome:
    outcome = Outcome()
    for batch in batches(found):
        ready = []
        for one in batch:
            judged = one if isinstance(one, Wrong) else _judged(one, shop)
            if isinstance(judged, Wrong):
                errors.add(judged)
            elif judged is None:
                outcome.passed += 1
            else:
                ready.append(judged)
        stored = _store(context, shop, ready)
        outcome.stored += stored
        outcome.known += len(ready) - stored
    return outcome


def _judged(one: Taken, shop: Shop) -> Taken | Wrong | None:
    """It, in the form in which its adapter reads it; null if it is about no order."""
    platform = one.read_as or shop.platform
    bodies = [one.body]
    if one.read_as is None and platform in WRAPPED:
        bodies.append(WRAPPED[platform] % one.body)
    reason = ""
    for body in bodies:
        said = _reading(platform, body, shop)
        if said is None:
            return Taken(one.row, body, one.read_as)
        reason = reason or said
    if platform is ShopPlatform.STRIPE:  # its export has events of all kinds
        return None
    return Wrong(one.row, reason)


def _reading(platform: ShopPlatform, body: bytes, shop: Shop) -> str | None:
    """Why a body cannot be read as an order; null if it can."""
    if len(body) > LARGEST:
        return f"larger than {LARGEST} bytes"
    now = clock.now()
    delivery = Delivery({}, body, now, is_fetched=True)
    facts = ShopFacts(shop.domain, shop.currency, shop.timezone)
    try:
        found = ADAPTERS[platform].read(delivery, facts)
    except NotReadable as error:
        return str(error)
    if isinstance(found, Ignored | Partly):
        return found.reason
    if isinstance(found, Fetch) or not isinstance(found, Sequence) or not found:
        return "it holds no order, at most the number of one"
    undated = [e for e in found if isinstance(e, OrderState) and e.placed_at == now]
    return "it does not say when the order was placed" if undated else None


def _store(context: JobContext, shop: Shop, ready: Sequence[Taken]) -> int:
    """Put them into the inbox; how many were not there yet."""
    keys = {digest(one.body): one for one in ready}
    with context.sessions() as session:
        known = set(
            session.scalars(
                select(WebhookEvent.delivery_key).where(
                    WebhookEvent.shop_id == shop.id,
                    WebhookEvent.delivery_key.in_([*map(_inbox, keys)]),
                )
            )
        )
    new = [
        Fetched(key, one.body) for key, one in keys.items() if _inbox(key) not in known
    ]
    read_as = {key: one.read_as for key, one in keys.items()}
    stored = 0
    while new:
        stored += _step(context, shop, new, read_as)
    return stored


def _step(
    context: JobContext,
    shop: Shop,
    waiting: list[Fetched],
    read_as: Mapping[str, ShopPlatform | None],
) -> int:
    """Some of what waits, which is taken off, in one short transaction."""
    begun, stored = time.monotonic(), 0
    with context.step() as session:
        now, at = clock.now(), session.get_one(Shop, shop.id)
        while waiting and time.monotonic() - begun < LONGEST_SECONDS:
            one = waiting.pop()
            found = shops.receive_fetched(
                session,
                at,
                one,
                topic=TOPIC,
                is_import=True,
                read_as=read_as[one.key],
                keyring=context.settings.keyring,
                now=now,
            )
            stored += not found.is_repeat
    return stored


def _inbox(key: str) -> str:
    return f"{TOPIC}:{key}"

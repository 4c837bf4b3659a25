"""Twice a second: ask shops' APIs for what their thin webhooks point at.

What comes back is stored as an event of its own and read by `process_webhooks`; the
webhook that asked for it ends as that one does. A question is claimed by a lease in its
row (locked SKIP LOCKED), so many workers share the work; it is asked outside of any
transaction. Shops are asked side by side, each one thing at a time: one that hangs keeps
only its own waiting.
"""

import random
import time
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace

import structlog

from marketplace import clock, shops
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.shops import FetchClaim, access
from marketplace.shops.adapters.base import ShopFacts
from marketplace.shops.apis import APIS
from marketplace.shops.apis.asking import fetch
from marketplace.shops.apis.shop_client import ApiFailure, ShopClient

log = structlog.get_logger()
AT_ONCE = 4  # shops; each may hang, and needs a connection to the database for a moment
OF_ONE_SHOP = 50  # questions in a row, before others have a turn
LOOK_AGAIN = 0.5  # seconds, while some shop still hangs
LONGEST_RUN = 20.0  # seconds in which new work is begun


def run(context: JobContext) -> int:
    """Ask whatever is due; how many questions were asked, or put to sleep."""
    begun, handled = time.monotonic(), 0
    busy: dict[Future[int], str] = {}
    passed: set[str] = set()  # another worker is at it
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while True:
            free = AT_ONCE - len(busy)
            if free and time.monotonic() - begun < LONGEST_RUN:
                taken = passed.union(busy.values())
                for shop_id in _due(context, except_for=taken)[:free]:
                    busy[pool.submit(_work_on, context, shop_id)] = shop_id
            if not busy:
                return handled
            done, _ = wait(busy, timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED)
            if not done:
                passed.clear()
            for future in done:
                shop_id, asked = busy.pop(future), future.result()
                handled += asked
                if not asked:
                    passed.add(shop_id)


def _due(context: JobContext, *, except_for: Collection[str]) -> list[str]:
    """Shops of which something is to be asked, in an order that favours none."""
    with context.sessions() as session:
        found = set(session.scalars(shops.shops_with_due_fetches(clock.now())))
    due = sorted(found.difference(except_for))
    random.shuffle(due)
    return due


def _work_on(context: JobContext, shop_id: str) -> int:
    """One shop's questions, until none is left or one went wrong; how many."""
    for handled in range(OF_ONE_SHOP):
        with context.step() as session:
            claim = shops.claim_fetch(session, shop_id, now=clock.now())
        if claim is None:
            return handled
        if not _settle(context, claim):
            return handled + 1
    return OF_ONE_SHOP


def _settle(context: JobContext, claim: FetchClaim) -> bool:
    """Ask one question and store the answer; False if it went wrong."""
    claim = replace(claim, asked_at=clock.now())
    try:
        body = _ask(context, claim)
    except ApiFailure as failure:
        _put_off(context, claim, failure)
        return False
    except Exception as error:
        if is_passing(error):
            raise  # the database is away or busy; the lease will end
        log.exception("shop not asked", shop=claim.shop.id)
        _put_off(context, claim, ApiFailure(type(error).__name__, is_lasting=True))
        return False
    with context.step() as session:
        if body is None:
            shops.leave_fetch(session, claim, now=clock.now())
        else:
            keyring = context.settings.keyring
            shops.answer_fetch(session, claim, body, keyring=keyring, now=clock.now())
    return True


def _ask(context: JobContext, claim: FetchClaim) -> bytes | None:
    """What the shop's API answers; None if there is no way to ask it."""
    shop, settings = claim.shop, context.settings
    api = APIS.get(shop.platform)
    with context.sessions() as session:
        opened = access.open_access(session, shop, settings.keyring)
    if api is None or opened is None or shop.disconnected_at is not None:
        return None
    credentials, api_url = opened
    facts = ShopFacts(shop.domain, shop.currency, shop.timezone)
    door = api.door(facts, api_url, credentials)
    with ShopClient(door, permitted=settings.outbound_networks) as client:
        return fetch(client, claim.paths)


def _put_off(context: JobContext, claim: FetchClaim, failure: ApiFailure) -> None:
    with context.step() as session:
        shops.put_off_fetch(
            session,
            claim,
            str(failure),
            retry_after=failure.retry_after,
            shop_waits=not failure.is_lasting,
            now=clock.now(),
        )

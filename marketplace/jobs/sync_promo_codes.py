"""Every ten seconds: have promo codes made and ended in the brands' own shops.

First what shops should have is compared with what they have; then each code that
differs is claimed, and committed, before the shop is asked, and its outcome after.
"""

from concurrent.futures import ThreadPoolExecutor

import structlog

from marketplace import clock
from marketplace.database import is_passing
from marketplace.jobs import JobContext
from marketplace.shops import access
from marketplace.shops.apis import APIS, CODES, CodesApi
from marketplace.shops.apis.shop_client import ApiFailure, CodeRefused, ShopClient
from marketplace.tracking import shop_codes
from marketplace.tracking.shop_code_plan import all_as_wanted, plan_shop_codes
from marketplace.tracking.shop_codes import Errand

AT_ONCE = 8  # shops may take their time to answer, and are not to wait for each other

log = structlog.get_logger()


def run(context: JobContext) -> int:
    """Plan, then do what is due; how many codes were planned or asked for."""
    planned = _plan(context)
    with context.sessions() as session:
        due = session.execute(shop_codes.due_codes(clock.now())).all()
    if not due:
        return planned
    by_shop: dict[str, list[str]] = {}
    for promo_code_id, shop_id in due:
        by_shop.setdefault(shop_id, []).append(promo_code_id)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = pool.map(lambda one: _in_shop(context, *one), by_shop.items())
        return planned + sum(done)


def _plan(context: JobContext) -> int:
    """Most often there is nothing to plan, and nobody waits for us to find that out."""
    with context.sessions() as session:
        if all_as_wanted(session, now=clock.now()):
            return 0
    with context.step() as session:
        return plan_shop_codes(session, now=clock.now())


def _in_shop(context: JobContext, shop_id: str, promo_code_ids: list[str]) -> int:
    """A shop's codes one after another; a shop that fails is not asked further."""
    for number, promo_code_id in enumerate(promo_code_ids):
        if not _step(context, promo_code_id, shop_id):
            return number + 1
    return len(promo_code_ids)


def _step(context: JobContext, promo_code_id: str, shop_id: str) -> bool:
    """One code in one shop; False if the shop was asked in vain."""
    with context.step() as session:
        errand = shop_codes.claim(session, promo_code_id, shop_id, now=clock.now())
    if errand is None:
        return True
    try:
        external_id = _call(context, errand)
    except ApiFailure as failure:
        _put_off(context, errand, failure)
        return isinstance(failure, CodeRefused)
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("code not kept in shop", promo_code=promo_code_id, shop=shop_id)
        _put_off(context, errand, ApiFailure(type(error).__name__))
        return False
    with context.step() as session:
        shop_codes.conclude(session, errand, external_id, now=clock.now())
    return True


def _call(context: JobContext, errand: Errand) -> str | None:
    """Ask the shop; what it calls the code."""
    shop, settings = errand.shop, context.settings
    with context.sessions() as session:
        opened = access.open_access(session, shop, settings.keyring)
    if opened is None:
        raise ApiFailure("there are no credentials for this shop")
    credentials, api_url = opened
    door = APIS[shop.platform].door(errand.facts, api_url, credentials)
    api = CODES[shop.platform]
    with ShopClient(door, permitted=settings.outbound_networks) as client:
        if errand.is_wanted:
            return _make(api, client, errand)
        external_id = errand.external_id
        if external_id is None:  # it was asked for, and the answer never came
            try:
                external_id = _make(api, client, errand)
            except CodeRefused:
                return None
        api.end_code(client, external_id)
        return external_id


def _make(api: CodesApi, client: ShopClient, errand: Errand) -> str:
    wish, sells_in = errand.wish, errand.shop.currency
    if wish.amount is not None and wish.currency != sells_in:
        why = f"the discount is in {wish.currency}, the shop sells in {sells_in}"
        raise CodeRefused(why)
    return api.create_code(client, wish)


def _put_off(context: JobContext, errand: Errand, failure: ApiFailure) -> None:
    with context.step() as session:
        shop_codes.put_off(session, errand, failure, now=clock.now())

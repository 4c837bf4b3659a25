"""How often an address may ask what anybody may ask; who that address is."""

import logging
import math
import time
from ipaddress import ip_address

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from marketplace.api.problems import TooManyRequests
from marketplace.config import Settings

REGISTERING = "300 per minute"
WRONG_PASSWORDS = parse("10 per 15 minutes")
log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Make the limiter: counts in Redis where there is one, else in this process."""
    settings: Settings = app.extensions["settings"]
    storage = storage_from_string(settings.redis_url or "memory://")
    app.extensions["rate_limiter"] = MovingWindowRateLimiter(storage)


def client_address() -> str:
    """The caller's address; forwarded ones are believed from trusted proxies only."""
    settings: Settings = current_app.extensions["settings"]
    address = request.remote_addr or ""
    forwarded = request.headers.getlist("X-Forwarded-For")
    hops = [hop.strip() for hop in ",".join(forwarded).split(",") if hop.strip()]
    while hops and _trusted(address, settings):
        address = hops.pop()
    return address


def _trusted(address: str, settings: Settings) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in settings.trusted_proxies)


def spend(limit: RateLimitItem, *names: str) -> None:
    """Count one; TooManyRequests if there were too many already."""
    if not _allowed(limit, names, count=True):
        raise _refusal(limit, names)


def check(limit: RateLimitItem, *names: str) -> None:
    """TooManyRequests if there were too many already; counts nothing."""
    if not _allowed(limit, names, count=False):
        raise _refusal(limit, names)


def _allowed(limit: RateLimitItem, names: tuple[str, ...], *, count: bool) -> bool:
    strategy = current_app.extensions["rate_limiter"]
    try:
        allowed: bool = (strategy.hit if count else strategy.test)(limit, *names)
    except strategy.storage.base_exceptions:
        # A limit is a courtesy: losing its storage must not stop the house.
        log.exception("the storage of rate limits is away")
        return True
    return allowed


def _refusal(limit: RateLimitItem, names: tuple[str, ...]) -> TooManyRequests:
    strategy = current_app.extensions["rate_limiter"]
    reset_at = strategy.get_window_stats(limit, *names).reset_time
    seconds = max(1, math.ceil(reset_at - time.time()))
    return TooManyRequests("Too many requests; try again later.", seconds)

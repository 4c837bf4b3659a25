"""What a Prometheus server reads: one look at the database and the spool per scrape."""

import hmac
import os
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from ipaddress import ip_address

from flask import Response, current_app, request
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.api import limits
from marketplace.api.frame import Resource, begin, public, settings
from marketplace.database import db
from marketplace.errors import Forbidden, Unauthenticated
from marketplace.orders import Order
from marketplace.shops import WebhookEvent, WebhookStatus
from marketplace.shops.queries import is_now
from marketplace.tracking.backlog import COUNTED, backlog, totals, verdicts_on
from marketplace.tracking.traffic_models import JudgeRequest

blp = Resource("metrics", description="Figures for a Prometheus server", url_prefix="")
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
# Those that are still to come to an end; there is no end to the others.
_OPEN = (WebhookStatus.RECEIVED, WebhookStatus.PARKED, WebhookStatus.FAILED)


class MetricsFromHereOnly(Forbidden):
    """Without a token in the settings only this machine may ask."""


class MetricsTokenWrong(Unauthenticated):
    """Asked from elsewhere, without the token of the settings."""


@blp.route("/metrics")
@public()
@blp.response(
    200, {"type": "string"}, content_type="text/plain", description="Metrics, as text"
)
def metrics() -> Response:
    """Report figures for Prometheus, to this machine or to who has METRICS_TOKEN."""
    _refuse_strangers()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Scrape())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=content_type)


class Scrape(Collector):
    """Collects everything once; what needs the database is left out while it is away."""

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        yield _build()
        yield from _process()
        up, found = 1, list[Metric]()
        try:
            found = list(_from_database(begin()))
        except SQLAlchemyError:
            current_app.logger.exception("metrics without the database")
            db.session.rollback()
            up = 0
        yield _gauge("database_up", "Whether the database answers", up)
        yield from found


def _refuse_strangers() -> None:
    if _is_loopback():
        return
    token = settings().metrics_token
    if not token:
        raise MetricsFromHereOnly("Without METRICS_TOKEN only this machine may ask.")
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {token}"
    if not hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode()):
        raise MetricsTokenWrong("This needs Authorization: Bearer <METRICS_TOKEN>.")


def _is_loopback() -> bool:
    """Whether the caller is on this machine; what came by way of a proxy is not."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ip_address(limits.client_address())
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"marketplace_{name}", meaning, value=value)


def _build() -> Metric:
    names = {
        "version": version("marketplace"),
        "python": platform.python_version(),
        "database": settings().database_url.partition(":")[0].partition("+")[0],
    }
    metric = GaugeMetricFamily(
        "marketplace_build", "What is running", labels=list(names)
    )
    metric.add_metric(list(names.values()), 1)
    return metric


def _process() -> Iterator[Metric]:
    """What only this one of the web server's processes knows."""
    redirect, pid = current_app.extensions["redirect"], str(os.getpid())
    cached = GaugeMetricFamily(
        "marketplace_process_links_cached", "Links in its cache", labels=["pid"]
    )
    cached.add_metric([pid], len(redirect.links.table))
    yield cached
    unwritten = CounterMetricFamily(
        "marketplace_process_lines_not_written",
        "Lines the spool did not take from it",
        labels=["pid"],
    )
    unwritten.add_metric([pid], redirect.spool.lost)
    yield unwritten
    folder = settings().spool if settings().spool.is_dir() else settings().instance
    free = shutil.disk_usage(folder).free
    yield _gauge("spool_free_bytes", "Room left on the disk of the spool", free)


def _from_database(session: Session) -> Iterator[Metric]:
    now, told = clock.now(), settings()
    waiting = backlog(session, told.spool, told.node_id, now=now)
    yield _gauge("spool_waiting_files", "Files with lines to ingest", waiting.files)
    yield _gauge("spool_waiting_bytes", "Bytes of lines to ingest", waiting.bytes)
    lag = waiting.lag_seconds
    yield _gauge("ingest_lag_seconds", "Age of the oldest line to ingest", lag)
    by_node = totals(session)
    for name in COUNTED:
        metric = CounterMetricFamily(
            f"marketplace_ingested_{name}", f"Ingested so far: {name}", labels=["node"]
        )
        for node_id, counted in sorted(by_node.items()):
            metric.add_metric([node_id], counted[name])
        yield metric
    verdicts = GaugeMetricFamily(
        "marketplace_clicks_today", "Clicks of today by verdict", labels=["verdict"]
    )
    for verdict, number in sorted(verdicts_on(session, now.date()).items()):
        verdicts.add_metric([verdict], number)
    yield verdicts
    yield _inbox(session)
    orders = select(func.count(Order.settle_requested_at))
    due = session.scalar(orders.where(Order.settle_requested_at.is_not(None))) or 0
    yield _gauge("orders_to_settle", "Orders to be decided again", due)
    asked = session.scalar(select(func.count()).select_from(JudgeRequest)) or 0
    yield _gauge("judge_requests", "Campaigns with clicks to judge again", asked)


def _inbox(session: Session) -> Metric:
    metric = GaugeMetricFamily(
        "marketplace_webhook_events", "The inbox by status", labels=["status"]
    )
    for status in _OPEN:
        counted = select(func.count(WebhookEvent.id)).where(is_now(status))
        metric.add_metric([status.value], session.scalars(counted).one())
    return metric

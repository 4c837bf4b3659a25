"""`marketplace import customers FILE --shop ID`: who bought before orders came here."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

# Every table must be known before any is asked for.
import marketplace.app  # noqa: F401
from marketplace import accounts, clock
from marketplace.accounts import normalise_email
from marketplace.cli.importing.rows import Row, Table, Wrong
from marketplace.cli.importing.taking import (
    Errors,
    batches,
    errors_beside,
    errors_option,
    file_argument,
    opened,
    shop_in,
    shop_option,
)
from marketplace.cli.options import settings_of, with_instance
from marketplace.clock import day_start, zone
from marketplace.database import make_engine
from marketplace.errors import Invalid
from marketplace.jobs import JobContext
from marketplace.jobs.pipeline import keys_of
from marketplace.orders import PastCustomer, remember_past_customers
from marketplace.shops import Shop
from marketplace.shops.adapters.reading import identity, moment, whole

# As Shopify's and WooCommerce's own exports call them.
ALSO = {
    "customer_id": ("id",),
    "email": ("customer_email", "email_address"),
    "orders_count": ("total_orders", "orders"),
}
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AN_INSTANT = timedelta(microseconds=1)


@click.command("customers")
@file_argument
@shop_option
@errors_option
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="On which day the list was made, for rows without a date (default: now).",
)
@with_instance
def customers(
    file: Path,
    shop_id: str,
    errors: Path | None,
    as_of: datetime | None,
    instance: Path | None,
) -> None:
    """Import past customers from FILE, so that they are not taken for new ones.

    CSV with the columns email, customer_id or both, and, where they are known,
    first_order_at (a time) or first_order_on (a day) and orders_count; other columns
    are passed over. Addresses and ids are kept as keyed hashes only.

    Safe to repeat. Rows that cannot be used are listed in a file, and the status is 1.
    """
    settings = settings_of(instance)
    engine = make_engine(settings.database_url)
    try:
        context = JobContext(engine, settings)
        shop = shop_in(context, shop_id)
        latest = clock.now()
        if as_of is not None:
            latest = min(latest, _end_of(as_of.date(), shop))
        with errors_beside(file, errors) as wrong, opened(file) as source:
            table = Table(source)
            _refuse_without_names(table)
            told, news = _take_in(context, shop, table, latest, wrong)
    finally:
        engine.dispose()
    wrong.conclude(f"customers: {told} listed, {news} not known as such before")


def _refuse_without_names(table: Table) -> None:
    names = {"email", "customer_id", *ALSO["email"], *ALSO["customer_id"]}
    if not names & set(table.columns):
        raise Invalid(
            {"columns": ["email", "customer_id"]},
            "The file has neither a column email nor a column customer_id.",
        )


def _take_in(
    context: JobContext,
    shop: Shop,
    table: Iterable[Row],
    latest: datetime,
    errors: Errors,
) -> tuple[int, int]:
    """How many bought before, and of how many that is news."""
    told = news = 0
    for batch in batches(table):
        past = []
        for row in batch:
            judged = _judged(row, shop, latest)
            if isinstance(judged, Wrong):
                errors.add(judged)
            elif judged is not None:
                past.append(judged)
        told += len(past)
        news += _remember(context, shop, past)
    return told, news


def _remember(context: JobContext, shop: Shop, past: Sequence[PastCustomer]) -> int:
    with context.step() as session:
        brand = accounts.lock_brand(session, shop.brand_id)
        return remember_past_customers(
            session,
            session.get_one(Shop, shop.id),
            past,
            customer_key=keys_of(brand, context.settings.keyring).customer_key,
            now=clock.now(),
        )


def _judged(row: Row, shop: Shop, latest: datetime) -> PastCustomer | Wrong | None:
    """Who the row is about; null for somebody who never bought."""
    email = _cell(row, "email")
    external_id = identity(_cell(row, "customer_id").lstrip("'"))
    said_count = _cell(row, "orders_count")
    count = whole(said_count) if said_count else 1
    at, fault = _time(row, shop, latest)
    fault = row.fault or fault
    if not fault and email:
        try:
            normalise_email(email)
        except ValueError:
            fault = "email: not an address"
    if not fault and count is None:
        fault = "orders_count: not a whole number"
    if not fault and not email and external_id is None:
        fault = "neither email nor customer_id"
    if fault:
        return Wrong(row.number, fault)
    return PastCustomer(email or None, external_id, at) if count else None


def _cell(row: Row, column: str) -> str:
    names = (column, *ALSO.get(column, ()))
    return next((row[name] for name in names if row[name]), "")


def _time(row: Row, shop: Shop, latest: datetime) -> tuple[datetime, str]:
    """Since when they are customers, at the latest; or what is wrong about it."""
    said_at, said_on = row["first_order_at"], row["first_order_on"]
    at: datetime | None = latest
    name = "first_order_at" if said_at else "first_order_on"
    if said_at:
        at = moment(said_at, zone=zone(shop.timezone))
    elif said_on:
        try:
            at = _end_of(date.fromisoformat(said_on), shop)
        except (ValueError, OverflowError):
            at = None
    if at is None:
        return latest, f"{name}: not a time or day such as 2026-01-31"
    if not EARLIEST <= at <= clock.now() + timedelta(days=1):
        return latest, f"{name}: before 1990, or in the future"
    return at, ""


def _end_of(day: date, shop: Shop) -> datetime:
    """A day's last moment: an order of that day may be the first one itself."""
    return day_start(day + timedelta(days=1), shop.timezone) - AN_INSTANT

"""`marketplace import KIND FILE`: take in a file of a known kind."""

from collections.abc import Callable, Mapping
from pathlib import Path

import click
from sqlalchemy.orm import Session

from marketplace import attribution, clock, orders
from marketplace.cli.options import settings_of, with_instance
from marketplace.currencies import import_rates
from marketplace.database import make_engine
from marketplace.errors import Invalid
from marketplace.jobs import JobContext

LARGEST = 64 * 1024 * 1024


def rates(session: Session, text: str) -> int:
    """Take in exchange rates; orders that waited for one, or have one of an earlier day
    than theirs, are decided again.
    """
    count = import_rates(session, text)
    waiting = attribution.orders_to_convert()
    orders.request_settlement(session, waiting, now=clock.now())
    return count


# Kind → a function of (session, text of the file) that says how many it took in.
KINDS: Mapping[str, Callable[[Session, str], int]] = {"rates": rates}


@click.command("import")
@click.argument("kind", type=click.Choice(sorted(KINDS)))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_instance
def import_file(kind: str, file: Path, instance: Path | None) -> None:
    """Import FILE, all of it or nothing.

    rates: the European Central Bank's reference rates, eurofxref.csv (a day) or
    eurofxref-hist.csv (all days).
    """
    text = read_text(file)
    settings = settings_of(instance)
    engine = make_engine(settings.database_url)
    try:
        with JobContext(engine, settings).step() as session:
            count = KINDS[kind](session, text)
    finally:
        engine.dispose()
    click.echo(f"{kind}: {count} taken in")


def read_text(file: Path) -> str:
    """The file as text; Invalid if it is too large or not UTF-8."""
    if file.stat().st_size > LARGEST:
        raise Invalid({"file": ["too large"]}, f"{file} is larger than {LARGEST} bytes")
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid({"file": ["not UTF-8"]}, f"{file} is not UTF-8") from error

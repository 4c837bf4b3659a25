"""`marketplace import rates FILE`: exchange rates of the European Central Bank."""

from pathlib import Path

import click

# Every table must be known before any is asked for.
import marketplace.app  # noqa: F401
from marketplace import attribution, clock
from marketplace.cli.options import settings_of, with_instance
from marketplace.currencies import import_rates
from marketplace.database import make_engine
from marketplace.errors import Invalid
from marketplace.jobs import JobContext

LARGEST = 64 * 1024 * 1024


@click.command("rates")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_instance
def rates(file: Path, instance: Path | None) -> None:
    """Import exchange rates, all of FILE or nothing.

    FILE is of the European Central Bank: eurofxref.csv (a day) or eurofxref-hist.csv
    (all days). Orders that waited for a rate, or used one that is another now, are
    decided again.
    """
    text = read_text(file)
    settings = settings_of(instance)
    engine = make_engine(settings.database_url)
    try:
        with JobContext(engine, settings).step() as session:
            stored = import_rates(session, text)
            attribution.convert_again(session, stored.corrected, now=clock.now())
    finally:
        engine.dispose()
    click.echo(f"rates: {stored.count} taken in")


def read_text(file: Path) -> str:
    """The file as text; Invalid if it is too large or not UTF-8."""
    if file.stat().st_size > LARGEST:
        raise Invalid({"file": ["too large"]}, f"{file} is larger than {LARGEST} bytes")
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid({"file": ["not UTF-8"]}, f"{file} is not UTF-8") from error

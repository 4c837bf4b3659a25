"""`marketplace dac7`: a year's report to the tax administration, as files."""

from pathlib import Path

import click
from sqlalchemy.orm import Session

# Every table must be known before any is asked for.
import marketplace.app  # noqa: F401
from marketplace import clock
from marketplace.accounts import Brand
from marketplace.cli.options import settings_of, with_instance
from marketplace.config import Settings
from marketplace.database import begin_reading, make_engine
from marketplace.errors import NotFound
from marketplace.payouts.dac7 import operator_of, report_of
from marketplace.payouts.dac7_files import as_dac7_csv, as_dac7_xml, as_warnings_csv


@click.command()
@click.option("--year", type=int, required=True, help="The calendar year.")
@click.option("--operator", help="The brand that runs this platform (brd_…).")
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder to write to (default: this one).",
)
@with_instance
def dac7(year: int, operator: str | None, to: Path, instance: Path | None) -> None:
    """Write who was paid what in a year: CSV, warnings, and XML for the operator."""
    settings = settings_of(instance)
    engine = make_engine(settings.database_url)
    try:
        with Session(engine) as session:
            begin_reading(session)
            made = _made(session, settings, year, operator or settings.single_brand)
    finally:
        engine.dispose()
    to.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        path = to / name
        path.touch(mode=0o600)  # tax and account numbers are in it
        path.write_bytes(content)
        click.echo(f"wrote {path}")


def _made(
    session: Session, settings: Settings, year: int, operator_id: str
) -> dict[str, bytes]:
    """File name → content; the XML only where the operator is known."""
    report = report_of(session, year, keyring=settings.keyring)
    made = {
        f"dac7-{year}.csv": as_dac7_csv(report).encode(),
        f"dac7-{year}-warnings.csv": as_warnings_csv(report).encode(),
    }
    if operator_id:
        brand = session.get(Brand, operator_id)
        if brand is None:
            raise NotFound(f"there is no brand {operator_id}")
        operator = operator_of(session, brand, keyring=settings.keyring)
        xml = as_dac7_xml(report, operator, made_at=clock.now())
        made[f"dac7-{year}.xml"] = xml
    return made

"""`marketplace ledger check`: what must hold between entries, orders and cells."""

import sys
from pathlib import Path

import click

# Every table must be known before any is asked for.
import marketplace.app  # noqa: F401
from marketplace.cli.options import settings_of, with_instance
from marketplace.database import make_engine
from marketplace.jobs.check_ledger import INVARIANTS, violations

__all__ = ["INVARIANTS", "ledger", "violations"]


@click.group()
def ledger() -> None:
    """The money ledger and the roll-ups."""


@ledger.command("check")
@with_instance
def check(instance: Path | None) -> None:
    """Print every row that breaks an invariant; status 1 if there is one."""
    engine = make_engine(settings_of(instance).database_url)
    try:
        broken = violations(engine)
    finally:
        engine.dispose()
    for name, rows in broken.items():
        for row in rows:
            click.echo(f"{name}: {row}")
    if any(broken.values()):
        sys.exit(1)
    click.echo(f"{', '.join(broken)}: all invariants hold")

"""`marketplace ledger check`: what must hold between entries, orders and cells."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

# Every table must be known before any is asked for.
import marketplace.app  # noqa: F401
from marketplace import attribution, commissions
from marketplace.cli.options import settings_of, with_instance
from marketplace.database import make_engine
from marketplace.tracking import landing_views, traffic

# Each says what is wrong, row by row; nothing if all is well.
INVARIANTS: Mapping[str, Callable[[Session], Sequence[object]]] = {
    "ledger": commissions.check_ledger,
    "order cells": attribution.check_cells,
    "traffic cells": traffic.check,
    "landing cells": landing_views.check,
}


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


def violations(engine: Engine) -> dict[str, Sequence[object]]:
    """What each invariant finds, all within one snapshot of the database."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine) as session:
        return {name: find(session) for name, find in INVARIANTS.items()}

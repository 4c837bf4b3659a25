"""`marketplace kpis describe`: the catalogue in words."""

import sys
from pathlib import Path

import click

from marketplace.kpis import describe

PAGE = Path(__file__).resolve().parents[2] / "docs" / "kpis.md"


@click.group()
def kpis() -> None:
    """The KPIs."""


@kpis.command("describe")
@click.option("--check", is_flag=True, help="Only say whether docs/kpis.md is current.")
def describe_kpis(check: bool) -> None:
    """Write docs/kpis.md from the catalogue."""
    text = describe.page()
    if check:
        if not PAGE.is_file() or PAGE.read_text() != text:
            sys.exit(f"marketplace: {PAGE} is not what the catalogue says")
        return
    PAGE.write_text(text)
    click.echo(f"wrote {PAGE}")

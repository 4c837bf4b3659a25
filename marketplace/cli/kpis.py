"""`marketplace kpis describe`: the catalogue in words."""

import sys
from pathlib import Path

import click

import marketplace.kpis

PAGE = Path(__file__).resolve().parents[2] / "docs" / "kpis.md"


@click.group()
def kpis() -> None:
    """The KPIs."""


@kpis.command("describe")
@click.option("--check", is_flag=True, help="Only say whether docs/kpis.md is current.")
def describe(check: bool) -> None:
    """Write docs/kpis.md from the catalogue."""
    if not check:
        PAGE.write_text(marketplace.kpis.describe(), encoding="utf-8")
        click.echo(f"wrote {PAGE}")
    elif marketplace.kpis.is_stale(PAGE):
        sys.exit(f"marketplace: {PAGE} is stale; run `marketplace kpis describe`")

"""`marketplace import KIND FILE`: take in a file of a known kind; a module per kind."""

import click

from marketplace.cli.importing.content import posts, snapshots
from marketplace.cli.importing.customers import customers
from marketplace.cli.importing.orders import orders
from marketplace.cli.importing.rates import rates

__all__ = ["import_file"]


@click.group("import")
def import_file() -> None:
    """Take in a file of a known kind."""


import_file.add_command(customers)
import_file.add_command(orders)
import_file.add_command(posts)
import_file.add_command(rates)
import_file.add_command(snapshots)

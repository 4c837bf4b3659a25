"""The command `marketplace`: one module per command, imported when it is called."""

import importlib

import click

from marketplace.config import BadSetting
from marketplace.errors import Refusal

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "admins": "marketplace.cli.admins:admins",
    "attribution": "marketplace.cli.attribution:attribution",
    "backup": "marketplace.cli.backup:backup",
    "clicks": "marketplace.cli.clicks:clicks",
    "dac7": "marketplace.cli.dac7:dac7",
    "demo": "marketplace.cli.demo.command:demo",
    "import": "marketplace.cli.importing:import_file",
    "jobs": "marketplace.cli.jobs:jobs",
    "kpis": "marketplace.cli.kpis:kpis",
    "ledger": "marketplace.cli.ledger:ledger",
    "serve": "marketplace.cli.serve:serve",
}


class Commands(click.Group):
    """The commands; a refusal is a sentence and a status, never a trace."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import that command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Status 2 for a setting that makes no sense, 1 for what is refused."""
        try:
            return super().invoke(ctx)
        except BadSetting as error:
            click.echo(f"marketplace: {error}", err=True)
            ctx.exit(2)
        except Refusal as refusal:
            click.echo(f"marketplace: {refusal}", err=True)
            ctx.exit(1)


@click.command(cls=Commands)
def main() -> None:
    """Influencer marketplace with attribution.

    Settings come from the environment; the embedded default needs none.
    """

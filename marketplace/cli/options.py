"""What several commands share: which instance they work on."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from marketplace.config import Settings

with_instance: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--instance",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of database, spool and secrets (INSTANCE; default: instance).",
)


def environment(instance: Path | None, **more: str) -> dict[str, str]:
    """This process's environment with that instance and more on top."""
    chosen = {"INSTANCE": str(instance.resolve())} if instance else {}
    return {**os.environ, **chosen, **more}


def settings_of(instance: Path | None) -> Settings:
    """Settings from the environment; the option goes before INSTANCE."""
    return settings_in(environment(instance))


def settings_in(env: Mapping[str, str]) -> Settings:
    """Settings from that environment; BadSetting for nonsense."""
    return Settings.from_env(env)

"""`marketplace jobs`: run one, run all, list."""

import logging
from pathlib import Path

import click

from marketplace.cli.options import settings_of, with_instance
from marketplace.cli.processes import join_parent
from marketplace.jobs import runner


@click.group()
def jobs() -> None:
    """Work outside requests."""


@jobs.command("list")
def list_jobs() -> None:
    """Every job and how often it runs."""
    for name, seconds in sorted(runner.JOBS.items()):
        click.echo(f"{name:28} every {seconds:g} s")


@jobs.command("run")
@click.argument("name", type=click.Choice(sorted(runner.JOBS)))
@with_instance
def run_job(name: str, instance: Path | None) -> None:
    """Run one job until nothing is left for it."""
    done = runner.run_once(name, settings_of(instance))
    click.echo(f"{name}: {done} done")


@jobs.command("start")
@with_instance
def start(instance: Path | None) -> None:
    """Run all jobs by the clock until SIGTERM; a step under way is finished first."""
    join_parent()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    runner.main(settings_of(instance))

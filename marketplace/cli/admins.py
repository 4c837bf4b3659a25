"""`marketplace admins`: who may set what all brands of the instance share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy.orm import Session

# Every table must be known before any is asked for.
import marketplace.app  # noqa: F401
from marketplace import accounts, clock
from marketplace.cli.options import settings_of, with_instance
from marketplace.database import make_engine
from marketplace.jobs import JobContext


@click.group()
def admins() -> None:
    """Users who are admins of this instance."""


@admins.command("list")
@with_instance
def list_admins(instance: Path | None) -> None:
    """Their e-mail addresses."""
    with _step(instance) as session:
        for user in session.scalars(accounts.admins()):
            click.echo(user.email)


@admins.command("appoint")
@click.argument("email")
@with_instance
def appoint(email: str, instance: Path | None) -> None:
    """Make the registered user EMAIL an admin; tokens they have can do it at once."""
    with _step(instance) as session:
        accounts.set_admin(session, email, is_admin=True, now=clock.now())
    click.echo(f"{email} is an admin")


@admins.command("dismiss")
@click.argument("email")
@with_instance
def dismiss(email: str, instance: Path | None) -> None:
    """Make EMAIL an admin no longer."""
    with _step(instance) as session:
        accounts.set_admin(session, email, is_admin=False, now=clock.now())
    click.echo(f"{email} is no admin")


@contextmanager
def _step(instance: Path | None) -> Iterator[Session]:
    settings = settings_of(instance)
    engine = make_engine(settings.database_url)
    try:
        with JobContext(engine, settings).step() as session:
            yield session
    finally:
        engine.dispose()

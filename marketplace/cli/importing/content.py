"""`marketplace import posts|snapshots FILE`: content, and what was observed of it."""

import sys
from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy.orm import Session

# Every table must be known before any is asked for.
import marketplace.app  # noqa: F401
from marketplace import clock, collaborations, content
from marketplace.cli.importing.rates import read_text
from marketplace.cli.importing.taking import file_argument
from marketplace.cli.options import settings_of, with_instance
from marketplace.collaborations.posting import COLUMNS
from marketplace.content import ContentNotValid, ContentSource, Telling
from marketplace.content.sheets import POST_KEYS, SNAPSHOT_COLUMNS
from marketplace.database import make_engine
from marketplace.jobs import JobContext


@click.command(
    "posts",
    help=f"""Import posts from FILE, all of them or nothing.

    CSV; its first line names the columns, of these: {", ".join(COLUMNS)}. A post the
    brand has under the same application and external_id is brought up to date. Safe to
    repeat. Every wrong line is named, and the status is 1 then.
    """,
)
@file_argument
@with_instance
def posts(file: Path, instance: Path | None) -> None:
    """Import posts from FILE, all of them or nothing."""
    text = read_text(file)

    def take_in(session: Session) -> str:
        taken = collaborations.take_in_posts(
            session, text, may=lambda _: None, by=None, now=clock.now()
        )
        return f"posts: {len(taken.added)} new, {len(taken.known)} known before"

    _in_one_step(instance, take_in)


@click.command(
    "snapshots",
    help=f"""Import figures of posts from FILE, all of them or nothing.

    CSV; its first line names the columns. Of which post a line is:
    {POST_KEYS[0]}, or {POST_KEYS[1]} and {POST_KEYS[2]}. What was seen:
    {", ".join(SNAPSHOT_COLUMNS)}. An empty cell is unknown. Figures count since the
    post was published, and are marked as reported. Safe to repeat. Every wrong line is
    named, and the status is 1 then.
    """,
)
@file_argument
@with_instance
def snapshots(file: Path, instance: Path | None) -> None:
    """Import figures of posts from FILE, all of them or nothing."""
    text = read_text(file)

    def take_in(session: Session) -> str:
        telling = Telling(ContentSource.REPORTED, None, clock.now())
        looks, seen = content.take_in_figures(session, text, telling)
        return f"snapshots: {looks} of {seen} posts"

    _in_one_step(instance, take_in)


def _in_one_step(instance: Path | None, take_in: Callable[[Session], str]) -> None:
    settings = settings_of(instance)
    engine = make_engine(settings.database_url)
    try:
        with JobContext(engine, settings).step() as session:
            told = take_in(session)
    except ContentNotValid as error:
        for place, reasons in error.errors.items():
            click.echo(f"{place}: {'; '.join(reasons)}", err=True)
        sys.exit(1)
    finally:
        engine.dispose()
    click.echo(told)

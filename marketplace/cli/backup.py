"""`marketplace backup DIR`: the embedded database, its spool and its secret."""

import shutil
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path

import click
from sqlalchemy import make_url

from marketplace.cli.options import settings_of, with_instance
from marketplace.config import Settings
from marketplace.database import create_private


@click.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@with_instance
def backup(folder: Path, instance: Path | None) -> None:
    """Copy the running instance into FOLDER, which must be empty or not there.

    The copy is an instance of its own: serve it with --instance FOLDER.
    """
    settings = settings_of(instance)
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        sys.exit(
            "marketplace: the records are in PostgreSQL; back them up with pg_dump and"
            f" keep {settings.instance} (spool and secret) beside the dump"
        )
    source = Path(url.database or "")
    if not source.is_file():
        sys.exit(f"marketplace: there is no database at {source}")
    if folder.exists() and any(folder.iterdir()):
        sys.exit(f"marketplace: {folder} is not empty")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy_database(source, folder / "marketplace.db")
    copied = copy_rest(settings, folder)
    click.echo(f"{folder}: marketplace.db, {', '.join(copied)}")


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy of a database in use, checked."""
    create_private(target)
    with closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    with closing(sqlite3.connect(target)) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        sys.exit(f"marketplace: the copy is damaged: {verdict}")


def copy_rest(settings: Settings, folder: Path) -> list[str]:
    """Copy the spool and the secret.

    The spool comes after the database: lines the copied database has not read yet are
    read when the copy is served; the other way round they could be missing.
    """
    copied = []
    for file in sorted(settings.spool.rglob("*")):
        if file.is_file():
            target = folder / file.relative_to(settings.instance)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # consumed long ago and just removed
                shutil.copy2(file, target)
    copied.append("spool")
    secret = settings.instance / "secret.key"
    if secret.is_file() and secret.read_text().strip().encode() == settings.secret_key:
        shutil.copy2(secret, folder / "secret.key")
        copied.append("secret.key")
    else:
        copied.append("no secret (SECRET_KEY is set: keep it)")
    return copied

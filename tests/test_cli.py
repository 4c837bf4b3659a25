"""The command line: statuses, refusals, and what each command does to an instance."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from factories import make_user
from serving import free_port, wait_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.app import create_app
from marketplace.cli import COMMANDS, main
from marketplace.cli.options import settings_of
from marketplace.config import Settings
from marketplace.currencies import rate_on
from marketplace.database import make_engine, migrate
from marketplace.events import Event
from marketplace.jobs.runner import JOBS

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands read the test's own instance from the environment."""
    monkeypatch.setenv("INSTANCE", str(settings.instance))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key.decode())
    monkeypatch.delenv("MARKETPLACE_PARENT", raising=False)


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    unexpected = result.exception
    assert unexpected is None or isinstance(unexpected, SystemExit), result.exc_info
    return result


def test_every_command_can_be_imported_and_explains_itself() -> None:
    listed = run("--help")
    assert listed.exit_code == 0
    for name in COMMANDS:
        assert f"  {name} " in listed.output
        assert run(name, "--help").exit_code == 0


def test_an_unknown_command_and_a_bad_setting_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run("nonsense").exit_code == 2
    monkeypatch.setenv("TRUSTED_PROXIES", "everybody")
    result = run("jobs", "run", "settle_orders")
    assert result.exit_code == 2
    assert "TRUSTED_PROXIES" in result.output


def test_jobs_are_listed_and_run() -> None:
    listed = run("jobs", "list")
    assert {line.split()[0] for line in listed.output.splitlines()} == set(JOBS)
    made = run("jobs", "run", "renew_salts")
    assert made.exit_code == 0
    assert "renew_salts: 0 done" not in made.output
    assert "renew_salts: 0 done" in run("jobs", "run", "renew_salts").output
    assert run("jobs", "run", "no_such_job").exit_code == 2


def test_every_job_runs_on_an_empty_instance() -> None:
    for name in JOBS:
        assert run("jobs", "run", name).exit_code == 0, name


def test_rates_are_imported_whole_or_not_at_all(
    tmp_path: Path, session: Session
) -> None:
    file = tmp_path / "eurofxref.csv"
    file.write_text("Date,USD\n2026-03-06,1.05\n2026-03-07,nothing\n")
    result = run("import", "rates", str(file))
    assert result.exit_code == 1
    assert "line 3" in result.output
    assert rate_on(session, "EUR", "USD", date(2026, 3, 6)) is None
    session.rollback()
    file.write_text("\ufeffDate,USD\n2026-03-06,1.05\n")
    assert run("import", "rates", str(file)).exit_code == 0
    assert rate_on(session, "EUR", "USD", date(2026, 3, 6)) is not None
    file.write_bytes(b"Date,\xff\n")
    assert run("import", "rates", str(file)).exit_code == 1
    assert run("import", "prices", str(file)).exit_code == 2


def test_admins_are_appointed_and_dismissed(session: Session) -> None:
    user = make_user(session, email="ada@example.com")
    session.commit()
    assert run("admins", "list").output == ""
    for _ in range(2):
        assert run("admins", "appoint", "Ada@example.com").exit_code == 0
    assert run("admins", "list").output == "ada@example.com\n"
    assert run("admins", "appoint", "nobody@example.com").exit_code == 1
    assert run("admins", "appoint", "nobody").exit_code == 1
    assert run("admins", "dismiss", user.email).exit_code == 0
    assert run("admins", "list").output == ""
    told = select(Event.kind).where(Event.subject_id == user.id).order_by(Event.at)
    assert session.scalars(told).all() == ["admin.appointed", "admin.dismissed"]


def test_the_ledger_of_an_empty_instance_holds() -> None:
    result = run("ledger", "check")
    assert result.exit_code == 0
    assert "all invariants hold" in result.output


def test_a_broken_invariant_is_printed_and_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = {"sums": lambda session: ["a balance is off by 1"]}
    monkeypatch.setattr("marketplace.jobs.check_ledger.INVARIANTS", broken)
    result = run("ledger", "check")
    assert result.exit_code == 1
    assert "sums: a balance is off by 1" in result.output


def test_the_page_of_kpis_is_current() -> None:
    assert run("kpis", "describe", "--check").exit_code == 0


def test_a_stale_page_is_a_failure_and_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "kpis.md"
    monkeypatch.setattr("marketplace.cli.kpis.PAGE", page)
    assert run("kpis", "describe", "--check").exit_code == 1
    assert run("kpis", "describe").exit_code == 0
    assert run("kpis", "describe", "--check").exit_code == 0


def test_a_backup_is_an_instance_of_its_own(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "copy"
    spool = settings.spool
    spool.mkdir()
    (spool / "line").write_bytes(b"a click")
    (settings.instance / "secret.key").write_bytes(settings.secret_key)
    result = run("backup", str(folder))
    if not settings.database_url.startswith("sqlite"):
        assert result.exit_code == 1
        assert "pg_dump" in result.output
        assert not folder.exists()
        return
    assert result.exit_code == 0
    assert (folder / "spool" / "line").read_bytes() == b"a click"
    assert (folder / "secret.key").read_bytes() == settings.secret_key
    assert run("backup", str(folder)).exit_code == 1  # never over another one
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("SECRET_KEY", "")
    assert run("ledger", "check", "--instance", str(folder)).exit_code == 0


def modes(folder: Path) -> dict[str, int]:
    """The permissions of a folder and of the database files in it."""
    paths = [folder, *folder.glob("marketplace.db*")]
    return {path.name: path.stat().st_mode & 0o777 for path in paths}


def test_a_new_instance_is_its_owners_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, copy = tmp_path / "new", tmp_path / "copy"
    monkeypatch.setenv("DATABASE_URL", "")
    before = os.umask(0o022)
    try:
        engine = make_engine(settings_of(folder).database_url)
        migrate(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM brands")
            files = ("marketplace.db", "marketplace.db-wal", "marketplace.db-shm")
            assert modes(folder) == {"new": 0o700, **dict.fromkeys(files, 0o600)}
        engine.dispose()
        assert (
            run("jobs", "run", "renew_salts", "--instance", str(folder)).exit_code == 0
        )
        assert run("backup", str(copy), "--instance", str(folder)).exit_code == 0
        assert modes(copy) == {"copy": 0o700, "marketplace.db": 0o600}
        # What somebody opened to others stays as they want it.
        folder.chmod(0o750)
        (folder / "marketplace.db").chmod(0o640)
        assert run("ledger", "check", "--instance", str(folder)).exit_code == 0
        assert modes(folder) == {"new": 0o750, "marketplace.db": 0o640}
    finally:
        os.umask(before)


def test_a_backup_holds_what_was_committed_while_others_write(
    settings: Settings, tmp_path: Path
) -> None:
    if not settings.database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL is backed up by its own tools")
    assert run("jobs", "run", "renew_salts").exit_code == 0
    engine = make_engine(settings.database_url)
    with engine.connect() as writer:
        writer.exec_driver_sql("DELETE FROM visitor_salts")  # never committed
        assert run("backup", str(tmp_path / "copy")).exit_code == 0
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "copy" / "marketplace.db")) as copy:
        (count,) = copy.execute("SELECT count(*) FROM visitor_salts").fetchone()
    assert count > 0


def python(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_redirect_alone_imports_nothing_of_the_rest() -> None:
    code = """
import sys, wsgi
assert callable(wsgi.redirects)
heavy = {"flask_smorest", "marshmallow", "stripe", "marketplace.app", "marketplace.api"}
rooms = ("orders", "attribution", "commissions", "costs", "kpis")
heavy |= {f"marketplace.{room}" for room in rooms}
found = heavy & set(sys.modules)
wsgi.redirects.close()
assert not found, found
"""
    result = python(code)
    assert result.returncode == 0, result.stderr


def test_flask_s_own_migration_commands_work() -> None:
    for words in (["db", "upgrade"], ["db", "check"]):
        result = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["flask", "--app", "wsgi", "run", "--port", "{port}"],
        ["gunicorn", "--bind", "127.0.0.1:{port}", "wsgi:app"],
        ["gunicorn", "--bind", "127.0.0.1:{port}", "wsgi:redirects"],
    ],
    ids=["flask run", "gunicorn wsgi:app", "gunicorn wsgi:redirects"],
)
def test_the_conventional_servers_serve(words: list[str]) -> None:
    port = free_port()
    words = [word.format(port=port) for word in words]
    server = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=ROOT, stderr=subprocess.DEVNULL
    )

    def answers() -> bool:
        assert server.poll() is None
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    try:
        wait_for(answers)
    finally:
        server.terminate()
        server.wait(20)


def test_the_app_is_made_from_the_environment(settings: Settings) -> None:
    app = create_app()
    assert app.extensions["settings"].instance == settings.instance

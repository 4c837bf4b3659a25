"""`marketplace dac7` writes files that only their owner reads."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from payout_papers import make_papers
from sqlalchemy.orm import Session

from marketplace.cli import main
from marketplace.config import Settings


def test_the_files_of_a_year(
    session: Session,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    papers = make_papers(session)
    papers.payout(papers.influencer({}), [100], paid_on=date(2026, 2, 1))
    monkeypatch.setenv("INSTANCE", str(settings.instance))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key.decode())
    to = tmp_path / "out"
    arguments = ["dac7", "--year", "2026", "--to", str(to)]
    made = CliRunner().invoke(main, [*arguments, "--operator", papers.brand.id])
    assert made.exit_code == 0, made.output
    assert sorted(path.name for path in to.iterdir()) == [
        "dac7-2026-warnings.csv",
        "dac7-2026.csv",
        "dac7-2026.xml",
    ]
    assert {path.stat().st_mode & 0o777 for path in to.iterdir()} == {0o600}
    assert "111222333" in (to / "dac7-2026.csv").read_text("utf-8")
    unknown = CliRunner().invoke(main, [*arguments, "--operator", "brd_x"])
    assert unknown.exit_code == 1

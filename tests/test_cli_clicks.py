"""`marketplace clicks rejudge`: what it asks the job to do."""

from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.cli import main
from marketplace.config import Settings
from marketplace.tracking import judging
from marketplace.tracking.rules import SetAside
from marketplace.tracking.traffic_models import Click, JudgeRequest

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands read the test's own instance from the environment."""
    monkeypatch.setenv("INSTANCE", str(settings.instance))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key.decode())


@pytest.fixture
def campaign_ids(session: Session) -> list[str]:
    """Two that were published, one of them with a click; and a draft."""
    brand = make_brand(session)
    campaigns = [make_campaign(session, brand) for _ in range(2)]
    make_campaign(session, brand, published_at=None)
    application = make_application(session, campaigns[0], make_influencer(session))
    link = make_link(session, application)
    session.add(
        Click(
            id="c1",
            day_on=NOON.date(),
            link_id=link.id,
            at=NOON,
            visitor="0" * 32,
            evidence={"agent": "Newbot of next year", "method": "GET"},
        )
    )
    session.commit()
    return [campaign.id for campaign in campaigns]


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    unexpected = result.exception
    assert unexpected is None or isinstance(unexpected, SystemExit), result.exc_info
    return result


def asked(session: Session) -> dict[str, date]:
    session.rollback()
    return {
        row.campaign_id: row.since_on for row in session.scalars(select(JudgeRequest))
    }


def test_all_that_were_published(session: Session, campaign_ids: list[str]) -> None:
    result = run("clicks", "rejudge")
    assert result.exit_code == 0
    assert result.output.startswith("2 campaigns: ")
    assert asked(session) == dict.fromkeys(campaign_ids, date.min)


def test_one_of_them_since_a_day(session: Session, campaign_ids: list[str]) -> None:
    wanted = ("--campaign", campaign_ids[1], "--since", "2026-03-09")
    assert run("clicks", "rejudge", *wanted).exit_code == 0
    assert asked(session) == {campaign_ids[1]: NOON.date() - timedelta(days=1)}


def test_nonsense_is_a_sentence(session: Session, campaign_ids: list[str]) -> None:
    result = run("clicks", "rejudge", "--campaign", "cmp_nobody")
    assert result.exit_code == 1
    assert "cmp_nobody" in result.output
    assert run("clicks", "rejudge", "--since", "yesterday").exit_code == 2
    assert asked(session) == {}


def test_and_the_job_does_it(
    session: Session, campaign_ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "is_bot", lambda agent: agent.startswith("Newbot"))
    run("clicks", "rejudge")
    result = run("jobs", "run", "judge_clicks_again")
    assert result.exit_code == 0
    assert "1 done" in result.output
    assert asked(session) == {}
    assert session.scalars(select(Click.reason)).all() == [SetAside.BOT]

"""The migrations make exactly what the models say, and can be undone."""

from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_link,
)
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.database import MIGRATIONS, migrate, pending_migrations
from marketplace.jobs.runner import run_once
from marketplace.orm import Model
from marketplace.tracking.rules import Dimension
from marketplace.tracking.traffic import check
from marketplace.tracking.traffic_models import PARTITION, JudgeRequest, TrafficCell


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    return kind != "table" or name is None or not PARTITION.fullmatch(name)


def test_no_drift(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"compare_type": False, "include_name": include_name}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Model.metadata) == []
    assert not pending_migrations(engine)


def test_down_and_up_again(engine: Engine) -> None:
    config = Config(str(MIGRATIONS / "alembic.ini"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    assert pending_migrations(engine)
    migrate(engine)
    assert not pending_migrations(engine)


def test_clicks_of_before_get_their_new_roll_ups(
    engine: Engine, settings: Settings
) -> None:
    with Session(engine) as session:
        campaign = make_campaign(session, make_brand(session))
        application = make_application(session, campaign, make_influencer(session))
        link = make_link(session, application)
        session.commit()
        link_id, campaign_id, platform = link.id, campaign.id, link.platform
    config = Config(str(MIGRATIONS / "alembic.ini"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO clicks (id, link_id, at, day_on, visitor, evidence) VALUES"
                " ('c', :link, '2026-11-01 10:00:00.000000', '2026-11-01', :visitor,"
                """ '{"agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/131.0"}')"""
            ),
            {"link": link_id, "visitor": "a" * 32},
        )
    migrate(engine)
    run_once("judge_clicks_again", settings)
    with Session(engine) as session:
        by_platform = select(TrafficCell.value, TrafficCell.counted).where(
            TrafficCell.scope_id == campaign_id,
            TrafficCell.dimension == Dimension.PLATFORM,
        )
        assert [tuple(row) for row in session.execute(by_platform)] == [(platform, 1)]
        assert session.scalars(select(JudgeRequest)).all() == []
        assert check(session) == []

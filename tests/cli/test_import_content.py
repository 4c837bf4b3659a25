"""Posts and their figures from files: all of a file, or every wrong line named."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_channel,
    make_influencer,
    make_link,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts import Channel
from marketplace.cli import main
from marketplace.collaborations import Application
from marketplace.content import Post, PostCell, check

HEADER = (
    "application_id;channel_id;external_id;published_at;hashtags;duration_seconds\n"
)


@pytest.fixture
def application(session: Session) -> Application:
    campaign = make_campaign(session, make_brand(session))
    influencer = make_influencer(session)
    application = make_application(session, campaign, influencer)
    channel = make_channel(session, influencer, followers=700)
    make_link(session, application, channel_id=channel.id)
    make_link(session, application, channel_id=make_channel(session, influencer).id)
    session.commit()
    return application


def run(kind: str, folder: Path, text: str) -> Result:
    file = folder / f"{kind}.csv"
    file.write_text(text)
    result = CliRunner().invoke(main, ["import", kind, str(file)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_a_file_of_posts_and_one_of_figures(
    session: Session, application: Application, tmp_path: Path
) -> None:
    channel = session.scalar(select(Channel.id).where(Channel.followers == 700))
    line = f"{application.id};{channel};v1;2026-03-05T10:00:00Z;#Zomer zon;30,5\n"
    result = run("posts", tmp_path, HEADER + line)
    assert (result.exit_code, "lines.2.duration_seconds" in result.output) == (1, True)
    result = run("posts", tmp_path, HEADER + line.replace("30,5", "30.5"))
    assert (result.exit_code, "1 new, 0 known" in result.output) == (0, True)
    session.rollback()
    post = session.scalars(select(Post)).one()
    assert (post.hashtags, post.duration_ms) == (["zomer", "zon"], 30_500)
    assert post.link_id is not None
    changed = HEADER + line.replace("30,5", "31").replace("#Zomer zon", "")
    assert "0 new, 1 known" in run("posts", tmp_path, changed).output
    session.rollback()
    session.refresh(post)
    assert (post.hashtags, post.duration_ms) == (["zomer", "zon"], 31_000)

    figures = (
        "platform,external_id,post_id,observed_at,views,likes\n"
        "instagram,v1,,2026-03-06,100,9\n"
        f",,{post.id},2026-03-07T10:00:00Z,150,12\n"
    )
    wrong = f"{figures}instagram,v9,,2026-03-06,1,1\n,,{post.id},2026-03-01,1,\n"
    result = run("snapshots", tmp_path, wrong)
    assert result.exit_code == 1
    assert "lines.4: no such post" in result.output
    assert "lines.5.observed_at: is before the post was published" in result.output
    session.rollback()
    assert [cell.likes for cell in session.scalars(select(PostCell))] == [None]
    for _ in range(2):
        result = run("snapshots", tmp_path, figures)
        assert (result.exit_code, result.output) == (0, "snapshots: 2 of 1 posts\n")
    session.rollback()
    cells = session.scalars(select(PostCell).order_by(PostCell.day_on)).all()
    assert [(cell.views, cell.followers) for cell in cells] == [
        (0, 700),
        (100, None),
        (50, None),
    ]
    assert check(session) == []
    assert cells[-1].observed_at == datetime(2026, 3, 7, 10, 0, tzinfo=UTC)

"""`marketplace clicks`: have clicks judged again."""

from datetime import date, datetime
from pathlib import Path

import click
from sqlalchemy import select

# Every table must be known before any is asked for.
import marketplace.app  # noqa: F401
from marketplace import clock
from marketplace.campaigns.models import Campaign
from marketplace.cli.options import settings_of, with_instance
from marketplace.config import Settings
from marketplace.database import make_engine
from marketplace.errors import NotFound
from marketplace.jobs import JobContext
from marketplace.tracking import rejudging

FIRST_DAY = date(1, 1, 1)


@click.group()
def clicks() -> None:
    """The clicks that were recorded."""


@clicks.command("rejudge")
@click.option("--campaign", "campaign_id", metavar="ID", help="Of this campaign only.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="From that day on; else all."
)
@with_instance
def rejudge(
    campaign_id: str | None, since: datetime | None, instance: Path | None
) -> None:
    """Have clicks judged again by the rules of now, after a new list of bots."""
    since_on = since.date() if since else FIRST_DAY
    asked = ask(settings_of(instance), campaign_id, since_on)
    click.echo(
        f"{asked} campaigns: the job judge_clicks_again will do it,"
        " or `marketplace jobs run judge_clicks_again` now"
    )


def ask(settings: Settings, campaign_id: str | None, since_on: date) -> int:
    """Ask for it, for one campaign or all that were published; how many."""
    query = select(Campaign.id).where(Campaign.published_at.is_not(None))
    if campaign_id is not None:
        query = query.where(Campaign.id == campaign_id)
    engine = make_engine(settings.database_url)
    try:
        with JobContext(engine, settings).step() as session:
            ids = session.scalars(query.order_by(Campaign.id)).all()
            if campaign_id is not None and not ids:
                raise NotFound(f"there is no published campaign {campaign_id}")
            for id_ in ids:
                rejudging.request(session, id_, since_on, now=clock.now())
    finally:
        engine.dispose()
    return len(ids)

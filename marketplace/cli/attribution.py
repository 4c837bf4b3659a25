"""`marketplace attribution simulate`: what another policy would have changed."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

# Every table must be known before any is asked for.
import marketplace.app  # noqa: F401
from marketplace import clock, kpis
from marketplace.accounts.models import Brand
from marketplace.api.simulation_shapes import SimulationOut, simulation_shown
from marketplace.attribution.policy_changes import policy_change
from marketplace.attribution.simulation import WhatIf
from marketplace.campaigns.models import Campaign
from marketplace.cli.options import settings_of, with_instance
from marketplace.commissions.what_if import what_if
from marketplace.config import Settings
from marketplace.database import begin_reading, make_engine
from marketplace.errors import Invalid, NotFound
from marketplace.jobs.pipeline import keys_of
from marketplace.money import to_decimal

_DAY = click.DateTime(["%Y-%m-%d"])
MOST_SHOWN = 20


@click.group()
def attribution() -> None:
    """Who is credited, and why."""


@attribution.command("simulate")
@click.option("--campaign", "campaign_id", metavar="ID", help="Of this campaign.")
@click.option(
    "--brand", "brand_id", metavar="ID", help="Of all this brand's campaigns."
)
@click.option(
    "--set",
    "said",
    multiple=True,
    metavar="FIELD=VALUE",
    help="What is to be other, such as precedence=click; may be repeated.",
)
@click.option("--from", "start", type=_DAY, help="First day; by default of all.")
@click.option("--to", "end", type=_DAY, help="The day after the last.")
@click.option("--json", "as_json", is_flag=True, help="Everything, as the API says it.")
@with_instance
def simulate(
    campaign_id: str | None,
    brand_id: str | None,
    said: Sequence[str],
    start: datetime | None,
    end: datetime | None,
    as_json: bool,
    instance: Path | None,
) -> None:
    """Decide past orders again under another policy. Nothing is written."""
    if (campaign_id is None) == (brand_id is None):
        raise click.UsageError("say either --campaign or --brand")
    shown = simulated(
        settings_of(instance),
        campaign_id=campaign_id,
        brand_id=brand_id,
        policy=read_policy(said),
        days=(start.date() if start else None, end.date() if end else None),
    )
    if as_json:
        click.echo(json.dumps(shown, indent=2))
    else:
        _print(shown)


def read_policy(said: Sequence[str]) -> dict[str, Any]:
    """``["window_days=7", "model=first"]`` as the fields of a policy."""
    policy: dict[str, Any] = {}
    for each in said:
        name, equals, value = each.partition("=")
        if not equals:
            raise click.UsageError(f"{each!r} is no FIELD=VALUE")
        try:
            policy[name.strip()] = json.loads(value)
        except ValueError:
            policy[name.strip()] = value.strip()
    return policy


def simulated(
    settings: Settings,
    *,
    campaign_id: str | None,
    brand_id: str | None,
    policy: Mapping[str, Any],
    days: tuple[date | None, date | None],
) -> dict[str, Any]:
    """The outcome as JSON; all changed orders in it."""
    try:
        change = policy_change(policy)
    except Invalid as refusal:
        told = "; ".join(f"{n} {', '.join(r)}" for n, r in refusal.errors.items())
        raise click.UsageError(told) from refusal
    engine = make_engine(settings.database_url)
    try:
        with Session(engine) as session:
            begin_reading(session)
            brand, scope = _of_whom(session, campaign_id, brand_id)
            now = clock.now()
            window = kpis.window_of(session, scope, start=days[0], end=days[1], now=now)
            asked = WhatIf(change, window.start, window.end, campaign_id)
            keys = keys_of(brand, settings.keyring)
            outcome = what_if(session, brand, asked, keys=keys, now=now)
            shown = simulation_shown(
                session,
                asked,
                outcome,
                timezone=brand.timezone,
                most=len(outcome.changed),
            )
    finally:
        engine.dispose()
    found: dict[str, Any] = SimulationOut().dump(shown)
    return found


def _of_whom(
    session: Session, campaign_id: str | None, brand_id: str | None
) -> tuple[Brand, kpis.ReportScope]:
    if campaign_id is not None:
        campaign = session.get(Campaign, campaign_id)
        if campaign is None:
            raise NotFound(f"there is no campaign {campaign_id}")
        brand = session.get_one(Brand, campaign.brand_id)
        return brand, kpis.campaign_scope(campaign)
    found = session.get(Brand, brand_id)
    if found is None:
        raise NotFound(f"there is no brand {brand_id}")
    return found, kpis.brand_scope(found)


def _print(shown: Mapping[str, Any]) -> None:
    """Sums per influencer, and some of the orders with what is said of their touches."""
    console = Console(width=100, soft_wrap=True, highlight=False)
    console.print(
        f"{shown['orders']} orders decided again; {shown['other_winners']} have another"
        f" winner, {shown['changed_orders']} are paid otherwise"
    )
    table = Table("influencer", "currency", "orders", "revenue", "commission")
    for row in shown["influencers"]:
        before, after, currency = row["before"], row["after"], row["currency"]
        table.add_row(
            f"{row['name']} {row['influencer_id']}",
            currency,
            f"{before['orders']} → {after['orders']}",
            *(
                f"{to_decimal(before[name], currency)}"
                f" → {to_decimal(after[name], currency)}"
                for name in ("revenue", "commission")
            ),
        )
    console.print(table)
    for change in shown["changes"][:MOST_SHOWN]:
        winners = (_winner(change["before"]), _winner(change["after"]))
        console.print(f"{change['order_id']}: {' → '.join(winners)}")
        for touch in change["touches"]:
            if touch["before"] != touch["after"]:
                words = (_words(touch["before"]), _words(touch["after"]))
                console.print(f"  {touch['kind']}: {' → '.join(words)}", markup=False)
    if len(shown["changes"]) > MOST_SHOWN:
        console.print(f"and {len(shown['changes']) - MOST_SHOWN} more: see --json")


def _winner(winner: Mapping[str, Any] | None) -> str:
    return f"{winner['influencer_id']} by {winner['method']}" if winner else "nobody"


def _words(reason: Mapping[str, Any] | None) -> str:
    return str(reason["explanation"]) if reason else "no evidence"

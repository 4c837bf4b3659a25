"""What tests of fraud do with a world: clicks as they are stored, and its flags."""

from datetime import datetime
from typing import Any

from beacon_lines import beacon
from click_lines import CODEC, click_of, line
from factories import KEYRING
from pipeline_world import T0, World
from sqlalchemy import select

from marketplace import clock
from marketplace.accounts.models import Brand
from marketplace.fraud import Flag, FlagStatus, Rule, choose, watching
from marketplace.fraud.rules import Action
from marketplace.jobs.pipeline import keys_of, settle
from marketplace.orders import Order
from marketplace.orders.queries import orders_to_settle
from marketplace.shops.adapters.base import Customer as Buyer
from marketplace.tracking.clicks import record_lines
from marketplace.tracking.models import TrackingLink


def buyer(name: str, domain: str = "shopper.example", **over: Any) -> Buyer:
    return Buyer(email=f"{name}@{domain}", **over)


def follow(world: World, who: str, at: datetime, **said: Any) -> str:
    """A stored click on that influencer's link; its id."""
    payload = line(world.links[who].id, at, **said)
    record_lines(world.session, [payload], codec=CODEC, now=T0)
    return click_of(payload)


def clicks(
    world: World, link: TrackingLink, at: datetime, visitors: range, **said: Any
) -> None:
    """A stored click of each of these visitors."""
    lines = [line(link.id, at, visitor=f"{n:x}", **said) for n in visitors]
    record_lines(world.session, lines, codec=CODEC, now=T0)


def visits(world: World, at: datetime, visitors: range, **said: Any) -> None:
    """A stored page view of each of these visitors."""
    lines = [beacon(world.shop.id, at, visitor=f"{n:x}", **said) for n in visitors]
    record_lines(world.session, lines, codec=CODEC, now=T0)


def open_flags(world: World) -> set[tuple[str, str]]:
    """(rule, external id of the order or subject) of every open flag."""
    rows = world.session.execute(
        select(Flag.rule, Flag.subject, Order.external_id)
        .outerjoin(Order, Order.id == Flag.order_id)
        .where(Flag.status == FlagStatus.OPEN)
    )
    return {(rule.value, name or subject) for rule, subject, name in rows}


def the_flag(world: World, rule: Rule) -> Flag:
    world.session.expire_all()
    return world.session.scalars(select(Flag).where(Flag.rule == rule)).one()


def settle_requested(world: World) -> int:
    """What the job does, until nothing is asked for; how many orders it took."""
    done = 0
    while due := world.session.scalars(
        orders_to_settle(world.brand.id, clock.now()).execution_options(
            populate_existing=True
        )
    ).all():
        keys = keys_of(world.brand, KEYRING)
        settle(world.session, world.brand, due, keys=keys, now=T0)
        done += len(due)
        assert done < 200, "orders have each other settled without end"
    return done


def set_rule(world: World, rule: Rule, action: Action, **thresholds: Any) -> None:
    campaign_id = next(iter(world.links.values())).campaign_id
    choose(world.session, campaign_id, {rule: (action, thresholds)}, now=T0)
    settle_requested(world)


def look(world: World, now: datetime) -> None:
    """What the job that watches does."""
    brand = world.session.get_one(Brand, world.brand.id)
    world.session.flush()
    findings = watching.look(world.session, brand, now=now)
    watching.conclude(world.session, brand, findings, now=now)

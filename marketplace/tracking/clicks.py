"""Recording what the redirect wrote down: rows, verdicts, roll-ups in one transaction.

The locks of all brands concerned are taken first (see `lookups`).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from typing import cast as typed

import orjson
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.keys import Keyring
from marketplace.tracking import internal
from marketplace.tracking.agents import is_bot, is_preview
from marketplace.tracking.beacons import BeaconSaid
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.dimensions import derived
from marketplace.tracking.evidence import LONGEST, Evidence, Loss, Refusal, read_line
from marketplace.tracking.judging import INTERNAL, LinkFacts, forged_id, judge
from marketplace.tracking.landing_rules import ViewSaid
from marketplace.tracking.landing_views import record_views
from marketplace.tracking.lookups import (
    Insider,
    facts_of_links,
    insiders,
    lock_brands,
    owners_of_pages,
)
from marketplace.tracking.relations import is_one_of, write_rows
from marketplace.tracking.repeating import about_days, settle_repeats
from marketplace.tracking.rules import NO_EVIDENCE, SetAside
from marketplace.tracking.tallies import Tallies
from marketplace.tracking.traffic import add
from marketplace.tracking.traffic_models import Click
from marketplace.tracking.visits import record_beacons

_CLICKS = typed(Table, Click.__table__)  # plain rows: no objects, no identity map
_COLUMNS = ("id", "link_id", "at", "day_on", "visitor", "reason", "evidence")


@dataclass(slots=True)
class Recorded:
    """What became of a batch of lines.

    `clicks`, `views`, `beacons`: new ones. `no_evidence`: ids of new clicks that were
    nobody's; an order that carries one may have been decided too early. `damaged`:
    lines that say nothing usable. `unmatched`: clicks of links that are gone. `lost`:
    what the redirect says it could not write; `refused`: beacons it did not want to.
    `visitors`: whose clicks, views and consenting beacons there were, `people`: who of
    them consented, `since`: the earliest of it; orders may have been decided without.
    """

    clicks: int = 0
    views: int = 0
    beacons: int = 0
    damaged: int = 0
    unmatched: int = 0
    lost: int = 0
    refused: int = 0
    no_evidence: list[str] = field(default_factory=list)
    visitors: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    since: datetime | None = None


def foresee(lines: Iterable[bytes]) -> None:
    """Look at the agents in these lines, before anything is locked.

    It takes up to a millisecond to tell what an agent is; what was told is remembered.
    """
    for agent in {_agent_in(line) for line in lines}:
        is_bot(agent)
        is_preview(agent)
        derived(agent)


def _agent_in(line: bytes) -> str:
    try:
        agent = orjson.loads(line).get("agent", "")
    except (ValueError, AttributeError):
        return ""  # recording it says what is wrong with it
    return agent[: LONGEST["agent"]] if isinstance(agent, str) else ""


def record_lines(
    session: Session,
    lines: Iterable[bytes],
    *,
    codec: ClickCodec,
    now: datetime,
    keyring: Keyring | None = None,
) -> Recorded:
    """Judge, store and roll up what the redirect wrote down; twice is once.

    The result does not depend on order or batches. Must be the first thing in its
    transaction that reads clicks. Without the `keyring` no click is internal.
    """
    recorded = Recorded()
    clicks, views, beacons = _read(lines, recorded)
    lock_brands(
        session,
        links={said.link_id for said in clicks},
        pages={said.page_id for said in views},
        shops={said.shop_id for said in beacons},
    )
    users = _users(session, [*clicks, *views], keyring)
    _record_clicks(session, clicks, recorded, codec=codec, now=now, users=users)
    if views:
        known = _without_users(session, views, users)
        recorded.views = record_views(session, known, codec=codec, now=now)
    if beacons:
        recorded.beacons = record_beacons(session, beacons, codec=codec, now=now)
    named = [said for said in beacons if said.person is not None]
    told: list[Evidence | ViewSaid | BeaconSaid] = [*clicks, *views, *named]
    recorded.visitors = {said.visitor for said in told}
    recorded.people = {said.person for said in named if said.person is not None}
    recorded.since = min((said.at for said in told), default=None)
    return recorded


def _read(
    lines: Iterable[bytes], recorded: Recorded
) -> tuple[list[Evidence], list[ViewSaid], list[BeaconSaid]]:
    clicks: list[Evidence] = []
    views: list[ViewSaid] = []
    beacons: list[BeaconSaid] = []
    for line in lines:
        try:
            said = read_line(line)
        except ValueError:
            recorded.damaged += 1
            continue
        if isinstance(said, Evidence):
            clicks.append(said)
        elif isinstance(said, ViewSaid):
            views.append(said)
        elif isinstance(said, Loss):
            recorded.lost += said.clicks
        elif isinstance(said, Refusal):
            recorded.refused += said.beacons
        else:
            beacons.append(said)
    return clicks, views, beacons


def _users(
    session: Session, said: Iterable[Evidence | ViewSaid], keyring: Keyring | None
) -> dict[str, Insider]:
    """Who was logged in, by what their browsers showed of it."""
    shown = {each.facts["user"] for each in said if "user" in each.facts}
    if not shown or keyring is None:
        return {}
    ids = {value: internal.read(keyring, value) for value in shown}
    known = insiders(session, {user_id for user_id in ids.values() if user_id})
    return {
        value: known[user_id] for value, user_id in ids.items() if user_id is not None
    }


def _without_users(
    session: Session, views: Collection[ViewSaid], users: Mapping[str, Insider]
) -> list[ViewSaid]:
    """The same views, saying only whether somebody looked at a page of their own."""
    asked = {view.page_id for view in views if view.facts.get("user") in users}
    owners = owners_of_pages(session, asked) if asked else {}
    return [
        replace(
            view, facts=_known(view.facts, users, *owners.get(view.page_id, ("", "")))
        )
        if "user" in view.facts
        else view
        for view in views
    ]


def _known(
    facts: Mapping[str, str],
    users: Mapping[str, Insider],
    brand_id: str,
    influencer_id: str,
) -> dict[str, str]:
    """Evidence that does not say who was logged in, but whether it was their own."""
    kept = {name: value for name, value in facts.items() if name != "user"}
    user = users.get(facts.get("user", ""))
    if user is not None and user.owns(brand_id, influencer_id):
        kept[INTERNAL] = "1"
    return kept


def _record_clicks(
    session: Session,
    said: Iterable[Evidence],
    recorded: Recorded,
    *,
    codec: ClickCodec,
    now: datetime,
    users: Mapping[str, Insider],
) -> None:
    links = facts_of_links(session, {evidence.link_id for evidence in said})
    rows: dict[str, dict[str, Any]] = {}
    for evidence in said:
        link = links.get(evidence.link_id)
        if link is None:
            recorded.unmatched += 1
            continue
        row = _row(evidence, link, codec, users)
        rows.setdefault(row["id"], row)
    _drop_known(session, rows)
    if rows:
        turned = settle_repeats(session, rows.values(), links)
        values = [tuple(row.values()) for row in rows.values()]
        write_rows(session, _CLICKS, _COLUMNS, values)
        add(session, _tallies(rows.values(), turned, links), now=now)
    recorded.clicks = len(rows)
    recorded.no_evidence = [
        row["id"] for row in rows.values() if row["reason"] in NO_EVIDENCE
    ]


def _row(
    evidence: Evidence,
    link: LinkFacts,
    codec: ClickCodec,
    users: Mapping[str, Insider],
) -> dict[str, Any]:
    facts = evidence.facts
    if "user" in facts:
        facts = _known(facts, users, link.brand_id, link.influencer_id)
        evidence = replace(evidence, facts=facts)
    reason = judge(evidence, link, codec)
    said = (evidence.click_id, evidence.link_id, evidence.at, evidence.visitor)
    return {
        "id": forged_id(*said) if reason is SetAside.FORGED else evidence.click_id,
        "link_id": evidence.link_id,
        "at": evidence.at,
        "day_on": clock.local_day(evidence.at, link.timezone),
        "visitor": evidence.visitor,
        "reason": reason,
        "evidence": {**facts, **derived(facts.get("agent", "")), **link.values},
    }


def _drop_known(session: Session, rows: dict[str, dict[str, Any]]) -> None:
    """Leave out what is stored already."""
    if rows:
        same = is_one_of(session, Click.id, rows)
        days = about_days(
            session, (row["day_on"] for row in rows.values()), timedelta(days=1)
        )
        for known in session.scalars(select(Click.id).where(same, days)):
            del rows[known]


def _tallies(
    new: Iterable[Mapping[str, Any]],
    turned: Iterable[Mapping[str, Any]],
    links: Mapping[str, LinkFacts],
) -> Tallies:
    """What new clicks, and stored ones that turned into repeats, change."""
    tallies = Tallies()
    for row in turned:
        link = links[row["link_id"]]
        tallies.add_click(row, link, sign=-1)
        tallies.add_click({**row, "reason": SetAside.REPEAT}, link)
    tallies.add_clicks(new, links)
    return tallies

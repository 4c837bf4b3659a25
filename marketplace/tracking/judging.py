"""Whether a click counts, and why not. Pure; the same evidence, the same verdict."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from marketplace.tracking.agents import is_bot, is_preloader, is_preview
from marketplace.tracking.audience_rules import Segment
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.evidence import Evidence
from marketplace.tracking.rules import SetAside

INTERNAL: Final = "internal"  # in the evidence: a member's or the influencer's own


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What judging and tallying need to know of a link.

    `ended_at`: when it, its application or its campaign ended or it expired, whichever
    was first. `repeat_within`: clicks of a visitor this close to the one before repeat
    it; none do if it is zero. `values`: of the dimensions that the link decides.
    `audience`: whom its campaign is meant for, if it says so.
    """

    brand_id: str
    timezone: str
    ended_at: datetime | None
    budget_spent_at: datetime | None
    repeat_within: timedelta = timedelta(hours=1)
    application_id: str = ""
    campaign_id: str = ""
    influencer_id: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    audience: Segment | None = None


def judge(evidence: Evidence, link: LinkFacts, codec: ClickCodec) -> SetAside | None:
    """The first reason to set the click aside, but for `repeat`; None if it counts."""
    if _is_forged(evidence, codec):
        return SetAside.FORGED
    return _judge(evidence.facts, evidence.at, link)


def judge_stored(click: Mapping[str, Any], link: LinkFacts) -> SetAside | None:
    """The same of a stored click (`at`, `reason`, `evidence`); forged ones stay so."""
    if click["reason"] is SetAside.FORGED:
        return SetAside.FORGED
    return _judge(click["evidence"], click["at"], link)


def forged_id(*said: object) -> str:
    """An id of its own: what somebody made up must not take the place of a real one."""
    return f"forged-{hashlib.blake2b(repr(said).encode(), digest_size=20).hexdigest()}"


def repeats(clicks: Iterable[tuple[datetime, str]], within: timedelta) -> set[str]:
    """Which of these clicks of one visitor on one link repeat the one before.

    Takes and returns click ids. Every eligible click so shortly before makes a repeat,
    repeats too; so a late arrival changes the verdict on its successor only.
    """
    found: set[str] = set()
    before: datetime | None = None
    for at, click_id in sorted(clicks):
        if before is not None and at - before < within:
            found.add(click_id)
        before = at
    return found


def _is_forged(evidence: Evidence, codec: ClickCodec) -> bool:
    said = codec.read(evidence.click_id)
    return said is None or (said.link_id, said.at) != (evidence.link_id, evidence.at)


def _judge(facts: Mapping[str, str], at: datetime, link: LinkFacts) -> SetAside | None:
    if (reason := _not_a_person(facts)) is not None:
        return reason
    return SetAside.INTERNAL if facts.get(INTERNAL) else _too_late(at, link)


def _not_a_person(facts: Mapping[str, str]) -> SetAside | None:
    if facts.get("method") == "HEAD":
        return SetAside.HEAD
    purpose = facts.get("prefetch", "").lower()
    agent = facts.get("agent", "")
    if "prefetch" in purpose or "prerender" in purpose or is_preloader(agent):
        return SetAside.PREFETCH
    if "preview" in purpose or is_preview(agent):
        return SetAside.PREVIEW
    return SetAside.BOT if is_bot(agent) else None


def _too_late(at: datetime, link: LinkFacts) -> SetAside | None:
    if link.ended_at is not None and link.ended_at <= at:
        return SetAside.ENDED
    if link.budget_spent_at is not None and link.budget_spent_at <= at:
        return SetAside.BUDGET
    return None

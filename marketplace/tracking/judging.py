"""Whether a click counts, and why not. Pure; the same evidence, the same verdict."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.tracking.agents import is_bot, is_preview
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.evidence import Evidence
from marketplace.tracking.rules import SetAside

REPEAT_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What judging needs to know of a link.

    `ended_at`: when it, its application or its campaign ended, whichever was first.
    """

    brand_id: str
    timezone: str
    ended_at: datetime | None
    budget_spent_at: datetime | None


def judge(evidence: Evidence, link: LinkFacts, codec: ClickCodec) -> SetAside | None:
    """The first reason to set the click aside, but for `repeat`; None if it counts."""
    if _is_forged(evidence, codec):
        return SetAside.FORGED
    return _not_a_person(evidence.facts) or _too_late(evidence.at, link)


def _is_forged(evidence: Evidence, codec: ClickCodec) -> bool:
    said = codec.read(evidence.click_id)
    return said is None or (said.link_id, said.at) != (evidence.link_id, evidence.at)


def _not_a_person(facts: dict[str, str]) -> SetAside | None:
    if facts.get("method") == "HEAD":
        return SetAside.HEAD
    purpose = facts.get("prefetch", "").lower()
    if "prefetch" in purpose or "prerender" in purpose:
        return SetAside.PREFETCH
    agent = facts.get("agent", "")
    if "preview" in purpose or is_preview(agent):
        return SetAside.PREVIEW
    return SetAside.BOT if is_bot(agent) else None


def _too_late(at: datetime, link: LinkFacts) -> SetAside | None:
    if link.ended_at is not None and link.ended_at <= at:
        return SetAside.ENDED
    if link.budget_spent_at is not None and link.budget_spent_at <= at:
        return SetAside.BUDGET
    return None


def repeats(clicks: Iterable[tuple[datetime, str]]) -> set[str]:
    """Which of these clicks of one visitor on one link repeat the one before.

    Takes and returns click ids. Every eligible click within the hour before makes a
    repeat, repeats too; so a late arrival changes the verdict on its successor only.
    """
    found: set[str] = set()
    before: datetime | None = None
    for at, click_id in sorted(clicks):
        if before is not None and at - before < REPEAT_WITHIN:
            found.add(click_id)
        before = at
    return found

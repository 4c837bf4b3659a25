"""A stored decision as both sides read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution import wording
from marketplace.attribution.evidence_rules import Method
from marketplace.attribution.models import Attribution, Touch
from marketplace.attribution.reasons import Reason
from marketplace.collaborations.models import Application


@dataclass(frozen=True, slots=True)
class ExplainedTouch:
    """A touch, and under which contract it stands; null where it is nobody's."""

    kind: Method
    at: datetime | None
    application_id: str | None
    campaign_id: str | None
    influencer_id: str | None
    policy_version: int | None
    link_id: str | None
    code: str | None
    click_id: str | None
    won: bool
    reason: Reason

    def is_of(self, influencer_id: str | None) -> bool:
        """Whether it is that influencer's."""
        return influencer_id is not None and self.influencer_id == influencer_id


def explained_touches(session: Session, order_id: str) -> Sequence[ExplainedTouch]:
    """Every touch considered for an order, in the order they were judged."""
    rows = session.execute(
        select(
            Touch,
            Application.campaign_id,
            Application.influencer_id,
            Application.terms_version,
        )
        .outerjoin(Application, Application.id == Touch.application_id)
        .where(Touch.order_id == order_id)
        .order_by(Touch.position)
    )
    return [
        ExplainedTouch(
            kind=touch.kind,
            at=touch.at,
            application_id=touch.application_id,
            campaign_id=campaign_id,
            influencer_id=influencer_id,
            policy_version=version,
            link_id=touch.link_id,
            code=touch.code,
            click_id=touch.click_id,
            won=touch.won,
            reason=touch.reason,
        )
        for touch, campaign_id, influencer_id, version in rows
    ]


def sentence_of(row: Attribution, *, is_theirs: bool) -> wording.Words:
    """A decision in one sentence, English and Dutch.

    `is_theirs`: whoever reads it may know who is credited; else only that they are not.
    """
    if not is_theirs:
        return wording.NOT_YOU
    return wording.sentence_of(row.method, is_shared=len(row.credits) > 1)

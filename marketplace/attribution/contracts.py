"""What the contracts behind touches say: policy, when they held, who bought it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.attribution.evidence_rules import Candidate, Policy
from marketplace.campaigns.models import Campaign, Terms
from marketplace.collaborations.models import Application


@dataclass(frozen=True, slots=True)
class Contract:
    """What one application says about touches; its terms are frozen."""

    influencer_id: str
    policy: Policy
    accepted_at: datetime | None
    ended_at: datetime | None


def contracts_of(session: Session, ids: Collection[str]) -> dict[str, Contract]:
    """What these applications say, by id."""
    if not ids:
        return {}
    rows = session.execute(
        select(Application, Terms, Campaign)
        .join(
            Terms,
            (Terms.campaign_id == Application.campaign_id)
            & (Terms.version == Application.terms_version),
        )
        .join(Campaign, Campaign.id == Application.campaign_id)
        .where(Application.id.in_(sorted(ids)))
    )
    found = {}
    for application, terms, campaign in rows:
        ends = application.ended_at, campaign.closed_at, campaign.ends_at
        found[application.id] = Contract(
            influencer_id=application.influencer_id,
            policy=policy_of(terms),
            accepted_at=application.accepted_at,
            ended_at=min((at for at in ends if at is not None), default=None),
        )
    return found


def policy_of(terms: Terms) -> Policy:
    """What terms say about attribution."""
    lapsed = terms.lapsed_after_days
    return Policy(
        version=terms.version,
        window=timedelta(days=terms.window_days),
        precedence=terms.precedence,
        model=terms.model,
        new_customers_only=terms.new_customers_only,
        self_referral=terms.self_referral,
        repeat_orders=terms.repeat_orders,
        half_life=timedelta(days=terms.half_life_days),
        stacked_codes=terms.stacked_codes,
        leaked_codes=terms.leaked_codes,
        lapsed_after=None if lapsed is None else timedelta(days=lapsed),
    )


def completed(
    touches: Sequence[Candidate],
    contracts: Mapping[str, Contract],
    own_purchases: Mapping[str, str],
) -> list[Candidate]:
    """The touches with what their contracts say. `own_purchases`: by influencer."""
    found = []
    for touch in touches:
        if touch.application_id is not None:
            contract = contracts[touch.application_id]
            touch = replace(
                touch,
                policy=contract.policy,
                accepted_at=contract.accepted_at,
                ended_at=contract.ended_at,
                own_purchase=own_purchases.get(contract.influencer_id),
            )
        found.append(touch)
    return found

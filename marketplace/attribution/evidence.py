"""What is known that could have brought an order: its codes, its clicks, its buyer."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Influencer, User
from marketplace.attribution.reasons import Reason
from marketplace.attribution.rules import Candidate, Method, Policy
from marketplace.campaigns.models import Campaign, Terms
from marketplace.collaborations.models import Application
from marketplace.keys import keyed_hash
from marketplace.orders import Order
from marketplace.orders.versions import erased_mail
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.models import PromoCode, PromoCodeName, TrackingLink
from marketplace.tracking.rules import NO_EVIDENCE, normalise_code
from marketplace.tracking.traffic_models import Click

# More than any shop sends; a hostile order must not become a thousand look-ups.
MOST_TOUCHES = 20


@dataclass(frozen=True, slots=True)
class Keys:
    """What reading evidence needs: click ids are signed, shoppers hashed per brand."""

    codec: ClickCodec
    customer_key: bytes


class Brought(NamedTuple):
    """A customer's newest earlier kept order that a code or click had brought."""

    at: datetime
    application_id: str


def candidates(
    session: Session, order: Order, brought: Brought | None, keys: Keys
) -> list[Candidate]:
    """Every touch of an order. `brought`: who brought its customer before."""
    found = [*_codes(session, order), *_clicks(session, order, keys.codec)]
    if brought is not None:
        found.append(
            Candidate(
                Method.CUSTOMER, at=brought.at, application_id=brought.application_id
            )
        )
    ids = {c.application_id for c in found if c.application_id is not None}
    terms = _contracts(session, order, ids, keys.customer_key)
    return [_complete(candidate, terms) for candidate in found]


def _codes(session: Session, order: Order) -> list[Candidate]:
    texts = list(dict.fromkeys(order.codes))[:MOST_TOUCHES]
    if not texts:
        return []
    normalised = {text: normalise_code(text) for text in texts}
    rows = session.execute(
        select(PromoCodeName.normalised, PromoCode)
        .join(PromoCode, PromoCode.id == PromoCodeName.promo_code_id)
        .where(
            PromoCodeName.brand_id == order.brand_id,
            PromoCodeName.normalised.in_(sorted(set(normalised.values()))),
        )
    )
    codes = {name: code for name, code in rows}
    return [_code_touch(order, text, codes.get(normalised[text])) for text in texts]


def _code_touch(order: Order, text: str, code: PromoCode | None) -> Candidate:
    touch = Candidate(Method.CODE, at=order.placed_at, code=text[:100])
    if code is None:
        return replace(touch, unusable=Reason.UNKNOWN_CODE)
    return replace(
        touch, application_id=code.application_id, disabled_at=code.disabled_at
    )


def _clicks(session: Session, order: Order, codec: ClickCodec) -> list[Candidate]:
    texts = list(dict.fromkeys(order.click_ids))[:MOST_TOUCHES]
    if not texts:
        return []
    read = {text: codec.read(text) for text in texts}
    link_ids = sorted({click.link_id for click in read.values() if click})
    links = {
        link.id: link
        for link in session.scalars(
            select(TrackingLink).where(TrackingLink.id.in_(link_ids))
        )
    }
    reasons = {
        click.id: click.reason
        for click in session.scalars(select(Click).where(Click.id.in_(texts)))
    }
    found = []
    for text in texts:
        click = read[text]
        touch = Candidate(
            Method.CLICK, at=click.at if click else None, click_id=text[:64]
        )
        link = links.get(click.link_id) if click else None
        if link is None:
            touch = replace(touch, unusable=Reason.FORGED)
        elif link.brand_id != order.brand_id:
            touch = replace(touch, unusable=Reason.OTHER_BRAND)
        else:
            touch = replace(touch, application_id=link.application_id, link_id=link.id)
            if reasons.get(text) in NO_EVIDENCE:
                touch = replace(touch, unusable=Reason.NOT_A_PERSON)
        found.append(touch)
    return found


@dataclass(frozen=True, slots=True)
class _Contract:
    policy: Policy
    accepted_at: datetime | None
    ended_at: datetime | None
    is_self: bool


def _contracts(
    session: Session, order: Order, ids: Collection[str], customer_key: bytes
) -> dict[str, _Contract]:
    if not ids:
        return {}
    rows = session.execute(
        select(Application, Terms, Campaign, User.email)
        .join(
            Terms,
            (Terms.campaign_id == Application.campaign_id)
            & (Terms.version == Application.terms_version),
        )
        .join(Campaign, Campaign.id == Application.campaign_id)
        .join(Influencer, Influencer.id == Application.influencer_id)
        .join(User, User.id == Influencer.user_id)
        .where(Application.id.in_(sorted(ids)))
    )
    return {
        application.id: _Contract(
            policy=_policy(terms),
            accepted_at=application.accepted_at,
            ended_at=min(
                (
                    at
                    for at in (
                        application.ended_at,
                        campaign.closed_at,
                        campaign.ends_at,
                    )
                    if at is not None
                ),
                default=None,
            ),
            is_self=order.email_hash is not None
            and order.email_hash
            in (
                keyed_hash(customer_key, email),
                erased_mail(application.influencer_id),
            ),
        )
        for application, terms, campaign, email in rows
    }


def _policy(terms: Terms) -> Policy:
    return Policy(
        version=terms.version,
        window=timedelta(days=terms.window_days),
        precedence=terms.precedence,
        model=terms.model,
        new_customers_only=terms.new_customers_only,
        self_referral=terms.self_referral,
        repeat_orders=terms.repeat_orders,
    )


def _complete(touch: Candidate, contracts: dict[str, _Contract]) -> Candidate:
    if touch.application_id is None:
        return touch
    contract = contracts[touch.application_id]
    return replace(
        touch,
        policy=contract.policy,
        accepted_at=contract.accepted_at,
        ended_at=contract.ended_at,
        is_self=contract.is_self,
    )

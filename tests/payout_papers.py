"""A brand and an influencer who have stated who they are, and payouts between them."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from factories import (
    KEYRING,
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_shop,
)
from sqlalchemy.orm import Session

from marketplace.accounts.legal import StatedIdentity, state_legal_identity
from marketplace.accounts.models import Brand, Influencer
from marketplace.campaigns.models import Campaign
from marketplace.commissions import Commission, EntryKind, EntryStatus
from marketplace.orders import Order
from marketplace.orders.rules import OrderStatus
from marketplace.payouts.models import Payout, PayoutLine
from marketplace.payouts.rules import PayoutMethod, PayoutStatus

PAID_AT = datetime(2026, 4, 2, 8, 0, tzinfo=UTC)
_numbers = itertools.count(1)

BRAND: dict[str, Any] = {
    "legal_name": "Wolkje Slaapmaskers B.V.",
    "is_business": True,
    "line1": "Keizersgracht 1",
    "postal_code": "1015 CJ",
    "city": "Amsterdam",
    "country": "NL",
    "vat_number": "NL004495445B01",
    "chamber_number": "12345678",
    "tax_id": "004495445",
    "iban": "NL91ABNA0417164300",
    "account_holder": "Wolkje Slaapmaskers B.V.",
}
INFLUENCER: dict[str, Any] = {
    "legal_name": "Anna Brzęczyszczykiewicz",
    "is_business": True,
    "line1": "Długa 5",
    "line2": "m. 3",
    "postal_code": "1012 AB",
    "city": "Amsterdam",
    "country": "NL",
    "vat_number": "NL123456782B90",
    "birth_date": date(1999, 2, 28),
    "tax_id": "111222333",
    "iban": "NL39RABO0300065264",
    "account_holder": "A. Brzęczyszczykiewicz",
}


@dataclass
class Papers:
    """A brand with one campaign, to whose influencers payouts are made by hand."""

    session: Session
    brand: Brand
    campaign_id: str
    shop_id: str
    applications: dict[str, str] = field(default_factory=dict)

    def influencer(
        self, stated: dict[str, Any] | None = None, **over: Any
    ) -> Influencer:
        """A new one with an application; `stated`: changes to what they state."""
        return self.join(make_influencer(self.session, **over), stated)

    def join(self, influencer: Influencer, stated: dict[str, Any] | None) -> Influencer:
        """Accept an influencer; null: they have not stated who they are."""
        campaign = self.session.get_one(Campaign, self.campaign_id)
        application = make_application(self.session, campaign, influencer)
        self.applications[influencer.id] = application.id
        if stated is not None:
            state(self.session, influencer, {**INFLUENCER, **stated})
        self.session.commit()
        return influencer

    def payout(self, influencer: Influencer, amounts: list[int], **over: Any) -> Payout:
        """A payout of entries of these amounts; paid, unless it says otherwise."""
        n = next(_numbers)
        currency = over.get("currency", "EUR")
        payout = Payout(
            **{
                "id": f"pay_{n:022d}",
                "brand_id": self.brand.id,
                "influencer_id": influencer.id,
                "currency": currency,
                "amount": sum(amounts),
                "method": PayoutMethod.STRIPE,
                "status": PayoutStatus.PAID,
                "created_at": PAID_AT,
                "updated_at": PAID_AT,
                "idempotency_key": f"pay_{n}",
                "paid_at": PAID_AT,
                "paid_on": PAID_AT.date(),
                "next_attempt_at": PAID_AT,
                **over,
            }
        )
        self.session.add(payout)
        self.session.flush()
        for amount in amounts:
            entry = self.entry(influencer, amount, currency)
            self.session.add(
                PayoutLine(payout_id=payout.id, commission_id=entry.id, amount=amount)
            )
        self.session.commit()
        return payout

    def entry(self, influencer: Influencer, amount: int, currency: str) -> Commission:
        n = next(_numbers)
        order = Order(
            brand_id=self.brand.id,
            shop_id=self.shop_id,
            external_id=str(n),
            name=f"#{n}",
            status=OrderStatus.PAID,
            placed_at=PAID_AT,
            updated_at=PAID_AT,
            currency=currency,
            total_amount=amount,
            base_amount=amount,
            net_amount=amount,
            created_at=PAID_AT,
        )
        self.session.add(order)
        self.session.flush()
        entry = Commission(
            brand_id=self.brand.id,
            campaign_id=self.campaign_id,
            application_id=self.applications[influencer.id],
            influencer_id=influencer.id,
            order_id=order.id,
            kind=EntryKind.EARNING if amount >= 0 else EntryKind.REVERSAL,
            status=EntryStatus.PAID,
            amount=amount,
            currency=currency,
            day_on=date(2026, 3, 1 + n % 28),
            terms_version=1,
            inputs={"rate_bps": 1000, "kind": "percent", "amount": None},
            created_at=PAID_AT,
            matures_at=PAID_AT,
        )
        self.session.add(entry)
        self.session.flush()
        return entry


def state(session: Session, owner: Brand | Influencer, stated: dict[str, Any]) -> None:
    """What somebody states of themselves."""
    state_legal_identity(
        session, owner, StatedIdentity(**stated), keyring=KEYRING, by=None, now=PAID_AT
    )


def make_papers(
    session: Session, stated: dict[str, Any] | None = None, brand: Brand | None = None
) -> Papers:
    """`stated`: changes to what the brand states of itself."""
    brand = brand or make_brand(session)
    campaign = make_campaign(session, brand, title="Zomer & zon")
    shop = make_shop(session, brand)
    state(session, brand, {**BRAND, **(stated or {})})
    session.commit()
    return Papers(session, brand, campaign.id, shop.id)

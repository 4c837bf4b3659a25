"""Whether an influencer bought themselves: by e-mail, postal address or bank account."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.legal import LegalIdentity, NumberNotReadable, open_iban
from marketplace.accounts.models import Influencer, User
from marketplace.attribution.keys import Keys
from marketplace.keys import keyed_hash
from marketplace.orders import Order
from marketplace.orders.forgetting import address_of
from marketplace.orders.versions import (
    erased_mail,
    hashed_account,
    hashed_address,
    hashed_mailbox,
)

EMAIL, ADDRESS, PAYMENT = "email", "address", "payment"


class Person(NamedTuple):
    """What an influencer may have bought as."""

    influencer_id: str
    email: str
    identity: LegalIdentity | None


def own_purchases(
    session: Session, order: Order, influencer_ids: Collection[str], keys: Keys
) -> dict[str, str]:
    """Of these influencers those whose own purchase it was: id → what shows it, the
    surest first (``email``, ``address``, ``payment``).

    An address also shows who lives in the same house; a card is nobody's here, as
    influencers state bank accounts only.
    """
    if not influencer_ids or not _is_known(order):
        return {}
    return shown_by(order, people_of(session, influencer_ids), keys)


def people_of(session: Session, influencer_ids: Collection[str]) -> list[Person]:
    """What is known of these influencers."""
    rows = session.execute(
        select(Influencer.id, User.email, LegalIdentity)
        .join(User, User.id == Influencer.user_id)
        .outerjoin(LegalIdentity, LegalIdentity.influencer_id == Influencer.id)
        .where(Influencer.id.in_(sorted(influencer_ids)))
    )
    return [Person(*row) for row in rows]


def shown_by(order: Order, people: Iterable[Person], keys: Keys) -> dict[str, str]:
    """As `own_purchases`, of people who have been read already."""
    if not _is_known(order):
        return {}
    shown = {each.influencer_id: _shown_by(order, *each, keys) for each in people}
    return {who: by for who, by in shown.items() if by is not None}


def _is_known(order: Order) -> bool:
    told = (
        order.email_hash,
        order.mailbox_hash,
        order.address_hash,
        order.payment_hash,
    )
    return any(told)


def _shown_by(
    order: Order,
    influencer_id: str,
    email: str,
    identity: LegalIdentity | None,
    keys: Keys,
) -> str | None:
    key, erased = keys.customer_key, erased_mail(influencer_id)
    if order.email_hash is not None and (
        order.email_hash in (keyed_hash(key, email), erased)
        or order.mailbox_hash == hashed_mailbox(email, key)
    ):
        return EMAIL
    if order.address_hash is not None:
        home = address_of(identity) if identity else None
        if order.address_hash in (hashed_address(home, key), erased):
            return ADDRESS
    if order.payment_hash is not None and identity is not None:
        account = _account(identity, keys)
        if order.payment_hash == hashed_account(account, key):
            return PAYMENT
    return None


def _account(identity: LegalIdentity, keys: Keys) -> str | None:
    try:
        return open_iban(identity, keys.keyring)
    except NumberNotReadable:
        return None

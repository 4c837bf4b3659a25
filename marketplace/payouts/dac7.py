"""What a platform tells the tax administration about a year (DAC7, Directive 2021/514).

Sellers are influencers who live in the Union and were paid in the year; what they do is
personal services. The platform withholds no fees and no taxes from them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from marketplace import currencies
from marketplace.accounts.legal import (
    LegalIdentity,
    NumberNotReadable,
    open_iban,
    open_tax_id,
)
from marketplace.accounts.models import Brand, Influencer
from marketplace.commissions.models import Commission
from marketplace.currencies import EURO
from marketplace.errors import Conflict, Invalid
from marketplace.keys import Keyring
from marketplace.payouts.models import Payout, PayoutLine
from marketplace.payouts.rules import SETTLED
from marketplace.payouts.vat import in_the_union

FIRST_YEAR = 2023  # the first that DAC7 is about


class OperatorNotStated(Conflict):
    """Who runs this platform is not known well enough to report in its name."""


@dataclass(slots=True)
class Quarter:
    """What a seller was paid in euro cents, and for how many collaborations."""

    consideration: int = 0
    activities: int = 0
    fees: int = 0
    taxes: int = 0


@dataclass(frozen=True, slots=True)
class Party:
    """The operator or a seller. Null is not known; `birth_date`: of a natural person.

    `tax_id` is of the administration of `country`.
    """

    id: str
    name: str
    country: str
    is_entity: bool
    line1: str = ""
    line2: str = ""
    postal_code: str = ""
    city: str = ""
    tax_id: str | None = None
    vat_number: str | None = None
    chamber_number: str | None = None
    birth_date: date | None = None
    iban: str | None = None
    account_holder: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seller:
    """One seller's year."""

    party: Party
    quarters: tuple[Quarter, Quarter, Quarter, Quarter]


@dataclass(frozen=True, slots=True)
class Report:
    """A year's report; `warnings`: (influencer id, what is missing or was left out)."""

    year: int
    sellers: list[Seller]
    warnings: list[tuple[str, str]] = field(default_factory=list)


def report_of(session: Session, year: int, *, keyring: Keyring) -> Report:
    """Who was paid what in that calendar year, by the day of payment."""
    if not FIRST_YEAR <= year <= 9000:
        raise Invalid({"year": [f"must be {FIRST_YEAR} or later"]})
    warnings: list[tuple[str, str]] = []
    quarters = _paid(session, year, warnings)
    _count_activities(session, year, quarters)
    sellers = []
    for influencer, identity in _people(session, year):
        party = _party(influencer.id, influencer, identity, keyring)
        if not in_the_union(party.country):
            warnings.append((influencer.id, f"not reported: lives in {party.country}"))
            continue
        warnings += [(influencer.id, f"missing: {name}") for name in party.missing]
        sellers.append(Seller(party, quarters[influencer.id]))
    return Report(year, sellers, sorted(warnings))


def operator_of(session: Session, brand: Brand, *, keyring: Keyring) -> Party:
    """A brand as the operator of this platform; OperatorNotStated names what it lacks."""
    identity = session.scalars(
        select(LegalIdentity).where(LegalIdentity.brand_id == brand.id)
    ).one_or_none()
    party = _party(brand.id, brand, identity, keyring, is_entity=True)
    if identity is None or "tax_id" in party.missing:
        lacking = "legal identity" if identity is None else "tax_id"
        raise OperatorNotStated(f"{brand.name} has stated no {lacking}.")
    return party


_Quarters = tuple[Quarter, Quarter, Quarter, Quarter]


def _in_year(year: int) -> list[ColumnElement[bool]]:
    """Which payouts count: the money was sent in that year and did not come back."""
    start, end = date(year, 1, 1), date(year + 1, 1, 1)
    return [
        Payout.status.in_(SETTLED),
        or_(
            and_(Payout.paid_on >= start, Payout.paid_on < end),
            and_(
                Payout.paid_on.is_(None),
                Payout.paid_at >= datetime(year, 1, 1, tzinfo=UTC),
                Payout.paid_at < datetime(year + 1, 1, 1, tzinfo=UTC),
            ),
        ),
    ]


def _day(paid_on: date | None, paid_at: datetime | None) -> date:
    if paid_on is not None:
        return paid_on
    assert paid_at is not None
    return paid_at.date()


def _paid(
    session: Session, year: int, warnings: list[tuple[str, str]]
) -> dict[str, _Quarters]:
    """Influencer → what was paid per quarter, each payout at its day's rate."""
    quarters: dict[str, _Quarters] = {}
    for payout in session.scalars(select(Payout).where(*_in_year(year))):
        own = quarters.setdefault(
            payout.influencer_id, (Quarter(), Quarter(), Quarter(), Quarter())
        )
        day = _day(payout.paid_on, payout.paid_at)
        amount = payout.amount - payout.returned_amount
        rate = currencies.rate_on(session, payout.currency, EURO, day)
        if rate is None:
            said = f"payout {payout.id} left out: no rate of {payout.currency} on {day}"
            warnings.append((payout.influencer_id, said))
            continue
        own[(day.month - 1) // 3].consideration += currencies.convert(
            amount, payout.currency, EURO, rate[0]
        )
    return quarters


def _count_activities(
    session: Session, year: int, quarters: Mapping[str, _Quarters]
) -> None:
    """An activity is a collaboration that something was paid for in the quarter."""
    rows = session.execute(
        select(
            Payout.influencer_id,
            Commission.application_id,
            Payout.paid_on,
            func.max(Payout.paid_at),
        )
        .join(PayoutLine, PayoutLine.payout_id == Payout.id)
        .join(Commission, Commission.id == PayoutLine.commission_id)
        .where(*_in_year(year))
        .group_by(Payout.influencer_id, Commission.application_id, Payout.paid_on)
    )
    seen = {
        (influencer_id, application_id, (_day(paid_on, paid_at).month - 1) // 3)
        for influencer_id, application_id, paid_on, paid_at in rows
    }
    for influencer_id, _, quarter in seen:
        quarters[influencer_id][quarter].activities += 1


def _people(
    session: Session, year: int
) -> Iterator[tuple[Influencer, LegalIdentity | None]]:
    found = session.execute(
        select(Influencer, LegalIdentity)
        .outerjoin(LegalIdentity, LegalIdentity.influencer_id == Influencer.id)
        .where(Influencer.id.in_(select(Payout.influencer_id).where(*_in_year(year))))
        .order_by(Influencer.id)
    )
    yield from ((person, identity) for person, identity in found)


def _party(
    party_id: str,
    known: Influencer | Brand,
    identity: LegalIdentity | None,
    keyring: Keyring,
    *,
    is_entity: bool = False,
) -> Party:
    """All that is known of somebody, and the names of what should be and is not."""
    if identity is None:
        return Party(
            id=party_id,
            name=known.name,
            country=known.country,
            is_entity=is_entity,
            missing=("legal identity",),
        )
    # A natural person may be a business, too: one who was born is no entity.
    is_entity = is_entity or (identity.is_business and identity.birth_date is None)
    missing: list[str] = []
    tax_id = _opened("tax_id", open_tax_id, identity, keyring, missing)
    iban = _opened("iban", open_iban, identity, keyring, missing)
    if not is_entity and identity.birth_date is None:
        missing.append("birth_date")
    return Party(
        id=party_id,
        name=identity.legal_name,
        country=identity.country,
        is_entity=is_entity,
        line1=identity.line1,
        line2=identity.line2,
        postal_code=identity.postal_code,
        city=identity.city,
        tax_id=tax_id,
        vat_number=identity.vat_number,
        chamber_number=identity.chamber_number,
        birth_date=identity.birth_date,
        iban=iban,
        account_holder=identity.account_holder,
        missing=tuple(missing),
    )


def _opened(
    name: str,
    open_it: Callable[[LegalIdentity, Keyring], str | None],
    identity: LegalIdentity,
    keyring: Keyring,
    missing: list[str],
) -> str | None:
    try:
        found = open_it(identity, keyring)
    except NumberNotReadable:
        found = None
    if found is None:
        missing.append(name)
    return found

"""Who is paid and who pays, as papers must name them: invoices, transfers, tax returns.

Account numbers and tax numbers are sealed; whoever needs one opens it where it is used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace import events
from marketplace.accounts.legal_numbers import (
    chamber_number_of,
    country_of,
    iban_of,
    tax_id_of,
    vat_number_of,
)
from marketplace.accounts.models import Brand, Influencer
from marketplace.accounts.rules import Actor
from marketplace.errors import Conflict, Invalid
from marketplace.ids import id_maker
from marketplace.keys import Keyring
from marketplace.orm import Id, Model, change

IBAN_KEY = "legal-iban:1"
TAX_ID_KEY = "legal-tax-id:1"


class LegalIdentity(Model):
    """Of one influencer or one brand: name, address and numbers on papers.

    `is_business`: acts as a business for VAT. `birth_date`: of a natural person, who
    may be a business too. `tax_id`: of the administration of the address's country
    (TIN). `small_business`: no VAT is charged under a scheme for small ones (KOR).
    """

    __tablename__ = "legal_identities"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("leg"))
    influencer_id: Mapped[str | None] = mapped_column(
        ForeignKey("influencers.id"), unique=True
    )
    brand_id: Mapped[str | None] = mapped_column(ForeignKey("brands.id"), unique=True)
    legal_name: Mapped[str] = mapped_column(String(200))
    is_business: Mapped[bool]
    line1: Mapped[str] = mapped_column(String(200))
    line2: Mapped[str] = mapped_column(String(200), default="")
    postal_code: Mapped[str] = mapped_column(String(20))
    city: Mapped[str] = mapped_column(String(100))
    country: Mapped[str] = mapped_column(String(2))
    vat_number: Mapped[str | None] = mapped_column(String(20))
    chamber_number: Mapped[str | None] = mapped_column(String(40))
    small_business: Mapped[bool] = mapped_column(default=False)
    birth_date: Mapped[date | None] = mapped_column(Date)
    sealed_tax_id: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_iban: Mapped[bytes | None] = mapped_column(LargeBinary)
    account_holder: Mapped[str | None] = mapped_column(String(200))
    updated_at: Mapped[datetime]


class NumberNotReadable(Conflict):
    """The number was sealed under another key: it must be stated anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedIdentity:
    """A legal identity as its owner states it, all of it; empty text is none."""

    legal_name: str
    is_business: bool
    line1: str
    line2: str = ""
    postal_code: str
    city: str
    country: str
    vat_number: str | None = None
    chamber_number: str | None = None
    small_business: bool = False
    birth_date: date | None = None
    tax_id: str | None = None
    iban: str | None = None
    account_holder: str | None = None


def legal_identity_of(
    session: Session, *, influencer_id: str | None = None, brand_id: str | None = None
) -> LegalIdentity | None:
    """The legal identity of an influencer or of a brand; null if none was stated."""
    if influencer_id is not None:
        owned = LegalIdentity.influencer_id == influencer_id
    else:
        owned = LegalIdentity.brand_id == brand_id
    return session.scalars(select(LegalIdentity).where(owned)).one_or_none()


def open_iban(identity: LegalIdentity, keyring: Keyring) -> str | None:
    """The account number in the clear, compact; null if none was stated.

    NumberNotReadable if it was sealed under another key.
    """
    return _open(IBAN_KEY, identity.sealed_iban, keyring)


def open_tax_id(identity: LegalIdentity, keyring: Keyring) -> str | None:
    """The tax number in the clear, as `open_iban`."""
    return _open(TAX_ID_KEY, identity.sealed_tax_id, keyring)


def state_legal_identity(
    session: Session,
    owner: Influencer | Brand,
    stated: StatedIdentity,
    *,
    keyring: Keyring,
    by: Actor | None,
    now: datetime,
) -> LegalIdentity:
    """Store what an influencer or a brand states of itself instead of what it stated
    before; Invalid names every wrong field.
    """
    checked = _checked(stated, now=now)
    facts = {
        name: getattr(checked, name)
        for name in StatedIdentity.__slots__
        if name not in ("iban", "tax_id")
    }
    # Twice at once: the second waits, and then finds the first one's row.
    session.refresh(owner, with_for_update={"key_share": True})
    own = _own(owner)
    identity = legal_identity_of(session, **own)
    if identity is None:
        identity = LegalIdentity(**own)
    changed = change(identity, facts)
    for column, purpose, opened, told in (
        ("sealed_iban", IBAN_KEY, open_iban, checked.iban),
        ("sealed_tax_id", TAX_ID_KEY, open_tax_id, checked.tax_id),
    ):
        if told != _known(identity, opened, keyring):
            sealed = None if told is None else keyring.seal(purpose, told.encode())
            setattr(identity, column, sealed)
            changed = True
    if changed:
        identity.updated_at = now
        session.add(identity)
        session.flush()
        _tell(session, owner, own, by, now)
    return identity


def _own(owner: Influencer | Brand) -> dict[str, str]:
    kind = "influencer_id" if isinstance(owner, Influencer) else "brand_id"
    return {kind: owner.id}


def _open(purpose: str, sealed: bytes | None, keyring: Keyring) -> str | None:
    if sealed is None:
        return None
    try:
        return keyring.open(purpose, sealed).decode()
    except ValueError as error:
        raise NumberNotReadable(
            "A stored number cannot be opened any more: state it anew."
        ) from error


def _known(
    identity: LegalIdentity,
    opened: Callable[[LegalIdentity, Keyring], str | None],
    keyring: Keyring,
) -> str | None:
    """What is sealed now; nothing that will be stated if nobody can read it."""
    try:
        return opened(identity, keyring)
    except NumberNotReadable:
        return ""


def _tell(
    session: Session,
    owner: Influencer | Brand,
    own: dict[str, str],
    by: Actor | None,
    now: datetime,
) -> None:
    kind = "influencer" if isinstance(owner, Influencer) else "brand"
    events.publish(
        session,
        f"{kind}.legal_identity_stated",
        now=now,
        subject_id=owner.id,
        actor_id=by.user_id if by else None,
        influencer_id=own.get("influencer_id"),
        brand_id=own.get("brand_id"),
    )


NEEDED = ("legal_name", "address.line1", "address.postal_code", "address.city")


def _checked(stated: StatedIdentity, *, now: datetime) -> StatedIdentity:
    """The statement tidied; Invalid names every wrong field."""
    fields = {name: getattr(stated, name) for name in StatedIdentity.__slots__}
    errors: dict[str, list[str]] = {
        name: ["must not be empty"]
        for name in NEEDED
        if not fields[name.removeprefix("address.")].strip()
    }
    fields["account_holder"] = stated.account_holder or None
    country = stated.country.strip().upper()
    checks: dict[str, Callable[[str], str]] = {
        "address.country": country_of,
        "vat_number": vat_number_of,
        "chamber_number": lambda text: chamber_number_of(text, country),
        "tax_id": lambda text: tax_id_of(text, country),
        "iban": iban_of,
    }
    for where, check in checks.items():
        name = where.removeprefix("address.")
        text = fields[name]
        try:
            fields[name] = check(text) if text and text.strip() else None
        except ValueError as error:
            errors[where] = [str(error)]
    errors |= _contradictions(stated, now=now)
    if errors:
        raise Invalid(errors)
    return StatedIdentity(**fields)


def _contradictions(stated: StatedIdentity, *, now: datetime) -> dict[str, list[str]]:
    """What cannot be said together."""
    errors: dict[str, list[str]] = {}
    if not stated.country.strip():
        errors["address.country"] = ["must not be empty"]
    if not stated.is_business:
        for name in ("vat_number", "chamber_number", "small_business"):
            if getattr(stated, name):
                errors[name] = ["only a business has this"]
    if stated.birth_date is not None and stated.birth_date >= now.date():
        errors["birth_date"] = ["must be in the past"]
    if stated.iban and not (stated.account_holder or "").strip():
        errors["account_holder"] = ["is needed with an account"]
    return errors

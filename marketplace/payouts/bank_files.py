"""What a brand has to pay by itself (external payouts), as files for its bank."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from marketplace.accounts.legal import LegalIdentity, open_iban
from marketplace.accounts.models import Brand, Influencer
from marketplace.commissions.models import Commission
from marketplace.errors import Conflict
from marketplace.keys import Keyring
from marketplace.money import to_decimal
from marketplace.payouts.csv_text import as_csv
from marketplace.payouts.models import Payout
from marketplace.payouts.pain001 import BankParty, Transfer, bank_id
from marketplace.payouts.rules import PayoutMethod, PayoutStatus
from marketplace.payouts.sepa_text import can_be_paid, sepa_text
from marketplace.payouts.statement_models import Statement, StatementKind

MOST_TRANSFERS = 5_000


class CannotBePaidByBank(Conflict):
    """Some of these cannot be in the file; `unpayable` says which and why."""

    def __init__(self, unpayable: Sequence[str]) -> None:
        super().__init__(f"Nothing was made: {'; '.join(unpayable)}.")
        self.unpayable = list(unpayable)


class NothingToPay(Conflict):
    """No payout waits for the brand to pay it."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A payout with what is known of its receiver."""

    payout: Payout
    influencer: Influencer
    identity: LegalIdentity | None
    statement: str | None
    is_on_hold: bool


def to_be_paid(brand: Brand, payout_ids: Collection[str] = ()) -> Select[Payout]:
    """The brand's external payouts that wait for it to pay and are in no file for its
    bank; of these ids if any.
    """
    found = (
        select(Payout)
        .where(
            Payout.brand_id == brand.id,
            Payout.method == PayoutMethod.EXTERNAL,
            Payout.status == PayoutStatus.AWAITING_CONFIRMATION,
            Payout.batch_id.is_(None),
        )
        .order_by(Payout.id)
    )
    return found.where(Payout.id.in_(payout_ids)) if payout_ids else found


def bank_transfers(
    session: Session,
    brand: Brand,
    payout_ids: Collection[str] = (),
    *,
    leave_out_incomplete: bool = False,
    keyring: Keyring,
) -> tuple[BankParty, list[Transfer]]:
    """Whose account pays, and what; CannotBePaidByBank names all that is missing.

    `payout_ids`: only these; none for all that wait.
    """
    rows = _rows(session, brand, payout_ids)
    of_payer: list[str] = []
    debtor = _payer(session, brand, keyring, of_payer)
    unpayable: list[str] = []
    transfers = []
    for row in rows:
        party = _payee(row, keyring, unpayable)
        if party is not None:
            transfers.append(_transfer(row, party, brand))
    refused = bool(unpayable) and not (leave_out_incomplete and transfers)
    if debtor is None or refused:
        raise CannotBePaidByBank([*of_payer, *unpayable])
    return debtor, transfers


def as_payment_csv(transfers: Sequence[Transfer]) -> str:
    """The same for people and other programs: a line per transfer, decimal points."""
    header = (
        *("payout_id", "end_to_end_id", "name", "iban", "street", "postal_code"),
        *("city", "country", "amount", "currency", "reference"),
    )
    return as_csv(
        header,
        [
            [
                *(
                    one.payout_id,
                    bank_id(one.payout_id),
                    one.to.name,
                    one.to.iban,
                ),
                *(one.to.line1, one.to.postal_code, one.to.city, one.to.country),
                *(to_decimal(one.amount, "EUR"), "EUR", one.reference),
            ]
            for one in transfers
        ],
    )


def _rows(session: Session, brand: Brand, payout_ids: Collection[str]) -> list[_Row]:
    invoice = (Statement.payout_id == Payout.id) & (
        Statement.kind == StatementKind.INVOICE
    )
    on_hold = exists().where(
        Commission.payout_id == Payout.id, Commission.on_hold.is_(True)
    )
    found = session.execute(
        to_be_paid(brand, payout_ids)
        .add_columns(Influencer, LegalIdentity, Statement.number, on_hold)
        .join(Influencer, Influencer.id == Payout.influencer_id)
        .outerjoin(LegalIdentity, LegalIdentity.influencer_id == Payout.influencer_id)
        .outerjoin(Statement, invoice)
        .limit(MOST_TRANSFERS)
    )
    rows = [_Row(*row) for row in found]
    absent = set(payout_ids) - {row.payout.id for row in rows}
    if absent:
        raise CannotBePaidByBank(
            [
                f"{payout_id} does not wait for you to pay it, or is in a file already"
                for payout_id in sorted(absent)
            ]
        )
    if not rows:
        raise NothingToPay("No payout waits for you to pay it that is in no file yet.")
    return rows


def _payer(
    session: Session, brand: Brand, keyring: Keyring, unpayable: list[str]
) -> BankParty | None:
    identity = session.scalars(
        select(LegalIdentity).where(LegalIdentity.brand_id == brand.id)
    ).one_or_none()
    return _party(f"{brand.name} (you)", identity, keyring, unpayable)


def _payee(row: _Row, keyring: Keyring, unpayable: list[str]) -> BankParty | None:
    who = f"{row.influencer.name} ({row.payout.id})"
    if row.payout.currency != "EUR":
        unpayable.append(f"{who}: SEPA pays euros, not {row.payout.currency}")
        return None
    if row.is_on_hold:
        unpayable.append(f"{who}: something in it is on hold")
        return None
    return _party(who, row.identity, keyring, unpayable)


def _party(
    who: str, identity: LegalIdentity | None, keyring: Keyring, unpayable: list[str]
) -> BankParty | None:
    """What banks must know of somebody; what is missing goes to `unpayable`."""
    if identity is None:
        unpayable.append(f"{who}: no legal identity has been stated")
        return None
    iban = open_iban(identity, keyring)
    name = identity.account_holder or identity.legal_name
    missing = []
    if iban is None:
        missing.append("no iban")
    elif not can_be_paid(iban):
        missing.append("an iban that SEPA does not reach")
    if not sepa_text(name, 70):
        missing.append("no name that banks can write")
    if not sepa_text(identity.city, 35):
        missing.append("no city that banks can write")
    if missing or iban is None:
        unpayable.append(f"{who}: {', '.join(missing)}")
        return None
    return BankParty(
        name=name,
        line1=identity.line1,
        postal_code=identity.postal_code,
        city=identity.city,
        country=identity.country,
        iban=iban,
    )


def _transfer(row: _Row, party: BankParty, brand: Brand) -> Transfer:
    """The receiver reads the statement's number, or the payout's while there is none."""
    number = row.statement or bank_id(row.payout.id)
    return Transfer(row.payout.id, party, row.payout.amount, f"{number} {brand.name}")

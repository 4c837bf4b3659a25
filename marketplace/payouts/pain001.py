"""SEPA credit transfers as ISO 20022 pain.001.001.09, for a brand that pays by its bank.

Written here and not by a library: those there are put random ids and the clock into the
file, so that a bank could not tell a second download from a second order to pay.
"""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from marketplace.money import to_decimal
from marketplace.payouts.sepa_text import sepa_text

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_LONGEST_ID = 35


@dataclass(frozen=True, slots=True)
class BankParty:
    """Somebody with an account, as banks must know them; `iban` compact."""

    name: str
    line1: str
    postal_code: str
    city: str
    country: str
    iban: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment in euro cents; `reference` is what the receiver reads."""

    payout_id: str
    to: BankParty
    amount: int
    reference: str


def as_pain001(
    debtor: BankParty,
    transfers: Sequence[Transfer],
    *,
    message_id: str,
    execute_on: date,
    made_at: datetime,
) -> bytes:
    """One batch of transfers, to be booked as one; `made_at` aware.

    `message_id`: by which banks know a file that they had before.
    """
    count = str(len(transfers))
    total = _euros(sum(transfer.amount for transfer in transfers))
    document = ET.Element("Document", xmlns=NAMESPACE)
    root = ET.SubElement(document, "CstmrCdtTrfInitn")
    header = ET.SubElement(root, "GrpHdr")
    _text(header, "MsgId", message_id)
    _text(header, "CreDtTm", f"{made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    _text(header, "NbOfTxs", count)
    _text(header, "CtrlSum", total)
    _text(ET.SubElement(header, "InitgPty"), "Nm", sepa_text(debtor.name, 70))
    batch = ET.SubElement(root, "PmtInf")
    _text(batch, "PmtInfId", message_id)
    _text(batch, "PmtMtd", "TRF")
    _text(batch, "BtchBookg", "true")
    _text(batch, "NbOfTxs", count)
    _text(batch, "CtrlSum", total)
    _text(_path(batch, "PmtTpInf", "SvcLvl"), "Cd", "SEPA")
    _text(_path(batch, "ReqdExctnDt"), "Dt", execute_on.isoformat())
    _party(ET.SubElement(batch, "Dbtr"), debtor)
    _text(_path(batch, "DbtrAcct", "Id"), "IBAN", debtor.iban)
    # The account says which bank it is at; this is how SEPA says so.
    _text(_path(batch, "DbtrAgt", "FinInstnId", "Othr"), "Id", "NOTPROVIDED")
    _text(batch, "ChrgBr", "SLEV")
    for transfer in sorted(transfers, key=lambda one: one.payout_id):
        _transfer(batch, transfer)
    made: bytes = ET.tostring(document, encoding="UTF-8", xml_declaration=True)
    return made


def bank_id(public_id: str) -> str:
    """An id as banks can carry it (they know no underscore)."""
    return public_id.replace("_", "-")[:_LONGEST_ID]


def _transfer(batch: ET.Element, transfer: Transfer) -> None:
    node = ET.SubElement(batch, "CdtTrfTxInf")
    _text(_path(node, "PmtId"), "EndToEndId", bank_id(transfer.payout_id))
    amount = _text(_path(node, "Amt"), "InstdAmt", _euros(transfer.amount))
    amount.set("Ccy", "EUR")
    _party(ET.SubElement(node, "Cdtr"), transfer.to)
    _text(_path(node, "CdtrAcct", "Id"), "IBAN", transfer.to.iban)
    _text(_path(node, "RmtInf"), "Ustrd", sepa_text(transfer.reference, 140))


def _party(node: ET.Element, party: BankParty) -> None:
    _text(node, "Nm", sepa_text(party.name, 70))
    address = ET.SubElement(node, "PstlAdr")
    for name, text, longest in (
        ("StrtNm", party.line1, 70),
        ("PstCd", party.postal_code, 16),
        ("TwnNm", party.city, 35),
    ):
        if plain := sepa_text(text, longest):
            _text(address, name, plain)
    _text(address, "Ctry", party.country)


def _path(node: ET.Element, *names: str) -> ET.Element:
    for name in names:
        node = ET.SubElement(node, name)
    return node


def _text(node: ET.Element, name: str, text: str) -> ET.Element:
    child = ET.SubElement(node, name)
    child.text = text
    return child


def _euros(cents: int) -> str:
    return format(to_decimal(cents, "EUR"), "f")

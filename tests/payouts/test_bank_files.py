"""Files for a brand's bank: valid, repeatable, and refused with every reason."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sepaxml
import xmlschema
from factories import KEYRING
from hypothesis import given
from hypothesis import strategies as st
from payout_papers import BRAND, Papers, make_papers, state
from sqlalchemy.orm import Session

from marketplace.commissions import Commission
from marketplace.payouts.bank_files import (
    CannotBePaidByBank,
    NothingToPay,
    as_payment_csv,
    bank_transfers,
)
from marketplace.payouts.batch_models import PaymentBatch
from marketplace.payouts.batches import (
    BatchNotOpen,
    cancel_batch,
    csv_of,
    make_batch,
    mark_batch_paid,
    pain_of,
)
from marketplace.payouts.checks import _batches
from marketplace.payouts.models import Payout
from marketplace.payouts.operations import PayoutInBatch, cancel, return_external
from marketplace.payouts.pain001 import NAMESPACE, BankParty, Transfer, as_pain001
from marketplace.payouts.queries import lines_of
from marketplace.payouts.rules import PayoutMethod, PayoutStatus
from marketplace.payouts.sepa_text import sepa_text
from marketplace.payouts.statements import issue

NOW = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
NS = {"p": NAMESPACE}
ALLOWED = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*")


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    """ISO's own, as it comes with a package."""
    folder = Path(sepaxml.__file__).parent / "schemas"
    return xmlschema.XMLSchema(str(folder / "pain.001.001.09.xsd"))


@pytest.fixture
def papers(session: Session) -> Papers:
    return make_papers(session)


def waiting(
    papers: Papers, stated: dict[str, Any] | None, amount: int, **over: Any
) -> Payout:
    return papers.payout(
        papers.influencer(stated),
        [amount],
        method=PayoutMethod.EXTERNAL,
        status=PayoutStatus.AWAITING_CONFIRMATION,
        paid_on=None,
        paid_at=None,
        **over,
    )


def made(papers: Papers, *payout_ids: str, **more: Any) -> PaymentBatch:
    """A batch of all that waits (of these)."""
    more.setdefault("now", NOW)
    return make_batch(
        papers.session, papers.brand, payout_ids, keyring=KEYRING, by="usr_x", **more
    )


def xml_of(papers: Papers) -> bytes:
    return pain_of(made(papers, execute_on=date(2026, 4, 3)), KEYRING)


def test_the_file_is_what_banks_take(
    papers: Papers, schema: xmlschema.XMLSchema
) -> None:
    first = waiting(papers, {}, 123_456)
    second = waiting(papers, {"account_holder": "Łukasz Ødegård & Söhne"}, 5)
    paid = papers.payout(papers.influencer({}), [777])
    (invoice,) = issue(papers.session, first, now=NOW)
    papers.session.commit()
    xml = xml_of(papers)
    schema.validate(xml.decode())
    root = ET.fromstring(xml)
    texts = {
        path: [node.text for node in root.iterfind(f".//p:{path}", NS)]
        for path in (
            *("NbOfTxs", "CtrlSum", "InstdAmt", "EndToEndId", "Ustrd"),
            *("CdtrAcct//p:IBAN", "DbtrAcct//p:IBAN", "Cdtr/p:Nm", "ReqdExctnDt/p:Dt"),
        )
    }
    assert texts["NbOfTxs"] == ["2", "2"]
    assert texts["CtrlSum"] == ["1234.61", "1234.61"]
    assert texts["InstdAmt"] == ["1234.56", "0.05"]
    assert {n.get("Ccy") for n in root.iterfind(".//p:InstdAmt", NS)} == {"EUR"}
    ids = [payout.id.replace("_", "-") for payout in (first, second)]
    assert texts["EndToEndId"] == ids
    # The reader finds the invoice by its number; without one, by the payout.
    assert texts["Ustrd"] == [f"{invoice.number} Wolkje", f"{ids[1]} Wolkje"]
    assert texts["Cdtr/p:Nm"] == ["A. Brzeczyszczykiewicz", "Lukasz Odegard + Sohne"]
    assert texts["CdtrAcct//p:IBAN"] == ["NL39RABO0300065264"] * 2
    assert texts["DbtrAcct//p:IBAN"] == ["NL91ABNA0417164300"]
    assert texts["ReqdExctnDt/p:Dt"] == ["2026-04-03"]
    address = root.find(".//p:Cdtr/p:PstlAdr", NS)
    assert address is not None
    assert [(n.tag.partition("}")[2], n.text) for n in address] == [
        ("StrtNm", "Dluga 5"),
        ("PstCd", "1012 AB"),
        ("TwnNm", "Amsterdam"),
        ("Ctry", "NL"),
    ]
    assert paid.id not in xml.decode()


def test_a_payout_is_in_one_file_at_most(papers: Papers) -> None:
    """What the bank has is not ordered again, whatever is owed later."""
    first = waiting(papers, {}, 100)
    batch = made(papers)
    xml, table = pain_of(batch, KEYRING), csv_of(batch, KEYRING)
    message_id = ET.fromstring(xml).findtext(".//p:MsgId", None, NS)
    assert message_id == batch.id.replace("_", "-")
    assert message_id == ET.fromstring(xml).findtext(".//p:PmtInfId", None, NS)
    with pytest.raises(NothingToPay):
        made(papers)
    second = waiting(papers, {}, 250)
    with pytest.raises(CannotBePaidByBank, match="in a file already"):
        made(papers, first.id, second.id)
    later = made(papers, now=NOW.replace(hour=15))
    assert (batch.count, batch.amount) == (1, 100)
    assert (later.count, later.amount) == (1, 250)
    assert first.id not in csv_of(later, KEYRING).decode()
    state(papers.session, papers.brand, {**BRAND, "iban": None})
    assert (pain_of(batch, KEYRING), csv_of(batch, KEYRING)) == (xml, table)
    assert list(_batches(papers.session, [first, second])) == []
    second.amount += 1
    assert list(_batches(papers.session, [first, second])) != []
    second.amount -= 1
    assert list(_batches(papers.session, [first])) != []


def test_a_file_the_bank_never_got_is_cancelled(papers: Papers) -> None:
    entitled, other = waiting(papers, {}, 100), waiting(papers, {}, 200)
    batch = made(papers)
    session, by = papers.session, "usr_x"
    with pytest.raises(PayoutInBatch, match=batch.id):
        cancel(session, entitled, by=by, now=NOW)
    cancel_batch(session, batch, by=by, now=NOW)
    with pytest.raises(BatchNotOpen):
        cancel_batch(session, batch, by=by, now=NOW)
    with pytest.raises(BatchNotOpen):
        mark_batch_paid(
            session, papers.brand, batch, reference="", paid_on=None, now=NOW
        )
    assert list(_batches(session, [entitled, other])) == []
    cancel(session, other, by=by, now=NOW)
    again = made(papers)
    assert (again.count, again.amount, again.id != batch.id) == (1, 100, True)
    mark_batch_paid(
        session, papers.brand, again, reference="R1", paid_on=NOW.date(), now=NOW
    )
    assert (entitled.status, entitled.reference) == (PayoutStatus.PAID, "R1")
    with pytest.raises(BatchNotOpen, match="paid"):
        cancel_batch(session, again, by=by, now=NOW)
    return_external(session, entitled, reason="account closed", by=by, now=NOW)
    with pytest.raises(BatchNotOpen):
        cancel_batch(session, again, by=by, now=NOW)
    with pytest.raises(NothingToPay):
        made(papers)
    assert list(_batches(session, [entitled])) == []


def test_what_is_on_hold_is_in_no_file(papers: Papers) -> None:
    payout = waiting(papers, {}, 100)
    good = waiting(papers, {}, 200)
    (line,) = papers.session.scalars(lines_of(payout.id))
    entry = papers.session.get_one(Commission, line.commission_id)
    entry.payout_id, entry.on_hold, entry.hold_reason = payout.id, True, "looked into"
    papers.session.flush()
    with pytest.raises(CannotBePaidByBank, match=f"{payout.id}.*on hold"):
        made(papers)
    made(papers, leave_out_incomplete=True)
    assert (payout.batch_id, good.batch_id is None) == (None, False)


def test_all_that_is_missing_is_said_at_once(papers: Papers) -> None:
    nobody = waiting(papers, None, 100)
    no_account = waiting(papers, {"iban": None, "account_holder": None}, 100)
    far = waiting(papers, {"iban": "TR330006100519786457841326"}, 100)
    emoji = waiting(papers, {"account_holder": "\U0010ffff"}, 100)
    dollars = waiting(papers, {}, 100, currency="USD")
    good = waiting(papers, {}, 100)
    state(papers.session, papers.brand, {**BRAND, "iban": None})
    papers.session.commit()
    with pytest.raises(CannotBePaidByBank) as refused:
        bank_transfers(papers.session, papers.brand, keyring=KEYRING)
    said = "; ".join(refused.value.unpayable)
    for what in (
        "Wolkje (you): no iban",
        f"({nobody.id}): no legal identity",
        f"({no_account.id}): no iban",
        f"({far.id}): an iban that SEPA does not reach",
        f"({emoji.id}): no name that banks can write",
        f"({dollars.id}): SEPA pays euros, not USD",
    ):
        assert what in said
    assert good.id not in said
    state(papers.session, papers.brand, BRAND)
    _, some = bank_transfers(
        papers.session, papers.brand, leave_out_incomplete=True, keyring=KEYRING
    )
    assert [one.payout_id for one in some] == [good.id]
    _, named = bank_transfers(papers.session, papers.brand, [good.id], keyring=KEYRING)
    assert named == some
    with pytest.raises(CannotBePaidByBank, match="does not wait"):
        bank_transfers(papers.session, papers.brand, ["pay_other"], keyring=KEYRING)


def test_nothing_to_pay_is_said(papers: Papers) -> None:
    with pytest.raises(NothingToPay):
        bank_transfers(papers.session, papers.brand, keyring=KEYRING)


def test_the_table_has_the_same_payments(papers: Papers) -> None:
    payout = waiting(papers, {"account_holder": "=cmd|' /C calc'!A0"}, 123_456)
    _, transfers = bank_transfers(papers.session, papers.brand, keyring=KEYRING)
    (row,) = csv.DictReader(io.StringIO(as_payment_csv(transfers)))
    assert (row["payout_id"], row["amount"]) == (payout.id, "1234.56")
    assert row["name"].startswith("'=")
    assert row["iban"] == "NL39RABO0300065264"


words = st.text(max_size=250)


@given(words, words, words, words, st.integers(1, 10**11))
def test_whatever_people_write_the_file_is_valid(
    schema: xmlschema.XMLSchema, name: str, line: str, city: str, said: str, amount: int
) -> None:
    name, said = f"a{name}", f"b{said}"
    party = BankParty(name, line, city, f"c{city}", "NL", "NL39RABO0300065264")
    transfers = [Transfer("pay_1", party, amount, said)]
    xml = as_pain001(
        party, transfers, message_id="bat-1", execute_on=date(2026, 4, 3), made_at=NOW
    )
    schema.validate(xml.decode())
    for node in ET.fromstring(xml).iter():
        assert ALLOWED.fullmatch(node.text or "") or node.tag.endswith("CreDtTm")


@given(st.text(), st.integers(1, 140))
def test_text_for_banks(text: str, longest: int) -> None:
    plain = sepa_text(text, longest)
    assert len(plain) <= longest
    assert ALLOWED.fullmatch(plain)
    assert "//" not in plain
    assert not plain.startswith("/")
    assert not plain.endswith("/")

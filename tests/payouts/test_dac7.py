"""The yearly report: sums per quarter, warnings, and XML in the schema's own order."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from factories import KEYRING
from payout_papers import BRAND, Papers, make_papers, state
from sqlalchemy.orm import Session

from marketplace.currencies import ExchangeRate
from marketplace.errors import Invalid
from marketplace.payouts.dac7 import OperatorNotStated, operator_of, report_of
from marketplace.payouts.dac7_files import as_dac7_csv, as_dac7_xml, as_warnings_csv
from marketplace.payouts.rules import PayoutStatus

NOW = datetime(2027, 1, 15, 9, 0, 30, tzinfo=UTC)
DPI = "{urn:oecd:ties:dpi:v1}"
STF = "{urn:oecd:ties:dpistf:v1}"


@pytest.fixture
def papers(session: Session) -> Papers:
    return make_papers(session)


def pay(papers: Papers, who: Any, day: date, amounts: list[int], **over: Any) -> None:
    papers.payout(who, amounts, paid_on=day, **over)


def test_what_was_paid_counts_in_the_quarter_it_was_paid(papers: Papers) -> None:
    anna = papers.influencer({})
    pay(papers, anna, date(2025, 12, 31), [99_999])
    pay(papers, anna, date(2026, 1, 1), [5_000, -1_000])
    pay(papers, anna, date(2026, 3, 31), [2_050])
    pay(papers, anna, date(2026, 4, 1), [100])
    pay(papers, anna, date(2026, 12, 31), [7_000])
    pay(papers, anna, date(2027, 1, 1), [88_888])
    for status in (PayoutStatus.REVERSED, PayoutStatus.FAILED, PayoutStatus.SENDING):
        pay(papers, anna, date(2026, 5, 5), [1_000_000], status=status)
    pay(papers, anna, date(2026, 10, 1), [500], returned_amount=200)
    (seller,) = report_of(papers.session, 2026, keyring=KEYRING).sellers
    assert [q.consideration for q in seller.quarters] == [6_050, 100, 0, 7_300]
    assert [q.activities for q in seller.quarters] == [1, 1, 0, 1]
    assert sum(q.fees + q.taxes for q in seller.quarters) == 0


def test_other_currencies_at_the_rate_of_their_day(papers: Papers) -> None:
    session, anna = papers.session, papers.influencer({})
    session.add(
        ExchangeRate(currency="USD", rate_on=date(2026, 2, 2), per_euro=Decimal("1.25"))
    )
    pay(papers, anna, date(2026, 2, 3), [12_500], currency="USD")
    pay(papers, anna, date(2026, 8, 3), [77], currency="USD")
    report = report_of(session, 2026, keyring=KEYRING)
    assert [q.consideration for q in report.sellers[0].quarters] == [10_000, 0, 0, 0]
    ((who, said),) = report.warnings
    assert who == anna.id
    assert "no rate of USD on 2026-08-03" in said


def test_who_is_reported_and_what_is_missing(papers: Papers) -> None:
    day = date(2026, 6, 1)
    people = {
        "whole": papers.influencer({}),
        "company": papers.influencer({"birth_date": None}),
        "bare": papers.influencer(None),
        "unborn": papers.influencer(
            {
                "is_business": False,
                "vat_number": None,
                "birth_date": None,
                "iban": None,
                "account_holder": None,
                "tax_id": None,
            }
        ),
        "american": papers.influencer(
            {"country": "US", "vat_number": None, "tax_id": "123456789"}
        ),
        "unpaid": papers.influencer({}),
    }
    for name, person in people.items():
        if name != "unpaid":
            pay(papers, person, day, [1_000])
    report = report_of(papers.session, 2026, keyring=KEYRING)
    ids = {name: person.id for name, person in people.items()}
    assert {s.party.id for s in report.sellers} == {
        ids[name] for name in ("whole", "company", "bare", "unborn")
    }
    assert set(report.warnings) == {
        (ids["bare"], "missing: legal identity"),
        (ids["unborn"], "missing: tax_id"),
        (ids["unborn"], "missing: iban"),
        (ids["unborn"], "missing: birth_date"),
        (ids["american"], "not reported: lives in US"),
    }
    by_id = {s.party.id: s.party for s in report.sellers}
    assert by_id[ids["company"]].is_entity
    assert not by_id[ids["whole"]].is_entity
    rows = list(csv.DictReader(io.StringIO(as_dac7_csv(report))))
    whole = next(row for row in rows if row["influencer_id"] == ids["whole"])
    assert whole["tax_id"] == "111222333"
    assert whole["tax_id_country"] == "NL"
    assert whole["birth_date"] == "1999-02-28"
    assert whole["account"] == "NL39RABO0300065264"
    assert (whole["q2_consideration"], whole["q2_activities"]) == ("10.00", "1")
    assert len(list(csv.DictReader(io.StringIO(as_warnings_csv(report))))) == 5


def children(node: ET.Element) -> list[str]:
    return [child.tag.replace(DPI, "").replace(STF, "stf:") for child in node]


def test_the_xml_is_in_the_schemas_order(papers: Papers) -> None:
    session = papers.session
    anna = papers.influencer({"legal_name": "Anna Maria van 't Veer", "line2": ""})
    firm = papers.influencer(
        {"birth_date": None, "chamber_number": "87654321", "tax_id": None}
    )
    bare = papers.influencer(None)
    pay(papers, anna, date(2026, 2, 1), [1_050])
    pay(papers, firm, date(2026, 11, 1), [1_051])
    pay(papers, bare, date(2026, 11, 1), [9_999])
    report = report_of(session, 2026, keyring=KEYRING)
    operator = operator_of(session, papers.brand, keyring=KEYRING)
    made = as_dac7_xml(report, operator, made_at=NOW)
    root = ET.fromstring(made)
    assert root.tag == f"{DPI}DPI_OECD"
    assert root.get("version") == "1.0"
    header, body = root
    assert children(header) == [
        *("SendingEntityIN", "TransmittingCountry", "ReceivingCountry", "MessageType"),
        *("MessageRefId", "MessageTypeIndic", "ReportingPeriod", "Timestamp"),
    ]
    assert header.findtext(f"{DPI}MessageTypeIndic") == "DPI401"
    assert header.findtext(f"{DPI}ReportingPeriod") == "2026-12-31"
    assert header.findtext(f"{DPI}Timestamp") == "2027-01-15T09:00:30"
    reference = header.findtext(f"{DPI}MessageRefId") or ""
    assert re.fullmatch(r"NL2026NL-[0-9a-f]{16}", reference)
    assert children(body) == [
        "PlatformOperator",
        "ReportableSeller",
        "ReportableSeller",
    ]
    assert children(body[0]) == [
        *("ResCountryCode", "TIN", "IN", "VAT", "Name", "PlatformBusinessName"),
        *("Address", "Nexus", "AssumedReporting", "DocSpec"),
    ]
    by_kind = {seller[0][0].tag: seller for seller in body[1:]}
    person = by_kind[f"{DPI}IndividualSeller"]
    assert children(person) == ["Identity", "RelevantActivities", "DocSpec"]
    standard = person[0][0][0]
    assert children(standard) == ["IndSellerID", "FinancialIdentifier"]
    identity, account = standard
    assert children(identity) == [
        *("ResCountryCode", "TIN", "VAT", "Name", "Address", "BirthInfo"),
    ]
    assert [n.text for n in identity[3]] == ["Anna", "Maria van 't Veer"]
    assert children(identity[4]) == ["CountryCode", "AddressFix"]
    assert children(identity[4][1]) == ["Street", "PostCode", "City"]
    assert identity[1].attrib == {"issuedBy": "NL"}
    assert children(account) == ["Identifier", "AccountHolderName"]
    services = person[1][0]
    assert children(services) == [
        "Consideration",
        "NumberOfActivities",
        "Fees",
        "Taxes",
    ]
    assert [children(group) for group in services] == [
        [f"{short}Q{n}" for n in (1, 2, 3, 4)]
        for short in ("Cons", "Numb", "Fees", "Tax")
    ]
    assert [n.text for n in services[0]] == ["10", "0", "0", "0"]  # whole euros
    assert services[0][0].attrib == {"currCode": "EUR"}
    assert [n.text for n in services[1]] == ["1", "0", "0", "0"]
    assert children(person[2]) == ["stf:DocTypeIndic", "stf:DocRefId"]
    entity = by_kind[f"{DPI}EntitySeller"][0][0][0][0]
    assert children(entity) == ["ResCountryCode", "TIN", "IN", "VAT", "Name", "Address"]
    assert (entity[1].text, entity[1].attrib) == ("NOTIN", {"unknown": "true"})
    assert entity[2].attrib == {"issuedBy": "NL", "INType": "BRN"}
    references = [n.text for n in root.iter(f"{STF}DocRefId")]
    assert len(set(references)) == 3
    assert all((text or "").startswith(reference) for text in references)
    again = as_dac7_xml(report, operator, made_at=NOW.replace(day=20))
    assert ET.fromstring(again)[0].findtext(f"{DPI}MessageRefId") == reference


def test_a_year_without_sellers_says_so(papers: Papers) -> None:
    report = report_of(papers.session, 2026, keyring=KEYRING)
    operator = operator_of(papers.session, papers.brand, keyring=KEYRING)
    root = ET.fromstring(as_dac7_xml(report, operator, made_at=NOW))
    assert root[0].findtext(f"{DPI}MessageTypeIndic") == "DPI403"
    with pytest.raises(Invalid):
        report_of(papers.session, 2022, keyring=KEYRING)
    state(papers.session, papers.brand, {**BRAND, "tax_id": None})
    with pytest.raises(OperatorNotStated, match="tax_id"):
        operator_of(papers.session, papers.brand, keyring=KEYRING)


def test_names_with_anything_in_them_are_still_xml(papers: Papers) -> None:
    evil = "=\x01\x0b<&>\ufffe\u202e😀 ]]>"
    anna = papers.influencer({"legal_name": evil, "city": evil})
    pay(papers, anna, date(2026, 2, 1), [1_000])
    report = report_of(papers.session, 2026, keyring=KEYRING)
    operator = operator_of(papers.session, papers.brand, keyring=KEYRING)
    root = ET.fromstring(as_dac7_xml(report, operator, made_at=NOW))
    assert root.find(f".//{DPI}IndSellerID//{DPI}LastName") is not None
    (row,) = csv.DictReader(io.StringIO(as_dac7_csv(report)))
    assert row["name"].startswith("'=")

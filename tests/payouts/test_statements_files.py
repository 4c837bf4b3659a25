"""Statements on paper and as tables: everything is there, nothing runs."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from payout_papers import make_papers
from sqlalchemy.orm import Session

from marketplace.payouts.csv_text import as_csv
from marketplace.payouts.statement_document import credit_of
from marketplace.payouts.statement_models import Statement
from marketplace.payouts.statement_pdf import as_pdf, as_statement_csv
from marketplace.payouts.statements import issue

NOW = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
HOSTILE = [
    '=HYPERLINK("http://evil.example")',
    "+31 6 12345678",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\u202edrow gnorw",
    'a "quoted", name',
    "#set page(width: 1mm); $x$ *bold* _it_ <label> @ref \\ // []",
    "😀 שלום مرحبا 漢字",
    "\x01\x1b[31m\x7f\x9b\u2028\ufeff\uffff",
    "W" * 200,
    "",
]


def text_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [
        page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)
    ]


def made(session: Session, amounts: list[int], **over: Any) -> Statement:
    papers = make_papers(session)
    anna = papers.influencer({}, **over)
    (statement,) = issue(session, papers.payout(anna, amounts), now=NOW)
    return statement


def test_the_paper_says_it_all_in_dutch(session: Session) -> None:
    statement = made(session, [500_000, -100_000, 600_000])
    (page,) = text_of(as_pdf(statement.document))
    flat = " ".join(page.replace("\xa0", " ").split())
    for said in (
        "Factuur uitgereikt door afnemer",
        statement.number,
        "02-04-2026",
        "Anna Brzęczyszczykiewicz",
        "Długa 5",
        "NL123456782B90",
        "NL004495445B01",
        "12345678",
        "Zomer & zon",
        "10 %",
        "€ 8.264,46",
        "€ 1.735,54",
        "€ 10.000,00",
        "Pagina 1 van 1",
        "−",
    ):
        assert said in flat, said
    assert as_pdf(statement.document) == as_pdf(statement.document)


def test_two_hundred_lines_go_over_pages_with_their_heading(session: Session) -> None:
    statement = made(session, [1_000] * 200, language="en-GB")
    pages = text_of(as_pdf(statement.document))
    assert len(pages) >= 4
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Description" in page
        assert f"Invoice {statement.number}" in page
    assert sum(page.count("Commission ·") for page in pages) == 200
    assert "€\xa02,000.00" in pages[-1].replace(" ", "\xa0")


@pytest.mark.parametrize("position", range(len(HOSTILE)))
def test_hostile_names_stay_text(session: Session, position: int) -> None:
    evil = HOSTILE[position]
    document = made(session, [1_000, 2_000]).document
    for party in ("supplier", "customer"):
        document[party] = {**document[party], "legal_name": evil, "city": evil}
    document["lines"][0] |= {"campaign": evil, "order_name": evil, "reason": evil}
    (page,) = text_of(as_pdf(document))
    assert document["number"] in page
    assert "\u202e" not in page
    table = as_statement_csv(document)
    assert not any(c in table for c in "\x00\x01\x1b\x7f\u202e\u2028\ufeff")
    for row in csv.reader(io.StringIO(table, newline="")):
        for cell in row:
            assert not cell.strip(" '").startswith(("=", "+", "@")) or cell[0] == "'"


def test_a_table_has_a_line_per_entry_and_its_sums(session: Session) -> None:
    statement = made(session, [5_000, -1_000, 6_000])
    rows = list(csv.DictReader(io.StringIO(as_statement_csv(statement.document))))
    assert [row["row"] for row in rows] == ["entry"] * 3 + ["total"]
    assert {row["number"] for row in rows} == {statement.number}
    total = rows.pop()
    assert (total["net_amount"], total["vat_amount"]) == ("82.64", "17.36")
    assert (total["amount"], total["vat_percent"]) == ("100.00", "21.00")
    for name in ("net_amount", "vat_amount", "amount"):
        cents = sum(round(float(row[name]) * 100) for row in rows)
        assert cents == round(float(total[name]) * 100)
    assert {row["rate_percent"] for row in rows} == {"10.00"}


def test_a_credit_note_says_what_it_corrects(session: Session) -> None:
    statement = made(session, [10_000], language="en")
    document = credit_of(statement.document) | {
        "kind": "credit_note",
        "number": "ABCDEF-2026-0002",
        "corrects": {"number": statement.number, "issued_on": "2026-04-02"},
    }
    (page,) = text_of(as_pdf(document))
    flat = " ".join(page.replace("\xa0", " ").split())
    assert "Credit note" in flat
    assert f"Corrects invoice {statement.number} (2 Apr 2026)" in flat
    assert "Total credited € −100.00" in flat


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_no_cell_is_ever_a_formula(cells: list[str]) -> None:
    made = as_csv(["a"] * len(cells), [cells])
    read = list(csv.reader(io.StringIO(made, newline="")))
    assert len(read) == 2
    assert len(read[1]) == len(cells)
    for cell in read[1]:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))

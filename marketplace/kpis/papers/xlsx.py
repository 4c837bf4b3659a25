"""A report as a workbook: figures as numbers, text never as a formula."""

import io
from decimal import Decimal
from typing import Any

import xlsxwriter

from marketplace.kpis.papers.figures import major
from marketplace.kpis.papers.parts import Document
from marketplace.kpis.papers.words import (
    GOALS,
    SOURCES,
    part_text,
    reason_text,
    said,
    word,
)
from marketplace.kpis.report import Line, Report
from marketplace.kpis.rules import Unit
from marketplace.kpis.values import Value
from marketplace.money import exponent

# A formula in a cell runs on the reader's machine; names come from strangers.
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def as_xlsx(document: Document) -> bytes:
    """Sheets: totals with what they rest on, over time, by influencer."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        book.set_properties({"title": document.title, "author": document.brand})
        sheets = _Sheets(book, document)
        sheets.totals()
        sheets.lines(word("period", document.language), document.made)
        if document.per_influencer is not None:
            title = word("influencers", document.language)
            sheets.lines(title, document.per_influencer)
    return out.getvalue()


class _Sheets:
    """The sheets of one workbook, and its formats."""

    def __init__(self, book: Any, document: Document) -> None:
        self.book, self.document = book, document
        self.language = document.language
        self.bold = book.add_format({"bold": True})
        places = exponent(document.currency)
        money = "#,##0" + ("." + "0" * places if places else "")
        patterns = {
            Unit.COUNT: "#,##0",
            Unit.MONEY: money,
            Unit.MONEY_PER_UNIT: "#,##0.00##",
            Unit.RATIO: "0.0%",
            Unit.SECONDS: "#,##0.0",
            Unit.SCORE: "#,##0.0#",
        }
        self.formats = {
            unit: book.add_format({"num_format": pattern})
            for unit, pattern in patterns.items()
        }

    def totals(self) -> None:
        """A row per KPI: its value, before, parts, coverage, source, note, meaning."""
        made, language = self.document.made, self.language
        sheet = self.book.add_worksheet("KPI")
        sheet.freeze_panes(5, 2)
        facts = (
            (self.document.heading, self.document.title),
            (word("period", language), self.document.period),
            (word("currency", language), self.document.currency),
            (word("fresh", language), self.document.fresh),
        )
        for at, (label, text) in enumerate(facts):
            sheet.write_string(at, 0, label, self.bold)
            sheet.write_string(at, 1, text)
        heads = (
            *("id", word("kpi", language), "", word("value", language)),
            *(word("previous", language), "numerator", "denominator"),
            *("low", "high", "coverage", "source", word("note", language)),
            word("formula", language),
        )
        for at, head in enumerate(heads):
            sheet.write_string(4, at, head, self.bold)
        for at, kpi_id in enumerate(made.totals, start=5):
            self._kpi(sheet, at, kpi_id)
        sheet.set_column(0, 1, 28)
        sheet.set_column(2, 10, 14)
        sheet.set_column(11, 12, 60)

    def _kpi(self, sheet: Any, at: int, kpi_id: str) -> None:
        made, language = self.document.made, self.language
        kpi = made.kpis[kpi_id]
        value, before = made.totals[kpi_id], made.previous.get(kpi_id)
        sheet.write_string(at, 0, kpi_id)
        sheet.write_string(at, 1, said(kpi.label, language))
        sheet.write_string(at, 2, said(GOALS[kpi.goal], language))
        self._figure(sheet, at, 3, value.value, kpi.unit)
        self._figure(sheet, at, 4, before.value if before else None, kpi.unit)
        for column, part in ((5, value.numerator), (6, value.denominator)):
            if part is not None:
                sheet.write_number(at, column, part)
        self._figure(sheet, at, 7, value.low, kpi.unit)
        self._figure(sheet, at, 8, value.high, kpi.unit)
        self._figure(sheet, at, 9, value.coverage, Unit.RATIO)
        if value.source is not None:
            sheet.write_string(at, 10, said(SOURCES[value.source], language))
        sheet.write_string(at, 11, _note(value, language))
        sheet.write_string(at, 12, said(kpi.formula.words(), language))

    def lines(self, title: str, made: Report) -> None:
        """A row per line of a report, a column per KPI."""
        language = self.language
        sheet = self.book.add_worksheet(title[:31])
        ids = list(made.totals)
        keys = list(made.rows[0].key) if made.rows else []
        for at, head in enumerate([*keys, *ids]):
            sheet.write_string(0, at, head, self.bold)
        for at, kpi_id in enumerate(ids, start=len(keys)):
            sheet.write_string(
                1, at, said(made.kpis[kpi_id].label, language), self.bold
            )
        for row, line in enumerate(made.rows, start=2):
            self._line(sheet, row, line, made)
        sheet.freeze_panes(2, len(keys))
        sheet.set_column(0, len(keys) + len(ids), 16)

    def _line(self, sheet: Any, row: int, line: Line, made: Report) -> None:
        for at, text in enumerate(line.key.values()):
            sheet.write_string(row, at, text or "")
        for at, kpi_id in enumerate(made.kpis, start=len(line.key)):
            if kpi_id in line.kpis:
                value = line.kpis[kpi_id].value
                self._figure(sheet, row, at, value, made.kpis[kpi_id].unit)

    def _figure(
        self, sheet: Any, row: int, column: int, value: int | Decimal | None, unit: Unit
    ) -> None:
        """A number in major units; an empty cell for what is not known, never 0."""
        if value is None:
            return
        number = float(major(value, unit, self.document.currency))
        sheet.write_number(row, column, number, self.formats[unit])


def _note(value: Value, language: str) -> str:
    notes = [word("estimate", language)] if value.estimated else []
    if value.missing:
        parts = ", ".join(part_text(each, language) for each in value.missing)
        notes.append(word("missing", language).format(parts=parts))
    if value.reason:
        notes.append(reason_text(value.reason, language))
    return "; ".join(notes)

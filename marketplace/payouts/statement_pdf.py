"""A statement as PDF and as CSV: nothing but its stored document, laid out.

The document goes into the page as data, so no text in it is ever markup.
"""

import re
from datetime import date
from importlib.resources import files
from typing import Any

from marketplace.money import to_decimal
from marketplace.payouts.csv_text import as_csv, one_line
from marketplace.payouts.statement_words import (
    day_text,
    money_text,
    percent_text,
    word,
)
from marketplace.payouts.vat import VatTreatment
from marketplace.typesetting import typeset

_NONE = "\N{EN DASH}"
_LONGEST_CELL = 80
# Where a word may be broken that is too long for the narrowest column, or for others.
_NARROW, _WIDE = (re.compile(rf"[^\s-]{{{n}}}(?=[^\s-])") for n in (8, 26))


def as_pdf(document: dict[str, Any]) -> bytes:
    """The statement on A4 in its language; the same bytes each time."""
    template = files("marketplace.payouts").joinpath("statement.typ").read_text("utf-8")
    issued = date.fromisoformat(document["issued_on"])
    return typeset(template, _page(document), on=issued)


def as_statement_csv(document: dict[str, Any]) -> str:
    """A line per ledger entry, then one per VAT rate with its sums; decimal points."""
    header = (
        *("number", "issued_on", "row", "date", "order", "campaign", "kind"),
        *("terms_version", "rate_percent", "flat_amount", "vat_percent"),
        *("net_amount", "vat_amount", "amount", "currency", "commission_id"),
    )
    currency = document["currency"]
    start = (document["number"], document["issued_on"])
    vat_percent = to_decimal(document["rates"][0]["rate_bps"], "EUR")
    rows: list[list[object]] = []
    for line in document["lines"]:
        bps, flat = line["rate_bps"], line["flat_amount"]
        rows.append(
            [
                *(*start, "entry", line["day_on"], line["order_name"]),
                *(line["campaign"], line["kind"], line["terms_version"]),
                None if bps is None else to_decimal(bps, "EUR"),
                None if flat is None else to_decimal(flat, currency),
                vat_percent,
                to_decimal(line["net_amount"], currency),
                to_decimal(line["amount"] - line["net_amount"], currency),
                to_decimal(line["amount"], currency),
                *(currency, line["commission_id"]),
            ]
        )
    for rate in document["rates"]:
        sums = (rate["net_amount"], rate["vat_amount"], rate["total_amount"])
        rows.append(
            [
                *(*start, "total", None, None, None, None, None, None, None),
                to_decimal(rate["rate_bps"], "EUR"),
                *(to_decimal(amount, currency) for amount in sums),
                *(currency, None),
            ]
        )
    return as_csv(header, rows)


def _page(document: dict[str, Any]) -> dict[str, Any]:
    """The document as texts, for the template."""
    language = document["language"]
    return {
        "language": language,
        "title": word(document["kind"], language),
        "number": document["number"],
        "words": {
            name: word(name, language)
            for name in ("self_billing", "supplier", "customer", "page", "of")
        },
        "supplier": _party(document["supplier"], language),
        "customer": _party(document["customer"], language),
        "facts": _facts(document, language),
        "columns": _columns(document, language),
        "lines": [_line(document, line, language) for line in document["lines"]],
        "sums": _sums(document, language),
        "notes": [word(f"vat.{document['vat_treatment']}", language)],
    }


def _party(party: dict[str, Any], language: str) -> list[str]:
    place = f"{party['postal_code']} {party['city']}, {party['country']}"
    lines = [party["legal_name"], party["line1"], party["line2"], place]
    for name in ("vat_number", "chamber_number"):
        if party[name]:
            lines.append(f"{word(name, language)}: {party[name]}")
    return [_short(line, 200) for line in lines if line]


def _facts(document: dict[str, Any], language: str) -> list[list[str]]:
    """What stands between the parties and the lines: names and values."""
    facts = [
        ["number", document["number"]],
        ["issued_on", _day(document["issued_on"], language)],
    ]
    if (corrects := document.get("corrects")) is not None:
        day = _day(corrects["issued_on"], language)
        facts.append(["corrects", f"{corrects['number']} ({day})"])
    if document["supplied_from"] is not None:
        first, last = document["supplied_from"], document["supplied_to"]
        days = [_day(day, language) for day in sorted({first, last})]
        facts.append(["supplied", f" {word('to', language)} ".join(days)])
    if document["paid_on"] is not None and document["kind"] == "invoice":
        facts.append(["paid_on", _day(document["paid_on"], language)])
    facts.append(["payout", document["payout_id"]])
    return [[word(name, language), value] for name, value in facts]


def _has_vat(document: dict[str, Any]) -> bool:
    return bool(document["vat_treatment"] == VatTreatment.DOMESTIC)


def _columns(document: dict[str, Any], language: str) -> list[str]:
    names = ["day", "order", "what", "rate", "amount"]
    if _has_vat(document):
        names[4:] = ["net", "vat", "amount"]
    return [word(name, language) for name in names]


def _line(document: dict[str, Any], line: dict[str, Any], language: str) -> list[str]:
    currency = document["currency"]
    amounts = [line["amount"]]
    if _has_vat(document):
        net = line["net_amount"]
        amounts = [net, line["amount"] - net, line["amount"]]
    return [
        _day(line["day_on"], language),
        _short(line["order_name"] or _NONE, 40, _NARROW),
        _what(line, language),
        _rate(line, currency, language),
        *(money_text(amount, currency, language) for amount in amounts),
    ]


def _what(line: dict[str, Any], language: str) -> str:
    """What was done for it: kind, campaign, terms; the reason where people wrote one."""
    said = [word(f"kind.{line['kind']}", language), line["campaign"]]
    if line["terms_version"] is not None:
        said.append(
            f"{word('terms', language)}\N{NO-BREAK SPACE}v{line['terms_version']}"
        )
    if line["order_name"] is None and line["reason"]:
        said.append(line["reason"])
    return " · ".join(_short(text, _LONGEST_CELL) for text in said)


def _rate(line: dict[str, Any], currency: str, language: str) -> str:
    if line["rate_bps"] is not None:
        return percent_text(line["rate_bps"], language)
    if line["flat_amount"] is not None:
        amount = money_text(line["flat_amount"], currency, language)
        return f"{amount} {word('flat', language)}"
    return _NONE


def _sums(document: dict[str, Any], language: str) -> list[list[str]]:
    """The sums per VAT rate, and last the total."""
    currency = document["currency"]
    sums = []
    for rate in document["rates"]:
        percent = percent_text(rate["rate_bps"], language)
        net = money_text(rate["net_amount"], currency, language)
        vat = money_text(rate["vat_amount"], currency, language)
        sums.append([word("net_total", language), net])
        sums.append([f"{word('vat', language)} {percent}", vat])
    last = "total" if document["kind"] == "invoice" else "credited"
    total = money_text(document["total_amount"], currency, language)
    return [*sums, [word(last, language), total]]


def _day(text: str, language: str) -> str:
    return day_text(date.fromisoformat(text), language)


def _short(text: str, longest: int, breaks: re.Pattern[str] = _WIDE) -> str:
    """One line, cut where it would fill the page, with places to break it."""
    line = one_line(text)
    line = line if len(line) <= longest else f"{line[: longest - 1]}…"
    return breaks.sub("\\g<0>\u200b", line)

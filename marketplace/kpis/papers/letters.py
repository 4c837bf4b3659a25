"""A report as a mail: its figures at a glance, and the rest as files."""

from html import escape

from marketplace.kpis.papers.parts import Document
from marketplace.kpis.papers.pdf import as_pdf
from marketplace.kpis.papers.words import word
from marketplace.kpis.papers.xlsx import as_xlsx
from marketplace.mail import Attachment

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TONES = {True: "#1a7f37", False: "#b42318", None: "#666666"}


def subject_of(document: Document) -> str:
    """What stands above the mail."""
    return word("mail_subject", document.language).format(
        title=document.title, what=document.heading.lower(), period=document.period
    )


def text_of(document: Document, stop_url: str) -> str:
    """The mail as plain text."""
    language = document.language
    rows = [
        f"{row.label}: {row.value} ({word('change', language).lower()} {row.change})"
        for row in document.large
    ] or [word("nothing", language)]
    intro = word("mail_intro", language).format(
        title=document.title, period=document.period
    )
    stop = f"{word('mail_stop', language)}: {stop_url}"
    return "\n".join([intro, "", *rows, "", document.brand, "--", stop, ""])


def html_of(document: Document, stop_url: str) -> str:
    """The mail as HTML: one table, no pictures, no address but that to stop it."""
    language = document.language
    intro = word("mail_intro", language).format(
        title=document.title, period=document.period
    )
    cell = "padding:6px 14px 6px 0;border-bottom:1px solid #ddd"
    rows = "".join(
        f'<tr><td style="{cell}">{escape(row.label)}</td>'
        f'<td style="{cell};text-align:right"><b>{escape(row.value)}</b></td>'
        f'<td style="{cell};text-align:right;color:{_TONES[row.better]}">'
        f"{escape(row.change)}</td></tr>"
        for row in document.large
    )
    body = rows or f"<tr><td>{escape(word('nothing', language))}</td></tr>"
    return (
        f'<!doctype html><html lang="{language}"><body style="font-family:sans-serif;'
        f'color:#222"><p>{escape(intro)}</p><table style="border-collapse:collapse">'
        f"{body}</table><p>{escape(document.brand)}</p>"
        f'<p style="font-size:12px"><a href="{escape(stop_url)}" style="color:#666">'
        f"{escape(word('mail_stop', language))}</a></p></body></html>"
    )


def files_of(document: Document, formats: list[str], name: str) -> list[Attachment]:
    """The report as the files that were asked for."""
    files = []
    if "pdf" in formats:
        files.append(Attachment(f"{name}.pdf", "application/pdf", as_pdf(document)))
    if "xlsx" in formats:
        files.append(Attachment(f"{name}.xlsx", XLSX, as_xlsx(document)))
    return files

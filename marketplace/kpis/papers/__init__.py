"""Reports for people: in words, as PDF and as a workbook, in Dutch and in English."""

from marketplace.kpis.papers.document import document_of, open_kpis
from marketplace.kpis.papers.page import as_message, as_page, page_policy
from marketplace.kpis.papers.parts import Document
from marketplace.kpis.papers.pdf import as_pdf
from marketplace.kpis.papers.words import LANGUAGES, said, word
from marketplace.kpis.papers.xlsx import as_xlsx

__all__ = [
    "LANGUAGES",
    "Document",
    "as_message",
    "as_page",
    "as_pdf",
    "as_xlsx",
    "document_of",
    "open_kpis",
    "page_policy",
    "said",
    "word",
]

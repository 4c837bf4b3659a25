"""A report as PDF."""

from dataclasses import asdict
from importlib.resources import files

from marketplace.kpis.papers.parts import Document
from marketplace.kpis.papers.words import word
from marketplace.typesetting import typeset

_WORDS = (
    *("kpi", "value", "previous", "change", "note", "influencers", "unknown"),
    *("meanings", "page", "of", "nothing"),
)


def as_pdf(document: Document) -> bytes:
    """The report on A4 in its language."""
    language = document.language
    template = (
        files("marketplace.kpis.papers").joinpath("report.typ").read_text("utf-8")
    )
    page = {
        "language": language,
        "title": document.title,
        "brand": document.brand,
        "heading": document.heading,
        "period": document.period,
        "facts": [
            [word("period", language), document.period],
            [word("compared", language), document.compared],
            [word("currency", language), document.currency],
            [word("fresh", language), document.fresh],
        ],
        "large": [asdict(row) for row in document.large],
        "charts": [asdict(chart) for chart in document.charts],
        "sections": [asdict(section) for section in document.sections],
        "influencers": document.influencers and asdict(document.influencers),
        "unknown": [list(pair) for pair in document.unknown],
        "words": {name: word(name, language) for name in _WORDS},
    }
    return typeset(template, page, on=document.made.fresh_as_of.date())

"""A report as a page of its own: no script, nothing from elsewhere, nothing to click
but its files and its other language.
"""

import base64
import hashlib
from datetime import datetime
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from marketplace.kpis.papers.figures import moment_text
from marketplace.kpis.papers.parts import Document
from marketplace.kpis.papers.words import word


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(autoescape=True, undefined=StrictUndefined)
    made.filters["picture"] = _picture
    return made


@lru_cache(maxsize=8)
def _text(name: str) -> str:
    return files("marketplace.kpis.papers").joinpath(name).read_text("utf-8")


def page_policy() -> str:
    """What a browser is to let such a page do: show itself, and its own pictures."""
    digest = hashlib.sha256(_text("report.css").encode()).digest()
    style = base64.b64encode(digest).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def as_page(document: Document, *, expires_at: datetime | None) -> str:
    """The report as HTML. `expires_at`: when its link stops working."""
    until = (
        moment_text(expires_at, document.made.timezone, document.language)
        if expires_at
        else ""
    )
    return _render("report.html", document.language, r=document, until=until)


def as_message(language: str, title: str, text: str, button: str = "") -> str:
    """A page that says one thing, and may ask for a yes."""
    return _render("message.html", language, title=title, text=text, button=button)


def _render(name: str, language: str, **values: object) -> str:
    def said(key: str) -> str:
        return word(key, language)

    template = _environment().from_string(_text(name))
    return template.render(
        language=language,
        other="en" if language == "nl" else "nl",
        word=said,
        css=_text("report.css"),
        **values,
    )


def _picture(svg: str) -> str:
    """An SVG as an address that holds it: what is in it cannot reach the page."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"

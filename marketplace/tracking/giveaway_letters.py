"""What entrants are written, in English and Dutch; plain, and without anything to load."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Final, NamedTuple

from babel.dates import format_datetime

from marketplace.accounts.models import Brand
from marketplace.clock import zone
from marketplace.tracking.giveaway_models import Giveaway, GiveawayEntry

_SHAPES = {
    "en": ("d MMMM y, HH:mm z", "en_GB"),
    "nl": ("d MMMM y, HH.mm 'uur'", "nl"),
}
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "confirm_subject": "Confirm that you enter: {title}",
        "confirm_why": (
            "Somebody, you we hope, entered “{title}” of {brand} with this address."
        ),
        "confirm_how": "You only take part once you confirm it, before {until}:",
        "confirm_button": "Confirm my entry",
        "entered_subject": "You take part: {title}",
        "entered_why": "You take part in “{title}” of {brand} with this address.",
        "entered_how": "Here is your ticket, {ticket}:",
        "entered_button": "See my ticket",
        "ignore": (
            "Was it not you? Then do nothing: an address nobody confirms wins nothing,"
            " gets no newsletter, and is erased when the giveaway closes."
        ),
    },
    "nl": {
        "confirm_subject": "Bevestig dat je meedoet: {title}",
        "confirm_why": (
            "Iemand, hopelijk jijzelf, deed met dit adres mee aan “{title}” van {brand}."
        ),
        "confirm_how": "Je doet pas mee als je dat bevestigt, vóór {until}:",
        "confirm_button": "Bevestig mijn deelname",
        "entered_subject": "Je doet mee: {title}",
        "entered_why": "Je doet met dit adres mee aan “{title}” van {brand}.",
        "entered_how": "Hier is je lotnummer, {ticket}:",
        "entered_button": "Bekijk mijn lotnummer",
        "ignore": (
            "Was jij dit niet? Doe dan niets: een adres dat niemand bevestigt, wint niets,"
            " krijgt geen nieuwsbrief en wordt gewist als de winactie sluit."
        ),
    },
}


class Written(NamedTuple):
    """A mail's words."""

    subject: str
    text: str
    html: str


def written_to(
    giveaway: Giveaway, brand: Brand, entry: GiveawayEntry, url: str
) -> Written:
    """Ask an entrant to confirm; or, where they have, tell them their ticket."""
    say = WORDS[entry.language]
    kind = "confirm" if entry.valid_at is None else "entered"
    dutch = giveaway.title_nl if entry.language == "nl" else ""
    names = {
        "title": dutch or giveaway.title,
        "brand": brand.name.strip(),
        "ticket": entry.ticket,
        "until": _moment(entry.confirm_by, brand, entry.language),
    }
    why, how = (say[f"{kind}_{part}"].format(**names) for part in ("why", "how"))
    ignore = say["ignore"] if entry.valid_at is None else ""
    parts = [why, how, url, *([ignore] if ignore else [])]
    link = f'<a href="{escape(url)}">{escape(say[f"{kind}_button"])}</a>'
    shown = [escape(why), escape(how), f"<strong>{link}</strong>", escape(ignore)]
    body = "".join(f"<p>{each}</p>\n" for each in shown if each)
    return Written(
        say[f"{kind}_subject"].format(**names),
        "\n\n".join(parts) + "\n",
        f'<!doctype html>\n<html lang="{entry.language}"><body>\n{body}</body></html>\n',
    )


def _moment(at: datetime | None, brand: Brand, language: str) -> str:
    if at is None:
        return ""
    shape, locale = _SHAPES[language]
    return format_datetime(at, shape, tzinfo=zone(brand.timezone), locale=locale)

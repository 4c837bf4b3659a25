"""How a landing page is drawn: its words in a page of ours, in Dutch or English.

What a brand or influencer wrote is text, never markup; the page runs no script and
takes nothing from elsewhere but its picture.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from importlib.resources import files
from string import Template
from typing import NamedTuple
from urllib.parse import quote

from marketplace.redirect.links import PREFIX
from marketplace.redirect.places import PageRow

_SOURCE = files("marketplace.redirect").joinpath("static/landing.html").read_text()
_TEMPLATE = Template(_SOURCE)
_STYLE = _SOURCE.partition("<style>")[2].partition("</style>")[0]
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PICTURE = re.compile(r"(https://[A-Za-z0-9._:\[\]-]+)(?:[/?#].*)?", re.DOTALL)
_LONG_CODE = 16  # characters; from here on it is drawn smaller
_DESCRIPTION = 160
_QUERY = "\N{SYMBOL FOR UNIT SEPARATOR}query"  # where the sub-ids come in
_MOST = 2_000  # pages kept drawn, of some 8 kB each
_WORDS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "by": "Aanbevolen door {influencer}",
        "code": "Jouw kortingscode",
        "how": "Selecteer de code om hem te kopiëren en vul hem in bij het afrekenen.",
        "button": "Naar {brand}",
        "over": "Deze actie is afgelopen.",
        "then": "Je kunt nog wel rondkijken bij {brand}.",
        "disclosure": (
            "Dit is reclame: {influencer} werkt samen met {brand} en kan een vergoeding"
            " krijgen voor wat je via deze pagina koopt."
        ),
    },
    "en": {
        "by": "Recommended by {influencer}",
        "code": "Your promo code",
        "how": "Select the code to copy it, and enter it at the checkout.",
        "button": "Go to {brand}",
        "over": "This offer has ended.",
        "then": "You are still welcome to look around at {brand}.",
        "disclosure": (
            "This is advertising: {influencer} works with {brand} and may be paid for"
            " what you buy through this page."
        ),
    },
}


class Drawn(NamedTuple):
    """A page as bytes, in the two pieces around its button's query; and its policy."""

    before: bytes
    after: bytes
    policy: str


@lru_cache(maxsize=_MOST)
def draw(row: PageRow, language: str, over: bool) -> Drawn:
    """The page in that language (`nl` or `en`); `over`: its action has ended."""
    said = _WORDS[language]
    brand, influencer = escape(row.brand_name), escape(row.influencer_name)
    names = {"brand": brand, "influencer": influencer}
    picture = _PICTURE.fullmatch(row.picture_url)
    own_words = escape(row.button) if row.button and not over else ""
    html = _TEMPLATE.substitute(
        language=language,
        title=f"{escape(row.headline)} · {brand}",
        headline=escape(row.headline),
        description=escape(" ".join(row.text.split())[:_DESCRIPTION]),
        brand=brand,
        initial=escape(row.brand_name.strip()[:1].upper()),
        by=_filled(said["by"], {**names, "influencer": f"<b>{influencer}</b>"}),
        text=_paragraphs(row.text),
        over=_over(said, names) if over else "",
        code=_code(said, row.code) if row.code and not over else "",
        href=f"{PREFIX}{quote(row.link_slug, safe='')}{_QUERY}",
        button=own_words or _filled(said["button"], names),
        disclosure=_filled(said["disclosure"], names),
        layout="pictured" if picture else "plain",
        **_picture(row.picture_url if picture else ""),
    )
    before, _, after = html.partition(_QUERY)
    return Drawn(
        before.encode("utf-8", "replace"),
        after.encode("utf-8", "replace"),
        _policy(picture[1] if picture else ""),
    )


@lru_cache(maxsize=1024)
def language_of(accepted: str) -> str:
    """`nl` or `en`: what an Accept-Language header would rather have."""
    wanted = []
    for position, part in enumerate(accepted.split(",")[:20]):
        tag, _, quality = part.partition(";")
        primary = tag.strip().partition("-")[0].lower()
        if primary in _WORDS:
            wanted.append((-_quality(quality), position, primary))
    return min(wanted)[2] if wanted else "en"


def _quality(text: str) -> float:
    found = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", text)
    return float(found[1]) if found else 1.0


def _filled(words: str, names: Mapping[str, str]) -> str:
    """With names in it; what looks like a placeholder in a name stays as it is."""
    return re.sub(r"\{(\w+)\}", lambda found: names[found[1]], words)


def _paragraphs(text: str) -> str:
    blocks = [block.strip() for block in re.split(r"\r?\n[ \t]*(?:\r?\n)+", text)]
    drawn = "".join(
        f"<p>{'<br>'.join(escape(block).splitlines())}</p>\n"
        for block in blocks
        if block
    )
    return f'<div class="text">{drawn}</div>\n' if drawn else ""


def _over(said: Mapping[str, str], names: Mapping[str, str]) -> str:
    then = _filled(said["then"], names)
    return f'<p class="over"><b>{said["over"]}</b> {then}</p>\n'


def _code(said: Mapping[str, str], code: str) -> str:
    kind = "code long" if len(code) > _LONG_CODE else "code"
    return (
        f'<section class="{kind}"><h2>{said["code"]}</h2>'
        f"<output>{escape(code)}</output><p>{said['how']}</p></section>\n"
    )


def _picture(url: str) -> dict[str, str]:
    if not url:
        return {"picture": "", "og_picture": ""}
    address = escape(url)
    return {
        "picture": f'<figure class="picture"><img src="{address}" alt=""'
        ' referrerpolicy="no-referrer"></figure>\n',
        "og_picture": f'\n<meta property="og:image" content="{address}">',
    }


def _policy(picture_origin: str) -> str:
    """What the page may do: nothing but look as it does."""
    pictures = f"; img-src {picture_origin}" if picture_origin else ""
    return (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'{pictures}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

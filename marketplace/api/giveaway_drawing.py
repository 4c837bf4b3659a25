"""How the pages of giveaways are drawn: no script, nothing from elsewhere but a picture."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from babel.dates import format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from marketplace.accounts import Brand
from marketplace.api.giveaway_words import DRAW, OUTCOMES, PAGE, SCRIPT
from marketplace.clock import zone
from marketplace.tracking.giveaway_models import Giveaway, GiveawayPick
from marketplace.tracking.giveaway_rules import GiveawayState

LANGUAGES = ("en", "nl")
_STYLE = files("marketplace.api").joinpath("templates/giveaway.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PICTURE = re.compile(r"(https://[A-Za-z0-9._:\[\]-]+)(?:[/?#].*)?", re.DOTALL)
_PAGES = Environment(
    loader=PackageLoader("marketplace.api", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
)
_SHAPES = {
    "en": ("d MMMM y, HH:mm z", "en_GB"),
    "nl": ("d MMMM y, HH.mm 'uur'", "nl"),
}
_FIELDS = ("email", "answer", "mkt_click", "code")
_TICKS = ("accepts_rules", "meets_conditions", "wants_newsletter")


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the form: what somebody sent, or what the address says."""

    said: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    stamp: str = ""

    @property
    def values(self) -> dict[str, str]:
        """Everything by name; empty where nothing was said."""
        return {name: self.said.get(name, "") for name in (*_FIELDS, *_TICKS)}


def draw_form(
    giveaway: Giveaway, brand: Brand, language: str, form: Form, at: datetime
) -> str:
    """The page on which somebody enters, or reads why nobody can."""
    state, say = giveaway.state(at), PAGE[language]
    shown = {**_said(giveaway, language), **_asked(giveaway, brand, language)}
    notices = {
        GiveawayState.SCHEDULED: say["not_begun"],
        GiveawayState.CLOSED: say["is_over"],
        GiveawayState.DRAWN: say["is_over"],
    }
    return _PAGES.get_template("giveaway.html").render(
        **_frame(language, brand.name, giveaway.url, form.said),
        **shown,
        say=say,
        when=_when(giveaway, brand, language, state),
        ticket="",
        notice=notices.get(state, form.notice),
        notice_how="",
        open=state is GiveawayState.OPEN,
        form=form.values,
        wrong={name: form.wrong.get(name, "") for name in (*_FIELDS, *_TICKS)},
        stamp=form.stamp,
        action=giveaway.url,
    )


def draw_mailed(giveaway: Giveaway, brand: Brand, language: str, at: datetime) -> str:
    """The page after somebody entered who is to confirm: the same for every address."""
    say = PAGE[language]
    return _PAGES.get_template("giveaway.html").render(
        **_frame(language, brand.name, giveaway.url, {}),
        **_said(giveaway, language),
        say=say,
        when=_when(giveaway, brand, language, giveaway.state(at)),
        ticket="",
        notice=say["mailed"],
        notice_how=say["mailed_how"],
        open=False,
    )


def draw_confirm(
    giveaway: Giveaway,
    brand: Brand,
    language: str,
    action: str,
    *,
    wants_newsletter: bool,
    at: datetime,
) -> str:
    """The page a mail leads to: nothing is confirmed until its button is pressed."""
    say = PAGE[language]
    newsletter = _filled(say["newsletter"], brand=brand.name)
    return _PAGES.get_template("giveaway_confirm.html").render(
        **_frame(language, brand.name, action, {}),
        **_said(giveaway, language),
        say=say,
        when=_when(giveaway, brand, language, giveaway.state(at)),
        action=f"{action}?{urlencode({'lang': language})}",
        newsletter=newsletter if wants_newsletter else "",
    )


def draw_thanks(
    giveaway: Giveaway,
    brand: Brand,
    language: str,
    ticket: str,
    *,
    is_new: bool,
    at: datetime,
) -> str:
    """The page on which somebody reads their ticket."""
    say = PAGE[language]
    words = [say["thanks_first"] if is_new else say["thanks_again"]]
    if giveaway.entries_per_person == "daily":
        words.append(say["thanks_daily"])
    return _PAGES.get_template("giveaway.html").render(
        **_frame(language, brand.name, giveaway.url, {}),
        **_said(giveaway, language),
        say=say,
        when=_when(giveaway, brand, language, giveaway.state(at)),
        ticket=ticket,
        thanks=" ".join(words),
    )


def draw_draw(
    giveaway: Giveaway,
    brand: Brand,
    language: str,
    picks: list[GiveawayPick],
    *,
    facts_url: str,
    at: datetime,
) -> str:
    """The page on which anybody may see that a draw was fair."""
    return _PAGES.get_template("giveaway_draw.html").render(
        **_frame(language, brand.name, f"{giveaway.url}/draw", {}, layout="wide"),
        title=_said(giveaway, language)["title"],
        say=DRAW[language],
        when=_when(giveaway, brand, language, giveaway.state(at)),
        giveaway=giveaway,
        tickets_url=f"{giveaway.url}/tickets.txt",
        page_url=giveaway.url,
        picks=picks,
        outcomes=OUTCOMES[language],
        script=SCRIPT.replace("{url}", facts_url),
    )


def draw_message(language: str, title: str, text: str, url: str) -> str:
    """A page that only says something."""
    return _PAGES.get_template("giveaway_message.html").render(
        **_frame(language, "", url, {}), title=title, text=text
    )


def policy(giveaway: Giveaway | None) -> str:
    """What a page may do: look as it does, and send its form to us."""
    picture = _PICTURE.fullmatch(giveaway.picture_url) if giveaway else None
    pictures = f"; img-src {picture[1]}" if picture else ""
    return (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'{pictures}; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _frame(
    language: str, brand: str, url: str, said: Mapping[str, str], layout: str = "plain"
) -> dict[str, Any]:
    """What every page has; the other language keeps what the address brought."""
    brought = {n: said[n] for n in ("mkt_click", "code") if said.get(n)}
    return {
        "language": language,
        "brand": brand.strip(),
        "layout": layout,
        "style": Markup(_STYLE),  # noqa: S704 - a file of ours
        "switch": [
            (each, f"{url}?{urlencode({'lang': each, **brought})}")
            for each in LANGUAGES
        ],
    }


def _said(giveaway: Giveaway, language: str) -> dict[str, str]:
    """Its words; in Dutch the English ones where there are no others."""
    found = {}
    for name in ("title", "text", "prize", "question"):
        own = getattr(giveaway, f"{name}_nl") if language == "nl" else ""
        found[name] = own or getattr(giveaway, name)
    return found | {
        "picture": giveaway.picture_url
        if _PICTURE.fullmatch(giveaway.picture_url)
        else "",
        "draw_url": f"{giveaway.url}/draw?{urlencode({'lang': language})}",
    }


def _asked(giveaway: Giveaway, brand: Brand, language: str) -> dict[str, Any]:
    """What is asked of who enters, and what becomes of it."""
    say = PAGE[language]
    also = say["privacy_newsletter"] if giveaway.asks_newsletter else ""
    return {
        "conditions": _conditions(giveaway, language),
        "rules_url": giveaway.rules_url,
        "asks_newsletter": giveaway.asks_newsletter,
        "confirm_how": say["confirm_how"] if giveaway.confirm_email else "",
        "newsletter": _filled(say["newsletter"], brand=brand.name),
        "privacy": _filled(
            say["privacy"], brand=brand.name, days=giveaway.kept_days, newsletter=also
        ),
    }


def _conditions(giveaway: Giveaway, language: str) -> str:
    say, age = PAGE[language], giveaway.minimum_age
    if not giveaway.country:
        return _filled(say["conditions_age"], age=age) if age else ""
    words = say["conditions_both" if age else "conditions_country"]
    return _filled(words, age=age, country=_country(giveaway.country, language))


@lru_cache(maxsize=512)
def _country(code: str, language: str) -> str:
    name = Locale.parse(language).territories.get(code, code)
    plural = language == "en" and code in ("NL", "US", "GB", "PH", "AE")
    return f"the {name}" if plural else name


def _when(giveaway: Giveaway, brand: Brand, language: str, state: GiveawayState) -> str:
    words = {GiveawayState.SCHEDULED: "from", GiveawayState.OPEN: "until"}
    closed = giveaway.closed_at or giveaway.closes_at
    return _filled(
        PAGE[language][words.get(state, "over")],
        opens=_moment(giveaway.opens_at, brand, language),
        closes=_moment(min(closed, giveaway.closes_at), brand, language),
    )


def _moment(at: datetime, brand: Brand, language: str) -> str:
    """A moment on the brand's own clock; in English with the zone it is of."""
    shape, locale = _SHAPES[language]
    return format_datetime(at, shape, tzinfo=zone(brand.timezone), locale=locale)


def _filled(words: str, **names: Any) -> str:
    """With names in it; what looks like a placeholder in a name stays as it is."""
    return re.sub(r"\{(\w+)\}", lambda found: str(names[found[1]]), words)

"""How the pages of giveaways are answered; the pages are in `giveaway_pages`."""

from collections.abc import Mapping

from flask import Response, request

from marketplace.accounts import Brand
from marketplace.api.giveaway_drawing import (
    LANGUAGES,
    draw_message,
    draw_thanks,
    policy,
)
from marketplace.api.giveaway_words import PAGE
from marketplace.clock import now
from marketplace.tracking.giveaway_models import Giveaway, GiveawayEntry


def html_page(
    page: str, language: str, status: int, giveaway: Giveaway | None
) -> Response:
    """A page as it is answered: it may load nothing, and tells nobody its address."""
    return Response(
        page.encode("utf-8", "replace"),
        status,
        content_type="text/html; charset=utf-8",
        headers={
            "Content-Language": language,
            "Vary": "Accept-Language",
            "Content-Security-Policy": policy(giveaway),
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
        },
    )


def thanks(
    giveaway: Giveaway,
    brand: Brand,
    language: str,
    entry: GiveawayEntry,
    *,
    is_new: bool,
) -> str:
    """The page on which somebody reads their ticket now."""
    shown = giveaway, brand, language, entry.ticket
    return draw_thanks(*shown, is_new=is_new, at=now())


def gone(language: str = "") -> Response:
    """What is answered where there is nothing."""
    language = language or language_of(request.args)
    say = PAGE[language]
    page = draw_message(language, say["gone_title"], say["gone"], request.path)
    return html_page(page, language, 404, None)


def language_of(said: Mapping[str, str]) -> str:
    """The one that was chosen, or that the browser would rather have."""
    chosen = said.get("lang", "")
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]

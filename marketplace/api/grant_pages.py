"""What people read who come back from a platform, in their language."""

from flask import Response, request

from marketplace.kpis import papers

# What became of it → (title, text) in English and in Dutch.
_WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "granted": {
        "en": (
            "Connected",
            "From now on the figures of {handle} and of its posts are read by"
            " themselves. You can close this page, and take your consent back at any"
            " time.",
        ),
        "nl": (
            "Gekoppeld",
            "Vanaf nu worden de cijfers van {handle} en van de berichten vanzelf"
            " opgehaald. U kunt deze pagina sluiten, en uw toestemming altijd"
            " intrekken.",
        ),
    },
    "declined": {
        "en": ("Not connected", "You did not consent, so nothing has changed."),
        "nl": ("Niet gekoppeld", "U gaf geen toestemming; er is niets veranderd."),
    },
    "stale": {
        "en": (
            "Not connected",
            "This address is no longer valid: it works for ten minutes. Please begin"
            " again.",
        ),
        "nl": (
            "Niet gekoppeld",
            "Dit adres is niet meer geldig: het werkt tien minuten. Begin opnieuw.",
        ),
    },
    "another": {
        "en": (
            "This is another account",
            "You are signed in with another account than {handle}. Sign in with that"
            " one, or correct the channel, and begin again.",
        ),
        "nl": (
            "Dit is een ander account",
            "U bent ingelogd met een ander account dan {handle}. Log in met dat"
            " account, of verbeter het kanaal, en begin opnieuw.",
        ),
    },
    "refused": {
        "en": (
            "Not connected",
            "The platform did not accept this. Is it a professional account, and did"
            " you consent to all that was asked? Please begin again.",
        ),
        "nl": (
            "Niet gekoppeld",
            "Het platform accepteerde dit niet. Is het een professioneel account, en"
            " stemde u in met alles wat werd gevraagd? Begin opnieuw.",
        ),
    },
    "away": {
        "en": (
            "Not connected",
            "The platform does not answer. Please try again later.",
        ),
        "nl": ("Niet gekoppeld", "Het platform antwoordt niet. Probeer het later."),
    },
}


def consent_page(what: str, status: int, handle: str = "") -> Response:
    """A page that says what became of somebody's consent."""
    language = request.accept_languages.best_match(["nl", "en"], "en")
    title, text = _WORDS[what][language]
    return Response(
        papers.as_message(language, title, text.format(handle=handle)),
        status,
        content_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": papers.page_policy(),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",  # the address has the code in it
            "X-Robots-Tag": "noindex, nofollow",
            "X-Content-Type-Options": "nosniff",
        },
    )

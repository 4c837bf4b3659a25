"""/g/…: where people enter a giveaway, and where anybody may check its draw.

Nothing is kept in the browser and nobody is logged in, so there is nothing another site
could make use of by sending our form; what it has to bring is a stamp of the page it was
on, which says when that was shown. Fields people do not see catch programs that fill in
everything.
"""

import hmac
from collections.abc import Mapping
from datetime import timedelta

from flask import Response, request
from limits import parse
from marshmallow import ValidationError

from marketplace import accounts
from marketplace.accounts import Brand
from marketplace.api import limits
from marketplace.api.fields import Text
from marketplace.api.frame import Resource, begin, public, reading, settings
from marketplace.api.giveaway_answers import gone, html_page, language_of, thanks
from marketplace.api.giveaway_drawing import (
    Form,
    draw_confirm,
    draw_draw,
    draw_form,
    draw_mailed,
    draw_message,
)
from marketplace.api.giveaway_entry_shapes import LONGEST_ANSWER
from marketplace.api.giveaway_words import PAGE
from marketplace.api.problems import TooManyRequests
from marketplace.clock import now
from marketplace.tracking import giveaway_confirming as confirming
from marketplace.tracking import giveaway_entries as entering
from marketplace.tracking import giveaway_queries as queries
from marketplace.tracking.codec import click_codec
from marketplace.tracking.giveaway_entries import EntryKeys, EntrySaid
from marketplace.tracking.giveaway_models import Giveaway
from marketplace.tracking.giveaway_rules import (
    ConfirmationTooLate,
    EntryNotValid,
    EntrySource,
    GiveawayFull,
    GiveawayNotFound,
    GiveawayNotOpen,
    list_text,
)

blp = Resource("giveaway_pages", description="Pages of giveaways", url_prefix="")

ENTRIES = parse("20 per 10 minutes")  # of one address: a family, an office
STAMP_KEY = "giveaway-form:1"
LEAST_SECONDS, MOST = 1, timedelta(hours=24)
HTML = {"type": "string"}


@blp.route("/g/<slug>")
@public(raw=True, limit="300 per minute")
@blp.doc(description="`?lang=nl` or `en`; `mkt_click` and `code` say who sent them.")
@blp.response(200, HTML, content_type="text/html")
def show_giveaway(slug: str) -> Response:
    """The page on which people enter a giveaway."""
    giveaway = begin().scalar(queries.giveaway_called(slug))
    if giveaway is None:
        return gone()
    brought = {
        name: _plain(request.args.get(name, ""), 100) for name in ("mkt_click", "code")
    }
    return _form(giveaway, language_of(request.args), Form(brought), 200)


@blp.route("/g/<slug>", methods=["POST"])
@public(raw=True)
@blp.response(200, HTML, content_type="text/html")
def enter_giveaway(slug: str) -> Response:
    """Take an entry; what is missing is said on the page it came from."""
    said = {name: request.form.get(name, "") for name in request.form}
    language = language_of(said)
    found = reading().scalar(queries.giveaway_called(slug))
    if found is None:
        return gone(language)
    answer = _refused_first(found.id, said, language)
    if answer is not None:
        return answer
    session = begin()
    giveaway = session.get_one(Giveaway, found.id)
    brand = session.get_one(Brand, giveaway.brand_id)
    keyring = settings().keyring
    key = keyring.open(accounts.CUSTOMER_KEY, brand.customer_key)
    keys = EntryKeys(keyring, key, click_codec(keyring))
    try:
        entry, is_new = entering.enter(
            session, giveaway, _entry(said, language), keys=keys, now=now()
        )
    except EntryNotValid as refusal:
        say = PAGE[language]
        wrong = {name: say[f"wrong_{name}"] for name in refusal.errors}
        return _form(giveaway, language, Form(said, wrong, say["check_form"]), 422)
    except GiveawayFull:
        return _form(giveaway, language, Form(said, {}, PAGE[language]["full"]), 409)
    except GiveawayNotOpen:
        return _form(giveaway, language, Form(said), 409)
    if giveaway.confirm_email:
        page = draw_mailed(giveaway, brand, language, now())
    else:
        page = thanks(giveaway, brand, language, entry, is_new=is_new)
    return html_page(page, language, 200, giveaway)


@blp.route("/g/<slug>/confirm/<token>")
@public(raw=True, limit="60 per minute")
@blp.response(200, HTML, content_type="text/html")
def ask_to_confirm(slug: str, token: str) -> Response:
    """Ask whoever follows the link in a mail to confirm; changes nothing by itself."""
    session, language = begin(), language_of(request.args)
    giveaway = session.scalar(queries.giveaway_called(slug))
    if giveaway is None:
        return gone()
    keyring = settings().keyring
    try:
        entry, until = confirming.entry_behind(session, giveaway, token, keyring)
    except GiveawayNotFound:
        return gone()
    brand = session.get_one(Brand, giveaway.brand_id)
    if entry.valid_at is not None:
        page = thanks(giveaway, brand, language, entry, is_new=False)
        return html_page(page, language, 200, giveaway)
    if until <= now() or giveaway.closed_at is not None:
        return _late(giveaway, language)
    page = draw_confirm(
        giveaway,
        brand,
        language,
        f"{giveaway.url}/confirm/{token}",
        wants_newsletter=entry.wants_newsletter,
        at=now(),
    )
    return html_page(page, language, 200, giveaway)


@blp.route("/g/<slug>/confirm/<token>", methods=["POST"])
@public(raw=True, limit="60 per minute")
@blp.response(200, HTML, content_type="text/html")
def confirm_entry(slug: str, token: str) -> Response:
    """Let the entry count whose entrant got that link by mail."""
    session, language = begin(), language_of(request.args)
    giveaway = session.scalar(queries.giveaway_called(slug))
    if giveaway is None:
        return gone()
    try:
        entry, is_new = confirming.confirm(
            session,
            giveaway,
            token,
            wants_newsletter=request.form.get("wants_newsletter") == "yes",
            keyring=settings().keyring,
            now=now(),
        )
    except GiveawayNotFound:
        return gone()
    except (ConfirmationTooLate, GiveawayNotOpen):
        return _late(giveaway, language)
    brand = session.get_one(Brand, giveaway.brand_id)
    page = thanks(giveaway, brand, language, entry, is_new=is_new)
    return html_page(page, language, 200, giveaway)


@blp.route("/g/<slug>/draw")
@public(raw=True, limit="300 per minute")
@blp.response(200, HTML, content_type="text/html")
def show_draw(slug: str) -> Response:
    """What was committed to, the list, what was drawn, and how to check it."""
    session, language = begin(), language_of(request.args)
    giveaway = session.scalar(queries.giveaway_called(slug))
    if giveaway is None:
        return gone()
    page = draw_draw(
        giveaway,
        session.get_one(Brand, giveaway.brand_id),
        language,
        list(session.scalars(queries.picks_of(giveaway))),
        facts_url=f"{settings().public_url}/v1/giveaways/{giveaway.id}/draw",
        at=now(),
    )
    return html_page(page, language, 200, giveaway)


@blp.route("/g/<slug>/tickets.txt")
@public(raw=True, limit="60 per minute")
@blp.response(200, HTML, content_type="text/plain")
def show_tickets(slug: str) -> Response:
    """The list of tickets, once it is fixed: its SHA-256 is that of the draw."""
    session = begin()
    giveaway = session.scalar(queries.giveaway_called(slug))
    if giveaway is None or giveaway.closed_at is None:
        return gone()
    listed = session.scalars(queries.tickets_listed(giveaway, giveaway.closed_at))
    return Response(list_text(listed), content_type="text/plain; charset=us-ascii")


def _refused_first(
    giveaway_id: str, said: Mapping[str, str], language: str
) -> Response | None:
    """What is answered to programs and to who sends too much, before anything begins."""
    try:
        limits.spend(ENTRIES, "giveaway", giveaway_id, limits.client_address())
    except TooManyRequests as refusal:
        giveaway = begin().get_one(Giveaway, giveaway_id)
        notice = PAGE[language]["too_many"]
        answer = _form(giveaway, language, Form(said, {}, notice), 429)
        answer.headers["Retry-After"] = str(refusal.retry_after)
        return answer
    if said.get("website") or not _is_stamped(giveaway_id, said.get("stamp", "")):
        giveaway = begin().get_one(Giveaway, giveaway_id)
        notice = PAGE[language]["again"]
        return _form(giveaway, language, Form(said, {}, notice), 422)
    return None


def _entry(said: Mapping[str, str], language: str) -> EntrySaid:
    return EntrySaid(
        email=_plain(said.get("email", ""), 320),
        source=EntrySource.PAGE,
        accepts_rules=said.get("accepts_rules") == "yes",
        meets_conditions=said.get("meets_conditions") == "yes",
        wants_newsletter=said.get("wants_newsletter") == "yes",
        answer=_plain(said.get("answer", ""), LONGEST_ANSWER),
        click_id=_plain(said.get("mkt_click", ""), 64) or None,
        promo_code=_plain(said.get("code", ""), 100) or None,
        language=language,
    )


def _plain(text: str, longest: int) -> str:
    """Text that can be stored; empty where it cannot."""
    try:
        return Text(longest=longest).deserialize(text) or ""
    except ValidationError:
        return ""


def _stamp(giveaway_id: str) -> str:
    at_ms = int(now().timestamp() * 1000)
    return f"{at_ms}.{_mac(giveaway_id, at_ms)}"


def _is_stamped(giveaway_id: str, stamp: str) -> bool:
    """Whether the form is one of ours that somebody had the time to fill in."""
    number, _, mac = stamp.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return False
    if not hmac.compare_digest(mac.encode(), _mac(giveaway_id, int(number)).encode()):
        return False
    seconds = now().timestamp() - int(number) / 1000
    return LEAST_SECONDS <= seconds <= MOST.total_seconds()


def _mac(giveaway_id: str, at_ms: int) -> str:
    return settings().keyring.digest(STAMP_KEY, f"{giveaway_id}:{at_ms}")[:32]


def _form(giveaway: Giveaway, language: str, form: Form, status: int) -> Response:
    brand = begin().get_one(Brand, giveaway.brand_id)
    stamped = Form(form.said, form.wrong, form.notice, _stamp(giveaway.id))
    page = draw_form(giveaway, brand, language, stamped, now())
    return html_page(page, language, status, giveaway)


def _late(giveaway: Giveaway, language: str) -> Response:
    """The link holds no longer; while people can enter, they get another one."""
    if giveaway.closed_at is not None or now() >= giveaway.closes_at:
        return _form(giveaway, language, Form(), 410)
    say = PAGE[language]
    page = draw_message(language, say["late_title"], say["late"], giveaway.url)
    return html_page(page, language, 410, giveaway)

"""Landing pages: what they show, to whom, and what is written down of a look."""

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from asking import Follow
from factories import make_code, make_page
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand, Influencer
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.config import Settings
from marketplace.ids import id_bytes
from marketplace.redirect import Redirect
from marketplace.redirect.drawing import draw, language_of
from marketplace.redirect.evidence_of import Witness
from marketplace.redirect.links import NEVER
from marketplace.redirect.places import PageRow
from marketplace.tracking.codec import click_codec
from marketplace.tracking.evidence import LONGEST, read_line
from marketplace.tracking.landing_rules import ViewSaid
from marketplace.tracking.models import LandingPage, PromoCode, TrackingLink
from marketplace.tracking.rules import PromoCodeStatus

Lines = Callable[[], list[dict[str, Any]]]
WORDS = {
    "headline": "Slaap zachter",
    "text": "Eerste alinea.\n\nTweede <b>alinea</b>,\nop twee regels.",
    "picture_url": "https://pictures.example/dekbed.jpg?a=1&b=2",
    "button": "",
}
DUTCH = {"HTTP_ACCEPT_LANGUAGE": "nl-NL,nl;q=0.9,en;q=0.8"}


@pytest.fixture
def page(session: Session, link: TrackingLink) -> LandingPage:
    """A page at ``/i/anna`` whose button is ``/r/anna``."""
    session.get_one(Campaign, link.campaign_id).landing_page = WORDS
    application = session.get_one(Application, link.application_id)
    make_code(session, application, "ANNA15")
    page = make_page(session, link, slug="anna")
    session.commit()
    return page


@pytest.fixture
def look(follow: Follow, page: LandingPage) -> Follow:
    """Look at a page."""
    return lambda path="/i/anna", method="GET", **environ: follow(
        path, method, **environ
    )


def test_a_page_says_who_what_and_how(look: Follow) -> None:
    answer = look(**DUTCH)
    html = answer.body.decode()
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Language"] == "nl"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<title>Slaap zachter · Wolkje</title>" in html
    assert "Aanbevolen door <b>Anna</b>" in html
    assert "<output>ANNA15</output>" in html
    assert "Advertentie / Advertisement" in html
    assert "Dit is reclame: Anna werkt samen met Wolkje" in html
    assert (
        '<a class="button" href="/r/anna" rel="sponsored nofollow">Naar Wolkje' in html
    )
    assert "<p>Eerste alinea.</p>" in html
    assert "<p>Tweede &lt;b&gt;alinea&lt;/b&gt;,<br>op twee regels.</p>" in html
    assert 'src="https://pictures.example/dekbed.jpg?a=1&amp;b=2"' in html
    assert "$" not in re.sub(r"<style>.*</style>", "", html, flags=re.DOTALL)


def test_the_policy_permits_the_style_the_picture_and_nothing_else(
    look: Follow,
) -> None:
    answer = look()
    (style,) = re.findall(r"<style>(.*)</style>", answer.body.decode(), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "img-src https://pictures.example; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert b"<script" not in answer.body
    assert b"style=" not in answer.body


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("nl-BE", "nl"),
        ("de,nl;q=0.5,en;q=0.4", "nl"),
        ("en;q=0.1,nl;q=0.05", "en"),
        ("fr-FR", "en"),
        ("NL ; q=1.0", "nl"),
        (";;;,,,q=x;nl", "en"),
        ("nl" * 10_000, "en"),
    ],
)
def test_dutch_or_english(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


def test_each_look_is_written_down_as_a_click_is(
    look: Follow, page: LandingPage, lines: Lines, settings: Settings
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    agent = "Mozilla/5.0 (iPhone)"
    cookie = "a=b; mkt_user=usr_abc.0123; c=d"
    answer = look(
        HTTP_USER_AGENT=agent,
        HTTP_REFERER="https://www.instagram.com/anna?secret=1",
        HTTP_COOKIE=cookie,
        HTTP_SEC_PURPOSE="prefetch",
        QUERY_STRING="s1=story&s2=a%20%26b&other=x",
        **DUTCH,
    )
    assert answer.status == 200
    (line,) = lines()
    assert line["page"] == page.id
    assert line["method"] == "GET"
    assert line["agent"] == agent
    assert line["referrer"] == "www.instagram.com"
    assert line["language"] == DUTCH["HTTP_ACCEPT_LANGUAGE"]
    assert line["prefetch"] == "prefetch"
    assert line["user"] == "usr_abc.0123"
    assert (line["s1"], line["s2"]) == ("story", "a &b")
    read = click_codec(settings.keyring).read(line["view"])
    assert read is not None
    assert id_bytes(read.link_id) == id_bytes(page.id)
    assert round(read.at.timestamp() * 1000) == line["at"]
    assert before <= read.at <= datetime.now(UTC)
    assert re.fullmatch(r"[0-9a-f]{32}", line["visitor"])
    assert b'href="/r/anna?s1=story&amp;s2=a+%26b"' in answer.body


def test_a_view_line_is_one_that_ingest_understands(
    look: Follow, lines: Lines, page: LandingPage
) -> None:
    look(HTTP_USER_AGENT="x" * 1000)
    (line,) = lines()
    said = read_line(orjson.dumps(line))
    assert isinstance(said, ViewSaid)
    assert (said.page_id, said.facts["agent"]) == (page.id, "x" * 300)


def test_head_is_answered_without_a_body_and_written_down(
    look: Follow, lines: Lines
) -> None:
    answer = look(method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 1000
    assert lines()[0]["method"] == "HEAD"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_a_page_can_only_be_looked_at(look: Follow, lines: Lines, method: str) -> None:
    answer = look(method=method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert lines() == []


def test_capitals_do_not_matter(look: Follow) -> None:
    assert look("/i/ANNA").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/i/",
        "/i/nobody",
        "/i/anna/",
        "/i/anna/..",
        "/i/\0",
        "/i/" + "x" * 8192,
        "/i/%61nna",
        "/i/anna\r\nSet-Cookie: a=b",
        "/i/\xff\xfe",
        "/i/\xed\xa0\x80",
        "/i/" + "жук".encode().decode("latin-1"),
        "/i/' OR 1=1 --",
        "/i/<script>",
    ],
)
def test_hostile_slugs_are_not_found(look: Follow, lines: Lines, path: str) -> None:
    answer = look(path)
    assert answer.status == 404
    assert b"<script>" not in answer.body
    assert lines() == []


@hypothesis_settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "HTTP_USER_AGENT",
                "HTTP_REFERER",
                "HTTP_ACCEPT_LANGUAGE",
                "HTTP_COOKIE",
                "HTTP_PURPOSE",
                "HTTP_X_FORWARDED_FOR",
                "HTTP_HOST",
            ]
        ),
        st.text(max_size=400),
    ),
    st.one_of(
        st.text(max_size=60),
        st.text(max_size=60).map(lambda text: f"s1={text}&s2=%ED%A0%80&s3=%00%0d%0a"),
        st.just("s1=" + "%F0%9F" * 1400),
    ),
)
def test_no_header_or_query_breaks_it(
    settings_of_a_module: Settings, headers: dict[str, str], query: str
) -> None:
    environ = {"REQUEST_METHOD": "GET", "QUERY_STRING": query, **headers}
    facts = Witness(settings_of_a_module).facts(environ, "192.0.2.1")
    for name, value in facts.items():
        value.encode("utf-8")
        assert len(value) <= LONGEST[name]
    assert language_of(facts.get("language", "")) in ("nl", "en")


@pytest.fixture(scope="module")
def settings_of_a_module(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = str(tmp_path_factory.mktemp("instance"))
    return Settings.from_env({"INSTANCE": folder, "SECRET_KEY": "s" * 40})


def test_hostile_requests_are_answered(look: Follow, lines: Lines) -> None:
    answer = look(
        HTTP_USER_AGENT="\xff\xfe\0\ud800",
        HTTP_REFERER="https://\ud800\r\nX: y/",
        HTTP_ACCEPT_LANGUAGE="nl\ud800",
        HTTP_COOKIE="mkt_user=" + "x" * 9000,
        QUERY_STRING='s1=\ud800%ED%A0%80"><script>&s2=%0d%0a' + "a" * 8192,
    )
    assert answer.status == 200
    assert b"<script" not in answer.body
    assert "user" not in lines()[0]


NASTY = "\"'><script>alert(1)</script>{influencer}$brand&amp;\N{RIGHT-TO-LEFT OVERRIDE}"
ROW = PageRow(
    slug="anna",
    page_id="lpg_x",
    brand_id="brd_x",
    timezone="UTC",
    brand_name=NASTY,
    influencer_name=NASTY,
    campaign_title=NASTY,
    headline=NASTY,
    text=NASTY,
    picture_url="",
    button=NASTY,
    code=NASTY,
    link_slug='"><script>ж/?#',
)


@pytest.mark.parametrize("over", [True, False])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_what_others_wrote_is_text(language: str, over: bool) -> None:
    drawn = draw(ROW, language, over)
    html = (drawn.before + drawn.after).decode()
    assert "<script" not in html
    assert 'href="/r/%22%3E%3Cscript%3E%D0%B6%2F%3F%23"' in html
    assert "{influencer}$brand&amp;amp;" in html  # nobody's placeholder


@pytest.mark.parametrize(
    "url",
    [
        "http://pictures.example/a.jpg",
        "javascript:alert(1)",
        "https://x.example; script-src *",
        "https://x.example\n/a",
        "https://",
        "//x.example/a",
    ],
)
def test_a_picture_that_is_none_is_left_out(url: str) -> None:
    drawn = draw(ROW._replace(picture_url=url), "nl", False)
    assert b"<img" not in drawn.before
    assert "img-src" not in drawn.policy
    assert "script" not in drawn.policy


def test_a_page_of_an_action_that_has_ended_says_so(
    look: Follow, session: Session, page: LandingPage
) -> None:
    campaign = session.get_one(Campaign, page.campaign_id)
    campaign.ends_at = datetime.now(UTC) - timedelta(minutes=1)
    campaign.landing_page = {**WORDS, "button": "Nu met 15% korting"}
    session.commit()
    answer = look(**DUTCH)
    assert answer.status == 200
    assert "Deze actie is afgelopen." in answer.body.decode()
    assert b"ANNA15" not in answer.body
    assert b"15% korting" not in answer.body
    assert b'href="/r/anna"' in answer.body
    assert b"This offer has ended." in look().body


def test_a_page_without_a_code_that_works_shows_none(
    look: Follow, session: Session, page: LandingPage
) -> None:
    code = session.query(PromoCode).one()
    code.status = PromoCodeStatus.DISABLED
    session.commit()
    assert b"<output>" not in look().body


def test_a_page_without_words_is_not_there(
    look: Follow, session: Session, page: LandingPage, redirect: Redirect
) -> None:
    assert look().status == 200
    session.get_one(Campaign, page.campaign_id).landing_page = None
    page.changed_at = datetime.now(UTC)
    session.commit()
    redirect.links.refresh()
    assert look().status == 404


def test_a_change_is_seen_at_the_next_refresh(
    look: Follow, session: Session, page: LandingPage, redirect: Redirect
) -> None:
    assert b"Slaap zachter" in look().body
    words = {**WORDS, "headline": "Word wakker"}
    session.get_one(Campaign, page.campaign_id).landing_page = words
    page.changed_at = datetime.now(UTC)
    session.commit()
    redirect.links.refresh()
    assert b"Word wakker" in look().body


def test_a_brands_own_domain_shows_no_pages_of_others(
    look: Follow, page: LandingPage, redirect: Redirect
) -> None:
    redirect.links.domains["own.example"] = page.brand_id
    redirect.links.domains["other.example"] = "brd_other"
    assert look(HTTP_HOST="OWN.example:443").status == 200
    assert look(HTTP_HOST="other.example").status == 404
    assert look(HTTP_HOST="nobodys.example").status == 200


def test_visitors_are_told_apart_by_address_and_agent(
    look: Follow, lines: Lines
) -> None:
    for address, agent in (("192.0.2.1", "a"), ("192.0.2.1", "a"), ("192.0.2.2", "a")):
        look(REMOTE_ADDR=address, HTTP_USER_AGENT=agent)
    first, second, third = (line["visitor"] for line in lines())
    assert first == second != third


def test_names_come_from_brand_and_influencer(
    look: Follow, session: Session, page: LandingPage
) -> None:
    application = session.get_one(Application, page.application_id)
    session.get_one(Influencer, application.influencer_id).name = "Zoë"
    session.get_one(Brand, page.brand_id).name = "éclair & zoon"
    session.commit()
    html = look().body.decode()
    assert "<b>Zoë</b>" in html
    assert ">É</span>" in html
    assert "éclair &amp; zoon" in html


def test_a_page_that_never_ends_is_not_over(look: Follow) -> None:
    assert ROW.over_ms == NEVER
    assert b"This offer has ended." not in look().body

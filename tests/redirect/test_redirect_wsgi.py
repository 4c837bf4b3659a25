"""The redirect: where it leads, what it writes down, and what cannot harm it."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import orjson
import pytest
from asking import Answer, Follow, ask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from marketplace.config import Settings
from marketplace.redirect import Redirect, in_front, make_redirect
from marketplace.redirect.links import split_target
from marketplace.tracking.codec import click_codec
from marketplace.tracking.models import LinkSlug, TrackingLink

Lines = Callable[[], list[dict[str, Any]]]
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604"


def test_a_link_is_followed_and_written_down(
    link: TrackingLink, follow: Follow, lines: Lines, settings: Settings
) -> None:
    before = datetime.now(UTC)
    answer = follow(
        HTTP_USER_AGENT=PHONE,
        HTTP_REFERER="https://me@L.Instagram.com:443/p/1?secret=x",
        HTTP_ACCEPT_LANGUAGE="nl-NL,nl;q=0.9",
        HTTP_SEC_PURPOSE="prefetch",
        QUERY_STRING="s1=story%201&s2=b&s2=c&x=1&gclid=Cj0secret&GAD_source=1&aepik=2",
    )
    assert answer.status == 302
    target, _, click = answer.headers["Location"].partition("&mkt_click=")
    assert target == link.target_url
    assert answer.headers["Cache-Control"] == "no-store"
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert answer.headers["X-Request-Id"]
    said = click_codec(settings.keyring).read(click)
    assert said is not None
    assert said.link_id == link.id
    assert (said.at - before).total_seconds() < 5
    (line,) = lines()
    visitor = line.pop("visitor")
    assert len(visitor) == 32
    assert line == {
        "click": click,
        "link": link.id,
        "at": int(said.at.timestamp() * 1000),
        "method": "GET",
        "agent": PHONE,
        "referrer": "l.instagram.com",
        "language": "nl-NL,nl;q=0.9",
        "prefetch": "prefetch",
        "s1": "story 1",
        "s2": "b",
        "ads": "gad_source gclid",
    }


@pytest.mark.usefixtures("link")
def test_head_answers_as_get_and_is_known_as_such(follow: Follow, lines: Lines) -> None:
    answer = follow(method="HEAD")
    assert answer.status == 302
    assert answer.headers["Location"].startswith("https://wolkje.example/")
    assert answer.body == b""
    assert [line["method"] for line in lines()] == ["HEAD"]


@pytest.mark.usefixtures("link")
def test_no_other_method(follow: Follow, lines: Lines) -> None:
    follow()  # so that the link is known, too
    for method in ("POST", "PUT", "OPTIONS", "TRACE", "get", ""):
        answer = follow(method=method)
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, HEAD"
    assert len(lines()) == 1


@pytest.mark.parametrize(
    ("target", "before", "after"),
    [
        ("https://s.nl/", "https://s.nl/?mkt_click=", ""),
        ("https://s.nl/a?b=1#c?d", "https://s.nl/a?b=1&mkt_click=", "#c?d"),
        ("https://s.nl/?#", "https://s.nl/?mkt_click=", "#"),
        ("https://s.nl/?mkt_click=x&b=%20", "https://s.nl/?b=%20&mkt_click=", ""),
        ("https://s.nl/?mkt%5Fclick=x", "https://s.nl/?mkt_click=", ""),
        (
            "https://s.nl/?a\r\nSet-Cookie: b",
            "https://s.nl/?a%0D%0ASet-Cookie:%20b",
            "",
        ),
        ("https://s.nl/é?ü=\udc80", "https://s.nl/%C3%A9?%C3%BC=?", ""),
    ],
)
def test_where_it_leads(target: str, before: str, after: str) -> None:
    found = split_target(target)
    assert found[0].startswith(before)
    assert found[0].endswith("mkt_click=")
    assert found[1] == after


@pytest.mark.parametrize("target", ["", "javascript:alert(1)", "//evil.example", "/x"])
def test_it_leads_nowhere_else(target: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        split_target(target)


@pytest.mark.usefixtures("link")
def test_an_unknown_link(follow: Follow, lines: Lines) -> None:
    page = follow("/r/nobody")
    assert page.status == 404
    assert b"nothing here" in page.body
    assert b"Hier is niets" in page.body
    assert b"nobody" not in page.body
    problem = follow("/r/nobody", HTTP_ACCEPT="application/json")
    assert problem.status == 404
    assert problem.headers["Content-Type"] == "application/problem+json"
    told = orjson.loads(problem.body)
    assert told["status"] == 404
    assert told["request_id"] == problem.headers["X-Request-Id"]
    assert follow("/r/nobody", "HEAD").body == b""
    assert follow("/elsewhere").status == 404
    assert lines() == []


HOSTILE = st.text(st.characters(max_codepoint=0x2FFF, categories=None), max_size=100)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "HTTP_USER_AGENT",
            "HTTP_REFERER",
            "HTTP_ACCEPT_LANGUAGE",
            "HTTP_ACCEPT",
            "HTTP_SEC_PURPOSE",
            "HTTP_PURPOSE",
            "HTTP_X_REQUEST_ID",
            "HTTP_X_FORWARDED_FOR",
            "HTTP_CF_IPCOUNTRY",
            "QUERY_STRING",
            "REMOTE_ADDR",
        ]
    ),
    HOSTILE | st.text(max_size=20).map(lambda text: "s1=" + text) | st.just("\udc80\0"),
)


@hypothesis_settings(suppress_health_check=list(HealthCheck), max_examples=150)
@given(path=HOSTILE, environ=HEADERS)
def test_nothing_said_to_it_can_break_it(
    link: TrackingLink, settings: Settings, path: str, environ: dict[str, str]
) -> None:
    trusting = replace(
        settings,
        trusted_proxies=(ip_network("192.0.2.0/24"),),
        trusted_country_header="CF-IPCountry",
    )
    redirect = make_redirect(trusting)
    redirect.links.started = True
    assert ask(redirect, "/r/anna", **environ).status == 302
    assert ask(redirect, f"/r/{path}", **environ).status in (302, 404)
    assert redirect.spool.lost == 0
    redirect.close()


@pytest.mark.usefixtures("link")
@pytest.mark.parametrize(
    "slug",
    [
        "",
        "%00",
        "\0",
        "a\0nna",
        "anna/",
        "anna/../anna",
        "ANNA",
        "x" * 8000,
        "\xff\xfe",
        "\udc80",
        "é".encode().decode("latin-1"),
        "anna\r\nSet-Cookie: a=b",
    ],
)
def test_strange_slugs_are_not_there(slug: str, follow: Follow) -> None:
    assert follow(f"/r/{slug}", QUERY_STRING="q" * 8000).status == 404


@pytest.mark.usefixtures("link")
def test_the_callers_request_id_comes_back_if_it_is_one(follow: Follow) -> None:
    assert follow(HTTP_X_REQUEST_ID="req-1.a_b").headers["X-Request-Id"] == "req-1.a_b"
    for bad in ("a b", "x" * 65, "é", "a\r\nb: c"):
        assert follow(HTTP_X_REQUEST_ID=bad).headers["X-Request-Id"] != bad


@pytest.mark.usefixtures("link")
def test_no_address_is_written_down(follow: Follow, settings: Settings) -> None:
    follow(REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="x")
    written = b"".join(path.read_bytes() for path in settings.spool.iterdir())
    assert b"203.0.113.77" not in written


def test_the_country_comes_from_a_trusted_proxy_only(
    link: TrackingLink, settings: Settings, lines: Lines
) -> None:
    proxied = replace(
        settings,
        trusted_proxies=(ip_network("192.0.2.0/24"),),
        trusted_country_header="CF-IPCountry",
    )
    redirect = make_redirect(proxied)
    redirect.links.started = True
    for address, country in (
        ("192.0.2.9", "nl"),
        ("198.51.100.1", "NL"),
        ("192.0.2.9", "XXX"),
    ):
        ask(redirect, "/r/anna", REMOTE_ADDR=address, HTTP_CF_IPCOUNTRY=country)
    redirect.close()
    assert [line.get("country") for line in lines()] == ["NL", None, None]


def test_everything_else_is_passed_on(redirect: Redirect, link: TrackingLink) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("418 I'm a teapot", [])
        return [b"short and stout"]

    both = in_front(redirect, application)
    assert ask(both, "/r/anna").status == 302
    assert ask(both, "/r/nobody").status == 404
    for path in ("/", "", "/r", "/rx", "/v1/campaigns"):
        assert ask(both, path) == Answer(418, {}, b"short and stout")


def test_a_redirect_node_carries_only_the_click_path() -> None:
    """In a fresh interpreter: what a redirect node has loaded once it can answer."""
    script = (
        "import sys; from marketplace.redirect import make_redirect;"
        "print('\\n'.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "marketplace.redirect.wsgi" in loaded
    above = (
        *("orders", "attribution", "commissions", "costs", "kpis", "collaborations"),
        *("api", "web", "jobs", "cli", "app", "database"),
    )
    foreign = {"flask_smorest", "marshmallow", "stripe", "flask", "werkzeug"}
    assert not loaded & (foreign | {f"marketplace.{name}" for name in above})


def test_a_deleted_or_changed_link(
    link: TrackingLink, redirect: Redirect, session: Session, follow: Follow
) -> None:
    redirect.links.refresh()
    assert follow().status == 302
    link.target_url = "https://wolkje.example/autumn"
    link.changed_at = datetime.now(UTC)
    session.commit()
    redirect.links.refresh()
    assert follow().headers["Location"].startswith("https://wolkje.example/autumn?mkt_")
    session.execute(delete(LinkSlug))
    session.delete(link)
    session.commit()
    redirect.links._due_reload = 0
    redirect.links.refresh()
    assert follow().status == 404

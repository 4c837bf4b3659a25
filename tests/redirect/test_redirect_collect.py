"""What a shop's page may send: always the same answer, never anything personal kept."""

import io
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from asking import Answer, ask
from factories import make_shop
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.redirect import Redirect
from marketplace.redirect.floods import PER_MINUTE
from marketplace.shops.models import Shop
from marketplace.tracking.evidence import Refusal, read_line
from marketplace.tracking.models import TrackingLink

Lines = Callable[[], list[dict[str, Any]]]
Send = Callable[..., Answer]
CLICK = "A" * 55
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)


@pytest.fixture
def shop(session: Session, link: TrackingLink) -> Shop:
    shop = make_shop(session, session.get_one(Brand, link.brand_id))
    session.commit()
    return shop


@pytest.fixture
def send(redirect: Redirect, shop: Shop) -> Send:
    """Send a beacon: `over` replaces fields, None leaves them out; `body` is all of it."""

    def send(body: bytes | None = None, headers: Any = None, **over: Any) -> Answer:
        said = {
            "shop": shop.id,
            "type": "view",
            "url": "https://wolkje.example/spring",
            **over,
        }
        kept = {name: value for name, value in said.items() if value is not None}
        raw = orjson.dumps(kept) if body is None else body
        environ = {
            "CONTENT_TYPE": "text/plain;charset=UTF-8",
            "CONTENT_LENGTH": str(len(raw)),
            "HTTP_USER_AGENT": CHROME,
            "wsgi.input": io.BytesIO(raw),
            **(headers or {}),
        }
        answer = ask(redirect, "/collect", "POST", **environ)
        assert (answer.status, answer.body) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        return answer

    return send


@pytest.fixture
def refused(redirect: Redirect, lines: Lines) -> Callable[[], int]:
    """How many beacons have been refused so far, once that has been told."""

    def count() -> int:
        collect = redirect._collect
        collect._due = 0.0
        collect._tell()
        return sum(line.get("refused", 0) for line in lines())

    return count


def test_a_view_is_written_down(send: Send, lines: Lines, shop: Shop) -> None:
    before = time.time_ns() // 1_000_000
    send(
        url="https://user:pw@WWW.Wolkje.example:8443/a/b?x=1&utm_source=ig&mail=a&mkt_click=Q#top",
        referrer="https://l.instagram.com/?u=secret",
        click_id=CLICK,
        headers={
            "HTTP_ACCEPT_LANGUAGE": "nl",
            "HTTP_REFERER": "https://other.example/",
        },
    )
    (line,) = lines()
    assert before <= line.pop("at") <= time.time_ns() // 1_000_000
    assert len(line.pop("beacon")) == len(line.pop("visitor")) == 32
    assert line == {
        "shop": shop.id,
        "kind": "view",
        "url": "https://www.wolkje.example:8443/a/b?utm_source=ig&mkt_click=Q",
        "referrer": "l.instagram.com",
        "click_id": CLICK,
        "agent": CHROME,
        "language": "nl",
    }


def test_what_is_written_down_can_be_read(send: Send, lines: Lines) -> None:
    send(
        type="lead",
        click_id=CLICK,
        visitor_id="visitor-1",
        at=datetime.now(UTC).isoformat(),
        lead={"kind": "newsletter", "external_id": 17, "email": "anna@example.com"},
    )
    (line,) = lines()
    said = read_line(orjson.dumps(line))
    assert said.facts["lead"] == {"kind": "newsletter", "external_id": "17"}
    assert "anna" not in repr(said)


def test_a_click_and_the_visit_after_it_are_one_visitor(
    redirect: Redirect, send: Send, lines: Lines
) -> None:
    ask(redirect, "/r/anna", HTTP_USER_AGENT=CHROME)
    send()
    click, visit = lines()
    assert click["visitor"] == visit["visitor"]
    send(headers={"REMOTE_ADDR": "192.0.2.2"})
    assert lines()[2]["visitor"] != visit["visitor"]


def test_a_person_is_the_same_at_one_brand_only(
    session: Session, send: Send, lines: Lines
) -> None:
    from factories import make_brand

    elsewhere = make_shop(session, make_brand(session))
    session.commit()
    send(visitor_id="visitor-1")
    send(visitor_id="visitor-1", headers={"REMOTE_ADDR": "192.0.2.2"})
    send(visitor_id="visitor-2")
    send(visitor_id="visitor-1", shop=elsewhere.id)
    send(visitor_id="short")
    send(visitor_id="anna@example.com")
    people = [line.get("person") for line in lines()]
    assert people[0] == people[1]
    assert len(set(people)) == 4
    assert people[4:] == [None, None]
    assert "visitor-1" not in repr(lines())


@pytest.mark.parametrize("header", ["HTTP_SEC_GPC", "HTTP_DNT"])
def test_who_asks_for_privacy_is_nobody(send: Send, lines: Lines, header: str) -> None:
    lead = {"kind": "newsletter", "external_id": "17"}
    now = int(time.time() * 1000)
    send(type="lead", visitor_id="visitor-1", at=now, lead=lead, headers={header: "1"})
    (line,) = lines()
    assert set(line) == {"beacon", "shop", "at", "visitor", "kind", "url", "agent"}


@pytest.mark.parametrize(
    ("ago", "kept"), [(0, True), (299, True), (301, False), (-301, False)]
)
def test_the_browsers_clock_is_believed_only_near_ours(
    send: Send, lines: Lines, ago: int, kept: bool
) -> None:
    said = datetime.now(UTC) - timedelta(seconds=ago)
    send(at=said.isoformat())
    send(at=round(said.timestamp() * 1000))
    send(at=said.timestamp() * 1000)
    assert [("said_at" in line) for line in lines()] == [kept] * 3
    send(at="yesterday")
    assert "said_at" not in lines()[3]


def test_mail_addresses_are_not_kept(send: Send, lines: Lines) -> None:
    send(
        type="lead",
        url="https://wolkje.example/u/anna@example.com/x?utm_term=anna%40example.com",
        lead={"kind": "newsletter", "external_id": "anna@example.com"},
    )
    (line,) = lines()
    assert line["url"] == "https://wolkje.example/u/@/x"
    assert line["lead"] == {"kind": "newsletter"}


DEEP = b"[" * 10_000 + b"]" * 10_000
NONSENSE: list[Any] = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"7",
    b"\xff\xfe",
    b'{"shop":"\\ud800"}',
    b'{"type":' + DEEP[:4000] + b"}",
    DEEP[:16_000],
    b"x" * 16_385,
    b"NaN",
    {"shop": 7},
    {"shop": None},
    {"shop": ""},
    {"shop": "shp_" + "2" * 22},
    {"shop": "shp_" + "2" * 9000},
    {"shop": "x\0"},
    {"shop": "é"},
    {"type": "click"},
    {"type": None},
    {"type": ["view"]},
    {"url": None},
    {"url": ""},
    {"url": 7},
    {"url": "javascript:alert(1)"},
    {"url": "/spring"},
    {"url": "https://"},
    {"url": "https://[::1/"},
    {"url": "https://a b/"},
    {"url": "https://wolkje.example\r\nX: y/"},
    {"url": "https://wolkje.example:99999/"},
    {"url": "https://wolkje.example/" + "x" * 9000},
    {"referrer": {}},
    {"click_id": 1},
    {"visitor_id": []},
    {"at": True},
    {"at": {}},
    {"type": "lead", "lead": "newsletter"},
    {"type": "lead", "lead": {"kind": "other"}},
    {"type": "lead", "lead": {"kind": ["newsletter"]}},
    {"type": "lead", "lead": {"kind": "newsletter", "external_id": {}}},
]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda each: repr(each)[:40])
def test_nonsense_is_dropped_and_counted(
    send: Send, refused: Callable[[], int], lines: Lines, nonsense: Any
) -> None:
    if isinstance(nonsense, bytes):
        send(body=nonsense)
    else:
        send(**nonsense)
    assert refused() == 1
    assert [line for line in lines() if "beacon" in line] == []


def test_numbers_beyond_any_time_are_ignored(send: Send, lines: Lines) -> None:
    send(body=None, at=2**62)
    send(at=1e300)
    send(at="9" * 5000)
    assert [line.get("said_at") for line in lines()] == [None] * 3


class Endless(io.RawIOBase):
    """A body of which nobody may want much."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        assert 0 <= size <= 16_385
        self.taken += size
        return b"x" * size


@pytest.mark.parametrize("length", ["1048576", "-1", "x", "9" * 5000, "١٦"])
def test_a_megabyte_is_refused_unread(
    send: Send, refused: Callable[[], int], length: str
) -> None:
    body = Endless()
    send(headers={"CONTENT_LENGTH": length, "wsgi.input": body})
    assert body.taken == 0
    assert refused() == 1


def test_a_body_in_pieces(send: Send, lines: Lines, refused: Callable[[], int]) -> None:
    pieces = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    send(headers=pieces)
    assert lines()[0]["kind"] == "view"
    send(headers={**pieces, "wsgi.input": Endless()})
    send(headers={"CONTENT_LENGTH": ""})
    assert refused() == 2


def test_a_body_that_breaks_off(send: Send, refused: Callable[[], int]) -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError

    send(headers={"wsgi.input": Broken()})
    assert refused() == 1


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("text/plain", True),
        ("", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/x-www-form-urlencoded", True),
        ("multipart/form-data; boundary=x", False),
        ("image/png", False),
    ],
)
def test_what_it_may_be_called(send: Send, lines: Lines, kind: str, read: bool) -> None:
    send(headers={"CONTENT_TYPE": kind})
    assert ["beacon" in line for line in lines()] == [read]


def test_refusals_are_told_once_a_second(
    send: Send, lines: Lines, redirect: Redirect
) -> None:
    for _ in range(5):
        send(body=b"x")
    assert lines() == [{"refused": 1}]
    redirect._collect._due = 0.0
    send()
    assert [line["refused"] for line in lines() if "refused" in line] == [1, 4]
    assert read_line(b'{"refused":4}') == Refusal(4)


def test_a_flood_of_one_visitor_is_cut_off(
    send: Send, lines: Lines, refused: Callable[[], int]
) -> None:
    for _ in range(PER_MINUTE + 10):
        send()
    send(headers={"HTTP_USER_AGENT": "Mozilla/5.0 somebody else"})
    assert sum("beacon" in line for line in lines()) == PER_MINUTE + 1
    assert refused() == 10


def test_an_unknown_shop_while_the_database_is_away(
    redirect: Redirect,
    send: Send,
    refused: Callable[[], int],
    lines: Lines,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send()

    def away(*_: object) -> None:
        raise OperationalError("", {}, Exception("away"))

    monkeypatch.setattr(redirect.links._source, "shop_of", away)
    send()
    send(shop="shp_" + "3" * 22)
    assert refused() == 1
    assert len([line for line in lines() if "beacon" in line]) == 2


def test_other_methods(redirect: Redirect) -> None:
    asked = ask(redirect, "/collect", "OPTIONS", HTTP_ORIGIN="https://wolkje.example")
    assert (asked.status, asked.body) == (204, b"")
    assert asked.headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    assert asked.headers["Access-Control-Allow-Headers"] == "content-type"
    for method in ("GET", "HEAD", "PUT", "DELETE", "X"):
        answer = ask(redirect, "/collect", method)
        assert (answer.status, answer.headers["Allow"]) == (405, "POST, OPTIONS")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = ("shop", "type", "url", "referrer", "click_id", "visitor_id", "at", "lead")


@hypothesis_settings(suppress_health_check=list(HealthCheck), max_examples=150)
@given(
    over=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4),
    junk=st.binary(max_size=60),
)
def test_whatever_is_sent(
    send: Send, lines: Lines, over: dict[str, Any], junk: bytes
) -> None:
    import json

    send(body=junk)
    send(
        body=json.dumps({"type": "view", "url": "https://a.example/", **over}).encode()
    )
    send(**{name: text for name, text in over.items() if isinstance(text, bool)})
    for line in lines()[-2:]:
        read_line(orjson.dumps(line))

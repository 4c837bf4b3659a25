"""Hostile requests over real sockets: clean answers, and nothing ingest would choke on.

Through granian, byte by byte, so that what the server makes of them is part of it.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

import orjson
import pytest
from callers import make_application, register_brand, register_influencer
from factories import make_brand, make_page, make_shop
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from serving import free_port, wait_for
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.config import Settings
from marketplace.jobs import JobContext, ingest_clicks
from marketplace.redirect import make_redirect
from marketplace.shops.models import Shop
from marketplace.tracking import traffic
from marketplace.tracking.evidence import read_line
from marketplace.tracking.models import TrackingDomain, TrackingLink
from marketplace.tracking.spool import read_lines, spool_files
from marketplace.tracking.traffic_models import Beacon, Click, LandingView, SpoolFile

ROOT = Path(__file__).resolve().parents[2]
# Every header these answers may have; one more would be one that was smuggled in.
OURS = {
    *("access-control-allow-origin", "access-control-allow-methods"),
    *("access-control-allow-headers", "access-control-max-age", "allow"),
    *("cache-control", "connection", "content-encoding", "content-language"),
    *("content-length", "content-security-policy", "content-type"),
    *("cross-origin-resource-policy", "date", "etag", "location", "referrer-policy"),
    *("retry-after", "server", "transfer-encoding", "vary", "x-content-type-options"),
    *("x-request-id", "x-robots-tag"),
}
PAGE = {"headline": "Zacht", "text": "", "picture_url": "", "button": ""}


class Got(NamedTuple):
    """An answer as it came over the wire."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


class Node:
    """A redirect node in a process of its own."""

    def __init__(self, port: int, shop_id: str) -> None:
        self.port = port
        self.shop_id = shop_id

    def send(self, raw: bytes, patience: float = 10) -> Got | None:
        """These bytes; None where the server hangs up, or waits for more of them."""
        where = ("127.0.0.1", self.port)
        with closing(socket.create_connection(where, patience)) as wire:
            with suppress(OSError):  # it may have heard enough and hung up
                wire.sendall(raw)
            answer = b""
            with suppress(ConnectionError, TimeoutError):
                while block := wire.recv(65_536):
                    answer += block
        return _parsed(answer) if answer else None

    def ask(
        self,
        target: bytes,
        *headers: bytes,
        method: bytes = b"GET",
        body: bytes = b"",
    ) -> Got | None:
        """A request with these header lines, which may be anything at all."""
        lines = [method + b" " + target + b" HTTP/1.1", *headers]
        if not any(line.lower().startswith(b"host:") for line in headers):
            lines.append(b"Host: 127.0.0.1")
        if method == b"POST" and b"chunked" not in b"".join(headers):
            lines.append(b"Content-Length: %d" % len(body))
        lines.append(b"Connection: close")
        return self.send(b"\r\n".join(lines) + b"\r\n\r\n" + body)


def _parsed(answer: bytes) -> Got:
    head, separator, body = answer.partition(b"\r\n\r\n")
    assert separator, answer[:200]
    first, *lines = head.split(b"\r\n")
    found = re.fullmatch(rb"HTTP/1\.[01] ([1-5]\d\d) [ -~]*", first)
    assert found, first
    headers = {}
    for line in lines:
        name, _, value = line.partition(b": ")
        assert name not in headers, lines
        assert re.fullmatch(rb"[\x20-\x7e]*", value), line
        headers[name.lower()] = value
    assert {name.decode() for name in headers} <= OURS
    return Got(int(found[1]), headers, body)


def clean(got: Got | None) -> bool:
    """Whether that is an answer one gives to nonsense, or none at all."""
    return got is None or 200 <= got.status < 500


@pytest.fixture
def shop(session: Session, link: TrackingLink) -> Shop:
    """A shop beside the link; a page at ``/i/anna``; a domain of somebody else."""
    session.get_one(Campaign, link.campaign_id).landing_page = PAGE
    make_page(session, link, slug="anna")
    shop = make_shop(session, session.get_one(Brand, link.brand_id))
    now = datetime.now(UTC)
    other = TrackingDomain(
        brand_id=make_brand(session).id,
        host="go.elders.example",
        token="t",
        created_at=now,
        verified_at=now,
    )
    session.add(other)
    session.commit()
    return shop


@pytest.fixture
def node(settings: Settings, shop: Shop) -> Iterator[Node]:
    """A node that believes its proxy, so that there is more to lie about."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-log"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--blocking-threads", "4", "wsgi:redirects"),
    ]
    told = {
        "INSTANCE": str(settings.instance),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key.decode(),
        "NODE_ID": settings.node_id,
        "TRUSTED_PROXIES": "127.0.0.0/8",
        "TRUSTED_COUNTRY_HEADER": "CF-IPCountry",
    }
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **told}, start_new_session=True
    )
    node = Node(port, shop.id)

    def answers() -> bool:
        with suppress(OSError):
            got = node.ask(b"/r/anna")
            return got is not None and got.status == 302
        return False

    try:
        wait_for(answers)
        yield node
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def taken_in(settings: Settings, engine: Engine) -> dict[str, int]:
    """What became of all that was written down; every line must be one we can read."""
    for path in spool_files(settings.spool, settings.node_id):
        offset = 0
        while (lines := read_lines(path, offset, 10_000)).offset > offset:
            assert lines.damaged == 0
            for payload in lines.payloads:
                read_line(payload)
                payload.decode("ascii" if payload.isascii() else "utf-8")
            offset = lines.offset
    while ingest_clicks.run(JobContext(engine, settings)):
        pass
    with Session(engine) as session:
        assert traffic.check(session) == []
        counted = {
            name: session.scalar(select(func.sum(getattr(SpoolFile, name)))) or 0
            for name in ("clicks", "views", "beacons", "damaged", "unmatched", "lost")
        }
        for name, table in (
            ("clicks", Click),
            ("views", LandingView),
            ("beacons", Beacon),
        ):
            rows = session.scalar(select(func.count()).select_from(table))
            assert rows == counted[name]
    assert (counted["damaged"], counted["unmatched"], counted["lost"]) == (0, 0, 0)
    return counted


SLUGS = [
    *(b"", b"/", b"//", b"..", b"../r/anna", b"%2e%2e%2fanna", b"anna/", b"ANNA"),
    *(b"%00", b"anna%00", b"%00anna", b"%2500", b"%2561nna", b"%61nna", b"%", b"%zz"),
    *(b"anna%0d%0aSet-Cookie:a=b", b"anna%250d%250aX-Evil:1", b"anna%20", b"anna+"),
    *(b"%ff%fe", b"%ed%a0%80", b"%c0%af", b"%f0%9f%a6%84", b"\xff\xfe", b"\xf0\x9f"),
    *(quote(word).encode() for word in ("анна", "安娜", "อันนา", "آنا", "ánná", "ﬁ")),
    *(quote(word).encode() for word in ("\u202eanna", "a\u0301nna", "\u200banna")),
    *(b"a" * length for length in (63, 64, 65, 255, 4_000, 8_000)),
    *(b"anna;x=1", b"anna#part", b"anna?", b"anna??", b"anna?&&==&", b"anna%3f", b"*"),
    *(b"<script>alert(1)</script>", b"'--", b"${7*7}", b"{{7*7}}", b"%5c", b"\\"),
]
QUERIES = [
    *(b"s1=%00", b"s1=%0d%0aSet-Cookie:a=b", b"s1=%ed%a0%80", b"s1=%ff", b"s1=%zz"),
    *(b"s1=" + b"x" * 8_000, b"&" * 8_000, b"s1=a&" * 1_600, b"=&s1&s2=&s3", b"s1[]=1"),
    *(b"s1=%2500", b"mkt_click=forged", b"utm_source=%00", b"s1=%f0%9f%a6%84" * 100),
    b"s1=\xff\xfe",
]
VALUES = [
    *(b"", b" ", b"x" * 7_000, b"\xff\xfe\x80", b"\xed\xa0\x80", b"\xc0\x80", b"\x7f"),
    *(b"\xf0\x9f\xa6\x84" * 200, b"%00", b"%0d%0aX-Evil: 1", b"\\u0000\\ud800", b"\t"),
    *(b'"},{"click":"x"}', b"\\", b"'; DROP TABLE clicks; --", b"{}", b"null", b"-1"),
    *(b"NaN", b"1" * 400, b"\x1e", b"a\x85b", "é\u2028".encode()),
    *(b"1, 2, 3, " * 500, b"::ffff:127.0.0.1", b"999.1.1.1, unknown", b"[::1]:80"),
    *(b"https://user:pass@host:99999/", b"https://[::1", b"//", b"https://\xff/"),
    *(b"mkt_user=x; " * 300, b"mkt_user=a.b", b"mkt_user=" + b"A" * 121),
]
HEADERS = [
    *(b"User-Agent", b"Referer", b"Accept-Language", b"Cookie", b"X-Request-Id"),
    *(b"X-Forwarded-For", b"CF-IPCountry", b"Sec-Purpose", b"Purpose", b"X-Moz"),
    *(b"Accept", b"Accept-Encoding", b"If-None-Match", b"Sec-GPC", b"Origin"),
]
HOSTS = [
    *(b"", b"go.elders.example", b"GO.ELDERS.EXAMPLE.", b"go.elders.example:99999"),
    *(
        b"x" * 5_000,
        b"\xff",
        b"[::1]:80",
        b"[",
        b"a:b:c",
        b"go.elders.example\x00",
        b"%00",
    ),
    *(b"..", b"xn--", "gö.example".encode(), b"127.0.0.1, go.elders.example"),
]


def test_paths_and_queries(node: Node, settings: Settings, engine: Engine) -> None:
    for slug in SLUGS:
        for prefix in (b"/r/", b"/i/"):
            got = node.ask(prefix + slug)
            assert clean(got), (prefix, slug, got)
    for query in QUERIES:
        for path, status in ((b"/r/anna", 302), (b"/i/anna", 200), (b"/t.js", 200)):
            got = node.ask(path + b"?" + query)
            assert got is not None
            # 400: what the server itself takes for no address.
            assert got.status in (400, status), query
            assert b"forged" not in got.headers.get(b"location", b"")
            assert b"\nSet-Cookie" not in got.body
    taken_in(settings, engine)


def test_headers(node: Node, settings: Settings, engine: Engine) -> None:
    followed = 0
    for name in HEADERS:
        for value in VALUES:
            for path in (b"/r/anna", b"/i/anna", b"/t.js", b"/readyz"):
                got = node.ask(path, name + b": " + value)
                assert clean(got), (name, value, got)
                followed += got is not None and got.status == 302
    for host in HOSTS:
        for path in (b"/r/anna", b"/i/anna", b"/collect"):
            assert clean(node.ask(path, b"Host: " + host)), host
    got = node.ask(b"/r/anna", b"Host: go.elders.example")
    assert got is not None
    assert got.status == 404
    assert followed > len(HEADERS) * len(VALUES) / 2
    counted = taken_in(settings, engine)
    assert counted["clicks"] >= followed
    assert counted["views"] >= followed / 2


def test_lines_that_are_broken(node: Node, settings: Settings, engine: Engine) -> None:
    start = b"GET /r/anna HTTP/1.1\r\nHost: a\r\n"
    ended = b"Connection: close\r\n\r\n"
    for raw in (
        start + b"User-Agent: a\nX-Evil: 1\r\n" + ended,
        start + b"User-Agent: a\rX-Evil: 1\r\n" + ended,
        start + b"User-Agent: a\r\n X-Folded: 1\r\n" + ended,
        start + b"User-Agent : a\r\n" + ended,
        start + b"User-Agent: \x00\r\n" + ended,
        start + b"X-Request-Id: a\r\nX-Request-Id: b\r\n" + ended,
        start + b"User-Agent: a\r\nUser-Agent: b\r\nCookie: a\r\nCookie: b\r\n" + ended,
        start + b"Content-Length: 5\r\nContent-Length: 6\r\n" + ended + b"hello",
        start + b"Content-Length: -1\r\n" + ended,
        start + b"Transfer-Encoding: chunked\r\n" + ended + b"zz\r\n",
        start + b"".join(b"X-%d: y\r\n" % n for n in range(2_000)) + ended,
        start + b"User-Agent: " + b"x" * 2**20 + b"\r\n" + ended,
        b"GET /r/anna?" + b"q" * 2**20 + b" HTTP/1.1\r\nHost: a\r\n" + ended,
        b"GET /r/anna\r\n\r\n",
        b"GET http://elsewhere.example/r/anna HTTP/1.1\r\nHost: b\r\n" + ended,
        b"GET //evil.example/r/anna HTTP/1.1\r\nHost: b\r\n" + ended,
        b"GET * HTTP/1.1\r\nHost: b\r\n" + ended,
        b"G\xcbT /r/anna HTTP/1.1\r\nHost: b\r\n" + ended,
        b"CONNECT /r/anna HTTP/1.1\r\nHost: b\r\n" + ended,
        b"GET /r/anna HTTP/9.9\r\nHost: b\r\n" + ended,
        b"GET /r/anna HTTP/1.0\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00",
        b"\r\n\r\n\r\n",
    ):
        assert clean(node.send(raw, patience=1)), raw[:100]
    assert clean(node.ask(b"/r/anna"))
    taken_in(settings, engine)


def bodies(shop_id: str) -> Iterator[bytes]:
    """Beacons as nobody should send them."""
    whole = {"shop": shop_id, "type": "view", "url": "https://w.example/"}
    yield from (b"", b"null", b"[]", b"{}", b"1", b'"x"', b"\xff\xfe", b"{", b"\x00")
    yield b"[" * 50_000
    yield b'{"a":' * 20_000
    yield orjson.dumps({**whole, "url": "https://w.example/" + "x" * 2**20})
    yield orjson.dumps(whole) + b" " * 2**20
    yield b'{"shop":"%s","type":"view","url":"https://w.example/\\ud800"}' % (
        shop_id.encode()
    )
    strange = (
        *(
            None,
            True,
            1,
            -1,
            1.5,
            2**53,
            [],
            {},
            "",
            "\0",
            "\x1e",
            "\ufffd",
            "𐀀",
            "\r\n",
        ),
        *("x" * 9_000, "javascript:alert(1)", "https://w.example/?\0=%00&s1=%ed%a0%80"),
        *("https://[", "https://w.example:99999/", "//x", "../", {"a": {"b": []}}),
    )
    for name in (
        *("shop", "type", "url", "referrer", "click_id", "visitor_id", "at", "lead"),
        "extra",
    ):
        for value in strange:
            yield orjson.dumps({**whole, name: value})
    for kind in ("lead", "engaged", "click", "VIEW", "lost", "refused"):
        for lead in (None, {}, {"kind": "newsletter", "external_id": "\0" * 100}, [1]):
            yield orjson.dumps({**whole, "type": kind, "lead": lead})


def test_beacons(node: Node, settings: Settings, engine: Engine) -> None:
    for number, body in enumerate(bodies(node.shop_id)):
        sender = b"X-Forwarded-For: 10.0.%d.%d" % divmod(number, 250)
        got = node.ask(b"/collect", sender, method=b"POST", body=body)
        assert clean(got), (body[:200], got)
        assert got is None or got.status in (204, 413), (body[:200], got)
    good = b'{"shop":"%s","type":"view","url":"https://w.example/"}' % (
        node.shop_id.encode()
    )
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(good), good)
    endless = b"".join(b"4000\r\n" + b"x" * 0x4000 + b"\r\n" for _ in range(64))
    for body in (chunked, endless + b"0\r\n\r\n", endless, b"zz\r\n"):
        got = node.ask(
            b"/collect", b"Transfer-Encoding: chunked", method=b"POST", body=body
        )
        assert clean(got), body[:60]
    for kind in (b"", b"multipart/form-data", b"\xff", b"text/plain;" * 500):
        got = node.ask(b"/collect", b"Content-Type: " + kind, method=b"POST", body=good)
        assert clean(got), kind
    for length in (b"999999999999999999999", b"-5", b"0x10", b"5, 5", b"\xb2"):
        raw = b"POST /collect HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        raw += b"Content-Length: " + length + b"\r\n\r\n" + good
        assert clean(node.send(raw, patience=1)), length
    for method in (b"GET", b"PUT", b"OPTIONS", b"DELETE", b"HEAD", b"BREW"):
        assert clean(node.ask(b"/collect", method=method))
    for value in VALUES:
        for name in HEADERS:
            got = node.ask(b"/collect", name + b": " + value, method=b"POST", body=good)
            assert clean(got), (name, value)
    assert taken_in(settings, engine)["beacons"] > 100


UTM = [
    *("\r\nSet-Cookie: a=b", "\0", "%00", "%0d%0a", "\ud800", "\u202e", "x" * 5_000),
    *(
        "a&mkt_click=forged",
        "a#b",
        "é 安娜 🦄",
        "{click}",
        "{platform}",
        "{",
        "\x1fclick",
    ),
    *("'\"><script>", "a=b?c", "\u2028", "=", "&", "+", "%", "\x7f", "\\"),
]


def test_hostile_utm_values_stay_in_their_place(
    node: Node, client: FlaskClient, settings: Settings, engine: Engine
) -> None:
    brand = register_brand(client, "owner@hostile.example")
    influencer = register_influencer(client, "utm@example.com")
    application = make_application(brand, influencer)
    made: dict[str, str] = {}
    for value in UTM:
        template = {"utm": {"utm_term": value}}
        answer = brand.patch(f"/v1/campaigns/{application['campaign_id']}", template)
        assert answer.status_code in (200, 400, 422), answer.text
        for utm in ({"content": value}, {"utm_campaign": value}, {value: "x"}):
            answer = influencer.post(
                f"/v1/applications/{application['id']}/links", {"utm": utm}
            )
            assert answer.status_code in (201, 400, 422), answer.text
            if answer.status_code == 201:
                made[answer.json["slug"]] = value
    assert len(made) > len(UTM)
    for slug, value in made.items():
        got = node.ask(b"/r/" + slug.encode())
        assert got is not None
        assert got.status == 302, value
        place = urlsplit(got.headers[b"location"].decode())
        assert (place.scheme, place.netloc) == ("https", "wolkje.example")
        assert place.fragment == "top"  # where the campaign leads
        assert len(parse_qs(place.query)["mkt_click"]) == 1
        assert place.query.rpartition("mkt_click=")[2] != "forged"
    assert taken_in(settings, engine)["clicks"] == len(made) + 1


BYTES = st.binary(max_size=60).map(
    lambda raw: raw.replace(b"\r", b"%0d").replace(b"\n", b"%0a")
)


def test_anything_at_all(node: Node, settings: Settings, engine: Engine) -> None:
    @hypothesis_settings(suppress_health_check=list(HealthCheck), max_examples=200)
    @given(
        path=st.sampled_from([b"/r/anna", b"/i/anna", b"/r/", b"/i/", b"/t.js", b"/"]),
        rest=st.just(b"?s1=") | st.just(b""),
        more=BYTES.map(lambda raw: quote(raw).encode()) | BYTES,
        said=st.dictionaries(st.sampled_from(HEADERS), BYTES, max_size=4),
        body=st.none() | st.binary(max_size=200),
    )
    def ask(
        path: bytes,
        rest: bytes,
        more: bytes,
        said: dict[bytes, bytes],
        body: bytes | None,
    ) -> None:
        headers = [name + b": " + value for name, value in said.items()]
        if body is None:
            got = node.ask(path + rest + more.replace(b" ", b"%20"), *headers)
        else:
            got = node.ask(b"/collect", *headers, method=b"POST", body=body)
        assert clean(got), got

    ask()
    taken_in(settings, engine)


def test_what_the_node_could_not_write_down_it_says(
    link: TrackingLink, settings: Settings
) -> None:
    from asking import ask

    settings.spool.write_text("a file where the folder should be")
    redirect = make_redirect(settings)
    redirect.links.started = True
    try:
        assert [ask(redirect, "/r/anna").status for _ in range(3)] == [302] * 3
        assert orjson.loads(ask(redirect, "/healthz").body)["lost_clicks"] == 3
    finally:
        redirect.close()

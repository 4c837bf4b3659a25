"""The script as it is served."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path

from absent import absent
from asking import ask

from marketplace.redirect import Redirect
from marketplace.redirect.script import served, shortened


def test_the_script_is_under_two_kilobytes() -> None:
    assert len(served().compressed) < 2048
    assert gzip.decompress(served().compressed) == served().plain


def test_it_is_served_compressed_to_who_takes_that(redirect: Redirect) -> None:
    plain = ask(redirect, "/t.js")
    small = ask(redirect, "/t.js", HTTP_ACCEPT_ENCODING="br;q=1.0, GZIP;q=0.8")
    none = ask(redirect, "/t.js", HTTP_ACCEPT_ENCODING="gzip;q=0, br")
    assert (plain.status, small.status) == (200, 200)
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.body) == plain.body == none.body
    for answer in (plain, small):
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.headers["Content-Length"] == str(len(answer.body))
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_who_has_it_is_not_sent_it_again(redirect: Redirect) -> None:
    tag = ask(redirect, "/t.js").headers["ETag"]
    for match in (tag, f'"other", {tag}', "*"):
        again = ask(redirect, "/t.js", HTTP_IF_NONE_MATCH=match)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == tag
    assert ask(redirect, "/t.js", HTTP_IF_NONE_MATCH='W/"x"').status == 200


def test_other_methods(redirect: Redirect) -> None:
    head = ask(redirect, "/t.js", "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["Content-Length"]) > 1000
    assert ask(redirect, "/t.js", "POST").status == 405


def test_it_needs_no_leave_of_a_strict_policy() -> None:
    text = served().plain.decode()
    forbidden = (
        r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacent|\.write\(|style"
    )
    assert not re.search(forbidden, text)
    assert not re.search(r"set(?:Timeout|Interval)\(\"", text)
    assert "http:" not in text.replace('"https:"', "")
    assert "//" not in text


def test_shortening_keeps_what_is_in_quotes() -> None:
    source = """
      // a comment
      const $word = "a = b; c";
      if ($word) $other($word, 1);
      return "x";
    """
    assert shortened(source) == 'const a="a = b; c";if(a)b(a,1);return "x";\n'


def test_it_is_a_script(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        absent("no node to ask")
    path = tmp_path / "t.js"
    path.write_bytes(served().plain)
    subprocess.run([node, "--check", path], check=True)

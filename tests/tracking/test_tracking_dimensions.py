"""What clicks are broken down by, out of what browsers say."""

from typing import Any

import pytest
from click_lines import PHONE

from marketplace.accounts.rules import Platform
from marketplace.tracking.dimensions import OF_EVIDENCE, derived, facts_of, social
from marketplace.tracking.rules import Dimension

IOS = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9{}) AppleWebKit/537.36 (KHTML, like "
CHROME = "Gecko) Version/4.0 Chrome/130.0.6723.58 {}Safari/537.36"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 "


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (PHONE, ("mobile", "Mobile Safari", "iOS")),
        (WINDOWS + "Firefox/131.0", ("desktop", "Firefox", "Windows")),
        (
            ANDROID.format("") + CHROME.format("Mobile "),
            ("mobile", "Chrome Mobile WebView", "Android"),
        ),
        (
            ANDROID.format(" Tablet") + CHROME.format(""),
            ("tablet", "Chrome Mobile WebView", "Android"),
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
            "like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            ("tablet", "Mobile Safari", "iOS"),
        ),
        (
            IOS + "(KHTML, like Gecko) Mobile/22B83 Instagram 355.0.0.31.103",
            ("mobile", "Instagram", "iOS"),
        ),
        (
            IOS + "(KHTML, like Gecko) Mobile/22B83 BytedanceWebview/d8a21c6",
            ("mobile", "TikTok", "iOS"),
        ),
        (
            IOS + "(KHTML, like Gecko) Mobile/22B83 [FBAN/FBIOS;FBAV/489.0.0.45.84]",
            ("mobile", "Facebook", "iOS"),
        ),
        (
            IOS + "(KHTML, like Gecko) Mobile/22B83 [LinkedInApp]/9.30.1032",
            ("mobile", "LinkedIn", "iOS"),
        ),
        (
            "Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15",
            ("other", None, None),
        ),
        ("\u202e x" * 90, ("other", "", "")),
        ("", ("", "", "")),
        ("  ", ("", "", "")),
    ],
)
def test_device_browser_and_system(
    agent: str, expected: tuple[str, str | None, str | None]
) -> None:
    facts = facts_of({"agent": agent})
    found = (facts[Dimension.DEVICE], facts[Dimension.BROWSER], facts[Dimension.OS])
    for said, wanted in zip(found, expected, strict=True):
        assert wanted is None or said == wanted


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("nl-NL,nl;q=0.9,en;q=0.8", "nl"),
        ("NL", "nl"),
        (" fil-PH", "fil"),
        ("*", ""),
        ("", ""),
        ("english", ""),
        ("\u0663\u0663", ""),
        ("i-klingon", ""),
    ],
)
def test_the_language_asked_for_first(header: str, language: str) -> None:
    assert facts_of({"language": header})[Dimension.LANGUAGE] == language


@pytest.mark.parametrize(
    ("code", "country"), [("NL", "NL"), ("nl", ""), ("XXX", ""), ("1", ""), ("", "")]
)
def test_a_country_is_two_capitals(code: str, country: str) -> None:
    assert facts_of({"country": code})[Dimension.COUNTRY] == country


def test_what_is_not_said_is_unknown_and_nothing_is_too_long() -> None:
    nothing = facts_of({})
    apart = {Dimension.ALL, Dimension.SOURCE, Dimension.AUDIENCE}  # follow from more
    assert set(nothing) == {*Dimension} - apart
    assert tuple(nothing) == OF_EVIDENCE
    assert set(nothing.values()) == {""}
    hostile: dict[str, Any] = dict.fromkeys(("referrer", "agent", "s1"), "İ" * 64)
    assert max(map(len, facts_of({**hostile, "referrer": "İ" * 253}).values())) <= 128


def test_what_was_derived_before_stands() -> None:
    stored = {"agent": PHONE, "device": "desktop", "browser": "Old", "os": ""}
    facts = facts_of({**stored, "platform": "tiktok", "channel": "chn_1", "s2": "b"})
    assert facts[Dimension.DEVICE] == "desktop"
    assert (facts[Dimension.BROWSER], facts[Dimension.OS]) == ("Old", "")
    assert (facts[Dimension.PLATFORM], facts[Dimension.CHANNEL]) == ("tiktok", "chn_1")
    assert facts_of({"agent": PHONE}) == facts_of({"agent": PHONE, **derived(PHONE)})


def test_which_platforms_are_social() -> None:
    assert (social(Platform.TIKTOK), social("instagram")) == ("social", "social")
    assert (social(Platform.BLOG), social(None)) == ("", "")

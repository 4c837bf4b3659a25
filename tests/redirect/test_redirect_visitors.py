"""Who followed a link: the same person the same day, and nothing more."""

from datetime import date, datetime
from ipaddress import ip_network
from zoneinfo import ZoneInfo

import pytest

from marketplace.redirect.visitors import BrandDay, Salts, client_address

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))
SALTS = {date(2026, 3, day): bytes([day]) * 32 for day in range(1, 31)}


def at(text: str, timezone: str) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone))
    return int(moment.timestamp() * 1000)


def brand(timezone: str = "Europe/Amsterdam", brand_id: str = "brd_a") -> BrandDay:
    salts = Salts()
    salts.learn(SALTS)
    return BrandDay(brand_id, timezone, salts)


def test_one_visitor_a_brand_a_day() -> None:
    noon = at("2026-03-10T12:00", "UTC")
    ours = brand()
    hashed = ours.visitor("192.0.2.1", "agent", noon)
    assert hashed == ours.visitor("192.0.2.1", "agent", noon + 3_600_000)
    assert hashed == brand().visitor("192.0.2.1", "agent", noon)  # another process
    others = {
        ours.visitor("192.0.2.2", "agent", noon),
        ours.visitor("192.0.2.1", "another", noon),
        brand(brand_id="brd_b").visitor("192.0.2.1", "agent", noon),
        ours.visitor("192.0.2.1", "agent", noon + 24 * 3_600_000),
    }
    assert len(others | {hashed}) == 5


@pytest.mark.parametrize(
    ("timezone", "day"),
    [
        ("Europe/Amsterdam", "2026-03-29"),  # 23 hours long
        ("Pacific/Kiritimati", "2026-03-10"),
        ("America/Los_Angeles", "2026-03-08"),
        ("UTC", "2026-03-10"),
    ],
)
def test_the_day_is_the_brands_own(timezone: str, day: str) -> None:
    ours = brand(timezone)
    last, first = at(f"{day}T23:59:59.999", timezone), at(f"{day}T00:00", timezone)

    def visitor(at_ms: int) -> str:
        return ours.visitor("192.0.2.1", "a", at_ms)

    before = visitor(first - 1)
    during = visitor(first)
    assert visitor(last) == during != before
    assert visitor(last + 1) != during


def test_a_salt_that_comes_later_is_used_from_then_on() -> None:
    salts = Salts()
    ours = BrandDay("brd_a", "Europe/Amsterdam", salts)
    noon = at("2026-03-10T12:00", "UTC")
    improvised = ours.visitor("192.0.2.1", "a", noon)
    assert improvised == ours.visitor("192.0.2.1", "a", noon)
    salts.learn(SALTS)
    assert ours.visitor("192.0.2.1", "a", noon) == brand().visitor(
        "192.0.2.1", "a", noon
    )


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),  # not a proxy of ours
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (
            "10.0.0.1",
            "1.1.1.1, 198.51.100.1",
            "198.51.100.1",
        ),  # 1.1.1.1 is its own word
        ("10.0.0.1", "198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1:4711, 2001:db8::1", "198.51.100.1"),
        ("10.0.0.1", "[2001:dead::1]:443", "2001:dead::1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, junk, 10.0.0.2", "10.0.0.2"),
        ("", "198.51.100.1", ""),
        ("unix:", "198.51.100.1", "unix:"),
    ],
)
def test_the_address_is_the_last_nobody_we_trust_wrote(
    remote: str, forwarded: str, expected: str
) -> None:
    assert client_address(remote, forwarded, TRUSTED) == expected

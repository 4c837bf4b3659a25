from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from marketplace.currencies import convert, import_rates, rate_on
from marketplace.errors import Invalid

HISTORY = """Date,USD,JPY,XXX,GBP,
2026-03-06,1.0500,160.25,9,0.8400,
2026-03-05,1.0400,N/A,9,0.8300,
"""


def test_history_is_read_and_crossed_exactly(session: Session) -> None:
    assert import_rates(session, HISTORY).count == 5
    day = date(2026, 3, 6)
    assert rate_on(session, "EUR", "USD", day) == (Decimal("1.0500"), day)
    crossed = rate_on(session, "USD", "GBP", day)
    assert crossed == (Decimal("0.8"), day)
    assert rate_on(session, "GBP", "EUR", day) == (Decimal("1.19047619047619048"), day)
    assert rate_on(session, "SEK", "SEK", day) == (Decimal(1), day)
    assert rate_on(session, "SEK", "EUR", day) is None


def test_the_latest_common_day_within_a_week(session: Session) -> None:
    import_rates(session, HISTORY)
    monday = date(2026, 3, 9)
    assert rate_on(session, "USD", "EUR", monday) == (
        Decimal("0.952380952380952381"),
        date(2026, 3, 6),
    )
    assert rate_on(session, "USD", "EUR", date(2026, 3, 13)) is not None
    assert rate_on(session, "USD", "EUR", date(2026, 3, 14)) is None
    assert rate_on(session, "JPY", "USD", date(2026, 3, 5)) is None
    assert rate_on(session, "USD", "GBP", date(2026, 3, 4)) is None


def test_amounts_keep_each_currency_s_exponent() -> None:
    assert convert(1299, "EUR", "JPY", Decimal("160.25")) == 2082  # ¥2081.6475
    assert convert(2082, "JPY", "EUR", Decimal(1) / Decimal("160.25")) == 1299
    assert convert(25, "EUR", "USD", Decimal("1.1")) == 28  # 27.5: half to even
    assert convert(-25, "EUR", "USD", Decimal("1.1")) == -28
    assert convert(123, "EUR", "EUR", Decimal(7)) == 123


def test_the_daily_file_corrects_a_known_day(session: Session) -> None:
    import_rates(session, HISTORY)
    daily = "Date, USD, JPY, \n06 March 2026, 1.0600, 161.0, \n"
    stored = import_rates(session, daily)
    friday = date(2026, 3, 6)
    assert (stored.count, sorted(stored.corrected)) == (
        2,
        [("JPY", friday), ("USD", friday)],
    )
    assert import_rates(session, daily).corrected == []
    found = rate_on(session, "EUR", "USD", date(2026, 3, 6))
    assert found is not None
    assert found[0] == Decimal("1.06")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "line 1"),
        ("<html>", "line 1"),
        ("Date,USD\n2026-03-06,1,2\n", "line 2"),
        ("Date,USD\n2026-02-30,1\n", "line 2"),
        ("Date,USD\n2026-03-06,1\n2026-03-07,NaN\n", "line 3"),
        ("Date,USD\n2026-03-06,0\n", "line 2"),
        ("Date,USD\n2026-03-06,1e9\n", "line 2"),
        ("Date,USD\n2026-03-06," + 140_000 * "1", "line 2"),
    ],
)
def test_anything_else_is_refused_by_line(
    session: Session, text: str, where: str
) -> None:
    with pytest.raises(Invalid, match=where):
        import_rates(session, text)

"""Real bodies: each is read, and what the figures must be was worked out by hand."""

from pathlib import Path

import pytest
from corpus import buyers
from corpus.rows import (
    IGNORED,
    NOW,
    SHOP,
    Left,
    Refund,
    Row,
    Sale,
    Total,
    as_row,
    load,
    read,
)
from corpus.tables import TABLES

from marketplace.shops.adapters import ADAPTERS
from marketplace.shops.adapters.base import (
    Delivery,
    Ignored,
    NotReadable,
    OrderState,
)

PLATFORMS = sorted(TABLES)
ROWS = [(platform, row) for platform in PLATFORMS for row in TABLES[platform]]


def name(value: object) -> str:
    if isinstance(value, str):
        return value
    return "-".join(filter(None, (value.file, getattr(value, "id", ""), value.topic)))


@pytest.mark.parametrize(("platform", "row"), ROWS, ids=name)
def test_a_body_reads_as_worked_out_by_hand(
    payloads: Path, platform: str, row: Row
) -> None:
    answer = read(platform, load(payloads, platform, row), row.topic)
    assert as_row(row, answer) == row


@pytest.mark.parametrize("platform", PLATFORMS)
def test_buyers_are_known_by_where_they_live_and_what_they_paid_from(
    payloads: Path, platform: str
) -> None:
    for row in TABLES[platform]:
        if not isinstance(row, Sale):
            continue
        answer = read(platform, load(payloads, platform, row), row.topic)
        orders = [one for one in answer if isinstance(one, OrderState)]
        (order,) = [one for one in orders if one.external_id == row.id]
        where = platform, row.file, row.id
        assert order.customer.address == buyers.of(buyers.ADDRESSES, *where), where
        account = order.customer.payment_account
        assert account == buyers.of(buyers.ACCOUNTS, *where), where


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_file_of_the_corpus_is_in_its_table(
    payloads: Path, platform: str
) -> None:
    files = {path.stem for path in (payloads / platform).glob("*.json")}
    assert files
    assert {row.file for row in TABLES[platform]} == files


def test_eighty_bodies_say_something_and_most_of_it_is_money() -> None:
    """Else the tables would say little: what is merely left alone is easy."""
    assert len(ROWS) > 120
    assert len([row for _, row in ROWS if not isinstance(row, Left)]) >= 80


def test_what_stripe_tells_of_its_test_mode_is_no_sale(payloads: Path) -> None:
    for row in TABLES["stripe"]:
        answer = read("stripe", load(payloads, "stripe", row, live=False))
        if isinstance(row, Sale):
            assert answer[0].status is IGNORED, row.file
            assert answer[0].ignored_reason == "Stripe test mode"
        else:
            assert isinstance(answer, Ignored), row.file
            if isinstance(row, Refund | Total):
                assert "test mode" in answer.reason


def test_a_dispute_is_beside_what_a_charge_says_was_refunded(payloads: Path) -> None:
    for row in TABLES["stripe"]:
        if isinstance(row, Refund):
            told = read("stripe", load(payloads, "stripe", row))[0]
            assert told.refund.counted_in_total is ("dispute" not in row.file)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_body_is_read_or_ignored_with_a_reason(
    payloads: Path, platform: str
) -> None:
    """Also as no shop would send it: in its wrappers, under topics that do not fit."""
    for file in sorted((payloads / platform).glob("*.json")):
        for topic in ("", "orders/updated", "refunds/create", "order.x"):
            events = read(platform, file.read_bytes(), topic)
            assert events, file.name
            assert events.reason if isinstance(events, Ignored) else True


@pytest.mark.parametrize("platform", PLATFORMS)
def test_bodies_cut_short_are_not_readable(payloads: Path, platform: str) -> None:
    for file in sorted((payloads / platform).glob("*.json")):
        body = file.read_bytes().strip()
        for length in (1, len(body) // 2, len(body) - 1):
            with pytest.raises(NotReadable):
                ADAPTERS[platform].read(Delivery({}, body[:length], NOW), SHOP)


def test_invalid_woocommerce_bodies_are_not_readable(payloads: Path) -> None:
    files = list((payloads / "woocommerce" / "invalid").iterdir())
    assert files
    for file in files:
        with pytest.raises(NotReadable):
            ADAPTERS["woocommerce"].read(Delivery({}, file.read_bytes(), NOW), SHOP)

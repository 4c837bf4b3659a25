"""Rates of earned media value: dated, versioned, by whose word; the shipped examples."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from content_story import IG, TIKTOK, owner_of
from factories import make_brand, make_campaign
from kpi_cells import NOW
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import content
from marketplace.accounts.models import Brand
from marketplace.content import (
    EmvAction,
    EmvRate,
    Rate,
    RateBook,
    RateOwner,
    StatedRate,
)
from marketplace.content.emv_rules import exposure
from marketplace.content.emv_shipped import shipped_rates
from marketplace.events.models import Event

LIKE, VIEW, SHOWN = EmvAction.LIKE, EmvAction.VIEW, EmvAction.IMPRESSION
JANUARY, JUNE = date(2026, 1, 1), date(2026, 6, 1)


def rate(
    value: str | None,
    since: date = JANUARY,
    owner: RateOwner = RateOwner.BRAND,
    action: EmvAction = LIKE,
    version: int = 1,
) -> Rate:
    worth = None if value is None else Decimal(value)
    return Rate(owner, IG, action, since, worth, "EUR", "said so", version)


def held(book: RateBook, on: date = date(2026, 7, 1)) -> Decimal | None:
    found = book.rate(IG, LIKE, on)
    return found and found.value


def test_the_latest_that_began_holds() -> None:
    book = RateBook([rate("0.30", JUNE), rate("0.10"), rate("0.20", date(2026, 3, 1))])
    assert held(book, date(2025, 12, 31)) is None
    assert held(book, JANUARY) == Decimal("0.10")
    assert held(book, date(2026, 5, 31)) == Decimal("0.20")
    assert held(book, JUNE) == Decimal("0.30")


def test_of_one_day_the_last_version_holds() -> None:
    book = RateBook([rate("0.30", version=2), rate("0.10", version=1)])
    assert held(book) == Decimal("0.30")


def test_the_brand_is_believed_before_the_instance_and_that_before_examples() -> None:
    shipped = rate("9", JUNE, RateOwner.SHIPPED)
    instance = rate("5", date(2026, 2, 1), RateOwner.INSTANCE)
    brand = rate("1", date(2026, 3, 1))
    book = RateBook([brand, instance, shipped])
    assert held(book) == 1
    # Before the brand said anything, the instance did.
    assert held(book, date(2026, 2, 2)) == 5
    assert held(RateBook([shipped, instance])) == 5
    # What a brand takes back is worth nothing that anybody could name.
    assert held(RateBook([rate(None, JUNE), brand, shipped])) is None
    assert held(RateBook([rate(None, JUNE), brand]), date(2026, 5, 1)) == 1


def test_impressions_are_by_the_thousand() -> None:
    assert rate("5.00", action=SHOWN).minor == Fraction(1, 2)
    assert rate("0.21").minor == 21
    yen = Rate(RateOwner.BRAND, IG, LIKE, JANUARY, Decimal(30), "JPY", "")
    assert yen.minor == 30


@pytest.mark.parametrize(
    ("rated", "seen", "expected"),
    [
        # The first that is known and has a rate; never both.
        ((SHOWN, VIEW), {SHOWN: 10, VIEW: 20}, SHOWN),
        ((SHOWN, VIEW), {VIEW: 20, SHOWN: 10}, VIEW),
        ((VIEW,), {SHOWN: 10, VIEW: 20}, VIEW),
        ((SHOWN, VIEW), {SHOWN: None, VIEW: 20}, VIEW),
        ((), {SHOWN: None, VIEW: 20}, VIEW),
        ((SHOWN,), {SHOWN: None, VIEW: None}, SHOWN),
    ],
)
def test_what_is_seen_is_priced_once(
    rated: tuple[EmvAction, ...],
    seen: dict[EmvAction, int | None],
    expected: EmvAction,
) -> None:
    book = RateBook([rate("1", action=action) for action in rated])
    assert exposure(book, IG, JUNE, seen) is expected


def test_every_shipped_rate_names_its_source() -> None:
    rates = shipped_rates()
    keys = [(each.platform, each.action, each.valid_from) for each in rates]
    assert len(keys) == len(set(keys)) > 15
    for each in rates:
        assert each.source.startswith("Published example: ")
        assert each.value is not None
        assert (each.owner, each.currency) == (RateOwner.SHIPPED, "USD")
        assert each.valid_from < date(2021, 1, 1)
    # No index of Instagram's likes was to be had, so none is invented.
    assert RateBook(rates).rate(IG, LIKE, JUNE) is None


def stated(value: str, since: date = JANUARY) -> StatedRate:
    return StatedRate(
        platform=TIKTOK,
        action=VIEW,
        valid_from=since,
        value=Decimal(value),
        currency="EUR",
        source="agency",
    )


def set_for(session: Session, brand: Brand, *rates: StatedRate) -> list[EmvRate]:
    return content.set_emv_rates(
        session, rates, brand=brand, by=owner_of(brand), now=NOW
    )


def test_a_correction_is_a_further_version(session: Session) -> None:
    brand, other = make_brand(session), make_brand(session)
    (first,) = set_for(session, brand, stated("0.02"))
    second, later = set_for(session, brand, stated("0.03"), stated("0.04", JUNE))
    assert (first.version, second.version, later.version) == (1, 2, 1)
    assert len(session.scalars(select(EmvRate)).all()) == 3
    books = content.rate_books(session, [brand.id, other.id])

    def view(of: Brand, on: date) -> tuple[Decimal | None, RateOwner]:
        found = books[of.id].rate(TIKTOK, VIEW, on)
        assert found is not None
        return found.value, found.owner

    assert view(brand, JANUARY) == (Decimal("0.03"), RateOwner.BRAND)
    assert view(brand, JUNE) == (Decimal("0.04"), RateOwner.BRAND)
    # Another brand goes by the shipped example, or by what the instance says.
    assert view(other, JUNE) == (Decimal("0.05"), RateOwner.SHIPPED)
    by = owner_of(other)
    content.set_emv_rates(session, [stated("0.01")], brand=None, by=by, now=NOW)
    books = content.rate_books(session, [brand.id, other.id])
    assert view(other, JUNE) == (Decimal("0.01"), RateOwner.INSTANCE)
    assert view(brand, JUNE) == (Decimal("0.04"), RateOwner.BRAND)
    told = select(Event.brand_id).where(Event.kind == "emv_rates.set")
    assert set(session.scalars(told)) == {brand.id, None}


def test_audiences_are_declared_all_at_once(session: Session) -> None:
    campaign = make_campaign(session, make_brand(session))

    def declare(*sizes: tuple[object, int, str]) -> list[tuple[str, int]]:
        rows = content.set_audiences(
            session, campaign, list(sizes), by=owner_of_campaign, now=NOW
        )
        assert len(rows) == len(sizes)
        found = session.scalars(content.audiences_of([campaign.id]))
        return [(each.platform, each.size) for each in found]

    brand = session.get_one(Brand, campaign.brand_id)
    owner_of_campaign = owner_of(brand)
    assert declare((IG, 5, "x"), (None, 9, "")) == [("", 9), ("instagram", 5)]
    assert declare((TIKTOK, 7, "")) == [("tiktok", 7)]
    assert declare() == []

"""Draws: by hand, fair, the same whatever order entries came in; nobody is overlooked."""

import hashlib
import hmac
from collections import Counter
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
from factories import (
    KEYRING,
    START,
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from personal_data import rows_naming
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.keys import keyed_hash
from marketplace.tracking import (
    giveaway_draws,
    giveaway_entries,
    giveaway_forgetting,
    giveaways,
)
from marketplace.tracking.codec import click_codec
from marketplace.tracking.giveaway_entries import EntryKeys, EntrySaid
from marketplace.tracking.giveaway_models import Giveaway, GiveawayEntry
from marketplace.tracking.giveaway_queries import listed
from marketplace.tracking.giveaway_rules import (
    EntrySource,
    PickOutcome,
    commitment_of,
    index_of,
    list_hash_of,
    list_text,
    pick_order,
)

KEYS = EntryKeys(KEYRING, b"k" * 32, click_codec(KEYRING))
SEED = hashlib.sha256(b"a seed").hexdigest()
MAILS = [f"p{n}@x.example" for n in range(6)]


def make_giveaway(session: Session, **over: Any) -> Giveaway:
    campaign = make_campaign(session, make_brand(session))
    said = {
        "title": "Win",
        "prize": "a mask",
        "rules_url": "https://wolkje.example/rules",
        "opens_at": START,
        "closes_at": START + timedelta(days=7),
        **over,
    }
    return giveaways.announce(
        session,
        campaign,
        page_url="https://mkt.example/g/",
        keyring=KEYRING,
        by=None,
        now=START,
        **said,
    )


def enter(
    session: Session, giveaway: Giveaway, email: str, hours: float = 1
) -> GiveawayEntry:
    said = EntrySaid(email=email, source=EntrySource.PAGE, accepts_rules=True)
    at = START + timedelta(hours=hours)
    entry, _ = giveaway_entries.enter(session, giveaway, said, keys=KEYS, now=at)
    return entry


def draw(session: Session, giveaway: Giveaway) -> list[Any]:
    at = START + timedelta(days=8)
    picks = giveaway_draws.draw(
        session, giveaway, public_value=None, keyring=KEYRING, by="usr", now=at
    )
    return list(picks)


def test_by_hand() -> None:
    tickets = ["cc", "aa", "bb"]
    assert list_text(tickets) == "aa\nbb\ncc\n"
    list_hash = hashlib.sha256(b"aa\nbb\ncc\n").hexdigest()
    assert list_hash_of(tickets) == list_hash
    left, expected = ["aa", "bb", "cc"], []
    for pick in range(3):
        text = f"{list_hash}|7|{pick}|0".encode()
        number = int(hmac.new(bytes.fromhex(SEED), text, "sha256").hexdigest(), 16)
        expected.append(left.pop(number % len(left)))
    assert list(pick_order(SEED, tickets, "7")) == expected
    assert commitment_of(SEED) == hashlib.sha256(SEED.encode()).hexdigest()


def test_what_would_favour_the_first_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # 2^256 is one more than a multiple of 3: the highest number must not be taken.
    answers = iter([b"\xff" * 32, (4).to_bytes(32, "big")])
    asked: list[bytes] = []

    def digest(key: bytes, text: bytes, name: str) -> bytes:
        asked.append(text)
        return next(answers)

    monkeypatch.setattr(hmac, "digest", digest)
    assert index_of(SEED, "h", "", 0, 3) == 1
    assert asked == [b"h||0|0", b"h||0|1"]


@pytest.mark.parametrize("number", [7, 10])
def test_every_ticket_wins_as_often(number: int) -> None:
    tickets = [f"{n:032x}" for n in range(number)]
    seeds = [hashlib.sha256(f"{n}".encode()).hexdigest() for n in range(4000)]
    for place in (0, 1):
        won = Counter(
            next(islice(pick_order(seed, tickets, ""), place, None)) for seed in seeds
        )
        expected = len(seeds) / number
        chi = sum((won[each] - expected) ** 2 / expected for each in tickets)
        assert chi < 28  # 9 degrees of freedom: passed by chance once in a thousand


@settings(
    max_examples=15,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(st.permutations(MAILS), st.lists(st.sampled_from(MAILS), max_size=6))
def test_neither_order_nor_repeats_decide(
    session: Session, order: list[str], repeats: list[str]
) -> None:
    """The same people, each with a ticket: the draw sees nothing else of them."""
    giveaway = make_giveaway(session, winners=2)
    entries = [enter(session, giveaway, mail) for mail in [*order, *repeats]]
    tickets = {entry.ticket for entry in entries}
    assert len(tickets) == len(MAILS)
    picks = draw(session, giveaway)
    assert giveaway.seed is not None
    expected = list(islice(pick_order(giveaway.seed, tickets, ""), 2))
    assert [pick.ticket for pick in picks] == expected
    assert commitment_of(giveaway.seed) == giveaway.commitment
    session.rollback()


def test_who_is_out_is_passed_over_and_nobody_wins_twice(session: Session) -> None:
    giveaway = make_giveaway(session, winners=10, entries_per_person="daily")
    for mail in MAILS[:4]:
        for day in range(3):
            enter(session, giveaway, mail, hours=24 * day + 1)
    out = enter(session, giveaway, "out@x.example")
    giveaway_entries.disqualify(session, out, "r", by="usr", now=START)
    again = enter(session, giveaway, "out@x.example", hours=25)  # and stays so
    assert (again.id != out.id, again.disqualified_reason) == (True, "r")
    assert (again.valid_at, again.lead_due_at, again.mail_due_at) == (None, None, None)
    at = START + timedelta(days=7)
    giveaways.close(session, giveaway, now=at)
    assert giveaway.list_size == 12  # who was out before is not in it
    late = session.scalars(listed(giveaway, at)).first()
    assert late is not None
    giveaway_entries.disqualify(
        session, late, "r", by="usr", now=at + timedelta(minutes=1)
    )
    gone = next(m for m in MAILS[:4] if late.email_hash != keyed_hash(b"k" * 32, m))
    hashed = [keyed_hash(b"k" * 32, gone)]
    forgotten = giveaway_forgetting.forget_entrants(
        session, giveaway.brand_id, hashed, at=at + timedelta(minutes=2)
    )
    assert forgotten == 3
    picks = draw(session, giveaway)
    assert Counter(pick.outcome for pick in picks) == {
        PickOutcome.WON: 2,
        PickOutcome.WON_ALREADY: 4,
        PickOutcome.DISQUALIFIED: 3,
        PickOutcome.WITHDRAWN: 3,
    }
    assert giveaway.list_size == len(picks)
    assert rows_naming(session, [gone, *hashed]) == []
    left = session.scalars(
        select(GiveawayEntry.entrant).where(GiveawayEntry.erased_at.is_not(None))
    ).all()
    assert len(left) == 3
    assert len(set(left)) == 1  # still one person, though nobody knows who


def test_a_list_that_was_tampered_with_is_not_drawn_of(session: Session) -> None:
    giveaway = make_giveaway(session)
    entries = [enter(session, giveaway, mail) for mail in MAILS]
    giveaways.close(session, giveaway, now=START + timedelta(days=7))
    entries[0].ticket = "0" * 32
    session.flush()
    with pytest.raises(RuntimeError, match="not those published"):
        draw(session, giveaway)


def test_of_one_application_all_entries_are_its_own(session: Session) -> None:
    campaign = make_campaign(session, make_brand(session))
    application = make_application(session, campaign, make_influencer(session))
    giveaway = make_giveaway(session, application_id=application.id)
    assert enter(session, giveaway, "a@x.example").application_id == application.id

"""The inbox: each delivery once, whatever keys senders use."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from factories import KEYRING, make_brand, make_shop
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import shops
from marketplace.database import begin_writing
from marketplace.shops import Shop, WebhookEvent, WebhookStatus
from marketplace.shops.adapters.base import Delivery, Fetched
from marketplace.shops.queries import due_events

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)


def delivery(body: bytes, message_id: str = "msg_1") -> Delivery:
    return Delivery({"webhook-id": message_id}, body, NOW)


def put(session: Session, shop: Shop, body: bytes) -> shops.Stored:
    return shops.receive(
        session, shop, delivery(body), failed=None, keyring=KEYRING, now=NOW
    )


def test_same_key_with_another_body_is_kept_beside_it(session: Session) -> None:
    shop = make_shop(session, make_brand(session))
    first, other = put(session, shop, b"{}"), put(session, shop, b'{"a":1}')
    assert (first.is_repeat, other.is_repeat) == (False, False)
    assert put(session, shop, b"{}").event is first.event
    assert put(session, shop, b'{"a":1}').event is other.event


def test_what_a_shop_sends_now_goes_before_a_long_import(session: Session) -> None:
    shop = make_shop(session, make_brand(session))
    for number, is_import in enumerate((True, True, False, False)):
        shops.receive_fetched(
            session,
            shop,
            Fetched(f"{number}", b"{}"),
            topic="imported" if is_import else "fetched",
            is_import=is_import,
            keyring=KEYRING,
            now=NOW + timedelta(minutes=number),
        )
    due = session.scalars(due_events(shop.brand_id, NOW + timedelta(days=1))).all()
    keys = [each.delivery_key for each in due]
    assert keys == ["fetched:2", "fetched:3", "imported:0", "imported:1"]


def test_same_key_at_the_same_moment_loses_no_body(
    session: Session, engine: Engine
) -> None:
    shop = make_shop(session, make_brand(session))
    session.commit()
    answers: list[bool] = []

    def elsewhere() -> None:
        with Session(engine) as other:
            begin_writing(other)
            answers.append(put(other, shop, b'{"a":1}').is_repeat)
            other.commit()

    session.rollback()
    begin_writing(session)
    put(session, shop, b"{}")
    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(0.3)  # by now it waits for this one
    session.commit()
    thread.join(10)
    assert answers == [False]
    rows = session.scalars(select(WebhookEvent)).all()
    assert sorted(KEYRING.open("webhook-body:1", row.sealed_body) for row in rows) == [
        b'{"a":1}',
        b"{}",
    ]


def test_secret_that_was_removed_stores_nothing_whoever_remembers_it(
    session: Session,
) -> None:
    shop = make_shop(session, make_brand(session))
    kept, gone = (
        shops.add_secret(session, shop, secret, keyring=KEYRING, now=NOW).id
        for secret in ("one secret", "another secret")
    )
    session.commit()
    sender = shops.read_sender(session, shop.id, KEYRING)
    assert sender is not None
    assert sender.secrets == {kept: "one secret", gone: "another secret"}
    shops.remove_secret(session, shop, gone)
    session.commit()
    assert shops.remembered_sender(shop.id) == sender  # and that is no authority
    for body in (b"{}", b'{"a":1}'):
        row = shops.sealed(
            sender, delivery(body), failed=None, keyring=KEYRING, now=NOW
        )
        with pytest.raises(shops.SecretRevoked):
            shops.store(session.connection(), row, signed_by=gone)
        assert shops.store(session.connection(), row, signed_by=kept).is_repeat is False
        with pytest.raises(shops.SecretRevoked):  # not even that it is there
            shops.store(session.connection(), row, signed_by=gone)
    other = make_shop(session, make_brand(session))
    foreign = {**row, "id": "whe_other", "shop_id": other.id}
    with pytest.raises(shops.SecretRevoked):
        shops.store(session.connection(), foreign, signed_by=kept)
    assert len(session.scalars(select(WebhookEvent)).all()) == 2


def test_type_that_grows_in_lower_case_is_stored(session: Session) -> None:
    shop = make_shop(session, make_brand(session))
    put(session, shop, '{{"type": "{}"}}'.format("İ" * 100).encode())
    assert len(session.scalars(select(WebhookEvent.topic)).one()) <= 100


def test_postponed_ten_times_it_has_failed(session: Session) -> None:
    shop = make_shop(session, make_brand(session))
    event, now = put(session, shop, b"{}").event, NOW
    waits = []
    while event.status is WebhookStatus.RECEIVED:
        shops.postpone(event, reason="x" * 600, now=now)
        waits.append(event.next_attempt_at - now)
        now = event.next_attempt_at
        session.flush()
    assert len(waits) == 10
    assert waits[:3] == [timedelta(seconds=s) for s in (30, 60, 120)]
    shops.replay(event, now=now)
    assert (event.status, event.attempts) == (WebhookStatus.RECEIVED, 0)


def test_bodies_are_forgotten_but_not_of_what_still_waits(session: Session) -> None:
    shop = make_shop(session, make_brand(session))
    waiting, done = put(session, shop, b"{}"), put(session, shop, b"[]")
    done.event.status = WebhookStatus.PROCESSED
    session.flush()
    assert shops.forget_bodies(session, before=NOW) == 0
    assert shops.forget_bodies(session, before=NOW + timedelta(days=1)) == 1
    assert waiting.event.sealed_body
    assert not done.event.sealed_body
    assert put(session, shop, b"[]").is_repeat

"""Registering, passwords, tokens."""

import time
from datetime import timedelta

import pytest
from factories import KEYRING, START, make_user
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.accounts import (
    Actor,
    EmailTaken,
    Role,
    RoleTooLow,
    Scope,
    ScopeMissing,
    TokenNotValid,
)
from marketplace.accounts.models import ApiToken, Membership
from marketplace.database import begin_writing
from marketplace.errors import NotFound
from marketplace.events import Event


def register(session: Session, email: str = "a@b.example") -> accounts.Brand:
    brand, _ = accounts.register_brand(
        session,
        name="Wolkje",
        email=email,
        password_hash="x",
        country="BE",
        currency="EUR",
        keyring=KEYRING,
        now=START,
    )
    return brand


def test_a_brand_gets_an_owner_a_zone_and_a_key_of_its_own(session: Session) -> None:
    brand, other = register(session), register(session, "c@d.example")
    assert brand.timezone == "Europe/Brussels"
    keys = [KEYRING.open("customer-key", one.customer_key) for one in (brand, other)]
    assert len(set(keys)) == 2
    assert {len(key) for key in keys} == {32}
    owner = session.scalars(
        select(Membership).where(Membership.brand_id == brand.id)
    ).one()
    assert owner.role is Role.OWNER
    session.flush()
    kinds = select(Event.kind).where(Event.brand_id == brand.id)
    assert session.scalars(kinds).all() == ["brand.registered"]


def test_somebody_faster_takes_the_email(engine: Engine) -> None:
    """The look-up finds nothing, and the insert must still end in EmailTaken."""
    with Session(engine) as one, Session(engine) as two:
        begin_writing(one)
        register(one)
        if engine.dialect.name == "sqlite":
            one.commit()  # one writer at a time
            with pytest.raises(EmailTaken):
                register(two)
            return
        two.connection()
        one.commit()
        with pytest.raises(EmailTaken):
            register(two)
        two.execute(select(1))  # the transaction goes on


def test_the_insert_itself_refuses_a_taken_email(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_writing(session)
    make_user(session, email="a@b.example")
    monkeypatch.setattr(session, "scalar", lambda *_: None)  # the race
    with pytest.raises(EmailTaken):
        register(session)
    monkeypatch.undo()
    assert session.scalar(select(accounts.User.name)) is not None


def test_a_password_is_the_same_from_any_keyboard() -> None:
    kept = accounts.hash_password("caf\u00e9 geheim")
    assert kept.startswith("$argon2id$")
    assert accounts.verify_password(kept, "cafe\u0301 geheim")
    assert not accounts.verify_password(kept, "cafe geheim")
    assert not accounts.verify_password("not a hash", "x")
    assert not accounts.verify_password(None, "a password nobody has")


@pytest.mark.usefixtures("slow_passwords")
def test_a_password_is_slow_to_guess() -> None:
    """As OWASP has it: 19 MiB, two passes, one lane."""
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in accounts.hash_password("any")


@pytest.mark.usefixtures("slow_passwords")
def test_an_unknown_user_takes_as_long_as_a_known_one() -> None:
    kept = accounts.hash_password("right password")
    accounts.verify_password(None, "warm up")

    def best(password_hash: str | None) -> float:
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            accounts.verify_password(password_hash, "wrong password")
            times.append(time.perf_counter() - begun)
        return min(times)

    assert best(None) > best(kept) / 3


def test_tokens_are_recognised_until_they_end(session: Session) -> None:
    brand = register(session)
    user = session.scalars(select(accounts.User)).one()
    until = START + timedelta(hours=1)
    token, secret = accounts.issue_token(
        session, user, name="t", scopes=[Scope.READ], expires_at=until, now=START
    )
    assert secret.startswith("mkt_")
    assert len(secret) == 47
    assert secret not in repr(vars(token))
    found = accounts.authenticate(session, secret, START)
    assert found == Actor(
        user.id, token.id, frozenset({Scope.READ}), {brand.id: Role.OWNER}, None
    )
    for wrong, at in ((secret, until), (secret[:-1], START), ("", START)):
        with pytest.raises(TokenNotValid):
            accounts.authenticate(session, wrong, at)
    accounts.revoke_token(session, token, by=found, now=START)
    with pytest.raises(TokenNotValid):
        accounts.authenticate(session, secret, START)
    assert session.scalars(select(ApiToken.token_hash)).one() != secret


def test_what_an_actor_may() -> None:
    actor = Actor(
        "usr_1",
        None,
        frozenset({Scope.READ, Scope.WRITE}),
        {"brd_own": Role.OWNER, "brd_seen": Role.VIEWER},
        "inf_1",
    )
    actor.require_brand("brd_own", Scope.WRITE)
    actor.require_brand("brd_seen", Scope.READ)
    with pytest.raises(RoleTooLow):
        actor.require_brand("brd_seen", Scope.WRITE)
    with pytest.raises(ScopeMissing):
        actor.require_brand("brd_own", Scope.MONEY)
    with pytest.raises(NotFound):
        actor.require_brand("brd_other", Scope.READ)

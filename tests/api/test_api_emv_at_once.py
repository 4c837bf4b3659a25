"""Two administrators set the same rate of the instance at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from callers import Caller, register_brand
from flask import Flask
from sqlalchemy import Engine, Select, select, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.content import EmvRate, emv_operations
from marketplace.content.emv_queries import versions_of

PATH = "/v1/emv-rates?instance=true"
TIMES = 5


@pytest.fixture
def admins(app: Flask, engine: Engine) -> list[Caller]:
    found = [
        register_brand(app.test_client(), f"admin{n}@example.com") for n in range(2)
    ]
    with Session(engine) as session:
        session.execute(update(User).values(is_admin=True))
        session.commit()
    return found


def rates(value: str, *actions: str) -> list[dict[str, Any]]:
    return [
        {
            "platform": "tiktok",
            "action": action,
            "valid_from": "2026-05-01",
            "value": value,
            "currency": "EUR",
            "source": "agency",
        }
        for action in actions
    ]


def versions(engine: Engine) -> list[tuple[str, int]]:
    with Session(engine) as session:
        rows = session.scalars(select(EmvRate)).all()
    return sorted((row.action.value, row.version) for row in rows)


def test_all_of_them_are_kept_and_the_last_one_holds(
    admins: list[Caller], engine: Engine
) -> None:
    together = Barrier(len(admins))

    def set_them(number: int) -> set[int]:
        # Each names them in another order: neither waits for the other in a circle.
        order = ("view", "like")[:: 1 if number else -1]
        statuses = set()
        for turn in range(TIMES):
            together.wait()
            body = rates(f"0.{number}{turn}", *order)
            statuses.add(admins[number].call("PUT", PATH, json=body).status_code)
        return statuses

    with ThreadPoolExecutor(len(admins)) as pool:
        statuses = set().union(*pool.map(set_them, range(len(admins))))
    assert statuses == {200}
    every = range(1, len(admins) * TIMES + 1)
    assert versions(engine) == [(name, n) for name in ("like", "view") for n in every]
    with Session(engine) as session:
        last = session.scalars(
            select(EmvRate).order_by(EmvRate.version.desc()).limit(1)
        ).one()
    query = "?on=2026-05-02&platform=tiktok"
    held = admins[0].get(f"/v1/emv-rates{query}").json["data"]
    (value,) = [row["value"] for row in held if row["action"] == last.action.value]
    assert value == str(last.value)


def test_who_is_slower_is_told_or_comes_after(
    admins: list[Caller], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = admins
    assert first.call("PUT", PATH, json=rates("0.1", "view")).status_code == 200
    slow = 1

    def seen_too_early(owner: str, keys: Any) -> Select[Any]:
        """What was there a moment ago, so many times."""
        nonlocal slow
        slow -= 1
        return versions_of(owner, keys if slow < 0 else [])

    monkeypatch.setattr(emv_operations, "versions_of", seen_too_early)
    assert second.call("PUT", PATH, json=rates("0.2", "view")).status_code == 200
    assert versions(engine) == [("view", 1), ("view", 2)]
    slow = emv_operations.TRIES
    refused = second.call("PUT", PATH, json=rates("0.3", "view"))
    assert refused.status_code == 409, refused.text
    assert refused.json["type"].endswith("rates-being-set")
    assert versions(engine) == [("view", 1), ("view", 2)]

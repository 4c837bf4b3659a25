"""Verdicts, now and again later, and which clicks repeat another."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click_lines import CODEC, PHONE, line
from hypothesis import given
from hypothesis import strategies as st

from marketplace.tracking.evidence import Evidence, read_line
from marketplace.tracking.judging import LinkFacts, judge, judge_stored, repeats
from marketplace.tracking.rules import SetAside

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LINK = "lnk_" + "3" * 22
HOUR = timedelta(hours=1)


def facts(**over: Any) -> LinkFacts:
    return LinkFacts(
        **{
            "brand_id": "brd_1",
            "timezone": "UTC",
            "ended_at": None,
            "budget_spent_at": None,
            **over,
        }
    )


def evidence(**said: Any) -> Evidence:
    found = read_line(line(LINK, NOON, **said))
    assert isinstance(found, Evidence)
    return found


CASES: list[tuple[dict[str, Any], dict[str, Any], SetAside | None]] = [
    ({}, {}, None),
    ({"click": "x"}, {}, SetAside.FORGED),
    ({"method": "HEAD", "agent": "curl/8"}, {}, SetAside.HEAD),
    ({"prefetch": "prefetch;anonymous-client-ip"}, {}, SetAside.PREFETCH),
    ({"agent": PHONE + " thirdLandingPageFeInfra"}, {}, SetAside.PREFETCH),
    (
        {"agent": PHONE + " BytedanceWebview/d8a21c6 thirdLandingPageFeInfra"},
        {},
        SetAside.PREFETCH,
    ),
    ({"prefetch": "preview"}, {}, SetAside.PREVIEW),
    ({"agent": "Twitterbot/1.0"}, {"ended_at": NOON}, SetAside.PREVIEW),
    ({"agent": "curl/8"}, {"ended_at": NOON}, SetAside.BOT),
    ({}, {"ended_at": NOON, "budget_spent_at": NOON}, SetAside.ENDED),
    ({}, {"budget_spent_at": NOON}, SetAside.BUDGET),
    ({}, {"ended_at": NOON + HOUR, "budget_spent_at": NOON + HOUR}, None),
]


@pytest.mark.parametrize(("said", "link", "reason"), CASES)
def test_judged_again_by_what_was_stored_it_is_the_same(
    said: dict[str, Any], link: dict[str, Any], reason: SetAside | None
) -> None:
    click = evidence(**said)
    assert judge(click, facts(**link), CODEC) is reason
    stored = {"at": click.at, "reason": reason, "evidence": click.facts}
    assert judge_stored(stored, facts(**link)) is reason


def test_of_ones_own_comes_after_machines_and_before_the_end() -> None:
    own = {"at": NOON, "reason": None, "evidence": {"agent": PHONE, "internal": "1"}}
    assert judge_stored(own, facts(ended_at=NOON)) is SetAside.INTERNAL
    own["evidence"] = {"agent": "curl/8", "internal": "1"}
    assert judge_stored(own, facts()) is SetAside.BOT


@pytest.mark.parametrize("reason", [None, SetAside.REPEAT, SetAside.BOT])
def test_what_it_was_before_does_not_matter(reason: SetAside | None) -> None:
    stored = {"at": NOON, "reason": reason, "evidence": {"agent": PHONE}}
    assert judge_stored(stored, facts()) is None


@given(st.lists(st.integers(0, 300), max_size=12), st.integers(0, 120), st.randoms())
def test_a_repeat_has_another_shortly_before_it(
    minutes: list[int], window: int, shuffling: Any
) -> None:
    clicks = [(NOON + n * HOUR / 60, f"{i}") for i, n in enumerate(minutes)]
    within = window * HOUR / 60
    found = repeats(clicks, within)
    for at, click_id in clicks:
        before = [c for c in clicks if c < (at, click_id) and at - c[0] < within]
        assert (click_id in found) == bool(before)
    shuffling.shuffle(clicks)
    assert repeats(clicks, within) == found

"""What clicks add to which cells: many at once the same as one by one."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from marketplace.tracking.audience_rules import IN, KNOWN, segment
from marketplace.tracking.judging import LinkFacts
from marketplace.tracking.rules import Dimension, SetAside
from marketplace.tracking.tallies import Tallies, Tally

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
LINKS = {
    f"lnk_{n}": LinkFacts(
        brand_id="brd_1",
        timezone="UTC",
        ended_at=None,
        budget_spent_at=None,
        application_id=f"app_{n // 2}",
        campaign_id="cmp_1",
        audience=segment(("NL",), (), ("mobile",), None),
    )
    for n in range(3)
}
PHONE, TABLET = "Mozilla/5.0 (Linux; Android 14) Mobile", "Mozilla/5.0 (iPad)"


def click(
    link: str, day: int, who: int, reason: SetAside | None, country: str, agent: str
) -> dict[str, Any]:
    return {
        "link_id": link,
        "day_on": date(2026, 3, 10 + day),
        "at": NOON + timedelta(days=day, minutes=who * 25),
        "visitor": str(who),
        "reason": reason,
        "evidence": {"country": country, "agent": agent},
    }


CLICKS = st.lists(
    st.builds(
        click,
        st.sampled_from(sorted(LINKS)),
        st.integers(0, 1),
        st.integers(0, 4),
        st.sampled_from([None, None, SetAside.REPEAT, SetAside.BOT, SetAside.ENDED]),
        st.sampled_from(["", "NL", "BE"]),
        st.sampled_from(["", PHONE, TABLET]),
    ),
    max_size=20,
)


@given(CLICKS, CLICKS)
def test_many_at_once_are_the_same_as_one_by_one(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    together, single = Tallies(), Tallies()
    for batch in (first, second):
        together.add_clicks(batch, LINKS)
    for each in (*first, *second):
        single.add_click(each, LINKS[each["link_id"]])
    assert together == single
    assert together.hours == single.hours


@given(CLICKS, CLICKS)
def test_what_is_taken_back_leaves_only_who_it_was(
    kept: list[dict[str, Any]], taken: list[dict[str, Any]]
) -> None:
    tallies, expected = Tallies(), Tallies()
    for each in taken:
        tallies.add_click(each, LINKS[each["link_id"]])
        tallies.add_click(each, LINKS[each["link_id"]], sign=-1)
    tallies.add_clicks(kept, LINKS)
    expected.add_clicks(kept, LINKS)
    for key, tally in tallies.items():
        right = expected.get(key, Tally())
        assert (tally.gross, tally.counted) == (right.gross, right.counted)
        assert +tally.set_aside == right.set_aside
        assert tally.clickers >= right.clickers


def test_per_reason_only_where_it_is_not_divided() -> None:
    tallies = Tallies()
    tallies.add_clicks([click("lnk_0", 0, 1, SetAside.BOT, "NL", "")], LINKS)
    for (_, dimension, _, _), tally in tallies.items():
        assert tally.gross == 1
        assert bool(tally.set_aside) == (dimension is Dimension.ALL)
    # Whether somebody with no agent is of the audience, nobody knows.
    assert len(tallies) == 1 + 2 * (len(Dimension) - 2)


def test_who_is_in_the_audience_and_of_whom_it_is_known() -> None:
    tallies = Tallies()
    told = [
        ("NL", PHONE),  # both are right
        ("NL", TABLET),  # one is wrong
        ("", TABLET),  # so is this, whatever the country
        ("", PHONE),  # nobody knows
        ("NL", ""),
    ]
    clicks = [click("lnk_2", 0, n, None, *said) for n, said in enumerate(told)]
    tallies.add_clicks(clicks, LINKS)
    found = {
        (scope, value): tally.clickers
        for (scope, dimension, _, value), tally in tallies.items()
        if dimension is Dimension.AUDIENCE
    }
    people = {IN: {"0"}, KNOWN: {"0", "1", "2"}}
    assert found == {
        (scope, value): people[value]
        for scope in ("app_1", "cmp_1")
        for value in people
    }

"""Models of credit: the published examples, exact solutions by another way, and sums."""

import csv
import json
import os
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise, permutations
from pathlib import Path as File
from typing import Any

import pytest
from absent import absent
from hypothesis import given
from hypothesis import strategies as st

from marketplace.attribution import markov, shapley
from marketplace.attribution.comparison import PARTS, ReportModel, compare
from marketplace.attribution.paths import Path
from marketplace.attribution.weights import weights
from marketplace.campaigns.rules import AttributionModel
from marketplace.money import split

DATA = File(
    os.environ.get("DATA", File(__file__).resolve().parents[3] / "shared" / "data")
)
PATHS = "ChannelAttribution_PathData.csv"
HEURISTICS = "PathData_expected_heuristics_ChannelAttribution2.2.5.csv"
FINE = 10**18  # of a unit of value: the file has up to seventeen decimals
T0 = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def data() -> File:
    """Published paths and results; skipped where they are not (an error in CI)."""
    folder = DATA / "attribution"
    if not folder.is_dir():
        absent(f"no published examples at {folder}")
    return folder


@pytest.fixture(scope="module")
def examples(data: File) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((data / "expected_examples.json").read_text())
    return found


@pytest.fixture(scope="module")
def many(data: File) -> list[Path]:
    """The 10,000 paths."""
    with (data / PATHS).open(newline="") as lines:
        return [
            path(
                row["path"].split(" > "),
                conversions=int(row["total_conversions"]),
                amount=int(Decimal(row["total_conversion_value"]) * FINE),
                nulls=int(Decimal(row["total_null"])),
            )
            for row in csv.DictReader(lines, delimiter=";")
        ]


def path(touches: Sequence[str | None], **over: Any) -> Path:
    times = over.pop(
        "times", tuple(T0 + timedelta(days=n) for n in range(len(touches)))
    )
    return Path(tuple(touches), times, **over)


def on_days(touches: Sequence[str], days: Sequence[int], amount: int) -> Path:
    times = tuple(T0 + timedelta(days=day) for day in days)
    return Path(tuple(touches), times, conversions=1, amount=amount)


def solved(paths: Sequence[Path], without: str | None = None) -> Fraction:
    """P(an order) of the chain of order 1 by elimination in fractions."""
    moves: Counter[tuple[str, str]] = Counter()
    for each in paths:
        walk = ["(start)", *(touch or "" for touch in each.touches)]
        times = each.conversions + each.nulls
        for pair in pairwise(walk):
            moves[pair] += times
        moves[walk[-1], "(order)"] += each.conversions
        moves[walk[-1], "(nothing)"] += each.nulls
    out: Counter[str] = Counter()
    for (here, _), times in moves.items():
        out[here] += times
    states = [state for state in out if state != without and out[state]]
    rows = [
        [
            Fraction(int(here == there)) - Fraction(moves[here, there], out[here])
            for there in states
        ]
        + [Fraction(moves[here, "(order)"], out[here])]
        for here in states
    ]
    for n in range(len(rows)):
        pivot = next(m for m in range(n, len(rows)) if rows[m][n])
        rows[n], rows[pivot] = rows[pivot], rows[n]
        rows[n] = [value / rows[n][n] for value in rows[n]]
        for m in range(len(rows)):
            if m != n and rows[m][n]:
                by = rows[m][n]
                rows[m] = [a - by * b for a, b in zip(rows[m], rows[n], strict=True)]
    return rows[states.index("(start)")][-1]


def exact_markov(paths: Sequence[Path]) -> dict[str | None, Fraction]:
    """Orders per key: each key taken out of the chain, and the chain solved again."""
    rate = solved(paths)
    keys = {touch for each in paths for touch in each.touches}
    effects = {key: 1 - solved(paths, key) / rate for key in keys}
    total = sum(each.conversions for each in paths)
    return {key: effects[key] / sum(effects.values()) * total for key in keys}


def orders(found: Any) -> dict[str | None, float]:
    return {key: parts / PARTS for key, parts in found.parts.items()}


def test_rules_on_ten_thousand_paths(data: File, many: list[Path]) -> None:
    wanted = (ReportModel.FIRST, ReportModel.LAST, ReportModel.LINEAR)
    found = compare(many, wanted)
    with (data / HEURISTICS).open(newline="") as lines:
        expected = list(csv.DictReader(lines))
    assert len(expected) == 12
    for row in expected:
        for model in wanted:
            outcome, key = found[model], row["channel_name"]
            conversions = Decimal(outcome.parts[key]) / PARTS
            value = Decimal(outcome.amounts[key]) / FINE
            name = f"{model.value}_touch"
            assert abs(conversions - Decimal(row[f"{name}_conversions"])) < 1e-9
            assert abs(value - Decimal(row[f"{name}_value"])) < 1e-9


def test_markov_on_ten_thousand_paths(many: list[Path]) -> None:
    found = compare(many, [ReportModel.MARKOV])[ReportModel.MARKOV]
    exact = exact_markov(many)
    for key, wanted in exact.items():
        assert orders(found)[key] == pytest.approx(float(wanted), abs=1e-6)
    assert float(exact["alpha"]) == pytest.approx(5344.95, abs=0.01)
    assert markov.removal_effects(many).rate == pytest.approx(0.223845, abs=1e-6)


def test_markov_without_the_paths_that_did_not_convert(many: list[Path]) -> None:
    """The published exact solution of these."""
    won = [Path(p.touches, p.times, p.conversions, p.amount) for p in many]
    found = orders(compare(won, [ReportModel.MARKOV])[ReportModel.MARKOV])
    for key, wanted in {
        "alpha": 5260.07,
        "iota": 3899.25,
        "eta": 3347.77,
        "beta": 2585.41,
        "theta": 1938.85,
        "lambda": 1295.48,
    }.items():
        assert found[key] == pytest.approx(wanted, abs=0.006)


def test_markov_of_bryl(examples: dict[str, Any]) -> None:
    given_, wanted = (examples["markov_bryl"][name] for name in ("paths", "expected"))
    paths = [
        path(touches, conversions=won, amount=round(value * 100), nulls=1 - won)
        for *touches, won, value in given_
    ]
    removal = markov.removal_effects(paths)
    assert removal.rate == pytest.approx(wanted["p_conv"])
    assert removal.effects == pytest.approx(wanted["removal"])
    without = removal.rate * (1 - removal.effects["C1"])
    assert without == pytest.approx(wanted["p_conv_without_C1"])
    found = compare(paths, [ReportModel.MARKOV])[ReportModel.MARKOV]
    assert orders(found) == pytest.approx(wanted["conversions"])
    assert found.amounts == {key: 100 * v for key, v in wanted["value"].items()}


def test_markov_of_puzyrov(examples: dict[str, Any]) -> None:
    example = examples["markov_puzyrov"]
    paths = [
        path(touches, conversions=won, nulls=lost)
        for *touches, won, lost in example["paths"]
    ]
    wanted, removal = example["expected"], markov.removal_effects(paths)
    assert removal.rate == pytest.approx(wanted["p_conv"])
    assert removal.effects == pytest.approx(wanted["removal"])
    found = compare(paths, [ReportModel.MARKOV])[ReportModel.MARKOV]
    assert orders(found) == pytest.approx(wanted["conversions"])


def worths(of: dict[str, float], players: str, *, summed: bool = False) -> list[float]:
    """Of all sets of players, bit i being player i; `summed`: over all subsets."""
    sets = [
        {player for n, player in enumerate(players) if mask >> n & 1}
        for mask in range(2 ** len(players))
    ]
    known = {frozenset(name): worth for name, worth in of.items()}
    return [
        sum(worth for name, worth in known.items() if name <= each)
        if summed
        else known.get(frozenset(each), 0.0)
        for each in sets
    ]


def test_shapley_of_the_published_games(examples: dict[str, Any]) -> None:
    example = examples["shapley_mam_readme"]
    found = shapley.shapley(worths(example["v"], "OFD"))
    assert dict(zip("OFD", found, strict=True)) == pytest.approx(example["expected"])
    example = examples["shapley_FOL"]
    found = shapley.shapley(worths(example["coalition_ratio"], "FOL", summed=True))
    assert dict(zip("FOL", found, strict=True)) == pytest.approx(example["expected"])


def test_time_decay_of_adobe(examples: dict[str, Any]) -> None:
    example = examples["time_decay_adobe_lesson"]
    times = [T0 + timedelta(days=day) for day in example["touches_days"]]
    found = weights(AttributionModel.TIME_DECAY, times, half_life=timedelta(days=7))
    shares = [weight / sum(found) for weight in found]
    assert shares == pytest.approx(example["expected"], abs=1e-7)


def test_six_models_of_one_order(examples: dict[str, Any]) -> None:
    example = examples["six_models_12000"]
    days, value, wanted = (example[n] for n in ("touch_days", "value", "expected"))
    order = on_days("ABCDE", days, value)
    found = compare([order], [m for m in ReportModel if m is not ReportModel.MARKOV])
    amounts = {
        model.value: [outcome.amounts[key] for key in "ABCDE"]
        for model, outcome in found.items()
    }
    assert amounts["first"] == wanted["first"]
    assert amounts["last"] == wanted["last"]
    assert amounts["linear"] == wanted["linear"]
    assert amounts["position"] == wanted["position_u"]
    assert amounts["time_decay"] == pytest.approx(wanted["time_decay_rounded"], abs=5)
    assert sum(amounts["time_decay"]) == value
    # Nobody's touches are none of ours: direct visits are in no path.
    ours = on_days("ABCD", days[:-1], value)
    last = compare([ours], [ReportModel.LAST])[ReportModel.LAST].amounts
    assert [last[key] for key in "ABCDE"] == wanted["last_non_direct"]


def test_repeats_and_short_paths_as_snowplow_credits_them(
    examples: dict[str, Any],
) -> None:
    example = examples["snowplow_integration_row"]
    names, wanted = example["path"], example["expected"]
    times = [T0 + timedelta(days=day) for day in range(3)]
    cents = round(example["value"] * 100)
    linear = split(cents, weights(AttributionModel.LINEAR, times))
    assert linear == pytest.approx([100 * v for v in wanted["linear"]], abs=0.67)
    ends = split(cents, weights(AttributionModel.POSITION, times))
    assert ends == [100 * v for v in wanted["position_based"]]
    # One key twice has the parts of both.
    found = compare([on_days(names, range(3), cents)], [ReportModel.POSITION])
    amounts = found[ReportModel.POSITION].amounts
    assert amounts == {"Direct": 11_200, "Organic_Search": 2_800}
    assert split(6650, weights(AttributionModel.POSITION, times[:2])) == [3325, 3325]
    assert split(6650, weights(AttributionModel.POSITION, times[:1])) == [6650]


@pytest.mark.parametrize(
    ("n", "lead", "shares"),
    [
        (5, None, [40, "6.67", "6.67", "6.67", 40]),  # U
        (5, 2, [30, 5, 30, 5, 30]),
        (3, 1, ["33.33", "33.33", "33.33"]),
        (3, 0, [60, 10, 30]),  # the first touch made the lead, too
        (4, 3, [30, 5, 5, 60]),
        (2, 0, ["66.67", "33.33"]),
        (2, None, [50, 50]),
        (1, 0, [100]),
    ],
)
def test_w_gives_the_lead_a_place_of_its_own(
    n: int, lead: int | None, shares: list[Any]
) -> None:
    times = [T0 + timedelta(days=day) for day in range(n)]
    found = weights(AttributionModel.POSITION_W, times, lead=lead)
    percent = [round(Decimal(100 * part) / sum(found), 2) for part in found]
    assert percent == [Decimal(str(share)) for share in shares]


def test_the_earliest_touch_of_a_long_past_weighs_nothing_or_little() -> None:
    times = [T0, T0 + timedelta(days=3650), T0 + timedelta(days=3651)]
    found = weights(AttributionModel.TIME_DECAY, times, half_life=timedelta(days=1))
    assert found == [0, 5 * 10**11, 10**12]


_paths = st.lists(
    st.builds(
        path,
        st.lists(st.sampled_from(["a", "b", "c", "d", None]), max_size=6),
        conversions=st.integers(0, 3),
        amount=st.integers(-1_000, 100_000),
        nulls=st.integers(0, 3),
    ),
    max_size=12,
)


@given(_paths)
def test_every_model_adds_up_to_the_cent(paths: list[Path]) -> None:
    won = [each for each in paths if each.touches and each.conversions]
    for model, outcome in compare(paths, ReportModel).items():
        assert sum(outcome.amounts.values()) == sum(p.amount for p in won), model
        total = sum(p.conversions for p in won)
        assert sum(outcome.parts.values()) == total * PARTS, model
        assert sum(outcome.conversions().values()) == total, model
        assert min(outcome.parts.values(), default=0) >= 0, model
        backwards = compare(paths[::-1], [model])[model]
        assert dict(outcome.parts) == dict(backwards.parts), model


@given(_paths)
def test_removal_is_what_the_chain_loses_without_the_key(paths: list[Path]) -> None:
    ours = [each for each in paths if each.touches and each.conversions + each.nulls]
    if not any(each.conversions for each in ours):
        return
    removal, rate = markov.removal_effects(ours), solved(ours)
    assert removal.rate == pytest.approx(float(rate))
    for key in {touch for each in ours for touch in each.touches}:
        lost = float(1 - solved(ours, key or "") / rate)
        assert removal.effects[key] == pytest.approx(lost, abs=1e-9)


@given(_paths, st.integers(2, 3))
def test_a_longer_memory_still_loses_at_most_everything(
    paths: list[Path], order: int
) -> None:
    removal = markov.removal_effects(paths, order=order)
    assert all(0 <= effect <= 1 for effect in removal.effects.values())
    won = {t for p in paths if p.conversions for t in p.touches}
    assert all(removal.effects[key] > 0 for key in won)


def test_a_longer_memory_tells_paths_apart_that_end_alike() -> None:
    paths = [
        path("ab", conversions=9, nulls=1),
        path("cb", conversions=1, nulls=9),
    ]
    short, long = (markov.removal_effects(paths, order=n) for n in (1, 2))
    assert short.effects["a"] == pytest.approx(short.effects["c"])
    assert (long.effects["a"], long.effects["c"]) == (
        pytest.approx(0.9),
        pytest.approx(0.1),
    )


def test_more_states_than_can_be_solved_are_refused() -> None:
    paths = [path([f"k{n}"], conversions=1) for n in range(markov.MOST_STATES)]
    with pytest.raises(markov.TooManyStates):
        markov.removal_effects(paths)


def by_definition(keys: str, rates: dict[frozenset[str], float]) -> dict[str, float]:
    """The mean of what each adds, over every order of joining."""
    added: Counter[str] = Counter()
    joinings = list(permutations(keys))
    for joining in joinings:
        for n, key in enumerate(joining):
            before, after = frozenset(joining[:n]), frozenset(joining[: n + 1])
            added[key] += rates.get(after, 0.0) - rates.get(before, 0.0)
    return {key: total / len(joinings) for key, total in added.items()}


def test_shapley_divides_each_order_by_what_its_own_keys_add() -> None:
    counts = {"a": (10, 90), "b": (1, 99), "c": (0, 50), "ab": (20, 80), "abc": (3, 7)}
    paths = [path(keys, conversions=w, nulls=n) for keys, (w, n) in counts.items()]
    rates = {frozenset(keys): w / (w + n) for keys, (w, n) in counts.items()}
    found = shapley.shares(paths)
    for keys in ("ab", "abc"):
        own = found.weights[frozenset(keys)]
        values = {k: max(v, 0.0) for k, v in by_definition(keys, rates).items()}
        for key in keys:
            wanted = values[key] / sum(values.values())
            assert own[key] / sum(own.values()) == pytest.approx(wanted)
    assert not found.estimated
    outcome = compare(paths, [ReportModel.SHAPLEY])[ReportModel.SHAPLEY]
    assert orders(outcome)["c"] <= 3  # never more than it was touched in
    nothing = [path("ab", conversions=1), path("a", nulls=9), path("b", conversions=9)]
    own = shapley.shares(nothing).weights[frozenset("ab")]
    assert own["a"] == own["b"] - 10**12  # b alone always converts, a alone never


def test_many_keys_in_one_path_are_drawn_and_say_so() -> None:
    keys = "abcdefghijklmnop"
    assert len(keys) > shapley.MOST_EXACT
    paths = [
        path(keys, conversions=5, nulls=5),
        *(path(pair, conversions=1, nulls=9) for pair in combinations(keys, 2)),
        path("a", conversions=9, nulls=1),
    ]
    found = shapley.shares(paths)
    assert found.estimated
    assert found == shapley.shares(paths[::-1])
    own = found.weights[frozenset(keys)]
    assert sum(own.values()) > 0
    assert compare(paths, [ReportModel.SHAPLEY])[ReportModel.SHAPLEY].estimated

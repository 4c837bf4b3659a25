"""`docs/kpis.md`, made from the catalogue in both languages."""

from collections.abc import Iterable
from pathlib import Path

from marketplace.kpis.catalogue import CATALOGUE, Kpi
from marketplace.kpis.measures import MEASURES
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

GOALS: dict[Goal, Words] = {
    Goal.AWARENESS: Words("Awareness", "Naamsbekendheid"),
    Goal.ENGAGEMENT: Words("Engagement", "Betrokkenheid"),
    Goal.TRAFFIC: Words("Traffic", "Verkeer"),
    Goal.FOLLOWERS: Words("Followers", "Volgers"),
    Goal.CONVERSIONS: Words("Conversions", "Conversies"),
    Goal.VALUE: Words("Value", "Waarde"),
    Goal.EFFICIENCY: Words("Efficiency", "Efficiëntie"),
}
UNITS: dict[Unit, Words] = {
    Unit.COUNT: Words("count", "aantal"),
    Unit.MONEY: Words("money", "geld"),
    Unit.MONEY_PER_UNIT: Words("money per unit", "geld per eenheid"),
    Unit.RATIO: Words("ratio", "verhouding"),
    Unit.SECONDS: Words("seconds", "seconden"),
    Unit.SCORE: Words("points", "punten"),
}
DIRECTIONS: dict[Direction, Words] = {
    Direction.UP: Words("up", "omhoog"),
    Direction.DOWN: Words("down", "omlaag"),
}
HEADER = """\
# KPIs

Made from the catalogue by `marketplace kpis describe`; do not edit.
Gemaakt uit de catalogus met `marketplace kpis describe`; niet bewerken.

Unknown is null with a reason, never 0. Ratios are of sums. Money is in minor units of
the report's currency. Direction says which way is better.

Onbekend is null met een reden, nooit 0. Verhoudingen zijn van sommen. Geld is in de
kleinste eenheid van de valuta van het rapport. Richting zegt wat beter is.
"""


def describe() -> str:
    """The catalogue as Markdown: a table per goal, then the measures below it all."""
    sections = [
        _section(goal, kpis)
        for goal in Goal
        if (kpis := [kpi for kpi in CATALOGUE.values() if kpi.goal is goal])
    ]
    return "\n".join([HEADER, *sections, _measures()])


def is_stale(path: Path) -> bool:
    """Whether that file is missing or says something else than the catalogue."""
    try:
        return path.read_text(encoding="utf-8") != describe()
    except (FileNotFoundError, UnicodeDecodeError):
        return True


def _section(goal: Goal, kpis: Iterable[Kpi]) -> str:
    title = GOALS[goal]
    return "\n".join(
        [
            f"## {title.en} · {title.nl}\n",
            *_table(
                ("Id", "KPI", "Unit", "Direction", "Formula", "Meaning"),
                (
                    (
                        f"`{kpi.id}`",
                        _both(kpi.label),
                        _both(UNITS[kpi.unit]),
                        _both(DIRECTIONS[kpi.direction]),
                        _both(kpi.formula.words()),
                        _both(kpi.meaning),
                    )
                    for kpi in kpis
                ),
            ),
            "",
        ]
    )


def _measures() -> str:
    rows = (
        (each.words.en, each.words.nl, each.unit, f"`{each.source}`", each.explained)
        for each in MEASURES.values()
    )
    heading = ("Measure", "Maat", "Unit", "Source", "What it counts")
    return "\n".join(["## Measures · Maten\n", *_table(heading, rows), ""])


def _table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = (heading, ("---",) * len(heading), *rows)
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _both(words: Words) -> str:
    return words.en if words.en == words.nl else f"{words.en}<br>*{words.nl}*"

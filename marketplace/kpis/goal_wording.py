"""Sentences about goals, in English and Dutch. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from marketplace.kpis.goal_rules import GoalStatus, GoalWarning
from marketplace.kpis.outcome import Words
from marketplace.kpis.papers.figures import day_text, figure_text
from marketplace.kpis.rules import Unit

WARNINGS: Final[Mapping[GoalWarning, Words]] = {
    GoalWarning.NOT_MEASURED_YET: Words(
        "Nothing is known of this KPI so far; connect what it is measured by, or wait "
        "for the first figures.",
        "Van deze KPI is nog niets bekend; koppel de bron waaruit hij komt, of wacht op "
        "de eerste cijfers.",
    ),
    GoalWarning.NO_BASELINE: Words(
        "There is no baseline: nobody knows where it starts.",
        "Er is geen nulmeting: niemand weet waar het begint.",
    ),
    GoalWarning.OVER_WHOLE: Words(
        "The target is more than 100 %. Ratios are decimals: 3 % is 0.03.",
        "Het doel is meer dan 100 %. Verhoudingen zijn decimalen: 3 % is 0.03.",
    ),
    GoalWarning.TOO_MANY_KPIS: Words(
        "More than seven KPIs distract; keep the few that decide.",
        "Meer dan zeven KPI's leiden af; houd de paar die beslissen.",
    ),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """What numbers of a KPI are written in."""

    unit: Unit
    currency: str

    def text(self, value: int | Decimal | None, language: str) -> str:
        """A number for people."""
        return figure_text(value, self.unit, self.currency, language)


def reached_said(
    status: GoalStatus,
    label: Words,
    scale: Scale,
    *,
    value: int | Decimal | None,
    target: Decimal,
    baseline: Decimal | None,
    due_on: date,
) -> Words:
    """What became of a goal, or how it stands, in a sentence."""
    return Words(
        _said(status, label.en, scale, value, target, baseline, due_on, "en"),
        _said(status, label.nl, scale, value, target, baseline, due_on, "nl"),
    )


def _said(
    status: GoalStatus,
    label: str,
    scale: Scale,
    value: int | Decimal | None,
    target: Decimal,
    baseline: Decimal | None,
    due_on: date,
    language: str,
) -> str:
    aim, day = scale.text(target, language), day_text(due_on, language)
    began = "" if baseline is None else scale.text(baseline, language)
    if value is None:
        return _UNKNOWN[language].format(label=label, aim=aim, day=day)
    now = scale.text(value, language)
    pattern = _PATTERNS[language][status]
    start = _START[language].format(began=began) if began else ""
    return pattern.format(label=label, now=now, aim=aim, day=day, start=start)


_UNKNOWN = {
    "en": "{label}: {aim} was aimed for by {day}; nobody knows what it came to.",
    "nl": "{label}: {aim} was beoogd voor {day}; niemand weet wat het werd.",
}
_START = {"en": ", from {began}", "nl": ", vanaf {began}"}
_PATTERNS = {
    "en": {
        GoalStatus.OPEN: "{label} is {now}{start}; {aim} is aimed for by {day}.",
        GoalStatus.REACHED: "Reached: {label} came to {now}{start}; {aim} was aimed for "
        "by {day}.",
        GoalStatus.MISSED: "Not reached: {label} came to {now}{start}; {aim} was aimed "
        "for by {day}.",
        GoalStatus.UNMEASURED: "{label} was unknown when it was due; it is {now} now, "
        "and {aim} was aimed for by {day}.",
    },
    "nl": {
        GoalStatus.OPEN: "{label} staat op {now}{start}; {aim} is beoogd voor {day}.",
        GoalStatus.REACHED: "Bereikt: {label} kwam op {now}{start}; {aim} was beoogd "
        "voor {day}.",
        GoalStatus.MISSED: "Niet bereikt: {label} kwam op {now}{start}; {aim} was beoogd "
        "voor {day}.",
        GoalStatus.UNMEASURED: "{label} was onbekend op de einddatum; nu is het {now}, "
        "en {aim} was beoogd voor {day}.",
    },
}

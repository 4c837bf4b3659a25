"""Whether a goal is SMART: everything that is wrong with it, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.rules import Objective
from marketplace.clock import day_start, local_day
from marketplace.errors import Invalid
from marketplace.kpis.catalogue import CATALOGUE, Kpi
from marketplace.kpis.goal_rules import (
    WHOLE_UNITS,
    BaselineSource,
    Change,
    due_fault,
    target_fault,
)
from marketplace.kpis.outcome import plain
from marketplace.kpis.own_series import own_series
from marketplace.kpis.report import report
from marketplace.kpis.rules import FIRST_DAY, LONGEST_WINDOW, Direction, Window
from marketplace.kpis.scope import ReportScope, brand_scope, campaign_scope

_DAY = timedelta(days=1)


class GoalNotSmart(Invalid):
    """What is aimed for cannot be measured, reached or judged; says what would mend it."""


@dataclass(frozen=True, slots=True)
class About:
    """Whose goal it is: a campaign's, or a brand's as a whole."""

    brand: Brand
    campaign: Campaign | None

    @property
    def scope(self) -> ReportScope:
        """Whose figures count."""
        if self.campaign is not None:
            return campaign_scope(self.campaign)
        return brand_scope(self.brand)

    @property
    def currency(self) -> str:
        """What money is aimed for in."""
        return self.campaign.currency if self.campaign else self.brand.currency

    def begins(self, now: datetime) -> date:
        """The day its time runs from, where nobody says."""
        at = now
        if self.campaign is not None:
            begun = (self.campaign.starts_at, self.campaign.published_at)
            at = next((each for each in begun if each), self.campaign.created_at)
        return local_day(at, self.brand.timezone)


@dataclass(frozen=True, slots=True)
class Draft:
    """A goal as somebody says it. `wrong`: by field, what could not even be read."""

    kpi: str | None = None
    target: Decimal | Change | None = None
    baseline: Decimal | None = None
    due_at: datetime | None = None
    starts_on: date | None = None
    owner: str = ""
    strategic_goal: str = ""
    objective: Objective | None = None
    wrong: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Smart:
    """The same, made definite."""

    kpi: Kpi
    target: Decimal
    change_bps: int | None
    baseline: Decimal | None
    baseline_source: BaselineSource | None
    start_value: Decimal | None
    starts_on: date
    counts_from: date | None
    due_at: datetime


def kpi_of(session: Session, scope: ReportScope, kpi_id: str) -> Kpi | None:
    """The KPI of that id: of the catalogue, or a series of the brand's own."""
    return CATALOGUE.get(kpi_id) or own_series(session, scope).kpis.get(kpi_id)


def made_smart(
    session: Session,
    about: About,
    draft: Draft,
    *,
    due_is_new: bool = True,
    now: datetime,
) -> Smart:
    """The goal, measurable; GoalNotSmart names all that stands in the way at once."""
    wrong = {name: list(reasons) for name, reasons in draft.wrong.items()}
    kpi = _kpi(session, about, draft, wrong)
    begins = draft.starts_on or _begins(about, draft.due_at, now)
    _check_time(about, draft, begins, wrong, due_is_new=due_is_new, now=now)
    if draft.target is None and "target" not in wrong:
        wrong["target"] = [
            "Measurable: say how much, such as 250, or +20% of what it starts from."
        ]
    due_at = draft.due_at
    if kpi is None or due_at is None or "due_at" in wrong or "starts_on" in wrong:
        raise GoalNotSmart(wrong)
    start = _start_value(session, about, kpi, begins, due_at, now)
    smart = _aimed(about, kpi, draft, start, begins, due_at, wrong)
    if wrong or smart is None:
        raise GoalNotSmart(wrong)
    return smart


def _begins(about: About, due_at: datetime | None, now: datetime) -> date:
    """Its time runs with the campaign's; of an old one with as much as fits a window."""
    begins, zone = about.begins(now), about.brand.timezone
    if due_at is None:
        return begins
    fits = local_day(due_at, zone) - timedelta(days=LONGEST_WINDOW - 3)  # and an hour
    return max(begins, min(fits, local_day(now, zone)))


def _kpi(
    session: Session, about: About, draft: Draft, wrong: dict[str, list[str]]
) -> Kpi | None:
    if draft.kpi is None:
        wrong.setdefault(
            "kpi",
            [
                "Specific: name one KPI of GET /v1/kpis, such as orders; "
                "GET /v1/kpis/recommendations suggests some."
            ],
        )
        return None
    kpi = kpi_of(session, about.scope, draft.kpi)
    if kpi is None:
        near = get_close_matches(draft.kpi, CATALOGUE, n=3)
        hint = f" Perhaps {', '.join(near)}?" if near else ""
        wrong["kpi"] = [
            f"Measurable: there is no KPI {draft.kpi[:64]!r}.{hint} GET /v1/kpis lists "
            "them; a series of the brand's own is series:<slug>."
        ]
    return kpi


def _check_time(
    about: About,
    draft: Draft,
    begins: date,
    wrong: dict[str, list[str]],
    *,
    due_is_new: bool,
    now: datetime,
) -> None:
    if begins < FIRST_DAY and "starts_on" not in wrong:
        wrong["starts_on"] = [f"Must be {FIRST_DAY} or later."]
    if draft.due_at is None:
        wrong.setdefault(
            "due_at", ["Time-bound: say by when, such as 2027-03-31T22:00:00Z."]
        )
        return
    # An earlier date stays as it was when something else of the goal changes.
    moment = now if due_is_new else draft.due_at - _DAY
    fault = due_fault(draft.due_at, day_start(begins, about.brand.timezone), moment)
    if fault:
        wrong["due_at"] = [fault]


def _aimed(
    about: About,
    kpi: Kpi,
    draft: Draft,
    start: Decimal | None,
    begins: date,
    due_at: datetime,
    wrong: dict[str, list[str]],
) -> Smart | None:
    """What is aimed for, from what; None where that cannot be said."""
    source = BaselineSource.GIVEN
    baseline = draft.baseline
    if baseline is None and not _is_ceiling(kpi):
        baseline, source = start, BaselineSource.MEASURED
    target, bps = draft.target, None
    if isinstance(target, Change):
        bps = target.bps
        if not baseline:
            wrong["baseline"] = [
                "Measurable: there is nothing to change from; give the baseline, or an "
                "absolute target."
            ]
            return None
        target = target.of(baseline, kpi.unit)
    if target is None:
        return None
    # A campaign counts from nothing, whatever there was before it.
    counts = about.campaign is not None and kpi.unit in WHOLE_UNITS
    is_beside = counts and bps is None and source is BaselineSource.MEASURED
    starts = Decimal(0) if is_beside and baseline is not None else baseline
    fault = target_fault(target, starts, kpi.unit, kpi.direction)
    if fault:
        wrong["target"] = [fault]
    return Smart(
        kpi=kpi,
        target=target,
        change_bps=bps,
        baseline=baseline,
        baseline_source=None if baseline is None else source,
        start_value=start,
        starts_on=begins,
        counts_from=draft.starts_on,
        due_at=due_at,
    )


def _is_ceiling(kpi: Kpi) -> bool:
    """What adds up and should not pass its target: that it starts at 0 says nothing."""
    return kpi.unit in WHOLE_UNITS and kpi.direction is Direction.DOWN


def _start_value(
    session: Session,
    about: About,
    kpi: Kpi,
    begins: date,
    due_at: datetime,
    now: datetime,
) -> Decimal | None:
    """What it was over a stretch as long as the goal's, just before; None if unknown."""
    last = local_day(due_at - timedelta(microseconds=1), about.brand.timezone)
    length = max(last - begins, timedelta(0)) + _DAY
    window = Window(max(begins - length, FIRST_DAY - length), begins)
    made = report(session, about.scope, window=window, kpis=[kpi.id], now=now)
    value = made.totals[kpi.id].value
    return None if value is None else Decimal(value)


def draft_of(values: Mapping[str, Any], changes: Draft) -> Draft:
    """What is stored (`values`), with what somebody changes of it."""
    said = {
        name: getattr(changes, name)
        for name in ("target", "baseline", "due_at", "starts_on")
        if getattr(changes, name) is not None
    }
    return replace(Draft(**values), **said, wrong=changes.wrong)


def written(number: Decimal | None) -> str | None:
    """As events and evidence have it."""
    return None if number is None else plain(number)

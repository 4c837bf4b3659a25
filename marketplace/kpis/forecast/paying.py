"""The forecast of costs: commissions follow what they are paid on; the rest is known.

Commissions go on at the rate they had so far (at that of the terms before there were any)
on the forecast of sales, leads or clicks, and end where the budget does.
"""

from dataclasses import dataclass, replace
from datetime import date
from math import hypot

from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign, Terms
from marketplace.campaigns.pay_rules import CommissionKind, CommissionOn
from marketplace.kpis.forecast.course import (
    Course,
    Pairs,
    number_of,
    of_rate,
    with_costs,
)
from marketplace.kpis.forecast.entry import Evidence, Forecast, known
from marketplace.kpis.forecast.intervals import Calibration, Interval
from marketplace.kpis.forecast.spending import owed
from marketplace.kpis.scope import ReportScope

WHOLE_BPS = 10_000


@dataclass(frozen=True, slots=True)
class Pay:
    """What commissions are paid on, by KPI id.

    `rate`: what the terms give per unit of it, where that is one number. `left`: what the
    budget leaves in minor units; None where there is none.
    """

    per: str = "revenue"
    rate: float | None = None
    left: int | None = None


def pay_of(session: Session, scope: ReportScope) -> Pay:
    """That of a campaign's terms; a brand's campaigns pay on what is sold."""
    if scope.campaign_id is None:
        return Pay()
    campaign = session.get_one(Campaign, scope.campaign_id)
    terms = session.get_one(Terms, (campaign.id, campaign.terms_version))
    left = None
    if campaign.budget_amount is not None:
        left = max(campaign.budget_amount - owed(session, campaign), 0)
    per, rate = _rate(terms)
    return Pay(per, rate, left)


def _rate(terms: Terms) -> tuple[str, float | None]:
    is_percent = terms.commission_kind is CommissionKind.PERCENT
    rate = float(terms.commission_amount or 0)
    if is_percent:
        rate = (terms.commission_bps or 0) / WHOLE_BPS
    match terms.commission_on:
        case CommissionOn.LEAD:
            per = "leads"
        case CommissionOn.CLICK:
            per = "clicks"
        case _:
            per = "revenue" if is_percent else "orders"
    is_plain = terms.commission_on is not CommissionOn.NEW_CUSTOMER
    return per, rate if is_plain and not terms.commission_rules else None


def forecast_cost(
    course: Course, on: Course, made: Forecast, pay: Pay, until: date
) -> Forecast | None:
    """Of costs by `course`, given what they are paid on (`on`) and the forecast of that.

    None where nobody knows how the one follows from the other.
    """
    values = [each.value for each in course.every_day]
    paid, sold = course.running(values, 1), [number_of(d.value) for d in on.every_day]
    if course.total.value is None or sum(map(number_of, values)) != course.total.value:
        return None
    found = _coming(paid, sold, made, pay)
    if found is None:
        return None
    interval, rate = found
    so_far = sum(paid)
    costs = replace(
        course.costs,
        commissions=round(so_far),
        commissions_coming=round(interval.expected),
        per=pay.per,
        rate=rate,
    )
    ends = (so_far + each for each in (interval.low, interval.expected, interval.high))
    evidence = {Evidence.COMMISSION_RATE} | made.evidence
    if costs.known:
        evidence.add(Evidence.KNOWN_COSTS)
    whole = with_costs(course, 1, Interval(*ends))
    calibration = Calibration()
    end = known(until, course.kpi.unit, whole, calibration, evidence)
    return replace(end, basis=made.basis or end.basis, costs=costs).beside(
        course.total.value
    )


def _coming(
    paid: list[float], sold: list[float], made: Forecast, pay: Pay
) -> tuple[Interval, float] | None:
    """Commissions to come, and the rate they come at."""
    so_far, base = sum(paid), sum(sold)
    if pay.rate == 0 and not any(paid):
        return Interval(0.0, 0.0, 0.0), 0.0
    rate = so_far / base if so_far > 0 and base > 0 else pay.rate
    if rate is None or (base > 0 and so_far <= 0):
        return None
    if made.low is None or made.expected is None or made.high is None:
        return None
    low, middle, high = (
        rate * max(float(each) - base, 0.0)
        for each in (made.low, made.expected, made.high)
    )
    noise = of_rate(Pairs(paid, sold), max(float(made.expected) - base, 0.0))
    half = noise.high - noise.expected if noise is not None else 0.0
    ends = (
        middle - hypot(middle - low, half),
        middle,
        middle + hypot(high - middle, half),
    )
    most = float("inf") if pay.left is None else float(pay.left)
    return Interval(*(min(max(each, 0.0), most) for each in ends)), rate

"""Reports: KPIs over a window, in total, broken down, and for the time before it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from marketplace.kpis.catalogue import Kpi, pick
from marketplace.kpis.facts import reader_of
from marketplace.kpis.freshness import fresh_as_of
from marketplace.kpis.groups import Groups, groups_of
from marketplace.kpis.measures import MEASURES, Measure
from marketplace.kpis.measures.traffic import CLICKS, CLICKS_GROSS
from marketplace.kpis.own_series import own_series
from marketplace.kpis.period import timezone_of
from marketplace.kpis.reader import campaigns_of
from marketplace.kpis.rules import Breakdown, DatedBy, Window
from marketplace.kpis.scope import ReportScope
from marketplace.kpis.tally import CampaignFacts, Facts, Tally
from marketplace.kpis.traffic import set_aside
from marketplace.kpis.values import UNKNOWN, Evaluation, Value
from marketplace.tracking.rules import SetAside

# For an influencer who is in no campaign yet.
ANY_CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a breakdown: what it is of, and its values by KPI id."""

    key: Mapping[str, str | None]
    kpis: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Report:
    """KPIs over a window. `timezone`: whose days they are; None where several brands'
    calendars differ.

    `fresh_as_of`: everything received before then is in it. `set_aside`: of all clicks
    in the totals those that do not count, per reason; None where no clicks are asked
    for, and in another time zone than the brand's. `basis`: by which day refunds count.
    `previous`: the totals of `previous_days`, the stretch of equal length just before.
    `kpis`: what each of them is, by id.
    """

    window: Window
    timezone: str | None
    by: Breakdown | None
    currency: str
    basis: DatedBy
    fresh_as_of: datetime
    totals: Mapping[str, Value]
    set_aside: Mapping[SetAside, int] | None
    rows: list[Line]
    previous_days: tuple[date, date]
    previous: Mapping[str, Value]
    kpis: Mapping[str, Kpi]


def report(
    session: Session,
    scope: ReportScope,
    *,
    window: Window,
    by: Breakdown | None = None,
    kpis: Iterable[str] | None = None,
    timezone: str | None = None,
    basis: DatedBy = DatedBy.ORDER,
    clicks_until: datetime | None = None,
    now: datetime,
) -> Report:
    """The KPIs of these ids (None: all), in a fixed number of statements.

    Additive KPIs of the rows sum to the total: what belongs to no row has one of its
    own, whose key is null. `timezone`: whose days the window's are; None: each brand's
    own. Money of campaigns in another currency is converted at the rate of each fact's
    day, exactly, and rounded once. `clicks_until`: up to when clicks were ingested,
    where the caller knows. An influencer's report leaves out what tells the brand's
    costs of goods. A brand's own series are KPIs of its reports as well. UnknownKpi for
    an id that is neither.
    """
    asked = None if kpis is None else list(kpis)
    own = own_series(session, scope, among=asked)
    allowed = _allowed(pick(asked, own.kpis), scope)
    known = {**MEASURES, **own.measures}
    wanted = [Evaluation(kpi, known) for kpi in allowed]
    measures = _needed(allowed, known)
    campaigns = campaigns_of(session, scope)
    currency = scope.currency or _commonest_currency(campaigns.values())
    own_zone = timezone_of(session, scope, campaigns)
    zone = None if timezone in (None, own_zone) else timezone
    read = session, scope, campaigns, currency, measures, now
    reader = reader_of(*read, zone=zone, basis=basis)
    groups = groups_of(session, scope, window, by, campaigns.values()) if by else None
    span = window.start, window.end
    facts = reader.read(span, groups)
    before = reader.read(window.before())
    return Report(
        window=window,
        timezone=timezone or own_zone,
        by=by,
        currency=currency,
        basis=basis,
        fresh_as_of=fresh_as_of(session, scope, clicks_until or now, now),
        totals=_total(wanted, measures, facts, window),
        set_aside=(
            set_aside(session, scope, span)
            if {CLICKS, CLICKS_GROSS} & set(measures) and zone is None
            else None
        ),
        rows=_rows(wanted, measures, facts, groups, window) if groups else [],
        previous_days=window.before(),
        previous=_total(wanted, measures, before, window),
        kpis={kpi.id: kpi for kpi in allowed},
    )


def _allowed(kpis: Iterable[Kpi], scope: ReportScope) -> list[Kpi]:
    return [kpi for kpi in kpis if scope.influencer_id is None or not kpi.is_private]


def _needed(kpis: Iterable[Kpi], known: Mapping[str, Measure]) -> list[Measure]:
    names = {name for kpi in kpis for name in kpi.measures}
    return [each for each in known.values() if each.name in names]


def _commonest_currency(campaigns: Collection[CampaignFacts]) -> str:
    counts = Counter(each.currency for each in campaigns)
    return min(counts, key=lambda each: (-counts[each], each), default=ANY_CURRENCY)


def _total(
    kpis: list[Evaluation], measures: list[Measure], facts: Facts, window: Window
) -> dict[str, Value]:
    return _values(kpis, measures, facts.total, facts.own_total, window.length)


def _rows(
    kpis: list[Evaluation],
    measures: list[Measure],
    facts: Facts,
    groups: Groups,
    window: Window,
) -> list[Line]:
    days = groups.days(window)
    empty = Tally()
    unknown = {each.id: UNKNOWN for each in kpis if not each.is_told_by(groups.by)}
    return [
        Line(
            groups.named(key),
            _values(
                kpis,
                measures,
                facts.every.get(key, empty),
                facts.own.get(key, empty),
                days[key],
            )
            | unknown,
        )
        for key in groups.in_order(facts.every.keys())
    ]


def _values(
    kpis: list[Evaluation],
    measures: list[Measure],
    every: Tally,
    own: Tally,
    days: int,
) -> dict[str, Value]:
    whole = every.parts(measures, days)
    # Nearly always all campaigns are in one currency: then the work is done once.
    part = whole if own.campaigns == every.campaigns else own.parts(measures, days)
    return {each.id: each.value(whole, part) for each in kpis}

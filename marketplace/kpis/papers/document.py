"""A report laid out in words: what a page, a PDF and a mail show alike."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.kpis.catalogue import CATALOGUE, Kpi
from marketplace.kpis.measures.sales import GOODS_COST
from marketplace.kpis.measures.spending import COMMISSIONS, COSTS
from marketplace.kpis.papers.charts import line_chart
from marketplace.kpis.papers.figures import (
    NONE,
    Figure,
    change_text,
    days_text,
    figure_text,
    major,
    moment_text,
)
from marketplace.kpis.papers.parts import Chart, Document, Row, Section, Table
from marketplace.kpis.papers.words import (
    BASES,
    GOALS,
    SOURCES,
    part_text,
    reason_text,
    said,
    word,
)
from marketplace.kpis.report import Line, Report, report
from marketplace.kpis.rules import Breakdown, Direction, Goal, Provenance, Unit, Window
from marketplace.kpis.scope import ReportScope
from marketplace.kpis.values import Value
from marketplace.money import exponent

# What is shown large and drawn, as far as it is known; at most so many of each.
TELLING = (
    *("views", "reach", "engagement", "clicks", "visitors", "orders"),
    *("revenue", "net_profit", "new_customers", "roi"),
)
LARGE, DRAWN = 6, 4
# What is shown of each influencer, as far as it is known of anybody.
PER_INFLUENCER = (
    *("posts", "views", "engagement_rate", "clicks", "orders", "revenue"),
    *("conversion_rate", "cost", "roi"),
)
COLUMNS = 6
DAYS_APART, WEEKS_APART = 62, 400
_SPENT = {COMMISSIONS.name, COSTS.name, GOODS_COST.name}


def tells_spending(kpi: Kpi) -> bool:
    """Whether it gives away what the brand paid, to whomever it paid it."""
    return not _SPENT.isdisjoint(kpi.formula.measures())


def open_kpis() -> list[str]:
    """The ids of all that may be shown to strangers without being asked."""
    return [kpi.id for kpi in CATALOGUE.values() if not tells_spending(kpi)]


def document_of(
    session: Session,
    scope: ReportScope,
    *,
    title: str,
    brand: str,
    window: Window,
    kpis: Sequence[str] | None,
    language: str,
    by_influencer: bool,
    clicks_until: datetime | None = None,
    now: datetime,
) -> Document:
    """The report of these KPIs (None: all), with charts and what changed."""
    by = _stretches(window)
    asked = {"window": window, "clicks_until": clicks_until, "now": now}
    made = report(session, scope, by=by, kpis=kpis, **asked)  # type: ignore[arg-type]
    people = None
    if by_influencer:
        shown = [each for each in PER_INFLUENCER if each in made.totals]
        people = report(
            session,
            scope,
            by=Breakdown.INFLUENCER,
            kpis=shown or None,
            **asked,  # type: ignore[arg-type]
        )
    rows = {
        kpi_id: _row(made.kpis[kpi_id], value, made, language)
        for kpi_id, value in made.totals.items()
        if value.value is not None
    }
    return Document(
        language=language,
        title=title,
        brand=brand,
        heading=word("title" if scope.campaign_id else "brand_title", language),
        period=days_text(window.start, window.end, language),
        compared=days_text(*made.previous_days, language),
        currency=made.currency,
        fresh=moment_text(made.fresh_as_of, made.timezone, language),
        large=[rows[each] for each in TELLING if each in rows][:LARGE],
        charts=_charts(made, rows, by, language),
        sections=_sections(made, rows, language),
        influencers=_table(people, language) if people else None,
        unknown=_unknown(made, language),
        made=made,
        per_influencer=people,
    )


def _unknown(made: Report, language: str) -> list[tuple[str, str]]:
    return [
        (
            said(made.kpis[kpi_id].label, language),
            reason_text(value.reason or "", language),
        )
        for kpi_id, value in made.totals.items()
        if value.value is None
    ]


def _stretches(window: Window) -> Breakdown:
    if window.length <= DAYS_APART:
        return Breakdown.DAY
    return Breakdown.WEEK if window.length <= WEEKS_APART else Breakdown.MONTH


def _sections(made: Report, rows: dict[str, Row], language: str) -> list[Section]:
    sections = []
    for goal in Goal:
        found = [row for kpi_id, row in rows.items() if made.kpis[kpi_id].goal is goal]
        if found:
            sections.append(Section(said(GOALS[goal], language), found))
    return sections


def _row(kpi: Kpi, value: Value, made: Report, language: str) -> Row:
    before = made.previous.get(kpi.id)
    return Row(
        id=kpi.id,
        label=said(kpi.label, language),
        value=figure_text(value.value, kpi.unit, made.currency, language),
        previous=figure_text(
            before.value if before else None, kpi.unit, made.currency, language
        ),
        change=change_text(value, before, kpi.unit, language),
        better=_better(kpi, value, before),
        note=_note(kpi, value, made, language),
        meaning=said(kpi.meaning, language),
    )


def _better(kpi: Kpi, value: Value, before: Value | None) -> bool | None:
    if before is None or value.value is None or before.value is None:
        return None
    if value.value == before.value:
        return None
    return (value.value > before.value) is (kpi.direction is Direction.UP)


def _note(kpi: Kpi, value: Value, made: Report, language: str) -> str:
    """What a reader must know not to be misled: estimates, sources, what is left out."""
    notes = []
    if value.low is not None and value.high is not None and value.low != value.high:
        low, high = (
            figure_text(each, kpi.unit, made.currency, language)
            for each in (value.low, value.high)
        )
        notes.append(word("between", language).format(low=low, high=high))
    basis = said(BASES[value.basis], language) if value.basis else ""
    if value.estimated:
        notes.append(
            ": ".join([word("estimate", language), *([basis] if basis else [])])
        )
    elif basis:
        notes.append(basis)
    if value.source not in (None, Provenance.TRACKED):
        notes.append(said(SOURCES[value.source], language))
    if value.coverage is not None and value.coverage < 1:
        share = figure_text(value.coverage, Unit.RATIO, made.currency, language)
        notes.append(word("covers", language).format(share=share))
    if value.missing:
        parts = ", ".join(part_text(each, language) for each in value.missing)
        notes.append(word("missing", language).format(parts=parts))
    if value.reason:
        notes.append(reason_text(value.reason, language))
    return "; ".join(notes)


def _charts(
    made: Report, rows: dict[str, Row], by: Breakdown, language: str
) -> list[Chart]:
    charts = []
    for kpi_id in TELLING:
        drawable = [
            line.kpis[kpi_id].value for line in made.rows if kpi_id in line.kpis
        ]
        if kpi_id not in rows or not any(drawable) or len(drawable) < 2:
            continue
        kpi = made.kpis[kpi_id]
        points = [
            (_moment(line, by), _drawn(line, kpi, made.currency)) for line in made.rows
        ]
        money = kpi.unit in (Unit.MONEY, Unit.MONEY_PER_UNIT)
        decimals = exponent(made.currency) if money else 0
        if kpi.unit is Unit.RATIO:
            decimals = 2
        title = f"{said(kpi.label, language)}, {word(f'by_{by.value}', language)}"
        if money:
            title += f" ({made.currency})"
        svg = line_chart(points, language=language, decimals=decimals)
        charts.append(Chart(title, svg))
        if len(charts) == DRAWN:
            break
    return charts


def _moment(line: Line, by: Breakdown) -> str:
    """What stands below a point: the year is clear from the period."""
    text = next(iter(line.key.values())) or NONE
    return text if by is Breakdown.MONTH else text[5:]


def _drawn(line: Line, kpi: Kpi, currency: str) -> Figure | None:
    value = line.kpis[kpi.id].value
    return None if value is None else major(value, kpi.unit, currency)


def _table(people: Report, language: str) -> Table | None:
    known = [
        kpi_id
        for kpi_id in PER_INFLUENCER
        if any(
            kpi_id in line.kpis and line.kpis[kpi_id].value is not None
            for line in people.rows
        )
    ][:COLUMNS]
    if not people.rows or not known:
        return None
    headings = [said(people.kpis[each].label, language) for each in known]
    rows = [
        [
            line.key.get("name") or word("nobody", language),
            *(
                figure_text(
                    line.kpis[each].value,
                    people.kpis[each].unit,
                    people.currency,
                    language,
                )
                for each in known
            ),
        ]
        for line in people.rows
    ]
    return Table([word("influencer", language), *headings], rows)

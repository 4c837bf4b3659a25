"""What a report on paper is made of; everything in it is text ready to be shown."""

from dataclasses import dataclass, field

from marketplace.kpis.report import Report


@dataclass(frozen=True, slots=True)
class Row:
    """One KPI in words. `better`: whether its change is; None where there is none."""

    id: str
    label: str
    value: str
    previous: str
    change: str
    better: bool | None
    note: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Section:
    """The KPIs of one goal that are known."""

    title: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Chart:
    """One KPI over time: its SVG, and what it shows in words."""

    title: str
    svg: str


@dataclass(frozen=True, slots=True)
class Table:
    """A row per influencer, under these headings."""

    headings: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A report in one language; everything in it is text ready to be shown."""

    language: str
    title: str
    brand: str
    heading: str
    period: str
    compared: str
    currency: str
    fresh: str
    large: list[Row]
    charts: list[Chart]
    sections: list[Section]
    influencers: Table | None
    unknown: list[tuple[str, str]]
    made: Report = field(repr=False)
    per_influencer: Report | None = field(repr=False)

"""Reports for people: the same figures in words, as a workbook, a PDF and a page."""

import io
from decimal import Decimal

import openpyxl
import pypdfium2
import pytest
from kpi_cells import END, NOW, START, Story, tell
from sqlalchemy.orm import Session

from marketplace import kpis
from marketplace.content.emv_rules import EmvAction
from marketplace.kpis import Provenance, Unit, Window, papers
from marketplace.kpis.formula import Expression
from marketplace.kpis.measures import MEASURES
from marketplace.kpis.papers import Document, figures, words
from marketplace.kpis.rules import Basis
from marketplace.kpis.values import Value

HOSTILE = '=cmd|"/c calc"!A1 <script>alert(1)</script> #include "x" $x$ \\u{41} {{7*7}}'


def make(
    session: Session, story: Story, language: str = "en", title: str = "Zomer"
) -> Document:
    return papers.document_of(
        session,
        kpis.campaign_scope(story.campaign),
        title=title,
        brand="Wolkje",
        window=Window(START, END),
        kpis=None,
        language=language,
        by_influencer=True,
        now=NOW,
    )


@pytest.fixture
def story(session: Session) -> Story:
    return tell(session)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.get_textpage() for page in document]
        return "\n".join(page.get_text_bounded() for page in pages)
    finally:
        document.close()


def test_in_words(session: Session, story: Story) -> None:
    english, dutch = (make(session, story, language) for language in ("en", "nl"))
    rows = {row.id: row for section in english.sections for row in section.rows}
    profit = rows["net_profit"]
    assert (profit.label, profit.value) == ("Net profit", "€51.00")
    assert "covers 83.3%" in profit.note
    nederlands = {row.id: row for section in dutch.sections for row in section.rows}
    assert nederlands["net_profit"].value == "€\N{NO-BREAK SPACE}51,00"
    assert "dekt 83,3%" in nederlands["net_profit"].note
    assert dutch.period == "1 maart 2026 t/m 15 juli 2026"
    assert english.period == "1 March 2026 to 15 July 2026"
    # Nothing that is not known looks like a figure, and nothing known is left out.
    known = {i for i, each in english.made.totals.items() if each.value is not None}
    assert set(rows) == known
    assert len(english.unknown) == len(english.made.totals) - len(known)
    assert all(why for _, why in english.unknown)
    assert english.influencers is not None
    assert len(english.influencers.rows) == len(english.per_influencer.rows)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("value", "unit", "en", "nl"),
    [
        (1234567, Unit.COUNT, "1,234,567", "1.234.567"),
        (-1299, Unit.MONEY, "-€12.99", "€\N{NO-BREAK SPACE}-12,99"),
        (Decimal("12.5"), Unit.MONEY_PER_UNIT, "€0.12", "€\N{NO-BREAK SPACE}0,12"),
        (Decimal("1.38125"), Unit.MONEY_PER_UNIT, "€0.014", "€\N{NO-BREAK SPACE}0,014"),
        (Decimal("0.0345"), Unit.RATIO, "3.4%", "3,4%"),
        (Decimal("7.25"), Unit.SECONDS, "7.2 s", "7,2 s"),
        (Decimal("3725"), Unit.SECONDS, "1:02:05", "1:02:05"),
        (Decimal("71.5"), Unit.SCORE, "71.5", "71,5"),
        (None, Unit.COUNT, "\N{EN DASH}", "\N{EN DASH}"),
    ],
)
def test_figures(value: int | Decimal | None, unit: Unit, en: str, nl: str) -> None:
    assert figures.figure_text(value, unit, "EUR", "en") == en
    assert figures.figure_text(value, unit, "EUR", "nl") == nl


def test_yen_have_no_cents() -> None:
    assert figures.figure_text(1299, Unit.MONEY, "JPY", "en") == "JP¥1,299"
    assert figures.major(1299, Unit.MONEY, "JPY") == 1299


def test_changes() -> None:
    known = Value(12, None, None, None, None, False, None)
    before = known._replace(value=8)
    assert figures.change_text(known, before, Unit.COUNT, "en") == "+50%"
    assert figures.change_text(before, known, Unit.COUNT, "en") == "-33%"
    for nothing in (known._replace(value=0), known._replace(value=None), None):
        assert figures.change_text(known, nothing, Unit.COUNT, "nl") == "\N{EN DASH}"
    rate, less = (known._replace(value=Decimal(each)) for each in ("0.05", "0.042"))
    assert figures.change_text(rate, less, Unit.RATIO, "nl") == "+0,8 pt"


def test_every_word_is_in_both_languages() -> None:
    tables = (words.WORDS, words.GOALS, words.SOURCES, words.BASES, words.REASONS)
    tables = (*tables, words.ACTIONS)
    for table in tables:
        for key, each in table.items():
            assert each.en, key
            assert each.nl, key
    assert set(words.SOURCES) == set(Provenance)
    assert set(words.BASES) == set(Basis)


def reasons_in(expression: Expression) -> set[str]:
    """Every reason for which a formula may be unknown."""
    own = getattr(expression, "reason", "")
    below = (reasons_in(each) for each in expression.children())
    return {own}.union(*below) - {""}


def test_every_reason_is_in_words() -> None:
    formulas = [kpi.formula for kpi in kpis.CATALOGUE.values()]
    told = set().union(*map(reasons_in, formulas))
    told |= {each.absent for each in MEASURES.values()} - {""}
    assert told <= set(words.REASONS), told - set(words.REASONS)


@pytest.mark.parametrize(
    ("part", "en", "nl"),
    [
        ("emv_engagement", "EMV of engagement", "EMV van betrokkenheid"),
        ("engagement_mentions", "mentions in reactions", "vermeldingen in reacties"),
        (
            "posts_naming_the_brand",
            "posts naming the brand",
            "posts die het merk noemen",
        ),
        ("instagram.save", "instagram: saves", "instagram: keer bewaard"),
    ],
)
def test_missing_parts_are_in_both_languages(part: str, en: str, nl: str) -> None:
    assert words.part_text(part, "en") == en
    assert words.part_text(part, "nl").startswith(nl)
    assert set(words.ACTIONS) == set(EmvAction)


def test_every_missing_part_is_in_words() -> None:
    terms = set().union(*(terms_in(kpi.formula) for kpi in kpis.CATALOGUE.values()))
    assert terms
    assert terms <= set(kpis.CATALOGUE) | set(MEASURES), terms


def terms_in(expression: Expression) -> set[str]:
    """The names under which a formula may miss a part of a sum."""
    own = {getattr(each, "name", "") for each in getattr(expression, "terms", ())}
    own -= {""}
    return own.union(*(terms_in(each) for each in expression.children()))


def test_a_workbook(session: Session, story: Story) -> None:
    document = make(session, story, title=HOSTILE)
    book = openpyxl.load_workbook(io.BytesIO(papers.as_xlsx(document)))
    totals = {row[0].value: row for row in book["KPI"].iter_rows(min_row=6)}
    assert set(totals) == set(document.made.totals)
    profit = totals["net_profit"]
    assert (profit[3].value, profit[9].value) == (51, pytest.approx(0.8333333))
    for kpi_id, value in document.made.totals.items():
        shown = totals[kpi_id][3]
        assert (shown.value is None) is (value.value is None), kpi_id  # never 0
    assert book["KPI"]["B1"].value == HOSTILE
    for sheet in book:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
    people = book["By influencer"]
    lines = document.per_influencer.rows  # type: ignore[union-attr]
    assert people.max_row == 2 + len(lines)


def test_a_pdf(session: Session, story: Story) -> None:
    document = make(session, story, "nl", title=HOSTILE)
    text = text_of(papers.as_pdf(document))
    for part in ("Campagnerapport", "Nettowinst", "51,00", "<script>alert(1)</script>"):
        assert part in text.replace("\r\n", " "), part
    assert "{{7*7}}" in text
    assert len(document.charts) >= 2
    assert all("<script" not in chart.svg for chart in document.charts)
    for chart in document.charts:
        assert 'href="http' not in chart.svg


def test_a_page(session: Session, story: Story) -> None:
    page = papers.as_page(make(session, story, title=HOSTILE), expires_at=NOW)
    assert "<script" not in page
    assert "{{7*7}}" in page
    assert "&lt;script&gt;" in page
    assert "15 July 2026 14:00 CEST" in page
    assert 'src="data:image/svg+xml;base64,' in page


def test_of_nothing(session: Session, story: Story) -> None:
    empty = Window(START.replace(year=2020), END.replace(year=2020))
    document = papers.document_of(
        session,
        kpis.campaign_scope(story.campaign),
        title="Leeg",
        brand="Wolkje",
        window=empty,
        kpis=["conversion_rate", "roas"],
        language="nl",
        by_influencer=False,
        now=NOW,
    )
    assert (document.large, document.sections, document.charts) == ([], [], [])
    assert "Nog niets te tonen." in papers.as_page(document, expires_at=None)
    assert "Nog niets te tonen." in text_of(papers.as_pdf(document))


def test_what_is_open_tells_nothing_of_spending() -> None:
    shown = set(papers.open_kpis())
    assert {"clicks", "orders", "revenue", "new_customers"} <= shown
    assert not shown & {
        "cost",
        "net_profit",
        "gross_profit",
        "roi",
        "roas",
        "cpa",
        "cpc",
    }

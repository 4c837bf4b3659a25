"""Exports of Search Console: headings, separators, which queries name a brand."""

from datetime import date

import pytest

from marketplace.errors import Invalid
from marketplace.kpis.search_console import is_export, read_searches, term_of

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    "heading",
    [
        "Date,Query,Clicks,Impressions,CTR,Position",
        "date,query,clicks,impressions,ctr,position",
        "data_date,query,impressions,clicks",
        "Datum;Zoekopdracht;Klikken;Vertoningen;CTR;Positie",
        "\ufeffTop queries,Clicks,Impressions,CTR,Position\r",
        "Populairste zoekopdrachten\tKlikken\tVertoningen\tCTR\tPositie",
        "Date,Clicks,Impressions,CTR,Position",
    ],
)
def test_headings_that_exports_have(heading: str) -> None:
    assert is_export(heading)


@pytest.mark.parametrize("heading", ["", "series,on,value", "impressions", "a;b;c"])
def test_headings_of_other_tables(heading: str) -> None:
    assert not is_export(heading)


@pytest.mark.parametrize(
    ("query", "terms", "branded"),
    [
        ("wolkje", ["Wolkje"], True),
        ("WÓLKJE slaapmasker", ["wolkje"], True),
        ("wolkjewinkel", ["wolkje"], True),
        ("wolk je masker", ["Wolkje"], True),
        ("www.wolkje.nl", ["wolkje"], True),
        ("wolk", ["wolkje"], False),
        ("bol.com", ["bol com"], True),
        ("bolcom pakket", ["bol com"], True),
        # A short name counts as a word only.
        ("on running shoes", ["On"], True),
        ("confetti", ["On"], False),
        ("hema tompouce", ["hema"], True),
        ("schema maken", ["hema"], False),
        ("slaapmasker", ["wolkje", "slaapmasker"], True),
    ],
)
def test_which_queries_name_a_brand(
    query: str, terms: list[str], branded: bool
) -> None:
    table = f'date,query,clicks,impressions\n2026-03-02,"{query}",0,7\n'
    found = read_searches(table, terms=terms)
    assert found.by_day == {DAY: 7 if branded else 0}
    assert found.branded_rows == int(branded)


@pytest.mark.parametrize(
    ("name", "term"),
    [
        ("Wolkje BV", "Wolkje"),
        ("Wolkje B.V.", "Wolkje"),
        ("Sleep & Co, Ltd.", "Sleep & Co,"),
        ("BV", "BV"),
        ("Bas en As", "Bas en As"),
        ("Wolkje", "Wolkje"),
        ("", ""),
    ],
)
def test_what_a_company_is_searched_by(name: str, term: str) -> None:
    assert term_of(name) == term


def test_tables_of_the_page_itself_lack_something() -> None:
    queries = 'Top queries,Clicks,Impressions\nwolkje,1,"1,200"\nmasker,1,9\n'
    assert read_searches(queries, terms=["wolkje"], on=DAY).by_day == {DAY: 1200}
    with pytest.raises(Invalid) as refusal:
        read_searches(queries, terms=["wolkje"])
    assert set(refusal.value.errors) == {"on"}
    days = "Datum;Klikken;Vertoningen\n2026-03-02;1;1.200\n\n2026-03-02;1;1\n"
    assert read_searches(days, terms=["w"], filtered=True).by_day == {DAY: 1201}
    with pytest.raises(Invalid):
        read_searches(days, terms=["w"])


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ("date,query,impressions\n2026-03-02,wolkje\n", "line 2"),
        ("date,query,impressions\n2-3-2026,wolkje,4\n", "line 2"),
        ("date,query,impressions\n2026-03-02,wolkje,four\n", "line 2"),
        ("date,query,impressions\n2026-03-02,a,1\n2026-03-02,b,\n", "line 3"),
    ],
)
def test_what_cannot_be_read_is_named(table: str, where: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_searches(table, terms=["wolkje"])
    assert set(refusal.value.errors) == {where}
    with pytest.raises(Invalid) as refusal:
        read_searches(table, terms=["!!"])
    assert set(refusal.value.errors) == {"terms"}

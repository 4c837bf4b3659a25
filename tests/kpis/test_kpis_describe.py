"""The documentation is the catalogue's, and the catalogue is complete."""

from pathlib import Path

import pytest

from marketplace import kpis
from marketplace.kpis.measures import MEASURES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "kpis.md"


def test_the_document_is_fresh() -> None:
    assert not kpis.is_stale(DOCUMENT)


def test_a_missing_or_altered_document_is_stale(tmp_path: Path) -> None:
    path = tmp_path / "kpis.md"
    assert kpis.is_stale(path)
    path.write_text(kpis.describe(), encoding="utf-8")
    assert not kpis.is_stale(path)
    path.write_text(kpis.describe().replace("visitors", "people"), encoding="utf-8")
    assert kpis.is_stale(path)
    path.write_bytes(b"\xff")
    assert kpis.is_stale(path)


def test_every_kpi_is_described_in_both_languages() -> None:
    text = kpis.describe()
    for kpi in kpis.CATALOGUE.values():
        row = next(line for line in text.splitlines() if f"| `{kpi.id}` |" in line)
        for words in (*kpi.label, *kpi.meaning, *kpi.formula.words()):
            assert words in row, (kpi.id, words)


@pytest.mark.parametrize("kpi", kpis.CATALOGUE.values(), ids=lambda kpi: kpi.id)
def test_entries_are_whole(kpi: kpis.Kpi) -> None:
    assert kpi.formula.measures() <= set(MEASURES)
    if kpi.unit not in (kpis.Unit.SECONDS, kpis.Unit.SCORE):  # these may be either
        ratio = kpi.unit in (kpis.Unit.RATIO, kpis.Unit.MONEY_PER_UNIT)
        assert (kpi.ratio_words is not None) is ratio
    assert "|" not in "".join((*kpi.label, *kpi.meaning, *kpi.formula.words()))
    assert all(text.endswith(".") for text in kpi.meaning)


def test_no_measure_is_without_use() -> None:
    used = {name for kpi in kpis.CATALOGUE.values() for name in kpi.measures}
    assert used == set(MEASURES)

"""The reading beats every single package on public texts, on the same half of them."""

import importlib.util
import sys
from pathlib import Path

import pytest
from absent import absent

_FILE = Path(__file__).resolve().parents[2] / "benchmarks" / "sentiment.py"
_spec = importlib.util.spec_from_file_location("benchmark_of_sentiment", _FILE)
assert _spec is not None
assert _spec.loader is not None
bench = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = bench  # its dataclasses look themselves up there
_spec.loader.exec_module(bench)


@pytest.fixture(autouse=True)
def texts() -> None:
    if not bench.folder().is_dir():
        absent("the texts are not here (DATA)")


@pytest.mark.filterwarnings("ignore")  # of textblob's own making
def test_dutch_reviews() -> None:
    texts = bench.reviews(bench.folder())
    assert len(texts.truth) == 1012
    own = bench.measure("ours", texts, *bench.OURS["ours"])
    assert own.accuracy >= 0.84
    assert own.as_is >= 0.84  # without a threshold of the reviews' own, too
    assert own.f1 >= 0.84
    assert own.coverage > 0.95
    for name, (method, usual) in bench.packages("nl").items():
        other = bench.measure(name, texts, method, usual)
        assert own.accuracy > other.accuracy + 0.03, name
        assert own.as_is > other.as_is + 0.03, name


@pytest.mark.filterwarnings("ignore")
def test_english_tweets() -> None:
    texts = bench.tweets(bench.folder())
    assert len(texts.truth) == 2000
    own = bench.measure("ours", texts, *bench.OURS["ours"])
    assert own.accuracy >= 0.58
    assert own.as_is >= 0.58
    for name, (method, usual) in bench.packages("en").items():
        other = bench.measure(name, texts, method, usual)
        assert own.accuracy > other.accuracy, name
        assert own.as_is > other.as_is, name
        assert own.f1 > other.f1, name

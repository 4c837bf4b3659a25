"""Answers as JSON: what is written, whatever is in them."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from marketplace.api.encoding import JSONProvider

app = Flask(__name__)  # the provider does not hold on to it
provider = JSONProvider(app)

TEXT = st.text(st.characters(), max_size=8)  # halves of surrogate pairs among it
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
    ),
).filter(lambda document: "inf" not in repr(document))


def written(document: object) -> str:
    """The body of an answer, which has no blanks."""
    return provider.dumps(document, separators=(",", ":"))


@given(DOCUMENTS)
def test_what_is_read_is_what_was_written(document: object) -> None:
    assert json.loads(written(document)) == document


def test_numbers_of_any_size_and_broken_text_are_written() -> None:
    document = {"cells": 2**70, "name": "half \ud83d of a face", "b": 1, "a": 2}

    assert json.loads(written(document)) == document


def test_it_says_the_same_as_flask_of_what_json_does_not_know() -> None:
    document = {"rate": Decimal("1.10"), "at": datetime(2026, 3, 1, tzinfo=UTC)}
    blanks = {"separators": (",", ":")}

    text = provider.dumps(document, **blanks)

    assert text == DefaultJSONProvider(app).dumps(document, **blanks)


def test_keys_are_in_order() -> None:
    assert written({"b": {"d": 1, "c": 2}, "a": 3}) == '{"a":3,"b":{"c":2,"d":1}}'


def test_what_cannot_be_written_is_an_error() -> None:
    with pytest.raises(TypeError, match="set is not JSON serializable"):
        provider.dumps({"names": {1}}, separators=(",", ":"))


def test_an_application_answers_with_it(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    assert isinstance(client.application.json, JSONProvider)


def test_other_forms_are_python_s_own() -> None:
    assert provider.dumps({"a": [1]}, indent=1) == '{\n "a": [\n  1\n ]\n}'

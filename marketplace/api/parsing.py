"""Reading bodies and queries: what is not JSON, and every field that is wrong."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from flask import Request
from marshmallow import RAISE, Schema, ValidationError
from webargs.core import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from marketplace.errors import Invalid


class Parser(FlaskParser):
    """Strict: RFC 8259 JSON only, nothing unknown, refusals instead of aborts."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - webargs declares it so
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": RAISE,
        "json": RAISE,
    }

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The JSON body; an empty object where there is no body at all."""
        body = req.get_data(cache=True)
        if not body:
            return {}
        if not req.is_json:
            raise UnsupportedMediaType("The body must be application/json.")
        try:
            value = json.loads(body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            # ValueError: bad syntax, bad UTF-8, or a number of thousands of digits.
            raise BadRequest("The body is not valid JSON.") from error
        return missing if value is None else value

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """The query, each parameter of it once: else nobody knows which one is meant."""
        said = super().load_querystring(req, schema)
        twice = {
            name: ["Must be given once."]
            for name, values in req.args.lists()
            if len(values) > 1 and name not in said.multiple_keys
        }
        if twice:
            raise ValidationError({**twice, **schema.validate(said)})
        return said

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        """Refuse, naming every field."""
        by_location = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise Invalid(field_errors(next(iter(by_location.values())))) from error


def field_errors(messages: Any) -> dict[str, list[str]]:
    """marshmallow's nested messages under dotted names: ``channels.0.handle``."""
    found: dict[str, list[str]] = {}
    for name, reason in _flat(messages, ""):
        found.setdefault(name or "body", []).append(reason)
    return found


def _flat(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            # A message about the whole, or about a dict's key or value; what is in the
            # place of a list is a field of that name.
            own = name in ("_schema", "key", "value") and isinstance(inner, list)
            own = own and (name == "_schema" or not path.rpartition(".")[2].isdigit())
            dotted = f"{path}.{name}" if path else str(name)
            yield from _flat(
                inner, path if own and (path or name == "_schema") else dotted
            )
    elif isinstance(messages, list):
        for inner in messages:
            yield from _flat(inner, path)
    else:
        yield path, str(messages)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


parser = Parser()

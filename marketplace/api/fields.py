"""Pieces of schemas: what may come in, and how things go out."""

import enum
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields
from marshmallow.validate import Length, Range

from marketplace import accounts, clock
from marketplace.money import EXPONENTS, LARGEST_AMOUNT

# Neither database stores a NUL in text (PostgreSQL refuses), UTF-8 has no surrogates.
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2,4})?")


def _listed(validate: Any) -> list[Any]:
    if validate is None:
        return []
    return list(validate) if isinstance(validate, list | tuple) else [validate]


class Body(Schema):
    """Base of what comes in as JSON; unknown fields are refused."""

    class Meta:
        unknown = RAISE


class Query(Schema):
    """Base of query parameters; unknown ones are refused."""

    class Meta:
        unknown = RAISE


class Answer(Schema):
    """Base of what goes out; objects and mappings alike."""


class Text(fields.String):
    """Text that can be stored: no NUL, no surrogates; trimmed unless `trim` is false.

    `longest` and `shortest` count characters after trimming.
    """

    def __init__(
        self,
        *,
        longest: int = 200,
        shortest: int = 0,
        trim: bool = True,
        **options: Any,
    ) -> None:
        self.trim = trim
        length = Length(min=shortest or None, max=longest)
        options["validate"] = [length, *_listed(options.get("validate"))]
        super().__init__(**options)

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if _UNFIT.search(text):
            raise ValidationError("Contains characters that cannot be stored.")
        return text.strip() if self.trim else text


class Choice(fields.Enum[Any]):
    """A member of a StrEnum, by its text."""

    def __init__(self, kind: type[enum.StrEnum], **options: Any) -> None:
        super().__init__(kind, by_value=fields.String, **options)

    def _serialize(
        self, value: Any, attr: str | None, obj: Any, **kwargs: Any
    ) -> str | None:
        return None if value is None else str(value)


class Whole(fields.Integer):
    """A whole number as JSON writes it: no text, no boolean, no fraction."""

    def __init__(
        self, *, least: int = 0, most: int = LARGEST_AMOUNT, **options: Any
    ) -> None:
        span = Range(min=least, max=most)
        options["validate"] = [span, *_listed(options.get("validate"))]
        super().__init__(strict=True, **options)

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Must be a whole number.")
        return value


class Amount(Whole):
    """Money in minor units of a currency that is known from elsewhere."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError("Must be a whole number of minor units (cents).")
        return value


class Moment(fields.Field[datetime]):
    """A time: ISO 8601 with offset (none is UTC) in, UTC out."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> datetime:
        try:
            moment = clock.parse_time(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or not 1970 <= moment.year <= 9000:
            raise ValidationError("Must be a time such as 2026-01-31T09:00:00Z.")
        return moment.astimezone(UTC)

    def _serialize(
        self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any
    ) -> str | None:
        return None if value is None else clock.format_time(value)


class Day(fields.Field[date]):
    """A calendar day, such as 2026-01-31."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> date:
        try:
            day = date.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            day = None
        if day is None:
            raise ValidationError("Must be a day such as 2026-01-31.")
        if not 1970 <= day.year <= 9000:
            raise ValidationError("Must be a day from 1970 to 9000.")
        return day

    def _serialize(
        self, value: date | None, attr: str | None, obj: Any, **kwargs: Any
    ) -> str | None:
        return None if value is None else value.isoformat()


class Currency(Text):
    """A currency's ISO 4217 code."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        code = super()._deserialize(*args, **kwargs).upper()
        if code not in EXPONENTS:
            raise ValidationError("Must be an ISO 4217 currency code.")
        return code


class Country(Text):
    """A country's ISO 3166 code of two letters."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        try:
            return accounts.country_of(super()._deserialize(*args, **kwargs))
        except ValueError as error:
            raise ValidationError("Must be an ISO 3166 code of two letters.") from error


class Language(Text):
    """A language tag: ``nl``, ``pt-BR``."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        tongue, dash, region = super()._deserialize(*args, **kwargs).partition("-")
        tag = f"{tongue.lower()}{dash}{region.upper()}"
        if not _LANGUAGE.fullmatch(tag):
            raise ValidationError("Must be a language tag such as nl or pt-BR.")
        return tag


class Email(Text):
    """An e-mail address, normalised."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        try:
            return accounts.normalise_email(super()._deserialize(*args, **kwargs))
        except ValueError as error:
            raise ValidationError("Must be an e-mail address.") from error


class Password(Text):
    """A password: not trimmed, 8 to 200 characters."""

    def __init__(self, *, shortest: int = 8, **options: Any) -> None:
        super().__init__(shortest=shortest, longest=200, trim=False, **options)


class WebUrl(Text):
    """An http(s) address, in the ASCII form that is stored."""

    def __init__(self, **options: Any) -> None:
        super().__init__(longest=accounts.LONGEST_URL, **options)

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        try:
            return accounts.web_url(super()._deserialize(*args, **kwargs))
        except ValueError as error:
            raise ValidationError(f"Not a web address: {error}.") from error


class MoneyOut(Answer):
    """Minor units of a currency's own exponent."""

    amount = fields.Integer(required=True)
    currency = fields.String(required=True)


class MoneyIn(Body):
    """Minor units of a currency's own exponent."""

    amount = Amount(required=True)
    currency = Currency(required=True)


class Problem(Schema):
    """An error (RFC 9457); `errors` names every wrong field of a 422."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    instance = fields.String()
    request_id = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


def money(amount: int | None, currency: str) -> dict[str, Any] | None:
    """What `MoneyOut` shows; null stays null."""
    return None if amount is None else {"amount": amount, "currency": currency}

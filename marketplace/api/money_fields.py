"""Amounts of money that may say their currency or leave it to what they are part of."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from marketplace.api.fields import Amount, MoneyIn
from marketplace.money import LARGEST_AMOUNT


def _money_described(amount: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"amount": amount, "currency": {"type": "string"}},
        "required": ["amount", "currency"],
        "additionalProperties": False,
    }


class MoneyOrAmount(fields.Field[Any]):
    """A money object, or a plain amount in a currency known from elsewhere.

    Loads to ``{"amount": int, "currency": str | None}``; `least` may be negative.
    """

    def __init__(self, *, least: int = 0, **options: Any) -> None:
        self.plain = Amount(least=least)
        plain = {"type": "integer", "minimum": least, "maximum": LARGEST_AMOUNT}
        either = [plain, _money_described(plain)]
        options.setdefault("metadata", {"oneOf": either})
        super().__init__(**options)

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        if not isinstance(value, dict):
            return {"amount": self.plain.deserialize(value), "currency": None}
        loaded: dict[str, Any] = MoneyIn().load({**value, "amount": 0})
        try:
            amount = self.plain.deserialize(value.get("amount"))
        except ValidationError as error:
            raise ValidationError({"amount": error.messages}) from error
        return {**loaded, "amount": amount}

"""Another policy than the one that holds, as it is said and as it is applied. Pure."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any, Final

from marketplace.attribution.evidence_rules import Policy
from marketplace.campaigns.rules import (
    AttributionModel,
    LeakedCodes,
    Offer,
    Precedence,
    RepeatOrders,
    SelfReferral,
    StackedCodes,
)
from marketplace.errors import Invalid

_CHOICES: Final[Mapping[str, type[enum.StrEnum]]] = {
    "precedence": Precedence,
    "model": AttributionModel,
    "self_referral": SelfReferral,
    "repeat_orders": RepeatOrders,
    "stacked_codes": StackedCodes,
    "leaked_codes": LeakedCodes,
}
_DAYS: Final[Mapping[str, str]] = {
    "window_days": "window",
    "half_life_days": "half_life",
    "lapsed_after_days": "lapsed_after",
}


class NoSuchPolicy(Invalid):
    """What is said is no attribution policy."""


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What is other than in the terms: fields of `Policy`."""

    said: Mapping[str, Any]
    values: Mapping[str, Any]

    def of(self, policy: Policy) -> Policy:
        """That policy, changed."""
        return replace(policy, **self.values)


def policy_change(said: Mapping[str, Any]) -> PolicyChange:
    """The fields of a campaign's `attribution` that are to be other ones, checked as
    terms are; NoSuchPolicy names what makes no sense.
    """
    wrong: dict[str, list[str]] = {}
    read: dict[str, Any] = {}
    for name, value in said.items():
        try:
            read[name] = _read(name, value)
        except ValueError as error:
            wrong[name] = [str(error)]
    numbers = {name: value for name, value in read.items() if name in _DAYS}
    for name, reasons in Offer(**numbers).errors().items():
        wrong[name.removeprefix("attribution.")] = reasons
    if not said:
        wrong["policy"] = ["say what is to be other than it is"]
    if wrong:
        raise NoSuchPolicy(wrong)
    known = {field.name for field in fields(Policy)}
    values = {_DAYS.get(name, name): _applied(name, v) for name, v in read.items()}
    assert known.issuperset(values)
    return PolicyChange(dict(read), values)


def _read(name: str, value: Any) -> Any:
    if name in _CHOICES:
        kind = _CHOICES[name]
        if value not in set(kind):
            raise ValueError(f"must be {', '.join(kind)}")
        return kind(value)
    if name == "new_customers_only":
        if not isinstance(value, bool):
            raise ValueError("must be true or false")
        return value
    if name not in _DAYS:
        raise ValueError("is no field of a policy")
    if value is None and name == "lapsed_after_days":
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number of days")
    return value


def _applied(name: str, value: Any) -> Any:
    """A field's value as a `Policy` has it."""
    return timedelta(days=value) if name in _DAYS and value is not None else value

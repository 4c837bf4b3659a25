"""What terms can say of pay beyond one rate: rules, caps and bonuses. Pure.

They are stored as the JSON the API takes; `rules_of`, `caps_of` and `bonuses_of` read
that, and `pay_errors` says what makes no sense in it.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from marketplace.money import LARGEST_AMOUNT


class CommissionKind(enum.StrEnum):
    """How a commission is computed."""

    PERCENT = "percent"
    FLAT = "flat"


class CommissionOn(enum.StrEnum):
    """What earns a commission."""

    ORDER = "order"
    NEW_CUSTOMER = "new_customer"
    LEAD = "lead"
    CLICK = "click"


class CustomerKind(enum.StrEnum):
    """What a buyer was to the brand when they placed an order."""

    NEW = "new"
    RETURNING = "returning"
    LAPSED = "lapsed"
    UNKNOWN = "unknown"


class Period(enum.StrEnum):
    """A calendar period in the brand's time zone; total is the whole collaboration."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    TOTAL = "total"


class VolumeOf(enum.StrEnum):
    """What an influencer's volume counts: sold orders, or their net revenue."""

    ORDERS = "orders"
    REVENUE = "revenue"


class CapOf(enum.StrEnum):
    """Whose commissions a cap limits."""

    ORDER = "order"
    CUSTOMER = "customer"
    INFLUENCER = "influencer"
    CAMPAIGN = "campaign"


class BonusGoal(enum.StrEnum):
    """What an influencer must reach for a bonus."""

    ORDERS = "orders"
    NEW_CUSTOMERS = "new_customers"
    REVENUE = "revenue"
    LEADS = "leads"
    CLICKS = "clicks"


MOST_RULES: Final = 50
MOST_NAMES: Final = 500
LONGEST_RECURRING_MONTHS: Final = 600


@dataclass(frozen=True, slots=True)
class Volume:
    """From which volume in a period a rule holds; the order itself not counted yet.

    `at_least`: orders, or minor units of the campaign's currency.
    """

    of: VolumeOf
    period: Period
    at_least: int


@dataclass(frozen=True, slots=True)
class CommissionRule:
    """A rate for part of what is sold; the first that fits a line holds.

    Without `skus` and `categories` it fits every line. A flat amount is for each piece
    where products are named, else for the order.
    """

    kind: CommissionKind
    bps: int | None
    amount: int | None
    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    customers: frozenset[CustomerKind] = frozenset()
    volume: Volume | None = None

    @property
    def names_products(self) -> bool:
        """Whether it is for some products only."""
        return bool(self.skus or self.categories)


@dataclass(frozen=True, slots=True)
class Cap:
    """At most this much (minor units) for one order, customer, influencer or all."""

    of: CapOf
    period: Period
    amount: int


@dataclass(frozen=True, slots=True)
class Bonus:
    """Paid once per period in which an influencer reached the goal.

    `at_least`: a number, or minor units of the campaign's currency for revenue.
    """

    goal: BonusGoal
    period: Period
    at_least: int
    amount: int


def rules_of(said: Sequence[Mapping[str, Any]]) -> tuple[CommissionRule, ...]:
    """The rules of terms, in their order."""
    return tuple(_rule_of(rule) for rule in said)


def _rule_of(said: Mapping[str, Any]) -> CommissionRule:
    when = said.get("when") or {}
    volume = when.get("volume")
    return CommissionRule(
        kind=CommissionKind(said["kind"]),
        bps=said.get("rate_bps"),
        amount=said.get("amount"),
        skus=frozenset(when.get("skus") or ()),
        categories=frozenset(_folded(when.get("categories") or ())),
        customers=frozenset(CustomerKind(k) for k in when.get("customers") or ()),
        volume=volume
        and Volume(
            VolumeOf(volume["of"]), Period(volume["period"]), volume["at_least"]
        ),
    )


def _folded(names: Sequence[str]) -> list[str]:
    return [folded_category(name) for name in names]


def folded_category(name: str) -> str:
    """A category as it is compared: trimmed, without regard to case."""
    return " ".join(name.split()).casefold()


def caps_of(said: Sequence[Mapping[str, Any]]) -> tuple[Cap, ...]:
    """The caps of terms."""
    return tuple(
        Cap(CapOf(cap["of"]), Period(cap.get("period", "total")), cap["amount"])
        for cap in said
    )


def bonuses_of(said: Sequence[Mapping[str, Any]]) -> tuple[Bonus, ...]:
    """The bonuses of terms."""
    return tuple(
        Bonus(
            BonusGoal(bonus["goal"]),
            Period(bonus.get("period", "total")),
            bonus["at_least"],
            bonus["amount"],
        )
        for bonus in said
    )


def pay_errors(
    rules: Sequence[Mapping[str, Any]],
    caps: Sequence[Mapping[str, Any]],
    bonuses: Sequence[Mapping[str, Any]],
) -> dict[str, str]:
    """What makes no sense in them, by the name the API gives it."""
    found = {
        "commission.rules": _many(rules),
        "commission.caps": _many(caps),
        "commission.bonuses": _many(bonuses),
    }
    for number, rule in enumerate(rules):
        found |= _rule_errors(f"commission.rules.{number}", rule)
    for number, cap in enumerate(caps):
        one = cap["of"] in (CapOf.ORDER, CapOf.CUSTOMER)
        if one and cap.get("period", "total") != Period.TOTAL:
            found[f"commission.caps.{number}.period"] = "must be total for this cap"
        found[f"commission.caps.{number}.amount"] = _amount(cap["amount"])
    for number, bonus in enumerate(bonuses):
        found[f"commission.bonuses.{number}.at_least"] = (
            "" if bonus["at_least"] >= 1 else "must be 1 or more"
        )
        found[f"commission.bonuses.{number}.amount"] = _amount(bonus["amount"])
    return found


def _many(said: Sequence[object]) -> str:
    return "" if len(said) <= MOST_RULES else f"must be at most {MOST_RULES}"


def _amount(amount: int) -> str:
    fits = 0 <= amount <= LARGEST_AMOUNT
    return "" if fits else f"must be 0 to {LARGEST_AMOUNT}"


def _rule_errors(name: str, rule: Mapping[str, Any]) -> dict[str, str]:
    percent = rule["kind"] == CommissionKind.PERCENT
    bps, amount = rule.get("rate_bps"), rule.get("amount")
    wrong = {
        "rate_bps": "is needed for a rate in percent"
        if percent and bps is None
        else "does not go with this kind"
        if not percent and bps is not None
        else "",
        "amount": "is needed for a flat rate"
        if not percent and amount is None
        else "does not go with this kind"
        if percent and amount is not None
        else "",
    }
    when = rule.get("when") or {}
    for names in ("skus", "categories"):
        if len(when.get(names) or ()) > MOST_NAMES:
            wrong[f"when.{names}"] = f"must be at most {MOST_NAMES}"
    return {f"{name}.{field}": reason for field, reason in wrong.items()}

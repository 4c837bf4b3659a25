"""Statuses of a campaign, the moves between them, and what its terms can say. Pure."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marketplace.money import LARGEST_AMOUNT


class CampaignStatus(enum.StrEnum):
    """Where a campaign is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    CLOSED = "closed"


MOVES: Final[dict[str, tuple[frozenset[CampaignStatus], CampaignStatus]]] = {
    "publish": (
        frozenset({CampaignStatus.DRAFT, CampaignStatus.PAUSED}),
        CampaignStatus.PUBLISHED,
    ),
    "pause": (frozenset({CampaignStatus.PUBLISHED}), CampaignStatus.PAUSED),
    "close": (
        frozenset(
            {CampaignStatus.DRAFT, CampaignStatus.PUBLISHED, CampaignStatus.PAUSED}
        ),
        CampaignStatus.CLOSED,
    ),
}


class Objective(enum.StrEnum):
    """What a campaign is for."""

    AWARENESS = "awareness"
    ENGAGEMENT = "engagement"
    TRAFFIC = "traffic"
    FOLLOWERS = "followers"
    CONVERSIONS = "conversions"
    VALUE = "value"


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


# What the ledger pays for so far; promising more would promise what is not paid.
PAID_FOR = (CommissionOn.ORDER, CommissionOn.NEW_CUSTOMER)


class DiscountKind(enum.StrEnum):
    """What the promo code gives the shopper."""

    PERCENT = "percent"
    AMOUNT = "amount"


class Precedence(enum.StrEnum):
    """Which evidence decides when an order carries both."""

    CODE = "code"
    CLICK = "click"


class AttributionModel(enum.StrEnum):
    """How credit is divided over several touches of the deciding kind."""

    LAST = "last"
    FIRST = "first"
    LINEAR = "linear"
    TIME_DECAY = "time_decay"
    POSITION = "position"


class SelfReferral(enum.StrEnum):
    """What happens to an influencer's own purchase."""

    REJECT = "reject"
    ALLOW = "allow"


class RepeatOrders(enum.StrEnum):
    """What happens to a later order without a code or click of its own."""

    NONE = "none"
    WINDOW = "window"


class Facet(enum.StrEnum):
    """What a campaign can be found by."""

    PLATFORM = "platform"
    CATEGORY = "category"
    COUNTRY = "country"
    LANGUAGE = "language"


class QuestionKind(enum.StrEnum):
    """What the answer to an applicant's question must be."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    URL = "url"


LONGEST_WINDOW_DAYS: Final = 365
LONGEST_HOLD_DAYS: Final = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one version of the terms says; the fields are those of `Terms`.

    A percent commission without `commission_bps` is one not decided yet: enough for a
    draft, not for publishing.
    """

    commission_kind: CommissionKind = CommissionKind.PERCENT
    commission_bps: int | None = None
    commission_amount: int | None = None
    commission_on: CommissionOn = CommissionOn.ORDER
    discount_kind: DiscountKind | None = None
    discount_bps: int | None = None
    discount_amount: int | None = None
    window_days: int = 30
    precedence: Precedence = Precedence.CODE
    model: AttributionModel = AttributionModel.LAST
    new_customers_only: bool = False
    self_referral: SelfReferral = SelfReferral.REJECT
    repeat_orders: RepeatOrders = RepeatOrders.NONE
    hold_days: int = 30

    @property
    def decided(self) -> bool:
        """Whether it says what is paid."""
        return self.commission_bps is not None or self.commission_amount is not None

    def errors(self) -> dict[str, list[str]]:
        """Everything in it that makes no sense, by the name the API gives it."""
        found = {
            "commission.rate_bps": _rate(
                self.commission_bps, self.commission_kind is CommissionKind.PERCENT
            ),
            "commission.amount": _amount(
                self.commission_amount, self.commission_kind is CommissionKind.FLAT
            ),
            "discount.value_bps": _rate(
                self.discount_bps, self.discount_kind is DiscountKind.PERCENT
            ),
            "discount.amount": _amount(
                self.discount_amount, self.discount_kind is DiscountKind.AMOUNT
            ),
            "attribution.window_days": _within(
                self.window_days, 1, LONGEST_WINDOW_DAYS
            ),
            "hold_days": _within(self.hold_days, 0, LONGEST_HOLD_DAYS),
        }
        if (
            self.commission_kind is CommissionKind.FLAT
            and self.commission_amount is None
        ):
            found["commission.amount"] = "is needed for a flat commission"
        if self.discount_kind is DiscountKind.PERCENT and self.discount_bps is None:
            found["discount.value_bps"] = "is needed for a discount in percent"
        if self.discount_kind is DiscountKind.AMOUNT and self.discount_amount is None:
            found["discount.amount"] = "is needed for a discount of an amount"
        if self.commission_on not in PAID_FOR:
            found["commission.on"] = "is not offered yet: use order or new_customer"
        return {name: [reason] for name, reason in found.items() if reason}


def _rate(bps: int | None, fits: bool) -> str:
    if bps is None:
        return ""
    return _within(bps, 0, 10_000) if fits else "does not go with this kind"


def _amount(amount: int | None, fits: bool) -> str:
    if amount is None:
        return ""
    return _within(amount, 0, LARGEST_AMOUNT) if fits else "does not go with this kind"


def _within(value: int, least: int, most: int) -> str:
    return "" if least <= value <= most else f"must be {least} to {most}"


_PATTERN = re.compile(r"([A-Za-z0-9_-]|\{HANDLE\}|\{PERCENT\}|\{RANDOM\})+")


def pattern_error(pattern: str) -> str:
    """What is wrong with a wording of promo codes; empty if nothing is."""
    if len(pattern) > 64 or not _PATTERN.fullmatch(pattern):
        return (
            "must be letters, digits, - and _ with {HANDLE}, {PERCENT} or {RANDOM}"
            " in at most 64 characters"
        )
    if "{HANDLE}" not in pattern and "{RANDOM}" not in pattern:
        return "must contain {HANDLE} or {RANDOM}, or all codes would be the same"
    return ""


def answer_errors(
    questions: list[dict[str, Any]], answers: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Which answers are missing, unasked for or of the wrong kind."""
    asked = {question["id"]: question for question in questions}
    found = {
        f"answers.{name}": ["was not asked"] for name in answers if name not in asked
    }
    for name, question in asked.items():
        reason = _answer_error(question, answers.get(name))
        if reason:
            found[f"answers.{name}"] = [reason]
    return found


def _answer_error(question: Mapping[str, Any], answer: Any) -> str:
    if answer is None or (isinstance(answer, str) and not answer.strip()):
        return "an answer is required" if question.get("required") else ""
    match question["kind"]:
        case QuestionKind.NUMBER:
            fits = isinstance(answer, int | float) and not isinstance(answer, bool)
        case QuestionKind.BOOLEAN:
            fits = isinstance(answer, bool)
        case QuestionKind.URL:
            fits = isinstance(answer, str) and answer.startswith(
                ("https://", "http://")
            )
        case _:
            fits = isinstance(answer, str)
    return "" if fits else f"must be a {question['kind']}"

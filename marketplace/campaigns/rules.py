"""Statuses of a campaign, the moves between them, and what its terms can say. Pure."""

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from marketplace.campaigns.pay_rules import (
    LONGEST_RECURRING_MONTHS,
    CommissionKind,
    CommissionOn,
    pay_errors,
)
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


class DiscountKind(enum.StrEnum):
    """What the promo code gives the shopper."""

    PERCENT = "percent"
    AMOUNT = "amount"


class Precedence(enum.StrEnum):
    """Which evidence decides when an order carries both.

    `code_if_touched`: a code decides only where the same influencer's click or landing
    page is known as well.
    """

    CODE = "code"
    CODE_IF_TOUCHED = "code_if_touched"
    CLICK = "click"


class AttributionModel(enum.StrEnum):
    """How credit is divided over several touches of the deciding kind."""

    LAST = "last"
    FIRST = "first"
    LINEAR = "linear"
    TIME_DECAY = "time_decay"
    POSITION = "position"
    POSITION_W = "position_w"


class SelfReferral(enum.StrEnum):
    """What happens to an influencer's own purchase; hold: the brand decides."""

    REJECT = "reject"
    HOLD = "hold"
    ALLOW = "allow"


class StackedCodes(enum.StrEnum):
    """Who is paid for an order with codes of several influencers."""

    FIRST = "first"
    SPLIT = "split"


class LeakedCodes(enum.StrEnum):
    """What a code earns that was found where anybody can pick it up."""

    PAY = "pay"
    ONLY_IF_TOUCHED = "only_if_touched"
    REJECT = "reject"


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
LONGEST_LAPSE_DAYS: Final = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one version of the terms says; the fields are those of `Terms`.

    A percent commission without `commission_bps` is one not decided yet: enough for a
    draft, not for publishing. `commission_rules`, `_caps`, `_bonuses`: see `pay_rules`.
    `recurring_months`: how long after a customer's first credited order later ones
    earn; 0: none, null: without end. `half_life_days`: of the model time_decay.
    `lapsed_after_days`: after so long a customer who comes back counts as new; null:
    never.
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
    commission_rules: list[dict[str, Any]] = field(default_factory=list)
    commission_caps: list[dict[str, Any]] = field(default_factory=list)
    commission_bonuses: list[dict[str, Any]] = field(default_factory=list)
    recurring_months: int | None = None
    half_life_days: int = 7
    stacked_codes: StackedCodes = StackedCodes.FIRST
    leaked_codes: LeakedCodes = LeakedCodes.PAY
    lapsed_after_days: int | None = None

    @property
    def decided(self) -> bool:
        """Whether it says what is paid."""
        return self.commission_bps is not None or self.commission_amount is not None

    def errors(self) -> dict[str, list[str]]:
        """Everything in it that makes no sense, by the name the API gives it."""
        found = {
            **_commission_errors(self),
            **_discount_errors(self),
            "attribution.window_days": _within(
                self.window_days, 1, LONGEST_WINDOW_DAYS
            ),
            "attribution.half_life_days": _within(
                self.half_life_days, 1, LONGEST_WINDOW_DAYS
            ),
            "attribution.lapsed_after_days": _within(
                self.lapsed_after_days, 1, LONGEST_LAPSE_DAYS
            ),
            "hold_days": _within(self.hold_days, 0, LONGEST_HOLD_DAYS),
        }
        return {name: [reason] for name, reason in found.items() if reason}


def _commission_errors(offer: Offer) -> dict[str, str]:
    is_flat = offer.commission_kind is CommissionKind.FLAT
    found = {
        "commission.rate_bps": _rate(offer.commission_bps, not is_flat),
        "commission.amount": _amount(offer.commission_amount, is_flat),
        "commission.recurring_months": _within(
            offer.recurring_months, 0, LONGEST_RECURRING_MONTHS
        ),
        **pay_errors(
            offer.commission_rules, offer.commission_caps, offer.commission_bonuses
        ),
    }
    if is_flat and offer.commission_amount is None:
        found["commission.amount"] = "is needed for a flat commission"
    if not is_flat and offer.commission_on in (CommissionOn.LEAD, CommissionOn.CLICK):
        found["commission.on"] = "needs a flat amount: there is nothing to take of"
    return found


def _discount_errors(offer: Offer) -> dict[str, str]:
    kind, bps, amount = offer.discount_kind, offer.discount_bps, offer.discount_amount
    found = {
        "discount.value_bps": _rate(bps, kind is DiscountKind.PERCENT),
        "discount.amount": _amount(amount, kind is DiscountKind.AMOUNT),
    }
    if kind is DiscountKind.PERCENT and bps is None:
        found["discount.value_bps"] = "is needed for a discount in percent"
    if kind is DiscountKind.AMOUNT and amount is None:
        found["discount.amount"] = "is needed for a discount of an amount"
    return found


def _rate(bps: int | None, fits: bool) -> str:
    if bps is None:
        return ""
    return _within(bps, 0, 10_000) if fits else "does not go with this kind"


def _amount(amount: int | None, fits: bool) -> str:
    if amount is None:
        return ""
    return _within(amount, 0, LARGEST_AMOUNT) if fits else "does not go with this kind"


def _within(value: int | None, least: int, most: int) -> str:
    """Empty where there is no value."""
    fits = value is None or least <= value <= most
    return "" if fits else f"must be {least} to {most}"


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

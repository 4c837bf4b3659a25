"""What looks like fraud, and what a campaign does about each kind of it. Pure."""

import enum
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

# Names of query parameters that only a search engine's paid results lead with.
PAID_SEARCH_PARAMETERS: Final = (
    "gclid",
    "gbraid",
    "wbraid",
    "gad_source",
    "gad_campaignid",
    "dclid",
    "msclkid",
    "yclid",
)
MOST_WORDS = 200
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}")
_PARAMETER = re.compile(r"[a-z0-9_]{2,32}")


class Action(enum.StrEnum):
    """From harmless to severe; only the last two keep money back."""

    ALLOW = "allow"
    FLAG = "flag"
    HOLD = "hold"
    REJECT = "reject"


SEVERITY: Final = {action: n for n, action in enumerate(Action)}
KEEPS_MONEY: Final = (Action.HOLD, Action.REJECT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the open and confirmed flags on one order, lead or day of clicks come to.

    `reason`: an English sentence for whoever is not paid; empty where nothing is kept.
    """

    action: Action = Action.ALLOW
    reason: str = ""


class FlagStatus(enum.StrEnum):
    """What became of a flag. Withdrawn: what it said is no longer so."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"
    DISMISSED = "dismissed"
    CONFIRMED = "confirmed"


RESOLVED: Final = (FlagStatus.DISMISSED, FlagStatus.CONFIRMED)


class Rule(enum.StrEnum):
    """What can look like fraud."""

    SELF_REFERRAL = "self_referral"
    SAME_EMAIL_DOMAIN = "same_email_domain"
    DISPOSABLE_EMAIL = "disposable_email"
    COUPON_SITE = "coupon_site"
    LEAKED_CODE = "leaked_code"
    CONVERSION_RATE = "conversion_rate"
    CLICK_BURST = "click_burst"
    CLICKS_WITHOUT_BEACON = "clicks_without_beacon"
    PAID_SEARCH = "paid_search"
    CUSTOMER_VELOCITY = "customer_velocity"
    SHARED_DETAILS = "shared_details"
    REFUND_PATTERN = "refund_pattern"


# About an order itself, whichever of its influencers is paid for it.
OF_THE_SALE: Final = frozenset(
    {Rule.DISPOSABLE_EMAIL, Rule.CUSTOMER_VELOCITY, Rule.SHARED_DETAILS}
)


@dataclass(frozen=True, slots=True)
class Number:
    """A threshold that is a whole number."""

    default: int
    least: int
    most: int

    def fault(self, value: object) -> str:
        """What is wrong with a value; empty if nothing is."""
        fits = type(value) is int and self.least <= value <= self.most
        return "" if fits else f"must be a whole number, {self.least} to {self.most}"


@dataclass(frozen=True, slots=True)
class Words:
    """A threshold that is a list of words of one form."""

    form: re.Pattern[str]
    default: tuple[str, ...] = ()

    def fault(self, value: object) -> str:
        """What is wrong with a value; empty if nothing is."""
        fits = (
            isinstance(value, list)
            and len(value) <= MOST_WORDS
            and all(
                isinstance(each, str) and self.form.fullmatch(each) for each in value
            )
        )
        return "" if fits else f"must be a list of at most {MOST_WORDS} such names"


@dataclass(frozen=True, slots=True)
class Standard:
    """What a rule does unless a campaign says otherwise."""

    action: Action
    thresholds: Mapping[str, Number | Words] = field(default_factory=dict)


def _band(least_name: str, least: int, deviations: int) -> dict[str, Number | Words]:
    """Thresholds of a rule that compares an influencer with the campaign's others.

    So many at the least, so many others, and so many deviations away from them.
    """
    return {
        least_name: Number(least, 5, 100_000),
        "peers": Number(4, 3, 1_000),
        "deviations": Number(deviations, 2, 100),
    }


STANDARD: Final[Mapping[Rule, Standard]] = {
    Rule.SELF_REFERRAL: Standard(Action.HOLD),
    Rule.SAME_EMAIL_DOMAIN: Standard(Action.FLAG),
    Rule.DISPOSABLE_EMAIL: Standard(Action.HOLD),
    Rule.COUPON_SITE: Standard(
        Action.HOLD,
        {
            "clicks": Number(10, 1, 100_000),
            "share_percent": Number(20, 1, 100),
            "hosts": Words(_HOST),
        },
    ),
    Rule.LEAKED_CODE: Standard(
        Action.FLAG,
        {**_band("orders", 20, 4), "times": Number(5, 2, 1_000)},
    ),
    Rule.CONVERSION_RATE: Standard(Action.FLAG, _band("clicks", 200, 5)),
    Rule.CLICK_BURST: Standard(
        Action.HOLD, {"clicks_per_visitor": Number(30, 3, 100_000)}
    ),
    Rule.CLICKS_WITHOUT_BEACON: Standard(Action.FLAG, _band("clicks", 200, 5)),
    Rule.PAID_SEARCH: Standard(
        Action.HOLD,
        {
            "clicks": Number(10, 1, 100_000),
            "share_percent": Number(20, 1, 100),
            "parameters": Words(_PARAMETER, PAID_SEARCH_PARAMETERS),
        },
    ),
    Rule.CUSTOMER_VELOCITY: Standard(
        Action.HOLD,
        {"orders_per_hour": Number(3, 1, 100), "orders_per_day": Number(5, 1, 100)},
    ),
    Rule.SHARED_DETAILS: Standard(
        Action.FLAG,
        {
            "customers_per_address": Number(4, 1, 100),
            "customers_per_payment": Number(2, 1, 100),
        },
    ),
    Rule.REFUND_PATTERN: Standard(Action.FLAG, _band("orders", 20, 4)),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What one campaign does about one rule; `thresholds` has every one of the rule's."""

    action: Action
    thresholds: Mapping[str, Any]

    def number(self, name: str) -> int:
        """A threshold that is a number."""
        value: int = self.thresholds[name]
        return value

    def words(self, name: str) -> frozenset[str]:
        """A threshold that is a list of words."""
        return frozenset(self.thresholds[name])


Settings = Mapping[Rule, Setting]


def setting_of(
    rule: Rule, action: Action | None = None, chosen: Mapping[str, Any] | None = None
) -> Setting:
    """A campaign's setting: what it chose, and the standard for what it did not."""
    standard = STANDARD[rule]
    thresholds = {
        name: list(each.default) if isinstance(each, Words) else each.default
        for name, each in standard.thresholds.items()
    }
    known = {n: v for n, v in (chosen or {}).items() if n in thresholds}
    return Setting(action or standard.action, {**thresholds, **known})


DEFAULTS: Final[Settings] = {rule: setting_of(rule) for rule in Rule}


def threshold_errors(rule: Rule, chosen: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with these thresholds, by name."""
    known = STANDARD[rule].thresholds
    found = {
        name: known[name].fault(value) if name in known else "is none of this rule's"
        for name, value in chosen.items()
    }
    return {name: fault for name, fault in found.items() if fault}


APPLICATION: Final = "application"


def subject_of(
    *,
    order_id: str | None = None,
    lead_id: str | None = None,
    source: str | None = None,
) -> str:
    """What a flag is about, as one word; the whole application if nothing is said."""
    if order_id is not None:
        return f"order:{order_id}"
    if lead_id is not None:
        return f"lead:{lead_id}"
    return APPLICATION if source is None else f"source:{source}"


@dataclass(frozen=True, slots=True)
class Strike:
    """A rule that struck, and why: numbers, ids, hosts of websites."""

    rule: Rule
    evidence: Mapping[str, Any]


def severest(verdicts: Sequence[Verdict]) -> Verdict:
    """The most severe of these; of equals the first; none is harmless."""
    return max(verdicts, key=lambda each: SEVERITY[each.action], default=Verdict())

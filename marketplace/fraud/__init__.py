"""Flags: what looks like fraud, its evidence, and what becomes of it."""

from marketplace.fraud.choosing import choose
from marketplace.fraud.examination import examine
from marketplace.fraud.models import Flag, FraudSetting, FraudWatch
from marketplace.fraud.operations import (
    FlagNotFound,
    FlagResolved,
    confirm,
    discard,
    dismiss,
)
from marketplace.fraud.queries import flags_of, settings_of, verdict_on
from marketplace.fraud.rules import (
    KEEPS_MONEY,
    STANDARD,
    Action,
    FlagStatus,
    Rule,
    Setting,
    Settings,
    Verdict,
    setting_of,
)
from marketplace.fraud.wording import WORDS, said, told

__all__ = [
    "KEEPS_MONEY",
    "STANDARD",
    "WORDS",
    "Action",
    "Flag",
    "FlagNotFound",
    "FlagResolved",
    "FlagStatus",
    "FraudSetting",
    "FraudWatch",
    "Rule",
    "Setting",
    "Settings",
    "Verdict",
    "choose",
    "confirm",
    "discard",
    "dismiss",
    "examine",
    "flags_of",
    "said",
    "setting_of",
    "settings_of",
    "told",
    "verdict_on",
]

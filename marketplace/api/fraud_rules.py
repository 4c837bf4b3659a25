"""What a campaign does about each rule of fraud."""

from typing import Any

from marshmallow import fields
from marshmallow.validate import Length

from marketplace import accounts, clock, fraud
from marketplace.accounts import Scope
from marketplace.api.fields import Answer, Body, Choice, Text
from marketplace.api.frame import Resource, begin, money, own_campaign, reads
from marketplace.api.paging import ShortListQuery, page_of, page_of_short
from marketplace.commissions.flagged import follow_flags
from marketplace.errors import Invalid
from marketplace.fraud import STANDARD, WORDS, Action, Rule, Setting, setting_of

blp = Resource("fraud_rules", description="What looks like fraud, and what follows")


class FraudSettingOut(Answer):
    """What is done, and from which numbers on."""

    action = Choice(Action)
    thresholds = fields.Dict(keys=fields.String())


class FraudRuleOut(Answer):
    """One rule: what the campaign does about it, and what it would unless it chose."""

    rule = Choice(Rule)
    label = fields.String()
    label_nl = fields.String()
    meaning = fields.String()
    meaning_nl = fields.String()
    action = Choice(Action)
    thresholds = fields.Dict(keys=fields.String())
    default = fields.Nested(FraudSettingOut)


FraudRulesOut = page_of(FraudRuleOut)


class FraudRuleIn(Body):
    """What to do about one rule; thresholds that are not named stay the default's."""

    rule = Choice(Rule, required=True)
    action = Choice(Action, load_default=None)
    thresholds = fields.Dict(keys=Text(longest=40), load_default=dict)


class FraudRulesIn(Body):
    """The rules that are not to be as by default; all others will be."""

    rules = fields.List(
        fields.Nested(FraudRuleIn), required=True, validate=Length(max=len(Rule))
    )


@blp.route("/campaigns/<campaign_id>/fraud-rules")
@reads
@blp.arguments(ShortListQuery, location="query")
@blp.response(200, FraudRulesOut)
def list_fraud_rules(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Every rule, what it means, and what the campaign does about it."""
    own_campaign(campaign_id, Scope.READ)
    shown = _shown(fraud.settings_of(begin(), [campaign_id])[campaign_id])
    return page_of_short(shown, query)


@blp.route("/campaigns/<campaign_id>/fraud-rules", methods=["PUT"])
@money
@blp.arguments(FraudRulesIn)
@blp.response(200, FraudRulesOut)
def choose_fraud_rules(body: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Choose what is done; open flags and orders not final yet follow."""
    campaign = own_campaign(campaign_id, Scope.MONEY)
    names = [each["rule"] for each in body["rules"]]
    if len(names) != len(set(names)):
        raise Invalid({"rules": ["names a rule twice"]})
    chosen = {e["rule"]: (e["action"], e["thresholds"]) for e in body["rules"]}
    session, now = begin(), clock.now()
    accounts.lock_brand(session, campaign.brand_id)
    changed = fraud.choose(session, campaign_id, chosen, now=now)
    follow_flags(session, changed, now=now)
    shown = _shown(fraud.settings_of(session, [campaign_id])[campaign_id])
    return {"data": shown, "next_cursor": None}


def _shown(settings: fraud.Settings) -> list[dict[str, Any]]:
    """Every rule, in a fixed order."""
    return [_rule(rule, settings[rule]) for rule in Rule]


def _rule(rule: Rule, setting: Setting) -> dict[str, Any]:
    words = WORDS[rule]
    return {
        "rule": rule,
        "label": words.label[0],
        "label_nl": words.label[1],
        "meaning": words.meaning[0],
        "meaning_nl": words.meaning[1],
        "action": setting.action,
        "thresholds": dict(setting.thresholds),
        "default": {
            "action": STANDARD[rule].action,
            "thresholds": dict(setting_of(rule).thresholds),
        },
    }

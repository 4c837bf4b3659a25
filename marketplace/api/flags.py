"""Flags: what looks like fraud, why, what it holds, and deciding about it."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from marketplace import accounts, clock, fraud
from marketplace.accounts import Scope
from marketplace.api.fields import Answer, Body, Choice, Moment, MoneyOut, Text, money
from marketplace.api.frame import Resource, actor, begin, reads
from marketplace.api.frame import money as handles_money
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.commissions.flagged import follow_flags
from marketplace.commissions.queries import held_back, held_back_on
from marketplace.fraud import KEEPS_MONEY, WORDS, Action, Flag, FlagStatus, Rule
from marketplace.fraud.rules import APPLICATION, subject_of

blp = Resource("flags", description="What looks like fraud")
NEWEST = Sort("first_seen_at", Flag.first_seen_at, Flag.id)


class FlagQuery(PageQuery):
    """Which flags."""

    status = Choice(FlagStatus)
    campaign_id = Text()
    application_id = Text()
    order_id = Text()
    rule = Choice(Rule)


class FlagOut(Answer):
    """What looks like fraud. `held`: what it keeps back now, per currency.

    To the influencer it is about: that, and the sentence; no `evidence` and no `note`.
    """

    id = fields.String()
    rule = Choice(Rule)
    label = fields.String()
    label_nl = fields.String()
    status = Choice(FlagStatus)
    action = Choice(Action)
    campaign_id = fields.String()
    application_id = fields.String()
    influencer_id = fields.String()
    subject = fields.String()
    order_id = fields.String(allow_none=True)
    lead_id = fields.String(allow_none=True)
    source = fields.String(allow_none=True)
    sentence = fields.String()
    sentence_nl = fields.String()
    evidence = fields.Dict(keys=fields.String(), allow_none=True)
    held = fields.List(fields.Nested(MoneyOut))
    first_seen_at = Moment()
    last_seen_at = Moment()
    resolved_at = Moment(allow_none=True)
    resolved_by = fields.String(allow_none=True)
    note = fields.String(allow_none=True)


class FlagResolutionIn(Body):
    """Why it is, or is not, what it looks like; for the brand's own people."""

    note = Text(longest=500, load_default="")


class FlagConfirmationIn(FlagResolutionIn):
    """`action`: reject what it is about, or flag and pay it; by default what it held is
    rejected.
    """

    action = Choice(Action)


@blp.route("/flags")
@reads
@blp.arguments(FlagQuery, location="query")
@blp.response(200, page_of(FlagOut))
def list_flags(query: dict[str, Any]) -> dict[str, Any]:
    """A brand's flags, or those that keep the calling influencer's money; newest first."""
    rows = fraud.flags_of(
        brand_ids=actor().brand_ids, influencer_id=actor().influencer_id
    )
    for name in ("status", "campaign_id", "application_id", "order_id", "rule"):
        if name in query:
            rows = rows.where(getattr(Flag, name) == query[name])
    found = page(begin(), rows, NEWEST, query)
    return {**found, "data": _shown(found["data"])}


@blp.route("/flags/<flag_id>")
@reads
@blp.response(200, FlagOut)
def get_flag(flag_id: str) -> dict[str, Any]:
    """Look at a flag."""
    flag = begin().get(Flag, flag_id)
    if flag is None:
        raise fraud.FlagNotFound("There is no such flag.")
    own = flag.influencer_id == actor().influencer_id and flag.action in KEEPS_MONEY
    if not own:
        actor().require_brand(flag.brand_id, Scope.READ)
    return _shown([flag])[0]


@blp.route("/flags/<flag_id>/dismiss", methods=["POST"])
@handles_money
@blp.arguments(FlagResolutionIn)
@blp.response(200, FlagOut)
def dismiss_flag(body: dict[str, Any], flag_id: str) -> dict[str, Any]:
    """It is no fraud: release what it held."""
    flag, by = _to_resolve(flag_id), actor().user_id
    fraud.dismiss(begin(), flag, note=body["note"], by=by, now=clock.now())
    follow_flags(begin(), [flag], now=clock.now())
    return _shown([flag])[0]


@blp.route("/flags/<flag_id>/confirm", methods=["POST"])
@handles_money
@blp.arguments(FlagConfirmationIn)
@blp.response(200, FlagOut)
def confirm_flag(body: dict[str, Any], flag_id: str) -> dict[str, Any]:
    """It is fraud: reject what it held, or what it is about."""
    flag, by = _to_resolve(flag_id), actor().user_id
    action = body.get("action")
    fraud.confirm(
        begin(), flag, action=action, note=body["note"], by=by, now=clock.now()
    )
    follow_flags(begin(), [flag], now=clock.now())
    return _shown([flag])[0]


def _to_resolve(flag_id: str) -> Flag:
    """The brand's flag, under the brand's lock."""
    session = begin()
    flag = session.get(Flag, flag_id)
    if flag is None:
        raise fraud.FlagNotFound("There is no such flag.")
    actor().require_brand(flag.brand_id, Scope.MONEY)
    accounts.lock_brand(session, flag.brand_id)
    session.refresh(flag)
    return flag


def _shown(flags: Sequence[Flag]) -> list[dict[str, Any]]:
    held = _held(flags)
    return [_one(flag, held.get(flag.id, [])) for flag in flags]


def _one(flag: Flag, held: list[dict[str, Any] | None]) -> dict[str, Any]:
    is_brand = flag.brand_id in actor().memberships
    columns = Flag.__mapper__.column_attrs.keys()
    said = fraud.said(flag.rule, flag.evidence) if is_brand else fraud.told(flag.rule)
    label = WORDS[flag.rule].label
    shown = {name: getattr(flag, name) for name in columns} | {
        "label": label[0],
        "label_nl": label[1],
        "sentence": said[0],
        "sentence_nl": said[1],
        "held": held,
    }
    if not is_brand:
        shown |= dict.fromkeys(("evidence", "note", "resolved_by"))
    return shown


def _held(flags: Sequence[Flag]) -> dict[str, list[dict[str, Any] | None]]:
    """By flag, what the ledger keeps back of what it is about."""
    open_ = [
        flag
        for flag in flags
        if flag.status is FlagStatus.OPEN and flag.action in KEEPS_MONEY
    ]
    if not open_:
        return {}
    whose = {flag.application_id for flag in open_}
    things = {flag.order_id or flag.lead_id or flag.source for flag in open_} - {None}
    sums: dict[tuple[str, str], list[dict[str, Any] | None]] = {}
    for who, currency, amount in begin().execute(held_back(whose)):
        sums.setdefault((who, APPLICATION), []).append(money(int(amount), currency))
    for who, *thing, currency, amount in begin().execute(held_back_on(whose, things)):
        order_id, lead_id, source = thing
        key = subject_of(order_id=order_id, lead_id=lead_id, source=source)
        sums.setdefault((who, key), []).append(money(int(amount), currency))
    return {
        flag.id: sums.get((flag.application_id, flag.subject), []) for flag in open_
    }

"""How the money collected from a brand is shown, for several resources."""

from marshmallow import fields

from marketplace.api.fields import Answer, Choice, Moment, money
from marketplace.payouts import FundingStatus

_MONEY = {"$ref": "#/components/schemas/MoneyOut"}


class FundingOut(Answer):
    """A payment by the brand. `amount` is for its payouts, `fee` comes on top of it.

    `received`: what was paid of both; `taken_back`: what of that was refunded or is
    disputed.
    """

    id = fields.String()
    brand_id = fields.String()
    amount = fields.Function(lambda f: money(f.amount, f.currency), metadata=_MONEY)
    fee = fields.Function(lambda f: money(f.fee_amount, f.currency), metadata=_MONEY)
    received = fields.Function(
        lambda f: money(f.received_amount, f.currency), metadata=_MONEY
    )
    taken_back = fields.Function(
        lambda f: money(f.refunded_amount + f.disputed_amount, f.currency),
        metadata=_MONEY,
    )
    status = Choice(FundingStatus)
    reason = fields.String()
    charge_at_once = fields.Boolean()
    payment_intent_id = fields.String(allow_none=True)
    succeeded_at = Moment(allow_none=True)
    created_at = Moment()

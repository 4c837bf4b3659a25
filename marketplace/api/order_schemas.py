"""How orders and the decisions about them look from outside."""

from marshmallow import fields

from marketplace import attribution
from marketplace.api.fields import Answer, Choice, Moment, MoneyOut, Text
from marketplace.api.paging import PageQuery
from marketplace.attribution import Method
from marketplace.commissions import EntryKind, EntryStatus
from marketplace.orders import OrderStatus


class OrderQuery(PageQuery):
    """Which orders."""

    campaign_id = Text(load_default=None)
    influencer_id = Text(load_default=None)
    shop_id = Text(load_default=None)
    status = Choice(OrderStatus, load_default=None)


class CreditOut(Answer):
    """One application's part of the credit."""

    application_id = fields.String()
    share_bps = fields.Integer()


class DecisionOut(Answer):
    """Who an order is credited to."""

    application_id = fields.String(allow_none=True)
    campaign_id = fields.String(allow_none=True)
    influencer_id = fields.String(allow_none=True)
    link_id = fields.String(allow_none=True)
    method = Choice(Method, allow_none=True)
    model = fields.String(allow_none=True)
    policy_version = fields.Integer(allow_none=True)
    decided_at = Moment()
    revision = fields.Integer()
    credits = fields.List(fields.Nested(CreditOut))


class TouchOut(Answer):
    """One piece of evidence, and why it won or did not."""

    kind = Choice(Method)
    at = Moment(allow_none=True)
    application_id = fields.String(allow_none=True)
    link_id = fields.String(allow_none=True)
    code = fields.String(allow_none=True)
    click_id = fields.String(allow_none=True)
    won = fields.Boolean()
    reason = Choice(attribution.Reason)
    explanation = fields.Function(lambda touch: attribution.SENTENCES[touch.reason][0])
    explanation_nl = fields.Function(
        lambda touch: attribution.SENTENCES[touch.reason][1]
    )


class ExplanationOut(DecisionOut):
    """The decision with every touch that was considered."""

    order_id = fields.String()
    touches = fields.List(fields.Nested(TouchOut))


class RefundOut(Answer):
    """Money given back."""

    id = fields.String(attribute="external_id")
    amount = fields.Nested(MoneyOut)
    product_amount = fields.Nested(MoneyOut)
    refunded_at = Moment()


class OrderCommissionOut(Answer):
    """One ledger entry of the order."""

    id = fields.String()
    kind = Choice(EntryKind)
    status = Choice(EntryStatus)
    amount = fields.Nested(MoneyOut)
    application_id = fields.String()
    reason = fields.String()
    created_at = Moment()


class TotalsOut(Answer):
    """What the shop says the order came to; null where it does not say."""

    subtotal = fields.Nested(MoneyOut, allow_none=True)
    discount = fields.Nested(MoneyOut, allow_none=True)
    tax = fields.Nested(MoneyOut, allow_none=True)
    shipping = fields.Nested(MoneyOut, allow_none=True)
    total = fields.Nested(MoneyOut)
    presentment = fields.Nested(MoneyOut, allow_none=True)
    refunded = fields.Nested(MoneyOut)


class CustomerOut(Answer):
    """Who bought; `is_new` is null where that cannot be known."""

    id = fields.String()
    is_new = fields.Boolean(allow_none=True)


class OrderOut(Answer):
    """A purchase as it now stands."""

    id = fields.String()
    shop_id = fields.String()
    external_id = fields.String()
    name = fields.String()
    placed_at = Moment()
    updated_at = Moment()
    status = Choice(OrderStatus)
    ignored_reason = fields.String(allow_none=True)
    codes = fields.List(fields.String())
    totals = fields.Nested(TotalsOut)
    net_revenue = fields.Nested(MoneyOut)
    gross_profit = fields.Nested(MoneyOut, allow_none=True)
    customer = fields.Nested(CustomerOut, allow_none=True)
    refunds = fields.List(fields.Nested(RefundOut))
    attribution = fields.Nested(DecisionOut, allow_none=True)
    commissions = fields.List(fields.Nested(OrderCommissionOut))

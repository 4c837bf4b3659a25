"""How orders and the decisions about them look from outside."""

from marshmallow import fields

from marketplace import attribution
from marketplace.api.fields import Answer, Choice, Moment, MoneyOut, Text
from marketplace.api.ledger_words import in_dutch
from marketplace.api.paging import PageQuery
from marketplace.api.terms_shapes import OfferedAttribution
from marketplace.attribution import Method
from marketplace.attribution.reasons import QUALIFIED
from marketplace.attribution.wording import KINDS
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
    own_purchase = fields.String(
        metadata={
            "description": "How it shows that the influencer bought it personally "
            "(email, address, payment); only where the campaign holds such orders"
        }
    )


class DecisionOut(Answer):
    """Who an order is credited to. `reason`: ``no_exchange_rate`` while none is known for
    its day: until then it earns nothing and is in no KPI of money; else null.
    """

    application_id = fields.String(allow_none=True)
    campaign_id = fields.String(allow_none=True)
    influencer_id = fields.String(allow_none=True)
    link_id = fields.String(allow_none=True)
    method = Choice(Method, allow_none=True)
    model = fields.String(allow_none=True)
    policy_version = fields.Integer(allow_none=True)
    decided_at = Moment()
    revision = fields.Integer()
    reason = fields.String(allow_none=True)
    credits = fields.List(fields.Nested(CreditOut))


class TouchOut(Answer):
    """One piece of evidence, and why it won or did not.

    `counts`: nothing in the campaign's terms speaks against it, whoever won.
    """

    kind = Choice(Method)
    what = fields.Function(lambda touch: KINDS[touch.kind][0])
    what_nl = fields.Function(lambda touch: KINDS[touch.kind][1])
    at = Moment(allow_none=True)
    application_id = fields.String(allow_none=True)
    campaign_id = fields.String(allow_none=True)
    influencer_id = fields.String(allow_none=True)
    policy_version = fields.Integer(allow_none=True)
    link_id = fields.String(allow_none=True)
    code = fields.String(allow_none=True)
    click_id = fields.String(allow_none=True)
    won = fields.Boolean()
    counts = fields.Function(lambda touch: touch.reason in QUALIFIED)
    reason = Choice(attribution.Reason)
    explanation = fields.Function(lambda touch: attribution.SENTENCES[touch.reason][0])
    explanation_nl = fields.Function(
        lambda touch: attribution.SENTENCES[touch.reason][1]
    )


class WorthOut(Answer):
    """What an application earns by the order now, after refunds, caps and the budget,
    and why just that. `on_hold`: until what `hold_reason` says is resolved.
    """

    application_id = fields.String()
    amount = fields.Nested(MoneyOut)
    reason = fields.String()
    reason_nl = in_dutch("reason")
    on_hold = fields.Boolean()
    hold_reason = fields.String()
    hold_reason_nl = in_dutch("hold_reason")


class ExplanationOut(DecisionOut):
    """The decision with every touch that was considered.

    `final_at`: since when who is credited stays, as the ledger approved it. `policy`:
    what the terms it was decided by say; null where nobody is credited. `worth`: what
    it earns whom; to an influencer only their own.
    """

    order_id = fields.String()
    final_at = Moment(allow_none=True)
    explanation = fields.String()
    explanation_nl = fields.String()
    policy = fields.Nested(OfferedAttribution, allow_none=True)
    worth = fields.List(fields.Nested(WorthOut))
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
    reason_nl = in_dutch("reason")
    on_hold = fields.Boolean()
    hold_reason = fields.String()
    hold_reason_nl = in_dutch("hold_reason")
    created_at = Moment()
    matures_at = Moment()


class TotalsOut(Answer):
    """What the shop says the order came to; null where it does not say."""

    subtotal = fields.Nested(MoneyOut, allow_none=True)
    discount = fields.Nested(MoneyOut, allow_none=True)
    tax = fields.Nested(MoneyOut, allow_none=True)
    shipping = fields.Nested(MoneyOut, allow_none=True)
    total = fields.Nested(MoneyOut)
    presentment = fields.Nested(MoneyOut, allow_none=True)
    refunded = fields.Nested(
        MoneyOut,
        metadata={"description": "given back in all, its tax and shipping included"},
    )


class CustomerOut(Answer):
    """Who bought; `is_new` is null where that cannot be known."""

    id = fields.String()
    is_new = fields.Boolean(allow_none=True)


class OrderOut(Answer):
    """A purchase as it now stands.

    `disputed_at`: since when its payment is disputed; null where it is not.
    """

    id = fields.String()
    shop_id = fields.String()
    external_id = fields.String()
    name = fields.String()
    placed_at = Moment()
    updated_at = Moment()
    status = Choice(OrderStatus)
    ignored_reason = fields.String(allow_none=True)
    disputed_at = Moment(allow_none=True)
    codes = fields.List(fields.String())
    totals = fields.Nested(TotalsOut)
    net_revenue = fields.Nested(MoneyOut)
    gross_profit = fields.Nested(MoneyOut, allow_none=True)
    customer = fields.Nested(CustomerOut, allow_none=True)
    refunds = fields.List(fields.Nested(RefundOut))
    attribution = fields.Nested(DecisionOut, allow_none=True)
    commissions = fields.List(fields.Nested(OrderCommissionOut))

"""Shopware: what it asks of a payment app, and an event that is about no order."""

from corpus.rows import PENDING, Left, Row, Sale

ROWS: list[Row] = [
    # free of tax, open, without lines; its refund is only asked for
    Sale("sdk-refund", "a357e3b039a046079856f6a7425ec700", PENDING, "EUR",
         42069, 42069, 0, 0, mail=False, refunds=None),
    Left("sdk-payment-validation", "holds no order"),
    Left("docs-webhook-product-written", "holds no order"),
]  # fmt: skip

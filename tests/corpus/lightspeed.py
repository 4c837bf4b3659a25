"""Lightspeed eCom: one order, made through the API, in which everything is nothing."""

from corpus.rows import PAID, Row, Sale

ROWS: list[Row] = [
    # no currency is stated, so it is the shop's; the one invoice is no credit note
    Sale("pipedream-order-created-2025", "123", PAID, "EUR", 0, 0, 0, 0,
         customer="13353882", topic="orders/created"),
]  # fmt: skip

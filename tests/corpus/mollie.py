"""Mollie: payments, orders and refunds of its API, and an event that points at a link.

A ping is no body of this corpus; the answers to it are.
"""

from corpus.rows import CANCELLED, IGNORED, PENDING, Left, Refund, Row, Sale, Thin

ORDER, PAYMENT = "ord_kEn1PlbGa", "tr_7UhSN1zuXS"
BACK = (("re_vD3Jm32wQt", 32999, None), ("chb_ls7ahg", 1000, None))
# fmt: off
ROWS: list[Row] = [
    # (698.00 − 121.14) + (329.99 − 57.27)
    Sale("py-order_canceled", ORDER, CANCELLED, "EUR", 84958, 102799, 17841, 0,
         refunds=None, asked="order"),
    Sale("py-order_single", ORDER, PENDING, "EUR", 84958, 102799, 17841, 0,
         refunds=None, asked="order"),
    Sale("rb-orders-get", ORDER, PENDING, "EUR", 84958, 102799, 17841, 0,
         refunds=None, asked="order"),
    # without lines the amount is all there is
    *(Sale("py-orders_list", f"ord_kEn1PlbG{n}", PENDING, "EUR", 102799, 102799,
           refunds=None, asked="order") for n in "abc"),
    Sale("py-payment_canceled", PAYMENT, IGNORED, "EUR", 1000, 1000, mail=False,
         refunds=None, asked="payment"),
    # a payment of an order goes by that order's id too; 5.00 of it was charged back
    Sale("py-payment_single", PAYMENT, IGNORED, "EUR", 1000, 1000, mail=False,
         customer="cst_8wmqcHMN4U", refunds=None, aliases=(ORDER,), asked="payment"),
    Sale("rb-payments-get_embedded_resources", "tr_WDqYK6vllg", IGNORED, "EUR",
         1000, 1000, mail=False, refunds=BACK, asked="payment"),
    # the answer about a payment link: three payments
    Sale("py-payments_list", "tr_gM5hTq4x4J", IGNORED, "EUR", 5000, 5000, mail=False,
         refunds=None, asked="payments"),
    Sale("py-payments_list", PAYMENT, IGNORED, "GBP", 1000, 1000, mail=False,
         refunds=None, asked="payments"),
    Sale("py-payments_list", "tr_45xyzDE9v9", IGNORED, "EUR", 10000, 10000, mail=False,
         refunds=None, asked="payments"),

    Refund("py-refunds_list", PAYMENT, "re_4qqhO89gsT", 595, aliases=(PAYMENT,)),
    Refund("py-chargebacks_list", PAYMENT, "chb_n9z0tp", 4338, aliases=(PAYMENT,)),
    # its line came to 299.00 and 698.00 went back: what for, nothing says
    Refund("py-order_refunds_list", "tr_WDqYK6vllg", "re_4qqhO89gsT", 69800, None,
           aliases=("tr_WDqYK6vllg", ORDER)),
    # the same the other way round
    Refund("py-refund_single", PAYMENT, "re_4qqhO89gsT", 595, None,
           aliases=(PAYMENT, ORDER)),
    # 698.00 − 121.14 of tax, all of it the line's
    Refund("rb-orders-refund", "tr_WDqYK6vllg", "re_4qqhO89gsT", 69800, 57686,
           aliases=("tr_WDqYK6vllg", ORDER)),
    Refund("rb-refunds-get", "tr_WDqYK6vllg", "re_4qqhO89gsT", 102799, 84958,
           aliases=("tr_WDqYK6vllg", "ord_stTC2WHAuS")),
    Thin("php-webhook-event", None,
         "/v2/payment-links/pl_4Y0eZitmBnQ5jsBYZIBw/payments"),
    Left("php-webhook", "no event"),
]
# fmt: on

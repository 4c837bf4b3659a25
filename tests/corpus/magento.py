"""Magento: six orders of Magento 1 as its SOAP API has them; none lists refunds."""

from corpus.rows import PAID, PENDING, Row, Sale

# fmt: off
ROWS: list[Row] = [
    # paid in full; the number of an order that was edited
    Sale("m1-soap-order-900000691-1", "7360", PAID, "EUR", 8241, 9750, 722, 787,
         customer="1", refunds=None, aliases=("1#900000691-1",)),
    # 2049.99 + 399.99; two numbers under one id
    Sale("m1-soap-order-900000691", "691", PENDING, "EUR", 244998, 245998, 0, 1000,
         customer="1", refunds=None, aliases=("1#900000691",)),
    Sale("m1-soap-order-900000693", "691", PENDING, "EUR", 244998, 245998, 0, 1000,
         customer="1", refunds=None, aliases=("1#900000693",)),
    # a configurable product and its child: the parent counts, once
    Sale("m1-soap-order-900000694", "6", PENDING, "EUR", 4105, 4605, 0, 500,
         customer="1", refunds=None, aliases=("3#900000694",)),
    # 28.03 + 11.18 − 3.57 − 1.43, which is 36.95 without the tax of 2.74
    Sale("m1-soap-order-900000696", "4242", PAID, "EUR", 3421, 3695, 274, 0,
         ("COUPON",), "1", refunds=None, aliases=("2#900000696",)),
    # a guest, though there is a customer's number
    Sale("m1-soap-order-900000700", "8", PENDING, "EUR", 16194, 16694, 0, 500,
         refunds=None, aliases=("1#900000700",)),
]
# fmt: on

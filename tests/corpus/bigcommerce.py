"""BigCommerce: thin webhooks, and orders of its API as the answers to them."""

from corpus.rows import PAID, PENDING, Left, Row, Sale

# fmt: off
ROWS: list[Row] = [
    # 62.68 without the 10.00 of discounts, which hold tax: 62.68 − 10.00 × 62.68 ÷ 67.84
    Sale("rest-order-v2", "218", PENDING, "USD", 5344, 6984, 531, 1109,
         customer="11", refunds=None, asked="order"),
    Sale("rest-orders-v2-list", "100", PAID, "USD", 33632, 36195, 0, 0,
         customer="20", refunds=None, asked="order"),
    Left("rest-order-products", "knows no such order", asked="products"),
    Left("rest-order-product-custom", "knows no such order", asked="products"),
    Left("rest-order-product-upload", "knows no such order", asked="products"),
    Left("rest-order-v2", "no scope"),
    Left("webhook-store_cart_couponApplied", "not about orders"),
    Left("webhook-store_order_message_created", "changes nothing"),
]
# fmt: on

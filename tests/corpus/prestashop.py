"""PrestaShop: three batches of five orders each, as ps_eventbus sends them.

It cuts the decimals off `total_products`, so the goods are what was paid without tax
and shipping; the lines of `order_details` come to the same.
"""

from corpus.rows import CANCELLED, PENDING, Left, Row, Sale

# (id, status, goods, total, tax, shipping); canceled and failed payments came to nothing
OLD = [
    ("1", CANCELLED, 5300, 5500, 0, 200),
    ("2", PENDING, 7390, 7590, 0, 200),
    ("3", CANCELLED, 7401, 7601, 0, 200),
    ("4", PENDING, 8789, 8989, 0, 200),
    ("5", PENDING, 6951, 7151, 0, 200),
]
NEW = [
    ("1", CANCELLED, 5980, 6820, 140, 700),
    ("2", PENDING, 16990, 16990, 0, 0),
    ("3", CANCELLED, 1290, 2130, 140, 700),
    ("4", PENDING, 1290, 2130, 140, 700),
    ("5", PENDING, 1890, 2730, 140, 700),
]
BATCHES = [
    ("eventbus-1.6-orders", "1", OLD),
    ("eventbus-8-orders", "2", NEW),
    ("eventbus-9.1-orders", "2", NEW),
]
BESIDE = "carriers details".split()

ROWS: list[Row] = [
    Sale(file, number, status, "EUR", *figures, (), customer, mail=False, refunds=None)
    for file, customer, orders in BATCHES
    for number, status, *figures in orders
]
ROWS += [
    Left(f"eventbus-{version}-order_{name}", "there is no order in it")
    for version in ("1.6", "8")
    for name in BESIDE
]
ROWS += [Left("eventbus-1.6-order_status_history", "there is no order in it")]

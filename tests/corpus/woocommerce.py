"""WooCommerce: 30 files with 38 orders; refunds of its REST API are no webhooks."""

from corpus.rows import IGNORED, PAID, PENDING, Left, Sale

UPDATED = "order.updated"
# Two refunds, by their ids in the order.
TWO = (("726", 1000, None), ("724", 900, None))
FOUR = (
    *(("1172", 6300, None), ("1025", 11700, None)),
    *(("590", 1800, None), ("562", 2700, None)),
)
# fmt: off
ROWS = [
    # the legacy wrapper: 43.98 + 19.99; 10.00 shipping and 5.90 tax beside it
    Sale("docs-legacy-v3-order", "645", PAID, "USD", 6397, 7987, 590, 1000,
         customer="2", refunds=None, topic="order.created"),
    Sale("docs-legacy-v3-order-completed", "645", PAID, "USD", 6397, 7987, 590, 1000,
         customer="2", refunds=None, topic=UPDATED),
    # 2 × 3.00 + 20.00
    Sale("docs-v1-orders-list", "154", PAID, "USD", 2600, 3795, 195, 1000),
    Sale("docs-v1-orders-list", "116", PAID, "USD", 400, 1400, 0, 1000, customer="1"),
    # 6.00 + 12.00
    Sale("docs-v3-order-727-processing", "727", PAID, "USD", 1800, 2935, 135, 1000,
         topic="order.created"),
    Sale("docs-v3-orders-list", "727", PAID, "USD", 1800, 2935, 135, 1000),
    Sale("docs-v3-orders-batch", "727", PAID, "USD", 1800, 2935, 135, 1000),
    Sale("docs-v3-orders-batch", "728", PENDING, "USD", 3000, 6225, 225, 3000),
    Sale("docs-v3-orders-batch", "729", PAID, "USD", 3200, 5440, 240, 2000),
    Sale("docs-v3-orders-list", "723", PAID, "USD", 2900, 3900, 0, 1000,
         customer="26", refunds=TWO, topic=UPDATED),
    # status refunded, and no refund listed: all of it went back
    Sale("fluxc-wc-fetch-order-response-success", "88", PAID, "USD", 1500, 1500, 0, 0,
         refunds=(("rest", 1500, 1500),), topic=UPDATED),
    Sale("fluxc-wc-orders-response-success", "949", PAID, "USD", 4000, 4400, 0, 400),
    Sale("fluxc-wc-orders-response-success", "939", PAID, "USD", 6000, 6400, 0, 400),
    Sale("fluxc-wc-orders-response-success", "937", PAID, "USD", 8500, 9200, 0, 700,
         refunds=(("940", 9200, None),)),
    # two coupons leave nothing of 60.00; shipping was paid
    Sale("fluxc-wc-orders-response-success", "786", PAID, "USD", 0, 759, 0, 759,
         ("20$off", "40$off"), topic="order.created"),
    # one line, listed twice under one id: the total shows it was sold once
    Sale("ios-broken-orders-mark-2", "263", PAID, "EUR", 2500, 2500, 0, 0,
         customer="1"),
    Sale("ios-broken-orders-mark-2", "259", PAID, "EUR", 2500, 2500, 0, 0,
         customer="1"),
    Sale("ios-broken-orders-mark-2", "161", PAID, "GBP", 1200, 1200, 0, 0,
         customer="1"),
    Sale("ios-broken-orders-mark-2", "160", PAID, "GBP", 1200, 1200, 0, 0,
         customer="1"),
    Sale("ios-broken-orders-mark-2", "159", PAID, "GBP", 1500, 1500, 0, 0,
         customer="1"),
    Sale("ios-broken-orders-mark-2", "158", PAID, "GBP", 3000, 3000, 0, 0,
         customer="1"),
    # its second line is 1.5 pieces of nothing; a sku that is a number
    Sale("ios-order-alternative-types", "963", PAID, "USD", 3000, 3120, 120, 0,
         ("30$off",), "11", refunds=None, topic=UPDATED),
    Sale("ios-order", "963", PAID, "USD", 3000, 3120, 120, 0, ("30$off",), "11",
         refunds=None, topic=UPDATED),
    Sale("ios-orders-load-all", "963", PAID, "USD", 3000, 3120, 120, 0, ("30$off",),
         "11", refunds=None),
    Sale("ios-orders-load-all-without-data", "963", PAID, "USD", 3000, 3120, 120, 0,
         (), "11", refunds=None),
    Sale("ios-order-auto-draft-status", "963", IGNORED, "USD", 3000, 3120, 120, 0,
         ("30$off",), "11", refunds=None, topic=UPDATED),
    Sale("ios-orders-load-all", "961", PAID, "USD", 2000, 2000, 0, 0, (), "1",
         refunds=None),
    Sale("ios-orders-load-all", "960", PAID, "USD", 2000, 2000, 0, 0, (), "1",
         refunds=None),
    # 48.60 + 315 + 36 + 94.50 + 36 + 126 + 63 + 189
    Sale("ios-orders-load-all", "560", PAID, "USD", 90810, 119850, 0, 29040, (), "1",
         refunds=FOUR, topic=UPDATED),
    Sale("ios-order-fully-refunded", "609", PAID, "USD", 18000, 22371, 0, 4371, (), "1",
         refunds=(("622", 22371, None),), topic=UPDATED),
    # test payments; 24.00 of 28.00 was paid with gift cards, which lowers no base
    Sale("ios-order-with-attribution-info", "459", IGNORED, "USD", 1800, 400, 0, 1000,
         (), "27375286", topic="order.created"),
    Sale("ios-order-with-gift-cards", "459", IGNORED, "USD", 1800, 400, 0, 1000,
         (), "27375286"),
    Sale("ios-order-with-subscription-renewal", "526", IGNORED, "USD", 1450, 1450, 0, 0,
         (), "27375286"),
    # the bundle 59.00, and one part of it that is priced by itself
    Sale("ios-order-with-bundled-line-items", "357", PAID, "USD", 7520, 12020, 0, 0,
         (), "27375286"),
    # prices hold tax; line totals never do
    Sale("ios-order-with-charge", "211", PAID, "USD", 1765, 3330, 65, 1500),
    Sale("ios-order-with-composite-product", "421", PAID, "USD", 230000, 230000, 0, 0,
         mail=False),
    Sale("ios-order-with-faulty-attributes", "656", PAID, "USD", 34040, 37823, 3083, 0,
         (), "1", mail=False),

    Left("docs-legacy-v2-refund", "no order"),
    Left("docs-legacy-v3-orders-list", "no order"),
    Left("ios-coupons-all", "no order"),
    Left("ios-coupons-all", "not about orders", "coupon.created", "720"),
    Left("ios-coupons-all", "no order", UPDATED, "720"),
    Left("ios-order-560-all-refunds", "no order", UPDATED, "1172"),
    Left("ios-refund-single", "no order"),
    Left("ios-refund-single-without-data", "no order"),
    Left("ios-refunds-all", "no order", UPDATED, "590"),
    Left("ios-refunds-all-without-data", "no object"),
]
# fmt: on

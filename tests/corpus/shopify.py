"""Shopify: 36 files, of which 16 orders and 5 refunds."""

from corpus.rows import CANCELLED, IGNORED, PAID, PENDING, Asked, Left, Refund, Sale

# The three lines of order 450789469 without the 10.00 of TENOFF: 597.00 − 10.00, of
# which two came back: 195.66 + 195.67 (and one stays: `current_subtotal_price` 195.67).
BACK = (("509562969", 20900, 39133),)
# fmt: off
ROWS = [
    # (699.95 − 10.00 − 103.50) + (2 × 699.95 − 209.97); all of it and shipping went back
    Sale("activepieces-orders-cancelled-empty-code", "5324790137142", CANCELLED, "USD",
         177638, 180638, 0, 3000, customer="6972527083830", topic="orders/cancelled",
         refunds=(("945108681014", 180638, 177638),)),
    # the number is no rounding of the gid …102, so it stands
    Sale("activepieces-orders-create-2023", "5324830114101", PAID, "USD",
         262995, 262995, 0, 0, mail=False, topic="orders/create"),
    # its one line with a price, 5.00, is discounted away; voided, and a test
    Sale("gosh-order-with-transaction", "123456", IGNORED, "USD", 0, 1000, None, 1000),
    Sale("gosh-orders-list", "123456", IGNORED, "USD", 0, 1000, None, 1000),
    Sale("node-order-create", "1073459962", PAID, "USD", 19900, 19900, 0, 0,
         customer="1018520251", topic="orders/paid"),
    # authorised; 3 × 199.00 (the body's own subtotal is wrong); the refund names two
    Sale("node-orders-list", "450789469", PENDING, "USD", 59700, 40994, 1194, 0,
         ("TENOFF",), "207119551", refunds=(("509562969", 20900, 39800),)),
    Sale("pyapi-order", "450789469", PENDING, "USD", 59700, 40994, 1194, 0,
         ("TENOFF",), "207119551", refunds=None),
    # without lines: the subtotal, by definition after discounts
    Sale("pyapi-orders-list", "450789469", PAID, "USD", 59700, 59894, 1194, 0,
         customer="207119551", refunds=None),
    # FAKE30 is the title of a manual discount, no code: 199.00 − 17.91
    Sale("ref-2026-07-order-code-fake30", "1073459981", PAID, "USD",
         18109, 18109, 0, 0, customer="1073339475", topic="orders/paid"),
    Sale("ref-2026-07-order-customer-removed", "450789469", PAID, "USD",
         58700, 59894, 1194, 0, ("TENOFF",), None, refunds=BACK),
    Sale("ref-2026-07-orders-list", "450789469", PAID, "USD",
         58700, 59894, 1194, 0, ("TENOFF",), "207119551", refunds=BACK),
    # 3 × 74.99; the tax comes on top
    Sale("ref-2026-07-order-eur-tax-lines", "1073459976", PAID, "EUR",
         22497, 23847, 1350, 0, mail=False, topic="orders/updated"),
    Sale("ref-2026-07-order-partially-paid", "1073459980", PENDING, "USD",
         19900, 19900, 0, 0, customer="1073339474", topic="orders/create"),
    # 129.99 + 85.95 + 2 × 19.99
    Sale("ref-2026-07-order-several-taxlines", "1073459963", PAID, "USD",
         25592, 27037, 1445, 0, mail=False),
    Sale("ref-2026-07-orders-no-landing", "1073459969", PAID, "USD",
         19900, 19900, 0, 0, mail=False),
    # prices hold tax, of which there is none; 3 × 150.00 and 20.00 shipping; tests
    Sale("spree-vcr-order-fulfilled-2017", "5182437124", IGNORED, "EUR",
         45000, 47000, 0, 2000, customer="5701736836"),
    Sale("spree-vcr-order-partially-refunded-2017", "5182437124", IGNORED, "EUR",
         45000, 47000, 0, 2000, customer="5701736836",
         refunds=(("225207300", 15000, 15000),)),

    # 199.65 with 3.98 of tax
    Refund("node-refund-create", "450789469", "929361464", 19965, 19567,
           topic="refunds/create"),
    Refund("node-refunds-list", "450789469", "509562969", 20900, 39133),
    # its lines do not say what they cost
    Refund("pyapi-refund", "450789469", "509562969", 20900, None,
           topic="refunds/create"),
    Refund("spree-vcr-refund-2017", "5182437124", "225207300", 15000, 15000),
    # of shipping alone
    Refund("ref-2026-07-refund-amount", "450789469", "929361471", 500, 0,
           topic="refunds/create"),

    Left("gosh-lineitem-properties-empty-object", "neither an order nor a refund"),
    Left("node-checkout-complete", "neither an order nor a refund"),
    Left("node-checkout-complete", "neither an order", "orders/create"),
    Left("pyapi-checkouts", "neither an order nor a refund"),
    # an abandoned checkout has an order's id, and much of its shape
    Left("pyapi-checkouts", "neither an order", "orders/updated", "450789469"),
    Left("pyapi-draft-order-completed", "neither an order nor a refund"),
    Left("pyapi-gift-card-adjustment", "neither an order nor a refund"),
    Left("pyapi-refund-calculate", "neither an order nor a refund"),
    Left("pyapi-refund-calculate", "neither an order", "refunds/create"),
    Left("ref-2026-07-refund-calculate", "neither an order nor a refund"),
    Left("pyapi-shop", "neither an order nor a refund"),
    Left("pyapi-transactions", "the body is no object"),
    Left("pyapi-transactions", "neither an order nor a refund", id="389404469"),
    # a subscription that asked for four fields: nothing says that it was paid
    Left("ref-2026-07-orders-fields-subset", "neither an order nor a refund",
         id="450789469"),
    Asked("gdpr-customers-data-request", "disclosure", "customers/data_request",
          "191167", True, ("299938", "280263", "220458")),
    Asked("gdpr-customers-redact", "erasure", "customers/redact",
          "191167", True, ("299938", "280263", "220458")),
    # an id that is text, and a customer without one
    Asked("gdpr-customers-redact-email-only", "erasure", "customers/redact",
          None, True, ("987654321",)),
    Asked("gdpr-shop-redact", "erasure of all", "shop/redact"),
    Asked("pyapi-shop", "closed", "app/uninstalled"),
    # a topic is not signed, so it must not make one request another
    Left("gdpr-shop-redact", "no request", "customers/redact"),
    Left("gdpr-customers-redact", "no request", "shop/redact"),
    Left("gdpr-customers-data-request", "no request", "customers/redact"),
    Left("node-order-create", "no privacy request", "shop/redact", "1073459962"),
    Left("gdpr-customers-data-request", "neither an order nor a refund"),
    Left("gdpr-customers-redact", "neither an order nor a refund"),
    Left("gdpr-customers-redact-email-only", "neither an order nor a refund"),
    Left("gdpr-shop-redact", "neither an order nor a refund"),
]
# fmt: on

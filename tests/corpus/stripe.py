"""Stripe: 62 files; the 21 that tell of a sale or a refund, sent as of a live account.

Bare objects (a charge, an invoice) are sent as the event that would hold them.
"""

from corpus.rows import PAID, PENDING, Asked, Dispute, Left, Refund, Sale, Total

NONE = "0" * 24
BY = "pi_" + NONE, "ch_" + NONE
INVOICED = "pi_" + NONE, "in_" + NONE, "ch_" + NONE
FAKE = "fakefakefakefakefake"
SESSION = "cs_test_a1UejXx8ebIdTzFolicVypUAZpOBVkoQKDbaarXoPlPVtj8p0zujPEEhjT"
IN4 = f"in_{FAKE}0004", "ch_1GyU3gCOCguPTL2BnyYlJe2x", f"sub_{FAKE}0002"
NO_SALE = "no sale and no refund"
# fmt: off
ROWS = [
    Sale("rubymock-charge-succeeded", BY[0], PAID, "USD", 2000, 2000, mail=False,
         refunds=None, aliases=BY),
    Sale("rubymock-charge-captured", BY[1], PAID, "USD", 100, 100, mail=False,
         refunds=None, aliases=BY[1:]),
    Sale("rubymock-invoice-paid", BY[0], PAID, "USD", 2000, 2000, mail=False,
         customer="cus_00000000000000", refunds=None, aliases=INVOICED),
    Sale("rubymock-invoice-payment_succeeded", BY[0], PAID, "USD", 2000, 2000,
         mail=False, customer="cus_00000000000000", refunds=None, aliases=INVOICED),
    Sale("pay-checkout-session-completed", SESSION, PAID, "USD", 1900, 1900, 0, 0,
         customer="cus_M5wW9RPFk9xNZ5", refunds=None,
         aliases=(SESSION, "sub_1LNkeSKXBGcbgpbZ7jMqOPSi"),
         topic="checkout.session.completed"),
    # the tax of 5.22 is within the 40.00; the first invoice of its subscription
    Sale("djstripe-invoice_in0004", "pi_1GyU3gCOCguPTL2BVH2OIzjf", PAID, "USD",
         3478, 4000, 522, customer="cus_6lsBvm5rJ0zyHc", refunds=None,
         aliases=("pi_1GyU3gCOCguPTL2BVH2OIzjf", *IN4), topic="invoice.paid"),
    # captured and paid, so its amount_captured of 0 (older than that field) is no word
    Sale("djstripe-charge_ch0001", f"pi_{FAKE}0001", PAID, "USD", 2000, 2000,
         mail=False, customer="cus_6lsBvm5rJ0zyHc", refunds=None,
         aliases=(f"pi_{FAKE}0001", f"in_{FAKE}0001", f"ch_{FAKE}0001"),
         topic="charge.succeeded"),
    Sale("djstripe-payment_intent_pi0001", f"pi_{FAKE}0001", PAID, "USD", 2000, 2000,
         mail=False, customer="cus_6lsBvm5rJ0zyHc", refunds=None,
         aliases=(f"pi_{FAKE}0001", f"in_{FAKE}0001", f"ch_{FAKE}0001"),
         topic="payment_intent.succeeded"),
    Sale("liberapay-charge-l2574", "py_" + "X" * 24, PAID, "EUR", 40000, 40000,
         customer="cus_" + "X" * 14, refunds=None, aliases=("py_" + "X" * 24,),
         topic="charge.succeeded"),
    # authorised, not captured
    Sale("openapi-fixture-charge", "ch_1PgafuB7WZ01zgkWXYmPNZs8", PENDING, "USD",
         100, 100, mail=False, refunds=None,
         aliases=("ch_1PgafuB7WZ01zgkWXYmPNZs8",), topic="charge.succeeded"),
    # an object that does not say that it is a charge; its event does
    Sale("pay-charge-succeeded", "pm_1234", PAID, "USD", 500, 500, mail=False,
         customer="cus_0dUMWLtzCTagWs", refunds=None,
         aliases=("pm_1234", "ch_chargeid"), topic="charge.succeeded"),

    # a refund that failed
    Refund("govukpay-charge-refund-updated", "pi_123456", "re_123456", 1000, None,
           False, ("pi_123456", "ch_123456")),
    Refund("govukpay-refund-full-destination-charge", "ch_123456",
           "re_1DRiccHj08j21DRiccHj08j2_test", 2000, None, True, ("ch_123456",),
           "refund.created"),
    # the bank took it; the other one came back
    Refund("djstripe-dispute_dp01", "pi_1JAyTwJSZQVUcJYgBbsz0NuH",
           "dp_1JAyTwJSZQVUcJYgPqasUEn1", 1000, None, True,
           ("pi_1JAyTwJSZQVUcJYgBbsz0NuH", f"ch_{FAKE}0001"),
           "charge.dispute.funds_withdrawn"),
    Refund("rubymock-charge-dispute-funds_reinstated", "ch_" + "0" * 14,
           "dp_" + "0" * 14, 25000, None, False, ("ch_" + "0" * 14,)),
    Dispute("djstripe-dispute_dp01", "pi_1JAyTwJSZQVUcJYgBbsz0NuH",
            "dp_1JAyTwJSZQVUcJYgPqasUEn1", True,
            ("pi_1JAyTwJSZQVUcJYgBbsz0NuH", f"ch_{FAKE}0001"),
            "charge.dispute.funds_withdrawn"),
    # inquiries: nothing is disputed yet
    Dispute("rubymock-charge-dispute-created", BY[1], "dp_" + NONE, False, BY[1:]),
    Dispute("openapi-fixture-dispute", "ch_1PgafuB7WZ01zgkWXYmPNZs8",
            "dp_1Pgc71B7WZ01zgkWMevJiAUx", False, ("ch_1PgafuB7WZ01zgkWXYmPNZs8",),
            "charge.dispute.created"),
    Dispute("openapi-fixture-dispute", "ch_1PgafuB7WZ01zgkWXYmPNZs8",
            "dp_1Pgc71B7WZ01zgkWMevJiAUx", False, ("ch_1PgafuB7WZ01zgkWXYmPNZs8",),
            "charge.dispute.closed"),
    Total("rubymock-charge-refunded", BY[1], 100, BY[1:]),
    Total("liberapay-charge-refunded-l1918", "py_" + "X" * 24, 40000,
          ("py_" + "X" * 24,)),
    Total("liberapay-charge-refunded-l2245", "py_" + "X" * 24, 40000,
          ("py_" + "X" * 24,)),
    # 5.00 of 15.00
    Total("pay-charge-refunded", "pm_1234", 500, ("pm_1234", "ch_chargeid"),
          "charge.refunded"),

    Asked("djstripe-event_account_application_deauthorized", "closed"),

    Left("rubymock-checkout-session-completed-setup_mode", "setup mode"),
    Left("liberapay-refund-l2088", "no order id", "refund.updated"),
    Left("liberapay-refund-l2101", "no order id", "refund.created"),
    Left("rubymock-invoice-payment_failed", "nothing was paid"),
    Left("rubymock-charge-failed", "nothing was paid"),
    Left("rubymock-payment_intent-canceled", "nothing was paid"),
    Left("pay-invoice-upcoming", NO_SALE, "invoice.upcoming"),
    *(Left(f"rubymock-{name}", NO_SALE) for name in (
        "account-updated", "charge-updated", "coupon-created",
        "customer-discount-created", "payout-paid", "transfer-failed",
        "transfer-updated",
    )),
    *(Left(name, NO_SALE) for name in (
        "djstripe-event_account_updated_custom",
        "djstripe-event_account_updated_standard",
        "djstripe-event_external_account_bank_account_created",
        "govukpay-account-updated", "govukpay-balance-available",
        "liberapay-transfer-reversed-l2755", "openapi-fixture-event",
        "pay-account-updated",
    )),
    # objects of Stripe's API and the scripts of its command line: no webhooks
    *(Left(name, "not an event") for name in (
        "cli-trigger-charge-refunded", "cli-trigger-invoice-paid",
        "cli-trigger-transfer-reversed",
        "djstripe-balance_transaction_txn_fake_ch0001", "djstripe-dispute_txn01",
        "djstripe-payout_custom_bank_account",
        "liberapay-balance_transaction-l2041", "liberapay-balance_transaction-l2364",
        "liberapay-payment_method-l1853", "liberapay-transfer-l2115",
        "liberapay-transfer-l2436", "liberapay-transfer-l2682",
        "liberapay-transfer_reversal-l2416", "openapi-fixture-account_link",
        "openapi-fixture-application_fee", "openapi-fixture-coupon",
        "openapi-fixture-payout", "openapi-fixture-transfer",
        "openapi-fixture-transfer_reversal",
    )),
]
# fmt: on

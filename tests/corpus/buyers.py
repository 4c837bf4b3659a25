"""Where buyers live and what they paid from, by platform and file, read from the bodies
by hand; of an order within a file, its id stands behind it. All others say neither.
"""

from collections.abc import Mapping

FAKE, CHESTNUT, MARKET = "CA K2P1L4 123", "US 40202 92", "US 94103 969"
KEIZERSGRACHT, LYON, WOO = "NL 5678AB 313", "US 95420 9303", "US 90210 1223"

ADDRESSES: Mapping[str, Mapping[str, str]] = {
    "bigcommerce": {
        "rest-order-v2": "US 78108 555",
        "rest-orders-v2-list": "US 78751 455",
    },
    # French streets without a number: nobody's address can be told from them
    "magento": {"m1-soap-order-900000700": "CH 5420 25"},
    "mollie": {  # "1016 EE", "nl"; where it is sent goes before where it is billed
        "py-order_canceled": "NL 1016EE 313",
        "rb-orders-get": "NL 1016EE 313",
        "py-order_single": KEIZERSGRACHT,
        "py-orders_list": KEIZERSGRACHT,
    },
    "shopify": {
        "activepieces-orders-cancelled-empty-code": "CA M5C1N7 1",
        # a Canadian code in the United States, whose codes are cut to five
        "gosh-order-with-transaction": "US K2P0S 123",
        "gosh-orders-list": "US K2P0S 123",
        "node-orders-list": "CA K2P0V6 123",
        "pyapi-order": CHESTNUT,
        "pyapi-orders-list": CHESTNUT,
        "ref-2026-07-orders-list": CHESTNUT,
        "ref-2026-07-order-customer-removed": CHESTNUT,
        "ref-2026-07-order-code-fake30": FAKE,
        "ref-2026-07-order-partially-paid": FAKE,
        # the number in the second line
        "spree-vcr-order-fulfilled-2017": "PL 02777 5",
        "spree-vcr-order-partially-refunded-2017": "PL 02777 5",
    },
    "stripe": {"rubymock-charge-succeeded": "US 94103 510"},
    "woocommerce": {
        "docs-legacy-v3-order": MARKET,
        "docs-legacy-v3-order-completed": MARKET,
        "docs-v1-orders-list": MARKET,
        "docs-v3-order-727-processing": MARKET,
        "docs-v3-orders-list/727": MARKET,
        "docs-v3-orders-list/723": "BR 12345000 432",
        "docs-v3-orders-batch": MARKET,
        "fluxc-wc-fetch-order-response-success": "US 42532 55",
        "fluxc-wc-orders-response-success": LYON,
        "fluxc-wc-orders-response-success/786": "US 33131 9303",
        "ios-broken-orders-mark-2": WOO,
        "ios-order-alternative-types": "US 14304 234",  # 234 70th Street
        "ios-order": "US 14304 234",
        "ios-orders-load-all/963": "US 14304 234",
        "ios-orders-load-all-without-data": "US 14304 234",
        "ios-order-auto-draft-status": "US 14304 234",
        "ios-orders-load-all/961": "US 33139 200",
        "ios-orders-load-all/960": "US 33139 200",
        # 560: "10th St. & Constitution Ave. NW" has no number
        "ios-order-fully-refunded": "US 90210 500",
        "ios-order-with-attribution-info": "BB 903851780 8412",
        "ios-order-with-gift-cards": "BB 903851780 8412",
        "ios-order-with-subscription-renewal": "MX 01234 885",
        "ios-order-with-bundled-line-items": "MX 01089 102",
        "ios-order-with-charge": "US 46530 11403",
    },
}
# Fingerprints of cards; those of Shopify are but the last four digits.
ACCOUNTS: Mapping[str, Mapping[str, str]] = {
    "stripe": {
        "rubymock-charge-succeeded": "ZoVSX2dK5igWt2SB",
        "rubymock-charge-captured": "ZoVSX2dK5igWt2SB",
        "djstripe-charge_ch0001": "88PuXw9tEmvYe69o",
        "djstripe-payment_intent_pi0001": "88PuXw9tEmvYe69o",
        "openapi-fixture-charge": "AOB934RVNwzk6xtn",
        "pay-charge-succeeded": "eLihtj2HTMlWeL7e",
    },
}


def of(
    table: Mapping[str, Mapping[str, str]], platform: str, file: str, order_id: str
) -> str | None:
    """What a table says of an order, or null."""
    known = table.get(platform, {})
    return known.get(f"{file}/{order_id}", known.get(file))

"""What a touch is told of the decision, as a word and as a sentence. Pure."""

import enum


class Reason(enum.StrEnum):
    """What became of a touch; `SENTENCES` says it in words."""

    WON = "won"
    FORGED = "forged"
    UNKNOWN_CODE = "unknown_code"
    OTHER_BRAND = "other_brand"
    NOT_A_PERSON = "not_a_person"
    BEFORE_ACCEPTANCE = "before_acceptance"
    ENDED = "ended"
    CODE_DISABLED = "code_disabled"
    OUTSIDE_WINDOW = "outside_window"
    AFTER_ORDER = "after_order"
    SELF_REFERRAL = "self_referral"
    NOT_NEW_CUSTOMER = "not_new_customer"
    NEWNESS_UNKNOWN = "newness_unknown"
    REPEAT_ORDERS_NOT_CREDITED = "repeat_orders_not_credited"
    CODE_FIRST = "code_first"
    CLICK_FIRST = "click_first"
    OWN_TOUCH_FIRST = "own_touch_first"
    ANOTHER_CODE = "another_code"
    LATER_TOUCH = "later_touch"
    EARLIER_TOUCH = "earlier_touch"


SENTENCES: dict[Reason, tuple[str, str]] = {
    Reason.WON: (
        "This touch decided the order.",
        "Dit contact gaf de doorslag.",
    ),
    Reason.FORGED: (
        "The click id was not made by this marketplace.",
        "De klik-id is niet door deze marktplaats gemaakt.",
    ),
    Reason.UNKNOWN_CODE: (
        "The code belongs to no influencer of this brand.",
        "De code is van geen enkele influencer van dit merk.",
    ),
    Reason.OTHER_BRAND: (
        "The link belongs to another brand.",
        "De link is van een ander merk.",
    ),
    Reason.NOT_A_PERSON: (
        "The click was made by a program, not by a person.",
        "De klik kwam van een programma, niet van een mens.",
    ),
    Reason.BEFORE_ACCEPTANCE: (
        "The influencer had not been accepted yet.",
        "De influencer was toen nog niet geaccepteerd.",
    ),
    Reason.ENDED: (
        "The collaboration or the campaign had ended.",
        "De samenwerking of de campagne was afgelopen.",
    ),
    Reason.CODE_DISABLED: (
        "The code had been disabled.",
        "De code was uitgeschakeld.",
    ),
    Reason.OUTSIDE_WINDOW: (
        "The touch was earlier than the campaign's window reaches.",
        "Het contact was eerder dan de periode van de campagne.",
    ),
    Reason.AFTER_ORDER: (
        "The touch came after the order.",
        "Het contact kwam na de bestelling.",
    ),
    Reason.SELF_REFERRAL: (
        "The influencer bought it personally.",
        "De influencer kocht zelf.",
    ),
    Reason.NOT_NEW_CUSTOMER: (
        "The campaign pays for new customers only, and this one had bought before.",
        "De campagne betaalt alleen nieuwe klanten; deze kocht al eerder.",
    ),
    Reason.NEWNESS_UNKNOWN: (
        "The campaign pays for new customers only, and it is not known whether this "
        "is one.",
        "De campagne betaalt alleen nieuwe klanten; of dit er een is, is niet bekend.",
    ),
    Reason.REPEAT_ORDERS_NOT_CREDITED: (
        "The campaign does not credit later orders without a code or click.",
        "De campagne beloont geen latere bestellingen zonder code of klik.",
    ),
    Reason.CODE_FIRST: (
        "A promo code decides before a click.",
        "Een promocode gaat voor een klik.",
    ),
    Reason.CLICK_FIRST: (
        "A click decides before a promo code in this campaign.",
        "Een klik gaat in deze campagne voor een promocode.",
    ),
    Reason.OWN_TOUCH_FIRST: (
        "The order has a code or click of its own.",
        "De bestelling heeft een eigen code of klik.",
    ),
    Reason.ANOTHER_CODE: (
        "Another code stood before it on the order.",
        "Een andere code stond eerder op de bestelling.",
    ),
    Reason.LATER_TOUCH: (
        "A later touch decided.",
        "Een later contact gaf de doorslag.",
    ),
    Reason.EARLIER_TOUCH: (
        "An earlier touch decided.",
        "Een eerder contact gaf de doorslag.",
    ),
}

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
    CODE_LEAKED = "code_leaked"
    CODE_NOT_TOUCHED = "code_not_touched"
    LEAKED_NOT_TOUCHED = "leaked_not_touched"
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
    CARRIED_FIRST = "carried_first"
    EARLIER_PURCHASE = "earlier_purchase"
    SHARED = "shared"
    AFTER_FINAL = "after_final"
    GRANTED = "granted"
    OTHER_GRANTED = "other_granted"
    PAID_BESIDE = "paid_beside"


# Touches that were told one of these count; another one, or several, decided.
QUALIFIED = frozenset(
    {
        Reason.WON,
        Reason.CODE_FIRST,
        Reason.CLICK_FIRST,
        Reason.OWN_TOUCH_FIRST,
        Reason.ANOTHER_CODE,
        Reason.LATER_TOUCH,
        Reason.EARLIER_TOUCH,
        Reason.CARRIED_FIRST,
        Reason.EARLIER_PURCHASE,
        Reason.SHARED,
        Reason.GRANTED,
        Reason.OTHER_GRANTED,
        Reason.PAID_BESIDE,
    }
)


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
    Reason.CODE_LEAKED: (
        "The code could be found by anybody by then; this campaign does not pay for "
        "that.",
        "De code was toen voor iedereen te vinden; daarvoor betaalt deze campagne niet.",
    ),
    Reason.CODE_NOT_TOUCHED: (
        "In this campaign a code counts only with a click on the influencer's link or "
        "a look at their page, and none is known.",
        "In deze campagne telt een code alleen samen met een klik op de link van de "
        "influencer of een bezoek aan de pagina; daarvan is niets bekend.",
    ),
    Reason.LEAKED_NOT_TOUCHED: (
        "The code could be found by anybody by then, and no click on the influencer's "
        "link and no look at their page is known.",
        "De code was toen voor iedereen te vinden, en van een klik op de link van de "
        "influencer of een bezoek aan de pagina is niets bekend.",
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
    Reason.CARRIED_FIRST: (
        "The order itself carries another click, which decides.",
        "De bestelling draagt zelf een andere klik, en die geeft de doorslag.",
    ),
    Reason.EARLIER_PURCHASE: (
        "It helped to bring an earlier purchase of this customer.",
        "Het hielp bij een eerdere aankoop van deze klant.",
    ),
    Reason.SHARED: (
        "The order is shared equally by the codes on it.",
        "De bestelling wordt gelijk verdeeld over de codes die erop staan.",
    ),
    Reason.AFTER_FINAL: (
        "It became known after the decision had become final.",
        "Het werd bekend nadat de beslissing definitief was.",
    ),
    Reason.GRANTED: (
        "The brand granted the influencer's question about this order.",
        "Het merk heeft de vraag van de influencer over deze bestelling toegekend.",
    ),
    Reason.OTHER_GRANTED: (
        "The brand granted an influencer's question about this order, which decides.",
        "Het merk heeft een vraag van een influencer over deze bestelling toegekend; die "
        "geeft de doorslag.",
    ),
    Reason.PAID_BESIDE: (
        "The brand granted the question, and the order stays another's: what it would "
        "have earned is paid beside it.",
        "Het merk heeft de vraag toegekend, maar de bestelling blijft van een ander: wat "
        "die had opgeleverd wordt ernaast betaald.",
    ),
}

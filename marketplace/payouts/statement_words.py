"""The words of a statement, in Dutch and in English; and how figures are written."""

from datetime import date

from marketplace.money import exponent, to_decimal

LANGUAGES = ("nl", "en")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}

WORDS = {
    "invoice": ("Factuur", "Invoice"),
    "credit_note": ("Creditfactuur", "Credit note"),
    "self_billing": (
        "Factuur uitgereikt door afnemer (self-billing)",
        "Self-billing (factuur uitgereikt door afnemer)",
    ),
    "number": ("Factuurnummer", "Invoice number"),
    "issued_on": ("Factuurdatum", "Invoice date"),
    "supplied": ("Geleverd", "Supplied"),
    "paid_on": ("Betaald op", "Paid on"),
    "corrects": ("Corrigeert factuur", "Corrects invoice"),
    "payout": ("Uitbetaling", "Payout"),
    "account": ("Rekening", "Account"),
    "supplier": ("Leverancier", "Supplier"),
    "customer": ("Afnemer", "Customer"),
    "vat_number": ("Btw-nummer", "VAT number"),
    "chamber_number": ("KvK-nummer", "Registration number"),
    "day": ("Datum", "Date"),
    "order": ("Bestelling", "Order"),
    "what": ("Omschrijving", "Description"),
    "rate": ("Tarief", "Rate"),
    "net": ("Excl. btw", "Excl. VAT"),
    "amount": ("Bedrag", "Amount"),
    "vat": ("Btw", "VAT"),
    "net_total": ("Totaal exclusief btw", "Total excluding VAT"),
    "total": ("Totaal", "Total"),
    "credited": ("Totaal gecrediteerd", "Total credited"),
    "of": ("van", "of"),
    "page": ("Pagina", "Page"),
    "to": ("t/m", "to"),
    "terms": ("voorwaarden", "terms"),
    "flat": ("vast", "flat"),
    "kind.earning": ("Commissie", "Commission"),
    "kind.reversal": ("Terugbetaling aan koper", "Refund to the buyer"),
    "kind.bonus": ("Bonus", "Bonus"),
    "kind.fee": ("Vergoeding", "Fee"),
    "kind.adjustment": ("Correctie", "Adjustment"),
    "vat.domestic": (
        "De btw is in het uitbetaalde bedrag begrepen.",
        "VAT is included in the amount paid.",
    ),
    "vat.small_business": (
        "Vrijgesteld van btw: regeling voor kleine ondernemers (in Nederland artikel "
        "25 Wet op de omzetbelasting 1968).",
        "Exempt from VAT: scheme for small businesses (Directive 2006/112/EC, "
        "article 284).",
    ),
    "vat.not_registered": (
        "Geen btw: de leverancier is niet voor de btw geregistreerd.",
        "No VAT: the supplier is not registered for VAT.",
    ),
    "vat.reverse_charge": (
        "Btw verlegd (reverse charge): artikel 44 en 196 Richtlijn 2006/112/EG.",
        "Reverse charge (btw verlegd): Directive 2006/112/EC, articles 44 and 196.",
    ),
    "vat.outside": (
        "Geen btw: deze dienst valt buiten de btw van de Europese Unie, of de btw "
        "wordt aangegeven door de afnemer.",
        "No VAT: outside the scope of VAT of the European Union, or to be accounted "
        "for by the customer.",
    ),
}


def language_of(tag: str) -> str:
    """The language papers are in for somebody who reads `tag`: Dutch or English."""
    return "nl" if tag.partition("-")[0] == "nl" else "en"


def word(name: str, language: str) -> str:
    """One of `WORDS` in that language."""
    return WORDS[name][LANGUAGES.index(language)]


def money_text(amount: int, currency: str, language: str) -> str:
    """``€ 1.234,50`` or ``€ 1,234.50``; other currencies by their code."""
    digits = f"{abs(to_decimal(amount, currency)):,.{exponent(currency)}f}"
    if language == "nl":
        digits = digits.translate(str.maketrans(",.", ".,"))
    minus = "\N{MINUS SIGN}" if amount < 0 else ""
    return f"{_SIGNS.get(currency, currency)}\N{NO-BREAK SPACE}{minus}{digits}"


def percent_text(bps: int, language: str) -> str:
    """``21 %``, ``25,5 %``: no more decimals than there are."""
    whole, part = divmod(abs(bps), 100)
    digits = f"{whole}.{part:02d}".rstrip("0").rstrip(".")
    if language == "nl":
        digits = digits.replace(".", ",")
    return f"{digits}\N{NO-BREAK SPACE}%"


def day_text(day: date, language: str) -> str:
    """``09-03-2026`` or ``9 Mar 2026``."""
    if language == "nl":
        return f"{day:%d-%m-%Y}"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

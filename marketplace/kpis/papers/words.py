"""The words of a report on paper, on a page and in a mail; English and Dutch."""

from marketplace.kpis.catalogue import CATALOGUE
from marketplace.kpis.measures import MEASURES
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Basis, Goal, Provenance

LANGUAGES = ("en", "nl")

GOALS: dict[Goal, Words] = {
    Goal.AWARENESS: Words("Awareness", "Naamsbekendheid"),
    Goal.ENGAGEMENT: Words("Engagement", "Betrokkenheid"),
    Goal.TRAFFIC: Words("Traffic", "Verkeer"),
    Goal.FOLLOWERS: Words("Followers", "Volgers"),
    Goal.CONVERSIONS: Words("Conversions", "Conversies"),
    Goal.VALUE: Words("Value", "Waarde"),
    Goal.EFFICIENCY: Words("Efficiency", "Efficiëntie"),
}
WORDS = {
    "title": Words("Campaign report", "Campagnerapport"),
    "brand_title": Words("Report of all campaigns", "Rapport van alle campagnes"),
    "period": Words("Period", "Periode"),
    "compared": Words("Compared with", "Vergeleken met"),
    "to": Words("to", "t/m"),
    "currency": Words("Currency", "Valuta"),
    "fresh": Words("As of", "Stand van"),
    "kpi": Words("KPI", "KPI"),
    "value": Words("Value", "Waarde"),
    "previous": Words("Before", "Ervoor"),
    "change": Words("Change", "Verschil"),
    "note": Words("Note", "Toelichting"),
    "highlights": Words("At a glance", "In een oogopslag"),
    "influencers": Words("By influencer", "Per influencer"),
    "influencer": Words("Influencer", "Influencer"),
    "nobody": Words("Not of one influencer", "Niet van één influencer"),
    "unknown": Words("Not known", "Niet bekend"),
    "estimate": Words("estimate", "schatting"),
    "between": Words("between {low} and {high}", "tussen {low} en {high}"),
    "covers": Words("covers {share}", "dekt {share}"),
    "missing": Words("without {parts}", "zonder {parts}"),
    "meanings": Words("What the figures mean", "Wat de cijfers betekenen"),
    "formula": Words("Formula", "Formule"),
    "page": Words("Page", "Pagina"),
    "of": Words("of", "van"),
    "made_by": Words("Made by Marketplace", "Gemaakt met Marketplace"),
    "download": Words("Download", "Downloaden"),
    "expires": Words("This link works until", "Deze link werkt tot"),
    "nothing": Words("Nothing to show yet.", "Nog niets te tonen."),
    "by_day": Words("by day", "per dag"),
    "by_week": Words("by week", "per week"),
    "by_month": Words("by month", "per maand"),
    "gone_title": Words("This report is not there", "Dit rapport is er niet"),
    "gone": Words(
        "The link is wrong, has expired or was withdrawn. Ask whoever sent it for a "
        "new one.",
        "De link klopt niet, is verlopen of is ingetrokken. Vraag degene die hem stuurde "
        "om een nieuwe.",
    ),
    "busy": Words(
        "Too many requests; try again in a minute.",
        "Te veel verzoeken; probeer het over een minuut opnieuw.",
    ),
    "mail_subject": Words("{title}: {what}, {period}", "{title}: {what}, {period}"),
    "mail_intro": Words(
        "Here is the report of {title} over {period}.",
        "Hierbij het rapport van {title} over {period}.",
    ),
    "mail_stop": Words("Stop these mails", "Deze mails stoppen"),
    "stop_title": Words("Stop these mails?", "Deze mails stoppen?"),
    "stop_text": Words(
        "{recipient} will get no more reports of {title}.",
        "{recipient} krijgt geen rapporten van {title} meer.",
    ),
    "stopped_title": Words("Stopped", "Gestopt"),
    "other_language": Words("Nederlands", "English"),
}
SOURCES: dict[Provenance, Words] = {
    Provenance.TRACKED: Words("tracked", "gemeten"),
    Provenance.PLATFORM_API: Words("from the platform", "van het platform"),
    Provenance.REPORTED: Words("reported", "opgegeven"),
    Provenance.ESTIMATED: Words("estimated", "geschat"),
}
BASES: dict[str, Words] = {
    Basis.VISITOR_DAYS: Words(
        "people per day, added up", "mensen per dag, bij elkaar opgeteld"
    ),
    Basis.SKETCH: Words("counted within 2 %", "geteld op 2 % nauwkeurig"),
    Basis.RANDOM_OVERLAP: Words(
        "audiences overlapping by chance", "publiek dat toevallig overlapt"
    ),
    Basis.STAND_IN: Words("reckoned from other figures", "afgeleid van andere cijfers"),
    Basis.BRAND_DAYS: Words("by days of the brand", "naar dagen van het merk"),
    Basis.SCALED: Words(
        "from a stretch of another length", "uit een periode van andere lengte"
    ),
    Basis.DIVIDED: Words(
        "what is of several posts divided equally",
        "wat van meerdere posts is gelijk verdeeld",
    ),
    Basis.SUM_OF_PLATFORMS: Words(
        "people on several platforms counted on each",
        "mensen op meer platforms tellen op elk mee",
    ),
    Basis.BRAND_CHANNELS: Words("of the brand's own channels", "van de eigen kanalen"),
    Basis.INFLUENCER_CHANNELS: Words(
        "of the influencers' channels", "van de kanalen van de influencers"
    ),
    Basis.WORD_LISTS: Words(
        "read by lists of words; sarcasm is missed",
        "gelezen met woordenlijsten; sarcasme wordt gemist",
    ),
}
# Why a value is not known. A reason without words here is shown as it is.
REASONS: dict[str, Words] = {
    "no_people": Words("no visitors", "geen bezoekers"),
    "no_visitors": Words("no visitors", "geen bezoekers"),
    "no_visits": Words("no visits", "geen bezoeken"),
    "no_orders": Words("no orders", "geen bestellingen"),
    "no_clicks": Words("no clicks", "geen klikken"),
    "no_cost": Words("no costs", "geen kosten"),
    "no_customers": Words("no customers", "geen klanten"),
    "no_new_customers": Words("no new customers", "geen nieuwe klanten"),
    "no_conversions": Words("no conversions", "geen conversies"),
    "no_posts": Words("no posts", "geen posts"),
    "not_reported": Words("nobody reported it", "door niemand opgegeven"),
    "deleted_by_platform_terms": Words(
        "deleted, as the platform's terms ask",
        "verwijderd, zoals de voorwaarden van het platform vragen",
    ),
    "no_link": Words("no tracked link", "geen gevolgde link"),
    "no_script": Words(
        "no script on the shop's pages", "geen script op de pagina's van de webshop"
    ),
    "no_reach": Words("no reach known", "geen bereik bekend"),
    "no_views": Words("no views", "geen weergaven"),
    "no_impressions": Words("no impressions", "geen vertoningen"),
    "no_engagement": Words("no engagement", "geen betrokkenheid"),
    "no_comments": Words("no comments", "geen reacties"),
    "no_consent": Words(
        "nobody let themselves be recognised", "niemand liet zich herkennen"
    ),
    "no_cost_of_goods": Words("cost of goods unknown", "inkoopwaarde onbekend"),
    "no_exchange_rate": Words("no exchange rate", "geen wisselkoers"),
    "newness_unknown": Words("not known who is new", "onbekend wie nieuw is"),
    "immature": Words("too early to say", "te vroeg om te zeggen"),
    "not_broken_down": Words("not known by row", "niet bekend per regel"),
    "above_one": Words(
        "more than everybody: links were shared elsewhere",
        "meer dan iedereen: links zijn elders gedeeld",
    ),
    "audience_unknown": Words(
        "not known who belongs to it", "onbekend wie ertoe behoort"
    ),
    "entrants_forgotten": Words("entrants were forgotten", "deelnemers zijn vergeten"),
    "no_audience": Words("no audience figures", "geen cijfers over het publiek"),
    "no_code_redemptions": Words("no codes used", "geen codes gebruikt"),
    "no_completed_views": Words("no view to the end", "niets tot het einde bekeken"),
    "no_entrants": Words("no entrants", "geen deelnemers"),
    "no_giveaway_entrants": Words("no entrants", "geen deelnemers"),
    "no_followers": Words("no followers known", "geen volgers bekend"),
    "no_known_discount": Words("no discount known", "geen korting bekend"),
    "no_known_sales": Words(
        "the brand's sales are not known", "verkopen van het merk onbekend"
    ),
    "no_known_visitors": Words(
        "nobody let themselves be recognised", "niemand liet zich herkennen"
    ),
    "no_leads": Words("no leads", "geen leads"),
    "no_snapshot": Words("nobody looked at it", "door niemand bekeken"),
    "no_target_audience": Words(
        "no target audience was set", "geen doelgroep ingesteld"
    ),
    "none_before": Words("nothing to compare with", "niets om mee te vergelijken"),
    "tone_unknown": Words("tone not known", "toon onbekend"),
    "no_rate": Words("no rate set", "geen tarief ingesteld"),
    "no_channels": Words("no channels", "geen kanalen"),
    "several_levels": Words(
        "several figures, none of the whole", "meer cijfers, geen van het geheel"
    ),
    "recounting": Words("being counted again", "wordt opnieuw geteld"),
    "clicks_expired": Words(
        "single clicks no longer kept", "losse klikken niet meer bewaard"
    ),
    "no_baseline": Words("no baseline", "geen beginwaarde"),
    "no_start_snapshot": Words("not known at the start", "onbekend aan het begin"),
}
# What of content is priced by the platform it is on.
ACTIONS: dict[str, Words] = {
    "like": Words("likes", "likes"),
    "comment": Words("comments", "reacties"),
    "share": Words("shares", "keer gedeeld"),
    "save": Words("saves", "keer bewaard"),
    "view": Words("views", "weergaven"),
    "impression": Words("impressions", "vertoningen"),
    "click": Words("clicks", "klikken"),
}


def word(name: str, language: str) -> str:
    """One of `WORDS` in that language."""
    return said(WORDS[name], language)


def said(words: Words, language: str) -> str:
    """Its Dutch or its English."""
    return words.nl if language == "nl" else words.en


def reason_text(reason: str, language: str) -> str:
    """Why something is not known, in words."""
    if reason in REASONS:
        return said(REASONS[reason], language)
    return reason.replace("_", " ")


def part_text(part: str, language: str) -> str:
    """What is missing in a value: a KPI, a measure, or ``platform.action`` of EMV."""
    if part in CATALOGUE:
        label = said(CATALOGUE[part].label, language)
        return label if label[:2].isupper() else label[:1].lower() + label[1:]
    if part in MEASURES:
        return said(MEASURES[part].words, language)
    platform, _, action = part.partition(".")
    if action in ACTIONS:
        return f"{platform}: {said(ACTIONS[action], language)}"
    return part.replace("_", " ")

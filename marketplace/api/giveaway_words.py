"""What the pages of giveaways say, in English and Dutch."""

from collections.abc import Mapping
from typing import Final

from marketplace.tracking.giveaway_rules import PickOutcome

Words = Mapping[str, str]

PAGE: Final[Mapping[str, Words]] = {
    "en": {
        "prize": "To be won",
        "until": "Enter until {closes}.",
        "from": "You can enter from {opens} until {closes}.",
        "over": "This giveaway ended on {closes}.",
        "not_begun": "This giveaway has not begun yet.",
        "is_over": "This giveaway is over; you can no longer enter.",
        "full": "This giveaway has as many entries as it may have.",
        "email": "Your e-mail address",
        "trap": "Leave this empty",
        "conditions_both": "I am {age} or older and live in {country}.",
        "conditions_age": "I am {age} or older.",
        "conditions_country": "I live in {country}.",
        "rules": "I accept",
        "rules_link": "the rules of this giveaway",
        "newsletter": (
            "I would like to get the newsletter of {brand}. This is not needed to win."
        ),
        "enter": "Enter",
        "privacy": (
            "Your e-mail address is kept encrypted and used for this giveaway only: to "
            "reach you if you win{newsletter}. It is erased {days} days after the draw. A "
            "code made of it, by which nobody can find you, is kept to count entrants "
            "and to see how many of them later buy at {brand}. Ask {brand} to be "
            "forgotten at any time."
        ),
        "privacy_newsletter": ", and for the newsletter if you ask for it",
        "fair": "Winners are drawn in a way that everybody can check.",
        "draw_link": "How the draw works",
        "thanks": "You have entered.",
        "thanks_first": "Good luck!",
        "thanks_again": "You had entered before: this is your ticket.",
        "thanks_daily": "You may enter again tomorrow.",
        "ticket": "Your ticket",
        "ticket_how": (
            "Keep it: with it you find yourself in the public list once entries close, "
            "and see whether you won."
        ),
        "wrong_email": "This is not an e-mail address.",
        "wrong_accepts_rules": "You can only enter if you accept the rules.",
        "wrong_meets_conditions": "Only who meets these conditions can enter.",
        "wrong_answer": "Please answer the question, in at most 500 characters.",
        "check_form": "Something is missing below.",
        "again": (
            "We could not be sure that a person sent this. Please check the form and "
            "send it again."
        ),
        "too_many": (
            "There were very many entries from your network just now. Please try again "
            "in a few minutes."
        ),
        "confirm_how": (
            "You will get a mail with a link. You only take part once you followed it, "
            "before the giveaway closes."
        ),
        "mailed": "Look into your mail.",
        "mailed_how": (
            "If you can take part with this address, we sent it a link to confirm your "
            "entry; it holds for two days at most, and not after the giveaway closes. "
            "Nothing there? Look into your spam folder, or enter again in ten minutes."
        ),
        "confirm": "Confirm that you take part with the address this mail was sent to.",
        "confirm_button": "Confirm my entry",
        "late_title": "This link holds no longer",
        "late": "Enter once more, and you get a new link.",
        "gone_title": "There is nothing here",
        "gone": "This giveaway does not exist, or not any more.",
    },
    "nl": {
        "prize": "Te winnen",
        "until": "Doe mee tot {closes}.",
        "from": "Je kunt meedoen van {opens} tot {closes}.",
        "over": "Deze winactie is op {closes} afgelopen.",
        "not_begun": "Deze winactie is nog niet begonnen.",
        "is_over": "Deze winactie is afgelopen; meedoen kan niet meer.",
        "full": "Deze winactie heeft het hoogste aantal deelnames bereikt.",
        "email": "Je e-mailadres",
        "trap": "Laat dit leeg",
        "conditions_both": "Ik ben {age} jaar of ouder en woon in {country}.",
        "conditions_age": "Ik ben {age} jaar of ouder.",
        "conditions_country": "Ik woon in {country}.",
        "rules": "Ik ga akkoord met",
        "rules_link": "de actievoorwaarden",
        "newsletter": (
            "Ik wil graag de nieuwsbrief van {brand} ontvangen. Dit is niet nodig om te "
            "winnen."
        ),
        "enter": "Doe mee",
        "privacy": (
            "Je e-mailadres wordt versleuteld bewaard en alleen voor deze winactie "
            "gebruikt: om je te bereiken als je wint{newsletter}. {days} dagen na de "
            "trekking wordt het gewist. Een code die ervan is gemaakt, waarmee niemand je "
            "kan vinden, blijft bewaard om deelnemers te tellen en om te zien hoeveel van "
            "hen later bij {brand} kopen. Je kunt {brand} altijd vragen je te vergeten."
        ),
        "privacy_newsletter": ", en voor de nieuwsbrief als je daarom vraagt",
        "fair": "Winnaars worden getrokken op een manier die iedereen kan nagaan.",
        "draw_link": "Zo werkt de trekking",
        "thanks": "Je doet mee.",
        "thanks_first": "Veel geluk!",
        "thanks_again": "Je deed al mee: dit is je lotnummer.",
        "thanks_daily": "Morgen mag je weer meedoen.",
        "ticket": "Je lotnummer",
        "ticket_how": (
            "Bewaar het: hiermee vind je jezelf terug in de openbare lijst zodra de "
            "inschrijving sluit, en zie je of je hebt gewonnen."
        ),
        "wrong_email": "Dit is geen e-mailadres.",
        "wrong_accepts_rules": "Meedoen kan alleen als je akkoord gaat met de voorwaarden.",
        "wrong_meets_conditions": "Alleen wie hieraan voldoet, kan meedoen.",
        "wrong_answer": "Beantwoord de vraag, in hoogstens 500 tekens.",
        "check_form": "Er ontbreekt hieronder nog iets.",
        "again": (
            "We wisten niet zeker of een mens dit verstuurde. Kijk het formulier na en "
            "verstuur het nog eens."
        ),
        "too_many": (
            "Er kwamen zojuist erg veel deelnames van jouw netwerk. Probeer het over een "
            "paar minuten nog eens."
        ),
        "confirm_how": (
            "Je krijgt een mail met een link. Je doet pas mee als je die hebt gevolgd, "
            "voordat de winactie sluit."
        ),
        "mailed": "Kijk in je mail.",
        "mailed_how": (
            "Als je met dit adres kunt meedoen, hebben we er een link heen gestuurd om je "
            "deelname te bevestigen; die werkt hoogstens twee dagen, en niet nadat de "
            "winactie sluit. Niets ontvangen? Kijk in je spammap, of doe over tien "
            "minuten nog eens mee."
        ),
        "confirm": "Bevestig dat je meedoet met het adres waar deze mail heen ging.",
        "confirm_button": "Bevestig mijn deelname",
        "late_title": "Deze link werkt niet meer",
        "late": "Doe nog eens mee, dan krijg je een nieuwe link.",
        "gone_title": "Hier is niets",
        "gone": "Deze winactie bestaat niet, of niet meer.",
    },
}
DRAW: Final[Mapping[str, Words]] = {
    "en": {
        "explained": (
            "Before anybody could enter, a secret number (the seed) was fixed and its "
            "fingerprint published below. When entries closed, the list of tickets was "
            "fixed and published too. At the draw the seed is revealed, and seed and list "
            "together decide which tickets are picked: nobody can change the outcome "
            "afterwards without a fingerprint betraying it. A ticket is a random number "
            "and says nothing about whose it is."
        ),
        "commitment": "Fingerprint of the seed (SHA-256)",
        "source": "Public value the draw depends on as well",
        "list": "List of tickets",
        "list_hash": "Fingerprint of the list (SHA-256)",
        "seed": "Seed",
        "value": "What the public value came to",
        "picks": "Picked tickets, in order",
        "not_yet": "Nothing has been drawn yet.",
        "check": "Check it yourself",
        "check_how": "Save this as check.py and run: python3 check.py",
        "back": "To the giveaway",
    },
    "nl": {
        "explained": (
            "Voordat iemand kon meedoen is een geheim getal (de seed) vastgelegd en is de "
            "vingerafdruk daarvan hieronder gepubliceerd. Toen de inschrijving sloot, is "
            "ook de lijst met lotnummers vastgelegd en gepubliceerd. Bij de trekking "
            "wordt de seed onthuld, en seed en lijst bepalen samen welke lotnummers "
            "worden getrokken: niemand kan de uitkomst daarna veranderen zonder dat een "
            "vingerafdruk dat verraadt. Een lotnummer is een willekeurig getal en zegt "
            "niets over van wie het is."
        ),
        "commitment": "Vingerafdruk van de seed (SHA-256)",
        "source": "Openbare waarde waar de trekking ook van afhangt",
        "list": "Lijst met lotnummers",
        "list_hash": "Vingerafdruk van de lijst (SHA-256)",
        "seed": "Seed",
        "value": "Wat de openbare waarde werd",
        "picks": "Getrokken lotnummers, op volgorde",
        "not_yet": "Er is nog niets getrokken.",
        "check": "Ga het zelf na",
        "check_how": "Bewaar dit als check.py en voer uit: python3 check.py",
        "back": "Naar de winactie",
    },
}
OUTCOMES: Final[Mapping[str, Mapping[PickOutcome, str]]] = {
    "en": {
        PickOutcome.WON: "Won",
        PickOutcome.FORFEITED: "Won, and forfeited: another ticket was drawn instead",
        PickOutcome.DISQUALIFIED: "Passed over: disqualified",
        PickOutcome.WITHDRAWN: "Passed over: withdrew",
        PickOutcome.WON_ALREADY: "Passed over: has won already",
    },
    "nl": {
        PickOutcome.WON: "Gewonnen",
        PickOutcome.FORFEITED: "Gewonnen en vervallen: er is een ander lot getrokken",
        PickOutcome.DISQUALIFIED: "Overgeslagen: gediskwalificeerd",
        PickOutcome.WITHDRAWN: "Overgeslagen: teruggetrokken",
        PickOutcome.WON_ALREADY: "Overgeslagen: heeft al gewonnen",
    },
}
# Stands on the page of every draw; `{url}` is where its facts are.
SCRIPT: Final = """\
import hashlib, hmac, json, urllib.request

draw = json.load(urllib.request.urlopen("{url}"))
listed = urllib.request.urlopen(draw["tickets_url"]).read().decode()
assert hashlib.sha256(draw["seed"].encode()).hexdigest() == draw["commitment"]
assert hashlib.sha256(listed.encode()).hexdigest() == draw["list_hash"]
left, fair = listed.split(), 2**256
assert left == sorted(left)
for pick in draw["picks"]:
    attempt = 0
    while True:
        parts = draw["list_hash"], draw["public_value"], pick["n"], attempt
        text = "|".join(str(part) for part in parts).encode()
        number = hmac.new(bytes.fromhex(draw["seed"]), text, "sha256").hexdigest()
        if int(number, 16) < fair - fair % len(left):
            break
        attempt += 1
    ticket = left.pop(int(number, 16) % len(left))
    assert ticket == pick["ticket"], (ticket, pick)
    print(pick["n"], ticket, pick["outcome"])
"""

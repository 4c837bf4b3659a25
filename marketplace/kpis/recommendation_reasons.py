"""Why a KPI is worth following, in English and Dutch. Pure."""

from collections.abc import Mapping
from typing import Final

from marketplace.kpis.outcome import Words

REASONS: Final[Mapping[str, Words]] = {
    "reach": Words(
        "How many different people saw it, without counting anybody twice.",
        "Hoeveel verschillende mensen het zagen, zonder iemand dubbel te tellen.",
    ),
    "impressions": Words(
        "How often it was shown; beside reach it tells how often each person saw it.",
        "Hoe vaak het is getoond; naast het bereik zegt het hoe vaak ieder het zag.",
    ),
    "views": Words(
        "How often it was watched, by the platform's own threshold.",
        "Hoe vaak het is bekeken, volgens de drempel van het platform zelf.",
    ),
    "frequency": Words(
        "How often one person sees you: too rare is forgotten, too often annoys.",
        "Hoe vaak een mens je ziet: te zelden wordt vergeten, te vaak irriteert.",
    ),
    "mentions": Words(
        "Whether people name the brand themselves.",
        "Of mensen het merk zelf noemen.",
    ),
    "branded_searches": Words(
        "Who remembers the name looks for it: the effect beyond the platforms.",
        "Wie de naam onthoudt, zoekt erop: het effect buiten de platforms.",
    ),
    "cpm": Words(
        "What a thousand impressions cost, to compare influencers and media.",
        "Wat duizend vertoningen kosten, om influencers en media te vergelijken.",
    ),
    "engagement": Words(
        "What people did with it: likes, comments, shares, saves.",
        "Wat mensen ermee deden: likes, reacties, delen, opslaan.",
    ),
    "engagement_rate": Words(
        "Engagement beside the audience, so small and large influencers compare.",
        "Betrokkenheid naast het publiek, zodat klein en groot te vergelijken zijn.",
    ),
    "comments": Words(
        "Takes effort, so it tells more than a like; read their tone beside it.",
        "Kost moeite, dus zegt het meer dan een like; lees de toon ernaast.",
    ),
    "shares": Words(
        "Carries the message to people the influencer does not reach.",
        "Brengt de boodschap bij mensen die de influencer niet bereikt.",
    ),
    "saves": Words(
        "Who saves it means to come back: a sign of intent to buy.",
        "Wie het opslaat wil terugkomen: een teken van koopintentie.",
    ),
    "giveaway_entrants": Words(
        "How many different people took part.",
        "Hoeveel verschillende mensen meededen.",
    ),
    "cpe": Words(
        "What one interaction costs, to divide the budget by.",
        "Wat een interactie kost, om het budget naar te verdelen.",
    ),
    "clicks": Words(
        "Counted by ourselves, without bots or repeats.",
        "Door onszelf geteld, zonder bots of herhalingen.",
    ),
    "social_visitors": Words(
        "How many people came to the shop from social media.",
        "Hoeveel mensen via sociale media in de webshop kwamen.",
    ),
    "new_visitors": Words(
        "Whether influencers bring people who did not know you.",
        "Of influencers mensen brengen die je nog niet kenden.",
    ),
    "target_audience_growth": Words(
        "Whether more of the people you want to reach come, not just more people.",
        "Of meer van de mensen komen die je wilt bereiken, niet zomaar meer mensen.",
    ),
    "bounce_rate": Words(
        "Whether the page keeps what the post promised.",
        "Of de pagina waarmaakt wat de post beloofde.",
    ),
    "ctr_impressions": Words(
        "Which content makes people want to know more.",
        "Welke content mensen meer doet willen weten.",
    ),
    "cpc": Words(
        "What one visit costs, beside what it brings.",
        "Wat een bezoek kost, naast wat het oplevert.",
    ),
    "new_followers": Words(
        "Who follows the brand can be reached again for nothing.",
        "Wie het merk volgt, is daarna gratis te bereiken.",
    ),
    "follower_growth_rate": Words(
        "Growth beside where you started, so that periods compare.",
        "Groei naast het begin, zodat periodes te vergelijken zijn.",
    ),
    "profile_visits": Words(
        "The step before following.",
        "De stap voor het volgen.",
    ),
    "conversions": Words(
        "The actions it is all for: purchases, registrations, leads.",
        "De acties waar het om gaat: aankopen, registraties, leads.",
    ),
    "conversion_rate": Words(
        "Which share of the visitors buys: whether it is the right audience.",
        "Welk deel van de bezoekers koopt: of het het juiste publiek is.",
    ),
    "revenue": Words(
        "What the influencers demonstrably sold, refunds taken off.",
        "Wat de influencers aantoonbaar verkochten, retouren eraf.",
    ),
    "new_customers": Words(
        "Growth, instead of discounts for those who would have bought anyway.",
        "Groei, in plaats van korting voor wie toch al kocht.",
    ),
    "code_redemptions": Words(
        "Sales without a click: of podcasts, stories, and by word of mouth.",
        "Verkoop zonder klik: van podcasts, stories en van mond tot mond.",
    ),
    "repeat_buyers": Words(
        "Whether the customers an influencer brings stay.",
        "Of de klanten die een influencer brengt blijven.",
    ),
    "cpa": Words(
        "What one new customer costs, beside what one is worth to you.",
        "Wat een nieuwe klant kost, naast wat die je waard is.",
    ),
    "net_profit": Words(
        "What is left after goods, commissions and fees.",
        "Wat overblijft na inkoop, commissies en vergoedingen.",
    ),
    "roi": Words(
        "What each unit of money brought back in profit, not in turnover.",
        "Wat elke geldeenheid aan winst terugbracht, niet aan omzet.",
    ),
    "profit_per_visitor": Words(
        "What a visitor from an influencer leaves: the quality of the traffic.",
        "Wat een bezoeker via een influencer oplevert: de kwaliteit van het verkeer.",
    ),
    "emv": Words(
        "What the same attention would have cost as advertising; never instead of ROI.",
        "Wat dezelfde aandacht als reclame had gekost; nooit in plaats van de ROI.",
    ),
    "average_order_value": Words(
        "Whether influencers bring large baskets or bargain hunters.",
        "Of influencers volle winkelmanden brengen of koopjesjagers.",
    ),
    "repeat_rate": Words(
        "Which share of the customers returns: the value beyond the first order.",
        "Welk deel van de klanten terugkomt: de waarde na de eerste bestelling.",
    ),
    "roas": Words(
        "Turnover for each unit of money, as advertising is judged.",
        "Omzet per geldeenheid, zoals reclame wordt beoordeeld.",
    ),
    "average_watch_time": Words(
        "How long people keep watching, which the platform rewards.",
        "Hoe lang mensen blijven kijken, wat het platform beloont.",
    ),
    "completion_rate": Words(
        "Which share watches to the end, where the offer often is.",
        "Welk deel tot het einde kijkt, waar het aanbod vaak staat.",
    ),
    "thumbnail_ctr": Words(
        "Whether title and preview picture make people choose the video.",
        "Of titel en voorbeeldplaatje mensen de video doen kiezen.",
    ),
    "content_engagement": Words(
        "LinkedIn's own measure, clicks included.",
        "De eigen maatstaf van LinkedIn, klikken inbegrepen.",
    ),
    "watch_time": Words(
        "All minutes watched together.",
        "Alle bekeken minuten samen.",
    ),
    "ssi": Words(
        "LinkedIn's score of how well somebody sells by relations.",
        "De score van LinkedIn voor hoe goed iemand via relaties verkoopt.",
    ),
}

"""Which user agents are machines: fetchers of previews, crawlers, libraries. Pure.

The patterns of crawlers are those of isbot, kept up by the `is-bot` package; here stand
only the exceptions to them and what a tracked link meets more than a website does.
"""

import re
from functools import lru_cache

from is_bot import Bots  # type: ignore[import-untyped]  # it ships no types

# Browsers inside apps are people, whatever else their agents look like. A person's
# comes as a browser's with the app's name after it; the apps' own fetchers do not.
# In the order in which they are asked for: some name the app they belong to as well.
_APPS = {
    "Instagram": r"Instagram \d",
    "Threads": r"Barcelona \d",
    "TikTok": r"musical_ly|BytedanceWebview|trill_\d|TikTok[ /]\d",
    "LinkedIn": r"LinkedInApp",
    "Pinterest": r"\[Pinterest/|Pinterest for (?:Android|iOS)",
    "Snapchat": r"Snapchat[/ ]\d",
    "X": r"Twitter for (?:iPhone|iPad|Android)",
    "Facebook": r"\[?FB(?:AN|AV|_IAB|IOS)\b|MetaIAB",
}
_IN_APP = re.compile(
    r"Mozilla/5\.0 \((?!compatible).*(?:" + "|".join(_APPS.values()) + ")"
)
_BY_APP = {name: re.compile(pattern) for name, pattern in _APPS.items()}
# What fetches a page to show a card of it in a chat or a timeline.
_PREVIEW = re.compile(
    r"facebookexternalhit|facebookcatalog|Facebot|meta-externalfetcher|Twitterbot"
    r"|^WhatsApp/|Slackbot-LinkExpanding|Slack-ImgProxy|TelegramBot|LinkedInBot"
    r"|Discordbot|SkypeUriPreview|vkShare|redditbot|Embedly|Iframely"
    r"|Pinterestbot|Pinterest/0\.|Snap URL Preview|Mastodon/|Bluesky Cardyb"
    r"|MicrosoftPreview|BingPreview|Google-PageRenderer"
    r"|GoogleMessages|^Signal/|kakaotalk-scrap|Line-Poker|snippet",
    re.IGNORECASE,
)
_ALSO_BOTS = (r"^\s*$", r"headless", r"phantomjs", r"puppeteer|playwright|selenium")
# isbot takes the phones and browsers of these names for crawlers.
_NAMES = re.compile(r"Android [\d.]+; Discovery \w+|\bProxyFox/", re.IGNORECASE)

_bots = Bots()
_bots.extend(_ALSO_BOTS)


@lru_cache(maxsize=16_384)
def in_app(agent: str) -> str:
    """Inside which app this browser is: "Instagram", "TikTok", …; "" for none."""
    if not _IN_APP.match(agent):
        return ""
    return next(name for name, found in _BY_APP.items() if found.search(agent))


def is_preloader(agent: str) -> bool:
    """Whether this is an app that fetches a page before anybody asks for it."""
    return "thirdLandingPageFeInfra" in agent


@lru_cache(maxsize=16_384)
def is_preview(agent: str) -> bool:
    """Whether this is a fetcher of link previews."""
    return not in_app(agent) and bool(_PREVIEW.search(agent))


@lru_cache(maxsize=16_384)
def is_bot(agent: str) -> bool:
    """Whether this is a crawler, a library, a browser without a person, or nothing."""
    if in_app(agent):
        return False
    return bool(_bots.is_bot(_NAMES.sub("", agent)))

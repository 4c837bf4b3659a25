"""Which user agents are machines: fetchers of previews, crawlers, libraries. Pure.

The patterns of crawlers are those of isbot, kept up by the `is-bot` package; here stand
only the exceptions to them and what a tracked link meets more than a website does.
"""

import re
from functools import lru_cache

from is_bot import Bots  # type: ignore[import-untyped]  # it ships no types

# Browsers inside apps are people, whatever else their agents look like. A person's
# comes as a browser's with the app's name after it; the apps' own fetchers do not.
_IN_APP = re.compile(
    r"Mozilla/5\.0 \((?!compatible).*"
    r"(?:Instagram \d|\[?FB(?:AN|AV|_IAB|IOS)\b|musical_ly|BytedanceWebview|trill_\d"
    r"|TikTok[ /]\d|LinkedInApp|\[Pinterest/|Pinterest for (?:Android|iOS)"
    r"|Snapchat[/ ]\d)"
)
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
def is_preview(agent: str) -> bool:
    """Whether this is a fetcher of link previews."""
    return not _IN_APP.match(agent) and bool(_PREVIEW.search(agent))


@lru_cache(maxsize=16_384)
def is_bot(agent: str) -> bool:
    """Whether this is a crawler, a library, a browser without a person, or nothing."""
    if _IN_APP.match(agent):
        return False
    return bool(_bots.is_bot(_NAMES.sub("", agent)))

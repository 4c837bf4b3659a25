"""Who follows the links of the story: every single request. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from marketplace.cli.demo.story import INFLUENCERS, SHARED, Influencer, Kind

BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36"
    " (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"
    " (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Mobile/15E148 Instagram 401.0.0.41.78 (iPhone16,2; iOS 18_6;"
    " nl_NL; nl; scale=3.00; 1290x2796; 798765432)",
)
BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "python-requests/2.32.3",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
)
PREVIEWERS = ("WhatsApp/2.25.20.78 A", "facebookexternalhit/1.1")


@dataclass(frozen=True, slots=True)
class Click:
    """One request for a link. `visitor`: a person's number with that influencer."""

    influencer: str
    kind: Kind
    address: str
    agent: str
    visitor: int | None = None


def clicks() -> Iterator[Click]:
    """Every request for a link, in order; one person's follow each other directly."""
    sharing = {"milan": range(SHARED)}
    number = 0
    for influencer in INFLUENCERS:
        for visitor in range(influencer.people):
            if visitor in sharing.get(influencer.key, ()):
                continue  # already came, right after following Anna's link
            yield from _visits(influencer, visitor, number)
            if influencer.key == "anna" and visitor < SHARED:
                yield from _visits(INFLUENCERS[1], visitor, number)
            number += 1
        for kind, times in influencer.machines:
            for n in range(times):
                yield _machine(influencer.key, kind, n)


def _visits(influencer: Influencer, visitor: int, number: int) -> Iterator[Click]:
    address = f"198.18.{number // 250}.{1 + number % 250}"
    agent = BROWSERS[number % len(BROWSERS)]
    for _ in range(2 if visitor < influencer.repeats else 1):
        yield Click(influencer.key, Kind.PERSON, address, agent, visitor)


def _machine(influencer: str, kind: Kind, n: int) -> Click:
    agent = {
        Kind.BOT: BOTS[n % len(BOTS)],
        Kind.PREVIEW: PREVIEWERS[n % len(PREVIEWERS)],
    }.get(kind, BROWSERS[n % len(BROWSERS)])
    return Click(influencer, kind, f"203.0.113.{1 + n}", agent)

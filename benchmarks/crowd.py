"""People who click, as many as wanted, and the lines the redirect writes of them."""

import random
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any

import orjson

from marketplace.ids import id_bytes
from marketplace.tracking.codec import ClickCodec


class Weighted:
    """Chooses values by their weights."""

    def __init__(self, weights: Mapping[Any, float]) -> None:
        self._values = list(weights)
        self._sums = list(accumulate(weights.values()))

    def choose(self, chance: random.Random) -> Any:
        return self._values[bisect(self._sums, chance.random() * self._sums[-1])]


IOS = "Mozilla/5.0 (iPhone; CPU iPhone OS {0}_{1} like Mac OS X) AppleWebKit/605.1.15 "
ANDROID = "Mozilla/5.0 (Linux; Android 1{1}; SM-S9{0}8B) AppleWebKit/537.36 "
CHROME = "(KHTML, like Gecko) Chrome/1{0}.0.0.0 "
AGENTS: dict[str, int] = {
    IOS + "(KHTML, like Gecko) Mobile/15E148 Instagram 3{0}.0.0.{1}": 30,
    ANDROID + CHROME + "Mobile Safari/537.36 Instagram 3{0}.0.0.{1} Android": 18,
    IOS + "(KHTML, like Gecko) Version/{0}.{1} Mobile/15E148 Safari/604.1": 14,
    ANDROID + CHROME + "Mobile Safari/537.36": 12,
    IOS + "Mobile/15E148 musical_ly_3{0}.{1} BytedanceWebview/d8a21c6": 8,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " + CHROME + "Safari/537.36": 8,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " + CHROME + "Safari/537.36": 3,
    "Mozilla/5.0 (X11; Linux x86_64; rv:1{0}.0) Gecko/20100101 Firefox/1{0}.0": 2,
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": 2,
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)": 2,
    "python-requests/2.{0}.{1}": 1,
}
COUNTRIES = Weighted(
    {
        "NL": 52,
        "BE": 21,
        "DE": 9,
        "FR": 4,
        "": 3,
        "GB": 2,
        "US": 2,
        "ES": 1,
        **{
            code: 0.2 for code in "AT CH DK SE NO FI PL IT PT IE LU CZ TR MA ID".split()
        },
    }
)
LANGUAGES = Weighted(
    {"nl-NL,nl;q=0.9": 60, "en-GB": 15, "nl-BE": 12, "de-DE": 8, "": 5}
)
REFERRERS = Weighted(
    {"l.instagram.com": 40, "": 35, "www.tiktok.com": 10, "t.co": 2, "blog.example": 3}
)
FORMATS = Weighted({"": 40, "story": 30, "reel": 15, "bio": 10, "post": 5})


@dataclass
class Line:
    """A click as somebody makes it."""

    link: str
    at: datetime
    visitor: str
    agent: str
    country: str


def clicks(
    links: list[str], first: date, days: int, number: int, chance: random.Random
) -> Iterator[Line]:
    """So many on these links over so many days, in the order of time.

    Some links are followed far more than others; a visitor in three comes back to
    another link, one in twenty at once to the same.
    """
    popular = Weighted({link: 1 / (n + 10) for n, link in enumerate(links)})
    versions = [(low, high) for low in range(11, 23) for high in range(5)]
    named: Counter[str] = Counter()
    for agent, weight in AGENTS.items():
        for version in versions:
            named[agent.format(*version)] += weight
    agents = Weighted(named)
    for day in range(days):
        share = number * (day + 1) // days - number * day // days
        midnight = datetime.combine(
            first + timedelta(days=day), datetime.min.time(), UTC
        )
        seen: list[Line] = []
        for second in sorted(chance.uniform(0, 75_600) for _ in range(share)):
            at = midnight + timedelta(seconds=second)
            again = chance.random()
            if seen and again < 0.3:
                old = seen[-1] if again < 0.05 else chance.choice(seen)
                link = old.link if again < 0.05 else popular.choose(chance)
                yield Line(link, at, old.visitor, old.agent, old.country)
                continue
            visitor = f"{chance.getrandbits(128):032x}"
            line = Line(
                popular.choose(chance),
                at,
                visitor,
                agents.choose(chance),
                COUNTRIES.choose(chance),
            )
            if len(seen) < 5000:
                seen.append(line)
            else:
                seen[chance.randrange(5000)] = line
            yield line


def spool_line(line: Line, codec: ClickCodec, chance: random.Random) -> bytes:
    """The click as the redirect writes it down."""
    at = int(line.at.timestamp() * 1000)
    said = {
        "click": codec.mint(id_bytes(line.link), at),
        "link": line.link,
        "at": at,
        "method": "HEAD" if chance.random() < 0.005 else "GET",
        "visitor": line.visitor,
        "agent": line.agent,
        "country": line.country,
        "language": LANGUAGES.choose(chance),
        "referrer": REFERRERS.choose(chance),
        "s1": FORMATS.choose(chance),
        "prefetch": "prefetch" if chance.random() < 0.01 else "",
    }
    return orjson.dumps({name: value for name, value in said.items() if value})

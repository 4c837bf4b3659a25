"""Where a visit came from, by what its first beacon says. Pure.

A followed link goes before UTM parameters, these before the app the page is shown in,
that before the page that led here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from marketplace.accounts.rules import Platform
from marketplace.tracking.agents import in_app
from marketplace.tracking.rules import UTM_NAMES, VisitSource

LONGEST_VALUE: Final = 128
# What platforms are called in utm_source and by their apps, besides their own names.
_NAMES: Mapping[str, Platform] = {
    **{each.value: each for each in Platform if each is not Platform.OTHER},
    "ig": Platform.INSTAGRAM,
    "insta": Platform.INSTAGRAM,
    "tt": Platform.TIKTOK,
    "yt": Platform.YOUTUBE,
    "fb": Platform.FACEBOOK,
    "meta": Platform.FACEBOOK,
    "snap": Platform.SNAPCHAT,
    "twitter": Platform.X,
}
_HOSTS: Mapping[str, Platform] = {
    "instagram.com": Platform.INSTAGRAM,
    "com.instagram.android": Platform.INSTAGRAM,
    "tiktok.com": Platform.TIKTOK,
    "com.zhiliaoapp.musically": Platform.TIKTOK,
    "youtube.com": Platform.YOUTUBE,
    "youtu.be": Platform.YOUTUBE,
    "com.google.android.youtube": Platform.YOUTUBE,
    "linkedin.com": Platform.LINKEDIN,
    "lnkd.in": Platform.LINKEDIN,
    "com.linkedin.android": Platform.LINKEDIN,
    "facebook.com": Platform.FACEBOOK,
    "fb.com": Platform.FACEBOOK,
    "fb.me": Platform.FACEBOOK,
    "com.facebook.katana": Platform.FACEBOOK,
    "pin.it": Platform.PINTEREST,
    "com.pinterest": Platform.PINTEREST,
    "snapchat.com": Platform.SNAPCHAT,
    "com.snapchat.android": Platform.SNAPCHAT,
    "twitch.tv": Platform.TWITCH,
    "x.com": Platform.X,
    "twitter.com": Platform.X,
    "t.co": Platform.X,
    "com.twitter.android": Platform.X,
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a visit came from. `referrer`: a host, not the shop's own. `utm`: what its
    first address says, by name without ``utm_``."""

    source: VisitSource
    platform: Platform | None
    referrer: str
    utm: Mapping[str, str]


def origin_of(evidence: Mapping[str, Any]) -> Origin:
    """Where the visit that begins with this evidence came from, clicks apart."""
    url = str(evidence.get("url", ""))
    agent = str(evidence.get("agent", ""))
    utm = _utm(url)
    referrer = _from_elsewhere(str(evidence.get("referrer", "")), url)
    source, platform = VisitSource.DIRECT, None
    if "source" in utm:
        source, platform = VisitSource.UTM, platform_named(utm["source"])
    elif app := in_app(agent):
        source, platform = VisitSource.IN_APP, platform_named(app)
    elif referrer:
        source, platform = VisitSource.REFERRER, platform_of_host(referrer)
    return Origin(source, platform, referrer, utm)


def platform_named(name: str) -> Platform | None:
    """The platform of that name; None where it names none."""
    plain = name.strip().lower().removesuffix(".com")
    return _NAMES.get(plain)


def platform_of_host(host: str) -> Platform | None:
    """The platform that a referring host belongs to, if it is one of theirs."""
    labels = host.lower().split(".")
    for n in range(len(labels)):
        if (platform := _HOSTS.get(".".join(labels[n:]))) is not None:
            return platform
    # A domain in every country: pinterest.com, nl.pinterest.com, pinterest.co.uk.
    return Platform.PINTEREST if "pinterest" in labels[-3:-1] else None


def _utm(url: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(urlsplit(url).query, max_num_fields=50)
    except ValueError:
        return {}
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in UTM_NAMES:
            found.setdefault(name.removeprefix("utm_"), value[:LONGEST_VALUE])
    return found


def _from_elsewhere(referrer: str, url: str) -> str:
    """The referring host, unless it is the shop's own."""
    try:
        own = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        own = ""
    host = referrer.lower().removeprefix("www.")
    same = own and (f".{host}".endswith(f".{own}") or f".{own}".endswith(f".{host}"))
    return "" if same else referrer.lower()

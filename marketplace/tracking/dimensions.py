"""What clicks and visits are broken down by, out of their evidence. Pure."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from ua_parser import Domain, load_lazy_builtins
from ua_parser.regex import Resolver

from marketplace.accounts.rules import Platform
from marketplace.tracking.agents import in_app
from marketplace.tracking.rules import Dimension

LONGEST_VALUE: Final = 128
SOCIAL: Final = frozenset(
    {
        Platform.INSTAGRAM,
        Platform.TIKTOK,
        Platform.YOUTUBE,
        Platform.LINKEDIN,
        Platform.FACEBOOK,
        Platform.PINTEREST,
        Platform.SNAPCHAT,
        Platform.TWITCH,
        Platform.X,
    }
)
_TABLET = re.compile(
    r"iPad|Tablet|PlayBook|Kindle|Silk/|\bKF[A-Z]{2,4}\b|Android(?!.*\bMobile\b)",
    re.IGNORECASE,
)
_MOBILE = re.compile(
    r"iPhone|iPod|Android|\bMobile\b|Windows Phone|BlackBerry|Opera Mini|KAIOS",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\bTV\b|SmartTV|SMART-TV|Web0S|AFT[A-Z]|BRAVIA|CrKey|Roku|PlayStation|Xbox|Nintendo",
    re.IGNORECASE,
)
_DESKTOP = re.compile(r"Windows NT|Macintosh|X11|Linux (?:x86_64|i686|aarch64)|CrOS")
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?![A-Za-z])")
_COUNTRY = re.compile(r"[A-Z]{2}")


# What the evidence of a click has values of, in the order of `values_of`.
OF_EVIDENCE: Final = (
    Dimension.PLATFORM,
    Dimension.CHANNEL,
    Dimension.SOCIAL,
    Dimension.COUNTRY,
    Dimension.DEVICE,
    Dimension.BROWSER,
    Dimension.OS,
    Dimension.LANGUAGE,
    Dimension.REFERRER,
    Dimension.S1,
    Dimension.S2,
    Dimension.S3,
    Dimension.VISITOR,
)


def facts_of(evidence: Mapping[str, str]) -> dict[Dimension, str]:
    """The values of one click or visit in the dimensions of clicks; "" is unknown.

    What was derived before (`derived`) and stored with it is taken as it stands, so
    that an old row goes on saying what its cells were made of.
    """
    return dict(zip(OF_EVIDENCE, values_of(evidence), strict=True))


def values_of(evidence: Mapping[str, str]) -> tuple[str, ...]:
    """The same in the order of `OF_EVIDENCE`."""
    if "device" not in evidence:
        evidence = {**evidence, **derived(evidence.get("agent", ""))}
    get = evidence.get
    return (
        get("platform", ""),
        get("channel", ""),
        get("social", ""),
        _country(get("country", "")),
        get("device", ""),
        get("browser", ""),
        get("os", ""),
        _language(get("language", "")),
        get("referrer", "").lower()[:LONGEST_VALUE],
        get("s1", ""),
        get("s2", ""),
        get("s3", ""),
        "",  # nobody is known to be new or to return by a click
    )


@lru_cache(maxsize=16_384)
def derived(agent: str) -> Mapping[str, str]:
    """What a user agent is taken for: device (mobile, tablet, desktop, other), and
    browser and os by their families; "" for what it does not say.
    """
    device, browser, system = _of_agent(agent)
    return {"device": device, "browser": browser, "os": system}


def social(platform: Platform | str | None) -> str:
    """The value of `Dimension.SOCIAL` for a platform."""
    return "social" if platform in SOCIAL else ""


def _of_agent(agent: str) -> tuple[str, str, str]:
    """Device class, browser family and operating system's family."""
    if not agent.strip():
        return "", "", ""
    found = _families()(agent, Domain.USER_AGENT | Domain.OS)
    browser = in_app(agent) or (found.user_agent.family if found.user_agent else "")
    system = found.os.family if found.os else ""
    return _device(agent), browser[:LONGEST_VALUE], system[:LONGEST_VALUE]


def _device(agent: str) -> str:
    if _OTHER.search(agent):
        return "other"
    if _TABLET.search(agent):
        return "tablet"
    if _MOBILE.search(agent):
        return "mobile"
    return "desktop" if _DESKTOP.search(agent) else "other"


@cache
def _families() -> Resolver:
    """Finds families of browsers and systems; models of devices are not asked for."""
    browsers, systems, _ = load_lazy_builtins()
    return Resolver((browsers, systems, []))


@lru_cache(maxsize=4_096)
def _language(header: str) -> str:
    found = _LANGUAGE.match(header)
    return found[1].lower() if found else ""


@lru_cache(maxsize=1_024)
def _country(code: str) -> str:
    return code if _COUNTRY.fullmatch(code) else ""

"""What a campaign says of its links and of its influencers' pages. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

from marketplace.accounts.urls import web_url

UTM_NAMES: Final = (
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
)
# What a template of UTM parameters may name, in braces.
PLACEHOLDERS: Final = frozenset(
    {"platform", "handle", "influencer", "campaign", "label", "link"}
)
LONGEST_UTM: Final = 200
LONGEST_HEADLINE: Final = 120
LONGEST_TEXT: Final = 5_000
LONGEST_BUTTON: Final = 40
MOST_REPEAT_MINUTES: Final = 10_080  # a week
# The words of a landing page, and how long each may be; a picture is an address.
PAGE_WORDS: Final[Mapping[str, int]] = {
    "headline": LONGEST_HEADLINE,
    "text": LONGEST_TEXT,
    "button": LONGEST_BUTTON,
}
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def utm_errors(utm: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with a template of UTM parameters, by ``utm.<name>``."""
    found = {}
    for name, template in utm.items():
        if name not in UTM_NAMES:
            reason = f"is no UTM parameter: use {', '.join(UTM_NAMES)}"
        else:
            reason = _template_error(template)
        if reason:
            found[f"utm.{name}"] = [reason]
    return found


def _template_error(template: Any) -> str:
    if not isinstance(template, str) or len(template) > LONGEST_UTM:
        return f"must be text of at most {LONGEST_UTM} characters"
    known = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
    unknown = set(_PLACEHOLDER.findall(template)) - PLACEHOLDERS
    if unknown or set("{}") & set(_PLACEHOLDER.sub("", template)):
        return f"may only have these in braces: {known}"
    return ""


def page_errors(page: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with a landing page's words, by ``landing_page.<name>``."""
    found: dict[str, str] = {
        name: "is not part of a landing page"
        for name in page.keys() - PAGE_WORDS.keys() - {"picture_url"}
    }
    for name, longest in PAGE_WORDS.items():
        said = page.get(name, "")
        if not isinstance(said, str) or len(said) > longest:
            found[name] = f"must be text of at most {longest} characters"
    if not page.get("headline"):
        found["headline"] = "is what a landing page needs at least"
    if reason := _picture_error(page.get("picture_url", "")):
        found["picture_url"] = reason
    return {f"landing_page.{name}": [reason] for name, reason in found.items()}


def _picture_error(url: Any) -> str:
    if url == "":
        return ""
    try:
        web_url(url)
    except (ValueError, TypeError, AttributeError) as error:
        return str(error)
    # Browsers show no picture from http on a page that came by https.
    return "" if url.startswith("https://") else "must begin with https://"


def page_said(page: Mapping[str, Any]) -> dict[str, str]:
    """A landing page as it is stored: every part of it, empty for what is not said."""
    return {name: page.get(name) or "" for name in (*PAGE_WORDS, "picture_url")}

"""Machines are recognised; people, in apps too, are not taken for them."""

import json
import os
from pathlib import Path

import pytest
from absent import absent

from marketplace.tracking.agents import in_app, is_bot, is_preloader, is_preview

CORPUS = Path(
    os.environ.get(
        "BOT_AGENTS", Path(__file__).resolve().parents[3] / "shared" / "data" / "bots"
    )
)
IOS = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/AP3A; wv) AppleWebKit/537.36 "
CHROME = "(KHTML, like Gecko) Version/4.0 Chrome/130.0.6723.58 Mobile Safari/537.36 "

PEOPLE = [
    IOS + "(KHTML, like Gecko) Mobile/22B83 Instagram 355.0.0.31.103 (iPhone16,1)",
    ANDROID + CHROME + "Instagram 406.0.0.58.159 Android (35/15; 480dpi; OPPO)",
    IOS + "(KHTML, like Gecko) Mobile/22B83 [FBAN/FBIOS;FBAV/489.0.0.45.84;FBBV/6537]",
    ANDROID + CHROME + "[FB_IAB/FB4A;FBAV/489.0.0.66.81;IABMV/1;]",
    ANDROID + CHROME + "musical_ly_2023700030 JsSdk/1.0 BytedanceWebview/d8a21c6",
    IOS + "(KHTML, like Gecko) Mobile/22B83 BytedanceWebview/d8a21c6 trill_370103",
    IOS + "(KHTML, like Gecko) Mobile/22B83 [LinkedInApp]/9.30.1032",
    IOS + "(KHTML, like Gecko) Mobile/22B83 [Pinterest/iOS]",
    ANDROID + CHROME + "[Pinterest/Android]",
    IOS + "(KHTML, like Gecko) Mobile/22B83 Snapchat/13.10.0.46 (like Safari/8619)",
    ANDROID + CHROME + "MetaIAB Facebook",
    ANDROID + CHROME + "Barcelona 289.0.0.77.109 Android",
    IOS + "(KHTML, like Gecko) Mobile/22B83 Twitter for iPhone/10.60",
    ANDROID + CHROME,
    "Mozilla/5.0 (Linux; Android 13; Discovery SE) AppleWebKit/537.36 (KHTML, like "
    "Gecko) Chrome/127.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0",
]
PREVIEWS = [
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Twitterbot/1.0",
    "WhatsApp/2.23.20.0 A",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "TelegramBot (like TwitterBot)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like "
    "Gecko) Version/9.0 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
]
BOTS = [
    "",
    "  ",
    "curl/8.5.0",
    "python-requests/2.32.3",
    "Go-http-client/2.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "HeadlessChrome/127.0.0.0 Safari/537.36",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) Chrome/W.X.Y.Z Mobile Safari/537.36 "
    "(compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; Instagram 1.0 crawler)",
]


@pytest.mark.parametrize("agent", PEOPLE)
def test_people(agent: str) -> None:
    assert not is_preview(agent)
    assert not is_bot(agent)


@pytest.mark.parametrize("agent", PREVIEWS)
def test_previews(agent: str) -> None:
    assert is_preview(agent)


@pytest.mark.parametrize("agent", BOTS)
def test_bots(agent: str) -> None:
    assert not is_preview(agent)
    assert is_bot(agent)


def test_inside_which_app() -> None:
    apps = [in_app(agent) for agent in PEOPLE]
    assert apps[:2] == ["Instagram"] * 2
    assert apps[2:4] == ["Facebook"] * 2
    assert apps[4:7] == ["TikTok", "TikTok", "LinkedIn"]
    assert apps[7:13] == [*["Pinterest"] * 2, "Snapchat", "Facebook", "Threads", "X"]
    assert set(apps[13:]) == {""}
    assert {in_app(agent) for agent in (*PREVIEWS, *BOTS)} == {""}


def test_an_app_that_fetches_ahead() -> None:
    assert is_preloader(PEOPLE[5] + " thirdLandingPageFeInfra")
    assert not any(map(is_preloader, PEOPLE))


def is_machine(agent: str) -> bool:
    return is_preview(agent) or is_bot(agent)


def test_recall_and_false_positives_on_public_lists() -> None:
    if not CORPUS.is_dir():
        absent(f"no lists of agents at {CORPUS}")
    listed = json.loads((CORPUS / "monperrus_crawler-user-agents.json").read_text())
    crawlers = [agent for entry in listed for agent in entry.get("instances", [])]
    browsers = (CORPUS / "modern_browsers_subset.txt").read_text().splitlines()
    found = sum(map(is_machine, crawlers))
    assert found / len(crawlers) >= 0.95, (found, len(crawlers))
    # A headless browser is a modern one, and no person: it is meant to be found.
    people = [agent for agent in browsers if "Headless" not in agent]
    assert len(people) >= len(browsers) - 3
    flagged = [agent for agent in people if is_machine(agent)]
    assert len(flagged) <= 0.002 * len(people), flagged
